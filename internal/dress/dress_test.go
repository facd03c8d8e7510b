package dress_test

import (
	"strings"
	"testing"

	g "maragu.dev/gomponents"

	"pschook/internal/dress"
)

// Lines end after the separators of an id or a URL, never within a name such as okta_verify, and in a sentence only
// within long words.
func TestWhereLinesEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		show       func(string) g.Node
		want       string // with | where a line may end
	}{
		{"URL", "https://okta.example/oauth2/default", dress.Breakable, "https://okta.example/|oauth2/|default"},
		{"port", "http://127.0.0.1:42789/keys", dress.Breakable, "http://127.0.0.1:42789/|keys"},
		{"urn", "urn:okta:loa:2fa:any", dress.Breakable, "urn:|okta:|loa:2fa:|any"},
		{"amr", `["pwd","okta_verify"]`, dress.Breakable, `["pwd",|"okta_verify"]`},
		{"key id", "ppJ7_t1V5bJ0Lm9L", dress.Breakable, "ppJ7_t1V5bJ0Lm9L"},
		{"short id with a hyphen", "AT.x-7,okta", dress.Breakable, `<span class="one-line">AT.x-7,</span>|okta`},
		{"random id with hyphens", "https://op.example/Zt3-xK_9aQ-11fGhTrw42", dress.Breakable, `https://op.example/|<span class="any-break">Zt3-xK_9aQ-11fGhTrw42</span>`},
		{"long words with hyphens", "pschook-okta-token-hook", dress.Breakable, "pschook-okta-token-hook"},
		{"hyphens among blanks", "a-b c", dress.Breakable, "a-b c"},
		{"sentence", "RFC 7519 §7.2: see d'id_token.", dress.Sentence, "RFC 7519 §7.2: see d'id_token."},
		{"URL in a sentence", "from https://okta.example/oauth2/default, 500", dress.Sentence, "from https://okta.example/|oauth2/|default,| 500"},
		{"time in a sentence", "2026-11-26T09:32:52Z (0.6 s ago)", dress.Sentence, `<time datetime="2026-11-26T09:32:52Z">2026-11-26 09:32:52 UTC</time> (0.6 s ago)`},
		{"time at the end", "until 2026-11-26T10:32:52+01:00.", dress.Sentence, `until <time datetime="2026-11-26T09:32:52Z">2026-11-26 09:32:52 UTC</time>.`},
		{"no time", "2026-99-99T09:32:52Z", dress.Sentence, "2026-99-99T09:32:52Z"},
		{"very long", strings.Repeat("a/", 1200), dress.Sentence, strings.Repeat("a/|", 1000) + strings.Repeat("a/", 200)},
		{"nothing", "", dress.Sentence, ""},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := tt.show(tt.text).Render(&b); err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer("<wbr>", "|", "<bdi>", "", "</bdi>", "", "&#39;", "'", "&#34;", `"`).Replace(b.String())
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
