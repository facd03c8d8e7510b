package doctor

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// oktaTimeout is how long Okta waits for a token hook, including connecting and TLS. It does
	// not try again (Okta developer docs, concepts/inline-hooks).
	oktaTimeout = 3 * time.Second
	// slow is a time that is allowed but leaves little reserve.
	slow = time.Second
	// maxAnswerBytes is the largest answer that Okta accepts (concepts/inline-hooks: 256 KB).
	maxAnswerBytes = 256_000
)

// The names of the commands that patch the tokens (Okta developer docs, reference/token-hook).
const (
	patchIdentity = "com.okta.identity.patch"
	patchAccess   = "com.okta.access.patch"
)

// Expected is what the service must answer to a sample.
type Expected struct {
	// The claims that are added to each token, as JSON values by name. Both empty:
	// the answer is 204.
	IDToken, AccessToken map[string]jsontext.Value
	// AnyTID says that the value of tid is not known. Any text is then right, if both tokens have
	// the same.
	AnyTID bool
}

// answer is what the hook answered over HTTP.
type answer struct {
	status      int
	contentType string
	body        []byte
	date        string        // header Date
	took        time.Duration // time from before connecting to the last byte
}

// hookAnswer is an answer of status 200, as Okta reads it.
type hookAnswer struct {
	Commands []struct {
		Type  string `json:"type"`
		Value []struct {
			Op    string         `json:"op"`
			Path  string         `json:"path"`
			Value jsontext.Value `json:"value"`
		} `json:"value"`
	} `json:"commands"`
	Error *struct {
		Summary string           `json:"errorSummary"`
		Causes  []jsontext.Value `json:"errorCauses"`
	} `json:"error"`
	DebugContext jsontext.Value `json:"debugContext"`
}

// patches are the claims of an answer by command type.
type patches map[string]map[string]jsontext.Value

// parseAnswer reads an answer more strictly than Okta does. Okta applies every answer that it
// accepts, except for reserved claims. The fault says what is wrong, and is otherwise empty.
func parseAnswer(a answer) (patches, words.Text) {
	switch {
	case a.status == http.StatusNoContent && len(a.body) == 0:
		return patches{}, words.Text{}
	case a.status != http.StatusOK:
		return nil, words.Say("status %d", "statut %d", a.status)
	case len(a.body) >= maxAnswerBytes:
		return nil, words.Say("%d bytes, Okta takes less than %d", "%d octets, Okta en accepte moins de %d", len(a.body), maxAnswerBytes)
	}
	if media, _, err := mime.ParseMediaType(a.contentType); err != nil || media != "application/json" {
		return nil, words.Say("content type %q", "type de contenu %q", a.contentType)
	}
	var h hookAnswer
	if err := json.Unmarshal(a.body, &h, json.RejectUnknownMembers(true)); err != nil {
		return nil, words.Say("not the JSON of a hook's answer", "pas le JSON d'une réponse de hook")
	}
	if h.Error != nil {
		return nil, words.Say("a refusal of the token: %s", "un refus du jeton : %s", h.Error.Summary)
	}
	return h.patches()
}

// patches checks the commands against Okta's grammar, as far as a hook that only adds claims uses
// it.
func (h hookAnswer) patches() (patches, words.Text) {
	out := patches{}
	for i, c := range h.Commands {
		at := fmt.Sprintf("commands[%d]", i)
		if c.Type != patchIdentity && c.Type != patchAccess || out[c.Type] != nil {
			return nil, words.Say("%s: type %q is unknown or there twice", "%s : type %q inconnu ou présent deux fois", at, c.Type)
		}
		out[c.Type] = map[string]jsontext.Value{}
		for j, p := range c.Value {
			name, ok := strings.CutPrefix(p.Path, "/claims/")
			if p.Op != "add" || !ok || name == "" || strings.Contains(name, "/") || out[c.Type][name] != nil || p.Value.Canonicalize() != nil {
				return nil, words.Say("%s.value[%d] does not add a claim once: op %q, path %q", "%s.value[%d] n'ajoute pas un claim une seule fois : op %q, path %q", at, j, p.Op, p.Path)
			}
			out[c.Type][name] = p.Value
		}
	}
	return out, words.Text{}
}

