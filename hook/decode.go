package hook

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads one call. It refuses what is not exactly one JSON object in valid
// UTF-8, duplicate members anywhere (RFC 8259, section 4: receivers differ on
// them, so they can smuggle), wrong types of known members, another event type, a
// missing data, oversized values and deep nesting. The error is *MalformedError. The result
// shares no memory with body. Decode is safe for concurrent use.
func Decode(body []byte) (*Request, error) { return new(room).decode(body) }

// decode is Decode into this room, which is to be empty.
func (r *room) decode(body []byte) (*Request, error) {
	if tooDeep(body) {
		return nil, &MalformedError{Reason: "TOO_DEEP", Detail: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	if err := r.unmarshal(body); err != nil {
		return nil, malformed(err)
	}
	switch req := &r.request; {
	case req.EventType != EventType:
		return nil, &MalformedError{Reason: "WRONG_EVENT_TYPE", Location: "eventType", Detail: "want " + EventType}
	case req.Data == nil:
		return nil, &MalformedError{Reason: "MISSING", Location: "data", Detail: "the member is missing"}
	}
	if err := checkSizes(&r.request); err != nil {
		return nil, err
	}
	return &r.request, nil
}

// unmarshal is json.Unmarshal in less than half its time for what Okta sends: see [scan].
func (r *room) unmarshal(body []byte) error {
	if r.scan(body) {
		return nil
	}
	r.request = Request{} // the scan may have filled some of it
	return json.Unmarshal(body, &r.request)
}

// MalformedError says what is wrong with a call and where. It quotes no value of
// the call.
type MalformedError struct {
	Reason   string // constant-like: NOT_JSON, DUPLICATE_MEMBER, WRONG_TYPE, MISSING, TOO_LONG, TOO_DEEP, WRONG_EVENT_TYPE, CONTRADICTION
	Location string // such as data.identity.claims.amr[2]; "" when it is the body as a whole
	Detail   string // one sentence
}

// Error names place and fault.
func (e *MalformedError) Error() string {
	if e.Location == "" {
		return e.Detail
	}
	return e.Location + ": " + e.Detail
}

// malformed translates an error of the JSON library.
func malformed(err error) *MalformedError {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		e := &MalformedError{Reason: "WRONG_TYPE", Location: location(semantic.JSONPointer)}
		e.Detail = fmt.Sprintf("wrong JSON type, want %s", wanted(semantic.GoType))
		return e
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		e := &MalformedError{Reason: "NOT_JSON", Location: location(syntactic.JSONPointer)}
		e.Detail = fmt.Sprintf("the body is not valid JSON, at byte %d", syntactic.ByteOffset)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			e.Reason, e.Detail = "DUPLICATE_MEMBER", fmt.Sprintf("a member stands twice in one object, at byte %d", syntactic.ByteOffset)
		}
		return e
	}
	return &MalformedError{Reason: "NOT_JSON", Detail: "the body is not one JSON value"}
}

func wanted(t reflect.Type) string {
	if t == nil {
		return "another"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array of strings"
	default:
		return "an object"
	}
}

// location turns a JSON pointer into a path. It stops at the first name that is
// not one of Okta's, for the names inside a call are the caller's, too.
func location(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		switch {
		case isIndex(token):
			fmt.Fprintf(&b, "[%s]", token)
		case !knownMember(token):
			return b.String()
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(token)
		}
	}
	return b.String()
}

func isIndex(token string) bool {
	return token != "" && len(token) < 8 && strings.Trim(token, "0123456789") == ""
}

func knownMember(name string) bool {
	switch name {
	case "eventId", "eventType", "source", "data", "context", "request", "id", "protocol", "client_id", "grant_type",
		"issuer", "uri", "client", "session", "userId", "amr", "user", "identity", "access", "claims", "sub", "uid",
		"cid", "iss", "jti", "OriginalGrant", "originalGrant", "profile", "token", "scopes", "policy", "refresh_token":
		return true
	}
	return false
}
