package hookanswer_test

import (
	"strings"
	"testing"

	"pschook/oktaemu/internal/hookanswer"
)

func TestChanged(t *testing.T) {
	t.Parallel()
	token := func(lifetime int, claims map[string]any) *hookanswer.Token {
		return &hookanswer.Token{Claims: claims, Lifetime: lifetime}
	}
	was := token(3600, map[string]any{"kept": []string{"a"}, "changed": "1", "gone": 1, "null": nil})
	tests := []struct {
		name         string
		was, patched *hookanswer.Token
		want         string
	}{
		{"nothing", was, token(3600, map[string]any{"kept": []string{"a"}, "changed": "1", "gone": 1, "null": nil}), ""},
		{"all", was, token(300, map[string]any{"kept": []string{"a"}, "changed": "2", "new": true}), "changed gone new null lifetime"},
		{"a null added", token(300, nil), token(300, map[string]any{"a": nil}), "a"},
		{"sorted", token(300, nil), token(300, map[string]any{"c": 1, "a": 1, "b": 1, "d": 1, "e": 1}), "a b c d e"},
		{"not minted", nil, was, ""},
		{"not minted then", was, nil, ""},
		{"never minted", nil, nil, ""},
	}
	for _, tt := range tests {
		if got := strings.Join(tt.was.Changed(tt.patched), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A token without claims gets its first one, and the original none.
func TestFirstClaim(t *testing.T) {
	t.Parallel()
	answer, err := hookanswer.Parse([]byte(access(`{"op":"add","path":"/claims/a","value":"x"}`)))
	if err != nil {
		t.Fatal(err)
	}
	start := hookanswer.Minting{Access: &hookanswer.Token{}}
	got, err := answer.Apply(start, table{})
	if err != nil || got.Access.Claims["a"] != "x" || start.Access.Claims != nil {
		t.Errorf("%v, %v; before %v", got.Access.Claims, err, start.Access.Claims)
	}
}

// What is wrong inside an array is wrong, and the array stays as it was.
func TestFaultInsideAnArray(t *testing.T) {
	t.Parallel()
	answer, err := hookanswer.Parse([]byte(access(`{"op":"add","path":"/claims/dept/ids/0/x","value":1}`)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := answer.Apply(both(), table{})
	if err == nil || !strings.Contains(err.Error(), "neither an object nor an array") || text(t, got) != text(t, both()) {
		t.Errorf("%s, %v", text(t, got), err)
	}
}

// An answer must stay under 256 KB: one byte decides.
func TestMaxBytes(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{hookanswer.MaxBytes - 1: true, hookanswer.MaxBytes: false} {
		body := `{"a":"` + strings.Repeat("x", size-len(`{"a":""}`)) + `"}`
		if _, err := hookanswer.Parse([]byte(body)); (err == nil) != fits {
			t.Errorf("%d bytes: %v", len(body), err)
		}
	}
}

// What a message quotes is cut after 80 bytes, and not before.
func TestQuotesAreShort(t *testing.T) {
	t.Parallel()
	for length, cut := range map[int]bool{80: false, 81: true} {
		name := strings.Repeat("x", length)
		answer, err := hookanswer.Parse([]byte(`{"commands":[{"type":"` + name + `","value":[]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = answer.Apply(both(), table{}); err == nil || strings.Contains(err.Error(), "…") != cut || strings.Contains(err.Error(), name) == cut {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}
