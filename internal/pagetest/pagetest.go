// Package pagetest checks that pages show what comes from outside as text and nothing else.
//
// It is for tests only and imports no other package of this module.
package pagetest

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const harmless = "harmless"

// hostile returns texts that try to break out of an element, an attribute or a comment, or to run
// as the target of a link.
func hostile() []string {
	return []string{
		`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `" onmouseover="alert(1)`, `' autofocus onfocus='alert(1)`,
		`</title></textarea></style></select><script>alert(1)</script>`, `--><svg onload=alert(1)>`, `&lt;script&gt;`, `{{.}}`,
		"javascript:alert(1)", "\x01JavaScript:alert(1)", "java\tscript:alert(1)", "vbscript:x", "data:text/html,<script>alert(1)</script>",
	}
}

// HoldsText renders a page with a harmless text, then with hostile ones. render must put the text
// everywhere where text can come from outside. The page must show each text, keep its elements and
// attributes, and have no link that runs code.
func HoldsText(tb testing.TB, render func(text string) string) {
	tb.Helper()
	want := unbroken(render(harmless))
	if !strings.Contains(want, harmless) {
		tb.Fatalf("the page shows no text from outside:\n%s", want)
	}
	for _, text := range hostile() {
		got := unbroken(render(text))
		if !strings.Contains(got, html.EscapeString(text)) {
			tb.Errorf("the page does not show %q", text)
		}
		if a, b := skeleton(want), skeleton(got); !slices.Equal(a, b) {
			tb.Errorf("%q changes the page: %d tags, were %d:\n%s", text, len(b), len(a), got)
		}
		holdLinks(tb, got)
	}
}

// unbroken returns a page without the marks of where a line may end (see package dress).
func unbroken(page string) string {
	whole := regexp.MustCompile(`<span class="(?:one-line|any-break)">([^<]*)</span>`)
	return whole.ReplaceAllString(strings.ReplaceAll(page, "<wbr>", ""), "$1")
}

// skeleton lists the tags of a page, with the names of their attributes.
func skeleton(page string) []string {
	return regexp.MustCompile(`<[^>]*>`).FindAllString(regexp.MustCompile(`="[^"]*"`).ReplaceAllString(page, `=""`), -1)
}

// holdLinks fails the test for every link, form, image or script of the page whose target is not a
// path, a place in the page, a web URL, or data of a type that browsers do not run.
func holdLinks(tb testing.TB, page string) {
	tb.Helper()
	found := regexp.MustCompile(`(?i)\s(?:href|src|action|formaction)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	for _, target := range found {
		u, err := url.Parse(html.UnescapeString(target[1]))
		switch {
		case err != nil:
			tb.Errorf("the page refers to %q: %v", target[1], err)
		case slices.Contains([]string{"", "http", "https"}, u.Scheme):
		case u.Scheme == "data" && regexp.MustCompile(`^(application/json|application/xml|text/plain)?[;,]`).MatchString(u.Opaque):
		default:
			tb.Errorf("the page refers to %q", target[1])
		}
	}
}
