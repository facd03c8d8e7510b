package hook

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func samples(tb testing.TB) map[string][]byte {
	tb.Helper()
	names, err := filepath.Glob("../testdata/requests/*.json")
	if err != nil || len(names) == 0 {
		tb.Fatalf("no sample in testdata/requests: %v", err)
	}
	found := make(map[string][]byte, len(names))
	for _, name := range names {
		if found[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			tb.Fatal(err)
		}
	}
	return found
}

// TestScanReadsWhatOktaSends checks that no sample needs the JSON library, indented or not.
func TestScanReadsWhatOktaSends(t *testing.T) {
	t.Parallel()
	for name, body := range samples(t) {
		compact := jsontext.Value(strings.Clone(string(body)))
		if err := compact.Compact(); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{body, compact} {
			var got decoder
			if ok, fault := got.scan(text, false); !ok {
				t.Errorf("%s: the scan gives up: %v", name, fault)
				continue
			}
			var want Request
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.request, byTags()); diff != "" {
				t.Errorf("%s (-library +scan):\n%s", name, diff)
			}
		}
	}
}

// TestScanKnowsEveryMember fills every field. It fails when [Request] has a new field that the scan
// does not read.
func TestScanKnowsEveryMember(t *testing.T) {
	t.Parallel()
	var want Request
	fill(t, reflect.ValueOf(&want).Elem(), "")
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got decoder
	if ok, fault := got.scan(body, false); !ok {
		t.Fatalf("the scan gives up on %s: %v", body, fault)
	}
	if diff := cmp.Diff(want, got.request, byTags()); diff != "" {
		t.Errorf("-sent +scan:\n%s", diff)
	}
}

// byTags ignores fields without a json tag.
func byTags() cmp.Option {
	return cmp.Options{cmpopts.IgnoreFields(Request{}, "Renewal"), cmpopts.IgnoreFields(Data{}, "RefreshToken")}
}

// fill gives each field a different value, made from its path.
func fill(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.Tag.Get("json") != "-" {
				fill(t, v.Field(i), path+"."+field.Name)
			}
		}
	case reflect.String:
		v.SetString(path)
	case reflect.Slice:
		v.Set(reflect.ValueOf([]string{path + "[0]", path + "[1]"}))
	default:
		t.Errorf("%s: %s is not filled by this test", path, v.Kind())
	}
}

