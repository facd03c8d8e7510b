package hook

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestEveryFieldIsBounded fills one text field of a call at a time beyond any
// limit: a field that is added without one is found here.
func TestEveryFieldIsBounded(t *testing.T) {
	t.Parallel()
	var walk func(v reflect.Value, path string, root *Request) int
	walk = func(v reflect.Value, path string, root *Request) int {
		n := 0
		switch v.Kind() {
		case reflect.Pointer:
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			return walk(v.Elem(), path, root)
		case reflect.Struct:
			for i := range v.NumField() {
				n += walk(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Tag.Get("json"), "."), root)
			}
		case reflect.String:
			expectTooLong(t, root, v, reflect.ValueOf(strings.Repeat("x", 4096)), path)
			n++
		case reflect.Slice:
			expectTooLong(t, root, v, reflect.ValueOf(make([]string, 65)), path)
			expectTooLong(t, root, v, reflect.ValueOf([]string{"pwd", strings.Repeat("x", 257)}), path+"[1]")
			n++
		default:
			t.Errorf("%s: %s is not looked at by this test", path, v.Kind())
		}
		return n
	}
	r := &Request{}
	walk(reflect.ValueOf(r).Elem(), "", &Request{Data: &Data{}}) // fills the pointers
	if n := walk(reflect.ValueOf(r).Elem(), "", r); n < 15 {
		t.Errorf("only %d fields", n)
	}
}

// expectTooLong sets field for one check only. The event type has one right value,
// which Decode compares.
func expectTooLong(t *testing.T, r *Request, field, value reflect.Value, path string) {
	t.Helper()
	if r.Data == nil || r.Data.Identity == nil || r.Data.Access == nil || path == "eventType" {
		return
	}
	field.Set(value)
	defer field.SetZero()
	var malformed *MalformedError
	if err := checkSizes(r); !errors.As(err, &malformed) || malformed.Reason != "TOO_LONG" || malformed.Location != path {
		t.Errorf("%s: got %v", path, err)
	}
}