// differences says how the claims differ from those expected; empty when they do not.
func (e Expected) differences(got patches) []words.Text {
	var out []words.Text
	for _, token := range []struct {
		kind string
		name words.Text
		want map[string]jsontext.Value
	}{
		{patchAccess, words.Say("access token", "jeton d'accès"), e.AccessToken},
		{patchIdentity, words.Say("ID token", "jeton d'identité"), e.IDToken},
	} {
		for _, claim := range names(token.want, got[token.kind]) {
			want, wanted := token.want[claim]
			have, there := got[token.kind][claim]
			switch {
			case !there:
				out = append(out, words.Say("%s: %s is missing", "%s : %s manque", token.name, claim))
			case !wanted:
				out = append(out, words.Say("%s: %s is not configured", "%s : %s n'est pas configuré", token.name, claim))
			case claim == "tid" && e.AnyTID:
				if have.Kind() != '"' || len(have) == 2 {
					out = append(out, words.Say("%s: tid is not a text", "%s : tid n'est pas un texte", token.name))
				}
			case !sameJSON(want, have):
				out = append(out, words.Say("%s: %s = %s", "%s : %s = %s", token.name, claim, string(have)))
			}
		}
	}
	id, access := got[patchIdentity]["tid"], got[patchAccess]["tid"]
	if id != nil && access != nil && !sameJSON(id, access) {
		out = append(out, words.Say("tid differs between the tokens", "tid diffère d'un jeton à l'autre"))
	}
	return out
}

// of returns the claims for a command type.
func (e Expected) of(kind string) map[string]jsontext.Value {
	if kind == patchIdentity {
		return e.IDToken
	}
	return e.AccessToken
}

// describe writes what is expected.
func (e Expected) describe() words.Text {
	if len(e.IDToken) == 0 && len(e.AccessToken) == 0 {
		return words.Literal("204")
	}
	list := func(want map[string]jsontext.Value) string {
		var items []string
		for _, name := range names(want, nil) {
			value := string(want[name])
			if name == "tid" && e.AnyTID {
				value = "…"
			}
			items = append(items, name+" = "+value)
		}
		if len(items) == 0 {
			return "–"
		}
		return strings.Join(items, ", ")
	}
	return words.Say("access token: %s; ID token: %s", "jeton d'accès : %s ; jeton d'identité : %s", list(e.AccessToken), list(e.IDToken))
}

// names returns the keys of both maps, sorted, without duplicates.
func names(a, b map[string]jsontext.Value) []string {
	var out []string
	for _, m := range []map[string]jsontext.Value{a, b} {
		for name := range m {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// sameJSON compares two values in their canonical form.
func sameJSON(a, b jsontext.Value) bool {
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize() == nil && b.Canonicalize() == nil && string(a) == string(b)
}

// judge compares an answer with the expected one, except for the time. keep selects the claims to
// compare; nil means all.
func (e Expected) judge(a answer, keep func(patches) patches) report.Finding {
	got, fault := parseAnswer(a)
	if fault != (words.Text{}) {
		return report.Fail(e.describe(), fault, logHint())
	}
	if keep != nil {
		got = keep(got)
	}
	if wrong := e.differences(got); len(wrong) > 0 {
		return report.Fail(e.describe(), words.Join("; ", " ; ", wrong...), words.Join(" ", " ",
			words.Say("The service runs with another configuration than this one: compare pschook config on both sides.",
				"Le service tourne avec une autre configuration que celle-ci : comparez pschook config des deux côtés."), logHint()))
	}
	return report.Pass(e.describe())
}

// logHint says where to find the service's own log line of the call.
func logHint() words.Text {
	return words.Say("The service's log has a line with event_id "+EventIDPrefix+"…: it says what it answered and why. If there is none, its credential was refused, or the call did not reach it.",
		"Le journal du service contient une ligne avec event_id "+EventIDPrefix+"… : elle dit ce qu'il a répondu et pourquoi. S'il n'y en a pas, le secret a été refusé, ou l'appel ne lui est pas parvenu.")
}