// TestScanOrLibrary checks that the scan and the library alone give the same outcome.
func TestScanOrLibrary(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		quick      bool
	}{
		{"nulls", `{"eventId":null,"data":{"context":null,"identity":null,"access":{"claims":null}}}`, true},
		{"null in place of an array", `{"data":{"identity":{"claims":{"amr":null}}}}`, true},
		{"no values", `{"data":{"identity":{"claims":{"amr":[]}}}}`, true},
		{"null among the values", `{"data":{"identity":{"claims":{"amr":[null]}}}}`, false},
		{"number among the values", `{"data":{"identity":{"claims":{"amr":["pwd",1]}}}}`, false},
		{"escape in a value", `{"source":"https:\/\/hopital.okta.com"}`, false},
		{"escaped quote at the end", `{"source":"a\\\""}`, false},
		{"escape in a name", `{"data":{"identity":{"claims":{"s\u0075b":"00u1"}}}}`, false},
		{"escape in what is skipped", `{"x":"\"}\\","source":"a"}`, false},
		{"other types in what is skipped", `{"x":[1,-20,true,false,null,{"y":[]},{}],"y":0,"source":"a"}`, true},
		{"fraction", `{"x":2.5,"source":"a"}`, false},
		{"exponent", `{"x":2e3,"source":"a"}`, false},
		{"zero in front", `{"x":02}`, false},
		{"minus alone", `{"x":-}`, false},
		{"minus zero", `{"number":-0}`, true},
		{"other letters", `{"x":"Chloé","source":"a"}`, true},
		{"not UTF-8", "{\"x\":\"\xff\"}", false},
		{"half a letter", "{\"source\":\"\xc3\"}", false},
		{"control character", "{\"x\":\"\n\"}", false},
		{"control character in a name", "{\"x\ty\":0}", false},
		{"escaped quotes in a row", `{"x":"\"\"","source":"\\\"\\\\","y":"\\"}`, false},
		{"as deep as may be", nested(maxDepth), true},
		{"too deep", nested(maxDepth + 1), false},
		{"member twice", `{"x":{"y":1,"y":2}}`, false},
		{"member twice, not side by side", `{"source":"a","x":{"source":1},"source":"b"}`, false},
		{"same names in other objects", `{"x":{"y":{"x":1},"z":{"x":2}},"y":{"x":1}}`, true},
		{"more members than are compared", `{` + members(65) + `}`, false},
		{"as many as are compared", `{` + members(64) + `}`, true},
		{"as many as are compared, in two objects", `{"a":{` + members(62) + `},"b":{` + members(62) + `}}`, true},
		{"comma at the end", `{"source":"a",}`, false},
		{"comma at the end of an array", `{"x":[1,]}`, false},
		{"comma alone", `{,}`, false},
		{"no comma", `{"x":1 "source":"a"}`, false},
		{"no comma in an array", `{"x":[1 2]}`, false},
		{"no colon", `{"x" 1}`, false},
		{"no value", `{"x":}`, false},
		{"no name", `{1:2}`, false},
		{"wrong bracket", `{"x":[}]`, false},
		{"word that is none", `{"x":nul}`, false},
		{"longer word", `{"x":nullx}`, false},
		{"cut off", `{"x":"`, false},
		{"cut off in a word", `{"x":tr`, false},
		{"cut off in an object", `{"data":{"access":{`, false},
		{"something after it", `{}{}`, false},
		{"zero byte after it", "{}\x00", false},
		{"zero byte inside", "{\x00}", false},
		{"byte order mark", "\ufeff{}", false},
		{"space everywhere", " {\r\n\t\"source\" : \"a\" , \"x\" : [ 1 , { } ] } \n", true},
		{"wrong type of a text", `{"source":1}`, false},
		{"wrong type of an object", `{"data":[]}`, false},
		{"wrong type of an object that is not a pointer", `{"data":{"context":"x"}}`, false},
		{"wrong type of a list", `{"data":{"context":{"session":{"amr":{}}}}}`, false},
		{"hints of other types", `{"eventTime":1,"data":{"context":{"protocol":{"request":{"response_type":[]}},"session":{"status":{},"expiresAt":false}}}}`, true},
		{"grant", `{"data":{"context":{"protocol":{"OriginalGrant":{"refresh_token":{"jti":"x"}}}}}}`, true},
		{"both spellings of the grant", `{"data":{"context":{"protocol":{"OriginalGrant":null,"originalGrant":{}}}}}`, true},
		{"other case", `{"Source":"a","DATA":{}}`, true},
		{"no object", `[]`, false},
		{"null", `null`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, _ := new(decoder).scan([]byte(tt.body), false); got != tt.quick {
				t.Errorf("the scan takes it at once: %v", got)
			}
			expectAsLibrary(t, []byte(tt.body))
		})
	}
}

// TestEnd puts every byte, and letters of several bytes, at every place among the eight that are
// looked at together, and others before and behind it.
func TestEnd(t *testing.T) {
	t.Parallel()
	texts := []string{"é", "€", "😀", "é€", "\xc3", "\xc3\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80"}
	for c := range 256 {
		texts = append(texts, string([]byte{byte(c)}))
	}
	for _, what := range texts {
		for before := range 18 {
			for after := range 10 {
				text := strings.Repeat("!", before) + what + strings.Repeat("!", after) // next to the quote and the blank
				want := len(text)
				switch {
				case what == `"`:
					want = before
				case what == `\` || what[0] < ' ' || !utf8.ValidString(what):
					want = none
				}
				for _, behind := range []string{`"`, `":1}`, "\"\\\x00\xff\x80\x80\x80\x80"} {
					s := scan{body: []byte(text + behind)}
					if got, _ := s.end(0); got != want {
						t.Fatalf("%q ends at %d, want %d", s.body, got, want)
					}
				}
				s := scan{body: []byte(text)}
				if got, _ := s.end(0); what != `"` && got != none {
					t.Fatalf("%q has an end", text)
				}
			}
		}
	}
}

