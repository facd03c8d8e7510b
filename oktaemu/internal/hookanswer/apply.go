package hookanswer

import (
	stdjson "encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The command types of a token inline hook.
const (
	IdentityPatch = "com.okta.identity.patch" // patches the ID token
	AccessPatch   = "com.okta.access.patch"   // patches the access token
)

// The bounds of a token lifetime set by a hook, in seconds (Okta developer docs,
// guides/token-inline-hook: five minutes to 24 hours).
const (
	MinLifetime = 300
	MaxLifetime = 86400
)

const lifetimePath = "/token/lifetime/expiration"

// Token is a token about to be minted.
type Token struct {
	Claims   map[string]any
	Lifetime int // seconds
}

// Minting holds the tokens about to be minted; nil for one that is not.
type Minting struct{ Identity, Access *Token }

// Reserved says which claims a hook must not touch, by kind of token.
type Reserved interface {
	IDToken(claim string) bool
	AccessToken(claim string) bool
}

// CommandError says why a command cannot apply. A single one makes Okta drop every command of the
// answer.
type CommandError struct {
	Command   int    // index into commands
	Operation int    // index into the command's value; -1 when the whole command is at fault
	Path      string // the operation's path; empty when the whole command is at fault
	Why       string
}

// Error names the command and the reason.
func (e *CommandError) Error() string {
	if e.Operation < 0 {
		return fmt.Sprintf("commands[%d]: %s", e.Command, e.Why)
	}
	return fmt.Sprintf("commands[%d].value[%d] %q: %s", e.Command, e.Operation, e.Path, e.Why)
}

// Apply returns the tokens as the commands change them. If any command cannot
// apply, it returns m unchanged and a [*CommandError]. It never changes m's maps.
func (a Answer) Apply(m Minting, reserved Reserved) (Minting, error) {
	patched := Minting{Identity: m.Identity.clone(), Access: m.Access.clone()}
	for i, command := range a.Commands {
		token, isReserved, why := target(command.Type, patched, reserved)
		if why != "" {
			return m, &CommandError{Command: i, Operation: -1, Why: why}
		}
		for j, op := range command.Operations {
			if err := token.apply(op, command.Type, isReserved); err != nil {
				return m, &CommandError{Command: i, Operation: j, Path: op.Path, Why: err.Error()}
			}
		}
	}
	return patched, nil
}

// target finds the token that a command of this type patches.
func target(kind string, m Minting, reserved Reserved) (token *Token, isReserved func(string) bool, why string) {
	switch kind {
	case IdentityPatch:
		if m.Identity == nil {
			return nil, nil, "patches the ID token, but none is being minted"
		}
		return m.Identity, reserved.IDToken, ""
	case AccessPatch:
		if m.Access == nil {
			return nil, nil, "patches the access token, but none is being minted"
		}
		return m.Access, reserved.AccessToken, ""
	default:
		return nil, nil, fmt.Sprintf("type %q is unknown", clip(kind))
	}
}

func (t *Token) apply(op Operation, kind string, isReserved func(string) bool) error {
	value, err := operand(op)
	if err != nil {
		return err
	}
	if op.Path == lifetimePath {
		return t.setLifetime(op.Op, value)
	}
	path, err := claimPath(op.Path)
	if err != nil {
		return err
	}
	if isReserved(path[0]) {
		if !replaceable(kind, op.Op, path) {
			return fmt.Errorf("claim %q is reserved", clip(path[0]))
		}
		if _, ok := value.(string); !ok {
			return fmt.Errorf("claim %q can only be replaced by a string", clip(path[0]))
		}
	}
	t.Claims, err = editObject(t.Claims, path, op.Op, value)
	return err
}

// operand returns the decoded value of an operation, which add and replace need
// and remove must not have.
func operand(op Operation) (any, error) {
	switch op.Op {
	case "add", "replace":
		if op.Value == nil {
			return nil, fmt.Errorf("%s needs a value", op.Op)
		}
		return decode(op.Value)
	case "remove":
		if op.Value != nil && op.Value.Kind() != 'n' {
			return nil, fmt.Errorf("remove takes no value, or null")
		}
		return nil, nil
	default:
		return nil, fmt.Errorf("op %q is unknown", clip(op.Op))
	}
}

func (t *Token) setLifetime(op string, value any) error {
	if op != "replace" {
		return fmt.Errorf("a lifetime can only be replaced")
	}
	number, ok := value.(stdjson.Number)
	if !ok {
		return fmt.Errorf("a lifetime is a whole number of seconds")
	}
	seconds, err := number.Int64()
	if err != nil {
		return fmt.Errorf("a lifetime is a whole number of seconds")
	}
	if seconds < MinLifetime || seconds > MaxLifetime {
		return fmt.Errorf("a lifetime lies in %d..%d s", MinLifetime, MaxLifetime)
	}
	t.Lifetime = int(seconds)
	return nil
}

// replaceable reports an exception to the reserved claims: aud and sub of an access token can be
// replaced as a whole.
func replaceable(kind, op string, path []string) bool {
	return kind == AccessPatch && op == "replace" && len(path) == 1 && (path[0] == "aud" || path[0] == "sub")
}

// claimPath splits /claims/NAME[/…] by the rules of RFC 6901.
func claimPath(path string) ([]string, error) {
	rest, ok := strings.CutPrefix(path, "/claims/")
	if !ok || rest == "" {
		return nil, fmt.Errorf("path is neither /claims/NAME nor %s", lifetimePath)
	}
	parts := strings.Split(rest, "/")
	for i, part := range parts {
		if part == "" {
			return nil, fmt.Errorf("path has an empty part")
		}
		if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(part), "~") {
			return nil, fmt.Errorf("path has a ~ that is neither ~0 nor ~1")
		}
		parts[i] = jsontext.Pointer("/" + part).LastToken()
	}
	return parts, nil
}

// Changed names what differs in the patched token: claims, and "lifetime".
func (t *Token) Changed(patched *Token) []string {
	if t == nil || patched == nil {
		return nil
	}
	var names []string
	for _, claims := range []map[string]any{t.Claims, patched.Claims} {
		for name := range claims {
			was, before := t.Claims[name]
			is, after := patched.Claims[name]
			if !slices.Contains(names, name) && (before != after || !reflect.DeepEqual(was, is)) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	if t.Lifetime != patched.Lifetime {
		names = append(names, "lifetime")
	}
	return names
}

func (t *Token) clone() *Token {
	if t == nil {
		return nil
	}
	claims := maps.Clone(t.Claims)
	if claims == nil {
		claims = map[string]any{}
	}
	return &Token{Claims: claims, Lifetime: t.Lifetime}
}

// clip shortens text for messages.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
