package outcomes

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Path is where Okta posts events: an event hook.
const Path = "/hooks/okta/events"

// challengeHeader is in the one GET by which Okta verifies an event hook.
const challengeHeader = "X-Okta-Verification-Challenge"

// MaxDelivery bounds one delivery in bytes: Okta sends a handful of events at a time.
const MaxDelivery = 1 << 20

// maxChallenge is the length of a challenge in bytes; Okta's have some forty.
const maxChallenge = 512

// Receiver takes what Okta's event hooks push: inline_hook.executed and policy.rule.… come within a second. It holds
// each delivery only as long as it takes to read it, and waits for nobody. It is safe for concurrent use.
type Receiver struct{ Ledger *Ledger }

// Verify hands the challenge back by which Okta verifies an event hook (Okta developer docs, concepts/event-hooks).
// Whoever asks gets only what was sent.
func (r *Receiver) Verify(w http.ResponseWriter, req *http.Request) {
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

// Take reads one delivery. One event that cannot be read keeps no other away. The error quotes nothing of the body.
func (r *Receiver) Take(body []byte) error {
	var delivery struct {
		Data struct {
			Events []jsontext.Value `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &delivery); err != nil {
		return errors.New("the body is not a delivery of events: data.events is wanted")
	}
	for _, text := range delivery.Data.Events {
		if e, ok, err := parseEvent(text); err == nil && ok {
			r.Ledger.Heard(e)
		}
	}
	return nil
}
