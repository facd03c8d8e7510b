package outcomes

import (
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Path is where Okta posts events: an event hook.
const Path = "/hooks/okta/events"

// challengeHeader is in the one GET by which Okta verifies an event hook.
const challengeHeader = "X-Okta-Verification-Challenge"

// Bounds of one delivery: Okta sends a handful of events at a time.
const (
	maxDeliveryBytes = 1 << 20
	maxChallenge     = 512
)

// Receiver answers Okta's event hooks: inline_hook.executed and policy.rule.… come within a second. It holds
// each delivery only as long as it takes to read it, and answers without waiting for anybody. It is safe for
// concurrent use.
type Receiver struct {
	Ledger *Ledger
	IsOkta func(*http.Request) bool // reports whether the request has the hook's secret
}

// ServeHTTP implements [http.Handler] (Okta developer docs, concepts/event-hooks).
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch req.Method {
	case http.MethodGet:
		r.verify(w, req)
	case http.MethodPost:
		r.receive(w, req)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// verify hands the challenge back. Whoever asks gets only what was sent.
func (r *Receiver) verify(w http.ResponseWriter, req *http.Request) {
	challenge := req.Header.Get(challengeHeader)
	if challenge == "" || len(challenge) > maxChallenge {
		http.Error(w, "this is an event hook: Okta verifies it with the header "+challengeHeader, http.StatusBadRequest)
		return
	}
	body, err := json.Marshal(struct {
		Verification string `json:"verification"`
	}{challenge})
	if err != nil {
		http.Error(w, "the challenge is not UTF-8", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // whoever asked is gone if this fails
}

func (r *Receiver) receive(w http.ResponseWriter, req *http.Request) {
	if !r.IsOkta(req) {
		http.Error(w, "the secret is missing or wrong", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxDeliveryBytes+1))
	switch {
	case err != nil:
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	case len(body) > maxDeliveryBytes:
		http.Error(w, "more than 1 MiB", http.StatusRequestEntityTooLarge)
		return
	}
	var delivery struct {
		Data struct {
			Events []jsontext.Value `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &delivery); err != nil {
		http.Error(w, "the body is not a delivery of events: data.events is wanted", http.StatusBadRequest)
		return
	}
	for _, text := range delivery.Data.Events {
		if e, ok, err := parseEvent(text); err == nil && ok {
			r.Ledger.Heard(e)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
