package doctor

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Lifetimes of tokens that a hook may set, in seconds (Okta developer docs, guides/token-inline-hook).
const (
	minLifetime = 300
	maxLifetime = 86_400
)

// strictly reads an answer as Okta does. It notes, with its place, everything that makes Okta drop
// the whole answer.
type strictly struct {
	patches map[patchKey]string
	faults  []string
}

// readStrictly returns the patches of an answer, one value for each place (an op other than add is
// written before the value), and why Okta refuses the answer. Despite faults, it returns all
// patches that can be read.
func readStrictly(a answer) (map[patchKey]string, []string) {
	s := &strictly{patches: make(map[patchKey]string)}
	s.fault(a.took >= oktaTimeout, "answer", "came after %.1f s: Okta gives up after %v", a.took.Seconds(), oktaTimeout)
	switch {
	case a.status == http.StatusNoContent:
		return s.patches, s.faults
	case s.fault(a.status != http.StatusOK, "status", "%d: Okta takes 200 and 204, and skips the hook for any other", a.status):
		return s.patches, s.faults
	case s.fault(len(a.body) >= maxAnswerBytes, "body", "%d bytes or more: Okta takes less than %d", len(a.body), maxAnswerBytes):
		return s.patches, s.faults
	}
	media, _, err := mime.ParseMediaType(a.contentType)
	s.fault(err != nil || media != "application/json", "header Content-Type", "%q: Okta wants application/json", a.contentType)
	s.envelope(a.body)
	return s.patches, s.faults
}

// fault notes a fault if there is one, and reports whether there is.
func (s *strictly) fault(there bool, place, format string, values ...any) bool {
	if there {
		s.faults = append(s.faults, place+": "+fmt.Sprintf(format, values...))
	}
	return there
}

// envelope reads the answer's body (Okta developer docs, concepts/inline-hooks).
func (s *strictly) envelope(body []byte) {
	var envelope map[string]jsontext.Value
	if err := json.Unmarshal(body, &envelope); err != nil {
		place := "body"
		if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			place = fmt.Sprintf("body, byte %d", e.ByteOffset)
		}
		s.fault(true, place, "not the JSON of a hook's answer")
		return
	}
	if e, there := envelope["error"]; there && e.Kind() != 'n' {
		var refusal struct {
			Summary string `json:"errorSummary"`
		}
		if !s.fault(json.Unmarshal(e, &refusal) != nil, "error", "not an object with a text errorSummary") {
			s.patches[patchKey{"error", "errorSummary"}] = refusal.Summary
		}
		return
	}
	list, there := envelope["commands"]
	if s.fault(!there, "commands", "missing: Okta finds no command in an answer of members %s", members(envelope)) {
		return
	}
	var commands []jsontext.Value
	if s.fault(list.Kind() != '[' || json.Unmarshal(list, &commands) != nil, "commands", "not a list") {
		return
	}
	for i, text := range commands {
		s.command(fmt.Sprintf("commands[%d]", i), text)
	}
}

// members lists a few member names of an object, for messages.
func members(o map[string]jsontext.Value) string {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	if len(names) == 0 {
		return "(none)"
	}
	slices.Sort(names)
	return fmt.Sprintf("%.80q", strings.Join(names[:min(len(names), 5)], " "))
}

func (s *strictly) command(place string, text jsontext.Value) {
	var command struct {
		Type  jsontext.Value `json:"type"`
		Value jsontext.Value `json:"value"`
	}
	if s.fault(text.Kind() != '{' || json.Unmarshal(text, &command) != nil, place, "not an object") {
		return
	}
	kind, ok := stringOf(command.Type)
	s.fault(!ok || kind != patchIdentity && kind != patchAccess, place+".type", "%.80q is no command of a token hook: %s or %s", kind, patchIdentity, patchAccess)
	var operations []jsontext.Value
	if s.fault(command.Value.Kind() != '[' || json.Unmarshal(command.Value, &operations) != nil, place+".value", "not a list of operations") {
		return
	}
	for i, text := range operations {
		s.operation(fmt.Sprintf("%s.value[%d]", place, i), kind, text)
	}
}

func (s *strictly) operation(place, kind string, text jsontext.Value) {
	var o struct {
		Op    jsontext.Value `json:"op"`
		Path  jsontext.Value `json:"path"`
		Value jsontext.Value `json:"value"`
	}
	if s.fault(text.Kind() != '{' || json.Unmarshal(text, &o) != nil, place, "not an object") {
		return
	}
	op, _ := stringOf(o.Op)
	if s.fault(op != "add" && op != "replace" && op != "remove", place+".op", "%.40q: Okta knows add, replace and remove", op) {
		return
	}
	path, ok := stringOf(o.Path)
	const lifetime = "/token/lifetime/expiration"
	name, isClaim := strings.CutPrefix(path, "/claims/")
	if s.fault(!ok || path != lifetime && (!isClaim || name == ""), place+".path", "%.80q: Okta takes /claims/NAME and %s", path, lifetime) {
		return
	}
	none := len(o.Value) == 0 || o.Value.Kind() == 'n'
	s.fault(op == "remove" && !none, place+".value", "not null, with remove")
	s.fault(op != "remove" && len(o.Value) == 0, place+".value", "missing, with %s", op)
	if path == lifetime {
		var seconds int64
		s.fault(json.Unmarshal(o.Value, &seconds) != nil || seconds < minLifetime || seconds > maxLifetime, place+".value", "not a whole number of seconds from %d to %d", minLifetime, maxLifetime)
	}
	value, err := canonical(o.Value)
	if s.fault(err != nil, place+".value", "not JSON") {
		return
	}
	if op != "add" {
		value = op + " " + value
	}
	s.patches[patchKey{kind, path}] = value
}

// stringOf returns the text of a JSON string.
func stringOf(v jsontext.Value) (string, bool) {
	var text string
	ok := v.Kind() == '"' && json.Unmarshal(v, &text) == nil
	return text, ok
}
