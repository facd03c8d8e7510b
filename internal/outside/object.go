package outside

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ObjectLimits bound an object about a person or a token: header and claims, userinfo. HTTP servers
// refuse header lines of more than 8 to 64 kB, so a larger token cannot be used anywhere. Okta's
// objects have about thirty values on two levels. PSC's userinfo has six levels. Groups and roles
// can make hundreds of values.
func ObjectLimits() JSONLimits {
	return JSONLimits{Bytes: 64 << 10, Depth: 20, Values: 5000}
}

// maxNumericDate is the last second of the year 9999, the last that RFC 3339 can write.
const maxNumericDate = 253402300799

// Object is a JSON object that keeps the order of its members. Duplicate members and invalid UTF-8
// are refused at every depth (RFC 8259 §4 leaves duplicates undefined, RFC 7519 §4 says to reject
// them).
type Object struct {
	Raw     jsontext.Value // the whole object as compact JSON
	Names   []string       // in their original order
	Members map[string]jsontext.Value
}

// Presence is the result of looking for a member of a given type.
type Presence int

// The results of looking for a member.
const (
	Absent    Presence = iota // no such member, or null
	Malformed                 // present, but of another type
	Present
)

var errTrailing = errors.New("something follows the JSON object")

// ParseObject reads an object within [ObjectLimits].
func ParseObject(text []byte) (Object, error) {
	if err := ObjectLimits().Check(text); err != nil {
		return Object{}, err
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	o := Object{Members: make(map[string]jsontext.Value)}
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadValue(); err != nil {
			return Object{}, cleanJSONError(err)
		}
		return Object{}, errors.New("not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return Object{}, cleanJSONError(err)
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return Object{}, cleanJSONError(err)
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return Object{}, cleanJSONError(err)
		}
		o.Names = append(o.Names, key)
		o.Members[key] = value.Clone()
	}
	if _, err := dec.ReadToken(); err != nil {
		return Object{}, cleanJSONError(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Object{}, errTrailing
	}
	o.Raw = jsontext.Value(text).Clone()
	if err := o.Raw.Compact(); err != nil {
		return Object{}, cleanJSONError(err)
	}
	return o, nil
}

// cleanJSONError keeps the fault and the place of a JSON error and drops the library's prefix.
// Neither quotes more of the text than a member name.
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

// Has reports whether the member is present and not null.
func (o Object) Has(name string) bool {
	v, ok := o.Members[name]
	return ok && v.Kind() != 'n'
}

// Text returns a string member. An empty string is present.
func (o Object) Text(name string) (string, Presence) {
	if !o.Has(name) {
		return "", Absent
	}
	var s string
	if err := json.Unmarshal(o.Members[name], &s); err != nil {
		return "", Malformed
	}
	return s, Present
}

// Texts returns an array of strings.
func (o Object) Texts(name string) ([]string, Presence) {
	if !o.Has(name) {
		return nil, Absent
	}
	if o.Members[name].Kind() != '[' {
		return nil, Malformed
	}
	var list []*string // null is no string
	if err := json.Unmarshal(o.Members[name], &list); err != nil || slices.Contains(list, nil) {
		return nil, Malformed
	}
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = *s
	}
	return texts, Present
}

// Audience returns the member aud, which RFC 7519 §4.1.3 allows to be a string or an array of
// strings.
func (o Object) Audience() ([]string, Presence) {
	if s, p := o.Text("aud"); p == Present {
		return []string{s}, Present
	}
	return o.Texts("aud")
}

// Time returns a NumericDate (RFC 7519 §2): seconds since 1970, fractions allowed.
func (o Object) Time(name string) (time.Time, Presence) {
	if !o.Has(name) {
		return time.Time{}, Absent
	}
	v := o.Members[name]
	if v.Kind() != '0' {
		return time.Time{}, Malformed
	}
	seconds, err := strconv.ParseFloat(string(v), 64)
	if err != nil || seconds < 0 || seconds > maxNumericDate {
		return time.Time{}, Malformed
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*float64(time.Second))).UTC(), Present
}

// Show returns a member as compact JSON; "" when it is absent.
func (o Object) Show(name string) string {
	v, ok := o.Members[name]
	if !ok {
		return ""
	}
	v = v.Clone()
	if err := v.Compact(); err != nil {
		return ""
	}
	return string(v)
}
