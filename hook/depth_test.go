package hook

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestTooDeep(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, body string
		want       bool
	}{
		{"as deep as may be", nested(128), false},
		{"one deeper", nested(129), true},
		{"objects and arrays", strings.Repeat(`{"a":[`, 65), true},
		{"many beside each other", "[" + strings.Repeat("[],", 1000) + "1]", false},
		{"in a string", `["` + strings.Repeat("[", 1000) + `"]`, false},
		{"behind an escaped quote", `["\"` + strings.Repeat("[", 1000) + `"]`, false},
		{"behind an escaped backslash", `["\\",` + nested(128) + `]`, true},
		{"empty", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tooDeep([]byte(tt.body)); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// FuzzTooDeep: for whatever is JSON, the scan agrees with the library's own reader.
func FuzzTooDeep(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"[\"{\\"]}`, strings.Repeat("[", 129) + strings.Repeat("]", 129), strings.Repeat("[", 128) + strings.Repeat("]", 128), `"\u005b"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !jsontext.Value(body).IsValid() {
			tooDeep(body) // must not panic
			return
		}
		deepest, d := 0, jsontext.NewDecoder(strings.NewReader(string(body)))
		for {
			if _, err := d.ReadToken(); err != nil {
				break
			}
			deepest = max(deepest, d.StackDepth())
		}
		if tooDeep(body) != (deepest > maxDepth) {
			t.Errorf("%q: depth %d, too deep: %v", body, deepest, tooDeep(body))
		}
	})
}
