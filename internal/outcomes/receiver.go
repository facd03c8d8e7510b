package outcomes

import (
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Path is the path of the event hook, to which Okta sends events.
const Path = "/hooks/okta/events"

// challengeHeader is the header of the one GET by which Okta verifies an event hook.
const challengeHeader = "X-Okta-Verification-Challenge"

// MaxDelivery bounds one delivery in bytes: Okta sends a handful of events at a time.
const MaxDelivery = 1 << 20

// maxChallenge is the greatest length of a challenge in bytes; Okta's have about forty.
const maxChallenge = 512

// Receiver reads what Okta's event hooks send. Events inline_hook.executed, policy.rule.… and
// policy.lifecycle.… come within a second. It reads one delivery at a time, so that a burst leaves
// the other cores to the calls of the token hook. It keeps a delivery only while it reads it. It is
// safe for concurrent use.
type Receiver struct {
	Ledger *Ledger

	// Foreign reports whether a host is known to be another org's. Its deliveries are refused, because
	// their events tell nothing of this org. nil: none is.
	Foreign func(host string) bool

	one sync.Mutex
}

// Verify returns the challenge by which Okta verifies an event hook (Okta developer docs,
// concepts/event-hooks). A caller gets back only what it sent.
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
	_, _ = w.Write(body) // a failed write means that the caller is gone
}

// Take reads one delivery. An unreadable event does not stop the others. The error says that the
// body is no delivery, or one of another org, and quotes nothing of it.
func (r *Receiver) Take(body []byte) error {
	r.one.Lock()
	defer r.one.Unlock()
	var delivery struct {
		Source loose `json:"source"` // URL of the event hook in its org
		Data   struct {
			Events []jsontext.Value `json:"events"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &delivery, lenient()); err != nil || delivery.Data.Events == nil {
		return errors.New("the body is not a delivery of events: data.events is wanted")
	}
	if source, err := url.Parse(string(delivery.Source)); err == nil && source.Host != "" && r.Foreign != nil && r.Foreign(strings.ToLower(source.Host)) {
		return errors.New("the delivery is of another Okta org: its source is not an address of this service's org")
	}
	for i, text := range delivery.Data.Events {
		if i%stretch == stretch-1 {
			runtime.Gosched()
		}
		if e, ok := parseEvent(text); ok {
			r.Ledger.Heard(e)
		}
	}
	return nil
}
