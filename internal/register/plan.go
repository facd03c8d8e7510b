package register

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// Action is what a step does.
type Action string

// The actions.
const (
	Keep     Action = "keep"     // right as it is
	Create   Action = "create"   // is not there
	Update   Action = "update"   // differs in Changes
	Conflict Action = "conflict" // differs, but is not ours to change; see Why
	Note     Action = "note"     // nothing is done; Why is good to know
)

// Step is what is, or would be, done about one object.
type Step struct {
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`
	ID      string   `json:"id,omitzero"`
	Action  Action   `json:"action"`
	Changes []Change `json:"changes,omitzero"`
	Why     Text     `json:"why,omitzero"`
}

// Plan is what a walk found: every object, in the order in which they depend on each other.
type Plan struct {
	Org   string `json:"org"` // URL
	Steps []Step `json:"steps"`

	// What the service and the ANS have to be told; empty while it does not exist.
	Issuer   string `json:"issuer,omitzero"`
	ClientID string `json:"client_id,omitzero"`

	parts parts
}

// Changes is the number of steps that change something.
func (p *Plan) Changes() int { return p.count(Create) + p.count(Update) }

// Conflicts is the number of steps that are in the way.
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

// parts are the objects as they are, for [Plan.WriteTerraform]; nil while they do not exist.
type parts struct {
	serverID                  string
	server, app, hook, policy Object // server: nil for one that a flag names
	scopes, rules, claims     []Object
	groups                    []oktaread.Group
}

// unknown stands for an id that Okta will give.
const unknown = "(known after apply)"

// sign begins the line of a step.
func (a Action) sign() string {
	return map[Action]string{Keep: "=", Create: "+", Update: "~", Conflict: "!", Note: "i"}[a]
}

// WriteText writes each object as it is and as it will be, in English or, for "fr", French.
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
		return say("%d in the way (!): nothing is changed.", "%d obstacle(s) (!) : rien n’est modifié.", p.Conflicts())
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
	return json.MarshalWrite(w, p, json.Deterministic(true))
}