// TestFingerprint: names of which one goes on where the other ends differ, and so do those that
// calls hold; two the same would cost every call the slow way.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	seen := map[uint64]string{}
	note := func(name string) {
		alone := fingerprint([]byte(name))
		for _, behind := range []string{`"`, `":0}`, `":        0}`, `":"12345678"}`} {
			s := scan{body: []byte(`{"` + name + behind)}
			end, key := s.end(2)
			if utf8.ValidString(name) && (end != 2+len(name) || key != alone) {
				t.Errorf("%q: fingerprint %x, %x in %s", name, alone, key, s.body)
			}
		}
		if other, ok := seen[alone]; ok && other != name {
			t.Errorf("%q has the fingerprint of %q", name, other)
		}
		seen[alone] = name
	}
	for n := range 20 {
		for _, c := range []string{"a", "!", "\xff"} {
			note(strings.Repeat(c, n))
			note("b" + strings.Repeat(c, n))
			note(strings.Repeat(c, n) + "b")
		}
	}
	for _, body := range samples(t) {
		for _, quoted := range regexp.MustCompile(`"([^"]*)"\s*:`).FindAllSubmatch(body, -1) {
			note(string(quoted[1]))
		}
	}
}

// nested is a body of that many levels.
func nested(levels int) string {
	return `{"x":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
}

// members are n members of different names.
func members(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"m%d":%d`, i, i))
	}
	return strings.Join(all, ",")
}

// expectAsLibrary compares read with the library alone. The library does not check bounds and
// forms, and is stricter with hints.
func expectAsLibrary(t *testing.T, body []byte) {
	t.Helper()
	var got decoder
	gotErr := got.read(body)
	var want Request
	wantErr := json.Unmarshal(body, &want)
	var malformed *MalformedError
	switch ours := errors.As(gotErr, &malformed); {
	case gotErr != nil && !ours:
		t.Fatalf("%q: error %v", body, gotErr)
	case ours && (malformed.Reason == "TOO_LONG" || malformed.Reason == "WRONG_FORM"):
		return
	case ours && malformed.Reason == "TOO_DEEP":
		return // the library goes on to 10,000 levels
	case ours && wantErr == nil && string(bytes.TrimSpace(body)) != "null" && !strings.HasSuffix(malformed.Location, "]"): // null is not an authentication method
		t.Fatalf("%q: error %v, the library takes it", body, gotErr)
	case ours:
		return
	}
	if wantErr != nil {
		var semantic *json.SemanticError
		if !errors.As(wantErr, &semantic) || !isHint(semantic.JSONPointer) {
			t.Fatalf("%q: taken, the library says %v", body, wantErr)
		}
		return
	}
	if diff := cmp.Diff(want, got.request, byTags()); diff != "" {
		t.Errorf("%q (-library +ours):\n%s", body, diff)
	}
}

func isHint(p jsontext.Pointer) bool {
	switch p.LastToken() {
	case "eventTime", "response_type", "status", "expiresAt", "idp", "id", "type":
		return true
	}
	return false
}

// FuzzScan: the scan and the library give the same outcome for every body.
func FuzzScan(f *testing.F) {
	for _, body := range samples(f) {
		f.Add(body)
	}
	f.Add([]byte(`{"x":"\\\"","data":{"context":{"session":{"amr":["a\u0062",null]},"protocol":{"originalGrant":{}}},"identity":{"claims":{"amr":[]}}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		expectAsLibrary(t, body)
	})
}
