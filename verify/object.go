package verify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

// objectLimits bound header and claims of a token, and userinfo. Okta's have some thirty values on two levels, those
// of PSC's userinfo go down six; groups and roles can make hundreds.
func objectLimits() outside.JSONLimits {
	return outside.JSONLimits{Bytes: maxTokenBytes, Depth: 20, Values: 5000}
}

// shownRunes is how much of one claim value a report's "actual" quotes; the
// decoded claims beside it hold the whole value.
const shownRunes = 200

// maxNumericDate is the last second of the year 9999, the last that RFC 3339 can write.
const maxNumericDate = 253402300799

// object is a JSON object whose members keep their order. Duplicate members and
// invalid UTF-8 are refused at every depth (RFC 8259 §4 leaves them undefined,
// RFC 7519 §4 asks for rejection).
type object struct {
	raw     jsontext.Value
	names   []string
	members map[string]jsontext.Value
}

// presence says what became of looking for a member of a given type.
type presence int

const (
	absent    presence = iota // no such member, or null
	malformed                 // there, but of another type
	present
)

var errTrailing = errors.New("something follows the JSON object")

// parseObject reads an object within [objectLimits].
func parseObject(text []byte) (object, error) {
	if err := objectLimits().Check(text); err != nil {
		return object{}, err
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	o := object{members: make(map[string]jsontext.Value)}
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadValue(); err != nil {
			return object{}, cleanJSONError(err)
		}
		return object{}, errors.New("not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return object{}, cleanJSONError(err)
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return object{}, cleanJSONError(err)
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return object{}, cleanJSONError(err)
		}
		o.names = append(o.names, key)
		o.members[key] = value.Clone()
	}
	if _, err := dec.ReadToken(); err != nil {
		return object{}, cleanJSONError(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return object{}, errTrailing
	}
	o.raw = jsontext.Value(text).Clone()
	if err := o.raw.Compact(); err != nil {
		return object{}, cleanJSONError(err)
	}
	return o, nil
}

// cleanJSONError keeps what and where of a JSON error and drops the library's
// prefix. Neither holds more of the text than a member name.
func cleanJSONError(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		where := ""
		if syntactic.JSONPointer != "" {
			where = fmt.Sprintf(" within %q", syntactic.JSONPointer)
		}
		return fmt.Errorf("%w%s at byte %d", syntactic.Err, where, syntactic.ByteOffset)
	}
	return err
}

// has reports whether the member is there and not null.
func (o object) has(name string) bool {
	v, ok := o.members[name]
	return ok && v.Kind() != 'n'
}

// text returns a string member. An empty string is present.
func (o object) text(name string) (string, presence) {
	if !o.has(name) {
		return "", absent
	}
	var s string
	if err := json.Unmarshal(o.members[name], &s); err != nil {
		return "", malformed
	}
	return s, present
}

// texts returns an array of strings.
func (o object) texts(name string) ([]string, presence) {
	if !o.has(name) {
		return nil, absent
	}
	if o.members[name].Kind() != '[' {
		return nil, malformed
	}
	var list []string
	if err := json.Unmarshal(o.members[name], &list); err != nil {
		return nil, malformed
	}
	return list, present
}

// audience returns the member as RFC 7519 §4.1.3 allows "aud": a string or an
// array of strings.
func (o object) audience() ([]string, presence) {
	if s, p := o.text("aud"); p == present {
		return []string{s}, present
	}
	return o.texts("aud")
}

// time returns a NumericDate (RFC 7519 §2): seconds since 1970, fractions allowed.
func (o object) time(name string) (time.Time, presence) {
	if !o.has(name) {
		return time.Time{}, absent
	}
	v := o.members[name]
	if v.Kind() != '0' {
		return time.Time{}, malformed
	}
	seconds, err := strconv.ParseFloat(string(v), 64)
	if err != nil || seconds < 0 || seconds > maxNumericDate {
		return time.Time{}, malformed
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second))).UTC(), present
}

// show renders a member as compact JSON, shortened; "" when it is not there.
func (o object) show(name string) string {
	v, ok := o.members[name]
	if !ok {
		return ""
	}
	v = v.Clone()
	if err := v.Compact(); err != nil {
		return ""
	}
	return shorten(string(v), shownRunes)
}

// shorten cuts s to at most limit runes and marks the cut.
func shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
