package register

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// Action says what a step does.
type Action string

// All actions.
const (
	Keep     Action = "keep"     // the object is right
	Create   Action = "create"   // the object is missing
	Update   Action = "update"   // differs in Changes
	Conflict Action = "conflict" // the object differs but is not ours; see Why
	Note     Action = "note"     // nothing is done; Why is useful to know
)

// Step says what is, or would be, done about one object.
type Step struct {
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`
	ID      string   `json:"id,omitzero"`
	Action  Action   `json:"action"`
	Changes []Change `json:"changes,omitzero"`
	Why     Text     `json:"why,omitzero"`
}

// Plan lists all objects, in the order in which they depend on each other.
type Plan struct {
	Org   string `json:"org"` // URL
	Steps []Step `json:"steps"`

	// What the service and the ANS need to know; empty while it does not exist.
	Issuer   string `json:"issuer,omitzero"`
	ClientID string `json:"client_id,omitzero"`

	parts parts
}

// Changes returns the number of steps that change something.
func (p *Plan) Changes() int { return p.count(Create) + p.count(Update) }

// Conflicts returns the number of conflicts.
func (p *Plan) Conflicts() int { return p.count(Conflict) }

func (p *Plan) count(a Action) int {
	n := 0
	for _, s := range p.Steps {
		if s.Action == a {
			n++
		}
	}
	return n
}

// parts holds the objects for [Plan.WriteTerraform]; nil while they do not exist.
type parts struct {
	serverID                  string
	server, app, hook, policy Object // server is nil if a flag names it
	scopes, rules, claims     []Object
	groups                    []oktaread.Group
}

// unknown is written in place of an id that Okta has not given yet.
const unknown = "(known after apply)"

// sign begins the line of a step.
func (a Action) sign() string {
	return map[Action]string{Keep: "=", Create: "+", Update: "~", Conflict: "!", Note: "i"}[a]
}

// WriteText writes each object as it is and as it will be, in English or, for "fr", in French.
func (p *Plan) WriteText(w io.Writer, lang string) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", p.Org)
	for _, s := range p.Steps {
		s.write(&out, lang)
	}
	fmt.Fprintf(&out, "\n%s\n", p.summary().In(lang))
	_, err := io.WriteString(w, out.String())
	return err
}

func (p *Plan) summary() Text {
	switch {
	case p.Conflicts() > 0:
		return say("%d in the way (!): nothing is changed.", "obstacles (!) : %d ; rien n’est modifié.", p.Conflicts())
	case p.Changes() == 0:
		return say("Nothing to do.", "Rien à faire.")
	}
	return say("%d to create (+), %d to change (~).", "%d à créer (+), %d à modifier (~).", p.count(Create), p.count(Update))
}

func (s Step) write(out *strings.Builder, lang string) {
	fmt.Fprintf(out, "%s %s %s", s.Action.sign(), s.Kind.Title().In(lang), quoted(s.Name, lang))
	if s.ID != "" {
		fmt.Fprintf(out, " (%s)", s.ID)
	}
	out.WriteString("\n")
	if s.Why != (Text{}) {
		fmt.Fprintf(out, "    %s\n", s.Why.In(lang))
	}
	for _, c := range s.Changes {
		c = c.shown()
		switch {
		case s.Action == Create:
			fmt.Fprintf(out, "    %s: %s\n", c.Path, c.To)
		case c.From == nil:
			fmt.Fprintf(out, "    %s: – → %s\n", c.Path, c.To)
		default:
			fmt.Fprintf(out, "    %s: %s → %s\n", c.Path, c.From, c.To)
		}
	}
}

func quoted(name, lang string) string {
	if lang == "fr" {
		return "« " + name + " »"
	}
	return "“" + name + "”"
}

// WriteJSON writes the plan as one JSON object.
func (p *Plan) WriteJSON(w io.Writer) error {
	shown := *p
	shown.Steps = slices.Clone(p.Steps)
	for i, s := range shown.Steps {
		shown.Steps[i].Changes = slices.Clone(s.Changes)
		for j, c := range s.Changes {
			shown.Steps[i].Changes[j] = c.shown()
		}
	}
	return json.MarshalWrite(w, shown, json.Deterministic(true))
}
