package hook

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// TestEveryFieldIsBounded fills one field at a time with too long a value, and with characters that
// no id may hold. It fails when a new field has no bound.
func TestEveryFieldIsBounded(t *testing.T) {
	t.Parallel()
	root := &Request{}
	n := 0
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			walk(v.Elem(), path)
		case reflect.Struct:
			for i := range v.NumField() {
				if tag := v.Type().Field(i).Tag.Get("json"); tag != "-" {
					walk(v.Field(i), strings.TrimPrefix(path+"."+tag, "."))
				}
			}
		case reflect.String:
			n++
			checkText(t, root, v, path)
		case reflect.Slice:
			n++
			expectFault(t, root, v, strings.Split(strings.Repeat("x", 65), ""), path, "TOO_LONG")
			expectFault(t, root, v, []string{"pwd", strings.Repeat("x", 65)}, path+"[1]", "TOO_LONG")
			for _, bad := range badIDs() {
				expectFault(t, root, v, []string{"pwd", "mfa", bad}, path+"[2]", "WRONG_FORM")
			}
			expectFault(t, root, v, []string{""}, path+"[0]", "WRONG_FORM")
		default:
			t.Errorf("%s: %s is not looked at by this test", path, v.Kind())
		}
	}
	walk(reflect.ValueOf(root).Elem(), "")
	if n < 20 {
		t.Errorf("only %d fields", n)
	}
}

func badIDs() []string {
	return []string{"00u\n1", "00u\x001", "camille@hopital.example", "00u\u202e1", "00u 1", `00u"1`, "00u'1", "00ué", "\x7f", "\t"}
}

// checkText checks that a text is bounded and, unless it is one of the few that are no ids, has the
// form of an id.
func checkText(t *testing.T, root *Request, field reflect.Value, path string) {
	t.Helper()
	tooLong := strings.Repeat("x", 4096)
	switch path {
	case "eventTime", "data.context.protocol.request.response_type", "data.context.session.status", "data.context.session.expiresAt",
		"data.context.session.idp.id", "data.context.session.idp.type", "data.identity.claims.idp":
		field.SetString(tooLong)
		if got := expectRead(t, root); !strings.Contains(got, `"`+noHint+`"`) || strings.Contains(got, tooLong) {
			t.Errorf("%s: read as %s", path, got)
		}
		field.SetZero()
	case "source", "eventType", "data.context.protocol.request.grant_type", "data.context.protocol.issuer.uri",
		"data.identity.claims.iss", "data.identity.claims.jti", "data.access.claims.iss", "data.access.claims.jti":
		expectFault(t, root, field, tooLong, path, "TOO_LONG")
	case "data.context.request.id":
		expectFault(t, root, field, strings.Repeat("x", 65), path, "TOO_LONG")
		for _, bad := range append(badIDs(), "a@b.fr", "@'", "a@b c", "a@b\u00e9", "@/", "@[", "@{", "@`") {
			expectFault(t, root, field, bad, path, "WRONG_FORM")
		}
		for _, good := range []string{"", "x", "reqZ011VxT8aQz3", "Wx3TqB@9kLm0AZaz-_@AACr", `!#$%&()*+,-./:;<=>?[\]^_{|}~`} {
			field.SetString(good)
			expectRead(t, root)
			field.SetZero()
		}
	default:
		expectFault(t, root, field, strings.Repeat("x", 65), path, "TOO_LONG")
		for _, bad := range badIDs() {
			expectFault(t, root, field, bad, path, "WRONG_FORM")
		}
		for _, good := range []string{"", "x", strings.Repeat("x", 64), `!#$%&()*+,-./:;<=>?[\]^_{|}~`} {
			field.SetString(good)
			expectRead(t, root)
			field.SetZero()
		}
	}
}

// expectRead writes the call as JSON and reads it again.
func expectRead(t *testing.T, r *Request) string {
	t.Helper()
	var got decoder
	if err := got.read(encode(t, r)); err != nil {
		t.Errorf("%s: %v", encode(t, r), err)
	}
	return string(encode(t, &got.request))
}

// expectFault sets the field for one check. The error must not quote the value.
func expectFault(t *testing.T, r *Request, field reflect.Value, value any, path, reason string) {
	t.Helper()
	field.Set(reflect.ValueOf(value))
	defer field.SetZero()
	var got decoder
	var malformed *MalformedError
	if err := got.read(encode(t, r)); !errors.As(err, &malformed) || malformed.Reason != reason || malformed.Location != path {
		t.Errorf("%s = %.40q: got %v, want %s", path, value, err, reason)
	} else if strings.Contains(err.Error(), "1\"") || strings.Contains(err.Error(), "camille") {
		t.Errorf("%s: the error quotes the value: %v", path, err)
	}
}

func encode(t *testing.T, r *Request) []byte {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
