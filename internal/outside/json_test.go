package outside_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

func TestJSONLimits(t *testing.T) {
	t.Parallel()
	limits := outside.JSONLimits{Bytes: 60, Depth: 3, Values: 8}
	tests := []struct{ name, text, fault string }{
		{"within", `{"a":[{"b":1}],"c":"[[[[{{{{,,,,,,,,,,\"[[[["}`, ""},
		{"as deep as may be", `[[[]]]`, ""},
		{"too deep", `[[[[]]]]`, "is nested deeper than 3 levels at byte 3"},
		{"objects count", `{"a":{"b":{"c":{}}}}`, "is nested deeper than 3 levels at byte 15"},
		{"as many as may be", `[1,2,3,4,5,6,7]`, ""},
		{"too many", `[1,2,3,4,5,6,7,8]`, "holds more than 8 values at byte 14"},
		{"too long", strings.Repeat(" ", 61), "is longer than 60 bytes at byte 60"},
		{"after a string that ends in a backslash", `["\\",[[[]]]]`, "is nested deeper than 3 levels at byte 8"},
		{"not JSON", `]]]]]"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := limits.Check([]byte(tt.text))
			if got := text(err); got != tt.fault {
				t.Errorf("got %q, want %q", got, tt.fault)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A JSON text that passes has no more levels and values than the limits allow, as a real decoder
// counts them.
func FuzzJSONLimits(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":"\"[,"}]}`, `[[[[[[[]]]]]]]`, `[1,2,3,4,5,6,7,8,9,10,11,12,13,14]`, `"\\"`} {
		f.Add([]byte(seed))
	}
	limits := outside.JSONLimits{Bytes: 1 << 16, Depth: 4, Values: 12}
	f.Fuzz(func(t *testing.T, text []byte) {
		if limits.Check(text) != nil || !jsontext.Value(text).IsValid() {
			return
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return
		}
		if depth, values := measure(v); depth > limits.Depth || values > limits.Values {
			t.Errorf("%q has %d levels and %d values", text, depth, values)
		}
	})
}

// measure counts the levels and the values of a decoded text.
func measure(v any) (depth, values int) {
	var inner []any
	switch v := v.(type) {
	case []any:
		inner = v
	case map[string]any:
		for _, member := range v {
			inner = append(inner, member)
		}
	default:
		return 0, 1
	}
	values = 1
	for _, v := range inner {
		d, n := measure(v)
		depth, values = max(depth, d), values+n
	}
	return depth + 1, values
}
