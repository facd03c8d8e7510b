package hook

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads one call. It refuses a body that is not exactly one JSON object in valid UTF-8;
// duplicate members anywhere, because receivers differ on which one counts and an attacker can use
// that (RFC 8259, section 4); a known member of a wrong type; another event type; a missing data;
// oversized values; and deep nesting. The error is *MalformedError. The result shares no memory
// with body. Decode is safe for concurrent use.
func Decode(body []byte) (*Request, error) { return new(decoder).decode(body) }

// decode is Decode with the memory of r. r must be new.
func (r *decoder) decode(body []byte) (*Request, error) {
	if err := r.read(body); err != nil {
		return nil, err
	}
	switch req := &r.request; {
	case req.EventType != EventType:
		return nil, &MalformedError{Reason: "WRONG_EVENT_TYPE", Location: "eventType", Detail: "want " + EventType}
	case req.Data == nil:
		return nil, &MalformedError{Reason: "MISSING", Location: "data", Detail: "the member is missing"}
	}
	return &r.request, nil
}

// read scans the body. If the scan gives up, the JSON library checks the body and writes it anew.
// The scan then reads the new text or names the wrong member.
func (r *decoder) read(body []byte) error {
	if ok, _ := r.scan(body, false); ok {
		return nil
	}
	if tooDeep(body) {
		return &MalformedError{Reason: "TOO_DEEP", Detail: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
	}
	*r = decoder{} // the first scan may have filled some of it
	body, err := jsontext.AppendFormat(nil, body, jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false))
	if err != nil {
		return notJSON(err)
	}
	if ok, fault := r.scan(body, true); !ok {
		return cmp.Or(fault, &MalformedError{Reason: "NOT_JSON", Detail: "the body cannot be read"})
	}
	return nil
}

// Limits of one call. Okta's own calls measure a few KiB. Okta accepts answers below 256 KB, so the
// same bound is used for what Okta sends.
const (
	maxBodyBytes = 256 << 10
	maxIDBytes   = 64   // Okta's ids have 20 characters, an event id 22
	maxTextBytes = 256  // for a jti, a grant type and other short texts
	maxURLBytes  = 2048 // browsers and proxies generally carry this much
	maxAMRValues = 64   // Okta reports a handful of methods per sign-in
)

// isID reports whether s can be an id or an authentication method: at most maxIDBytes of printable
// ASCII without space, quote or @. That keeps e-mail addresses out of claims and logs, and also
// characters that log files and terminals act upon. It allows everything else, because the form of
// Okta's ids may change.
func isID(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' && (c <= ' ' || c == '"' || c == '\'') || c == '@' || c > '~' {
			return false
		}
	}
	return s != ""
}

// isRequestID reports whether s can be an id as Apache's mod_unique_id makes it: letters, digits, -
// and @. Okta's request ids have been seen to have that form. An e-mail address has a dot, so it is
// no request id.
func isRequestID(s string) bool {
	for _, c := range []byte(s) {
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '@' {
			return false
		}
	}
	return true
}

// wantID describes what isID accepts.
const wantID = "want 1 to 64 printable ASCII characters without space, quote or @"

// MalformedError says what is wrong with a call, and where. It quotes no value of the call.
type MalformedError struct {
	Reason   string // a fixed word: NOT_JSON, DUPLICATE_MEMBER, WRONG_TYPE, WRONG_FORM, MISSING, TOO_LONG, TOO_DEEP, WRONG_EVENT_TYPE, CONTRADICTION
	Location string // such as data.identity.claims.amr[2]; "" for the body as a whole
	Detail   string // one sentence
}

// Error names the place and the fault.
func (e *MalformedError) Error() string {
	if e.Location == "" {
		return e.Detail
	}
	return e.Location + ": " + e.Detail
}

// notJSON translates an error of the JSON library.
func notJSON(err error) *MalformedError {
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) {
		return &MalformedError{Reason: "NOT_JSON", Detail: "the body is not one JSON value"}
	}
	e := &MalformedError{Reason: "NOT_JSON", Location: location(syntactic.JSONPointer)}
	e.Detail = fmt.Sprintf("the body is not valid JSON, at byte %d", syntactic.ByteOffset)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		e.Reason, e.Detail = "DUPLICATE_MEMBER", fmt.Sprintf("a member stands twice in one object, at byte %d", syntactic.ByteOffset)
	}
	return e
}

// location turns a JSON pointer into a path. It stops at the first name that is not one of Okta's,
// because the caller chooses the other names in a call.
func location(p jsontext.Pointer) string {
	var path []string
	at := reflect.TypeFor[Request]()
	for token := range p.Tokens() {
		var known bool
		if at, known = memberType(at, token); !known {
			break
		}
		path = append(path, token)
	}
	return strings.Join(path, ".")
}

// memberType finds the type of a member that this service reads, by its json tag.
func memberType(of reflect.Type, name string) (reflect.Type, bool) {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct {
		return nil, false
	}
	for field := range of.Fields() {
		if field.Tag.Get("json") == name {
			return field.Type, true
		}
	}
	return nil, false
}
