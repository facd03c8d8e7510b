package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pschook/internal/browser"
	"pschook/internal/testneed"
)

var shots = flag.String("shots", "", "directory for pictures of all pages, at all widths, in both languages") //nolint:gochecknoglobals // flags of tests are

// widths are those of a phone, a tablet, a laptop and a large screen, in CSS pixels.
func widths() []int64 { return []int64{360, 768, 1280, 1920} }

// scene is a page, and how one gets there.
type scene struct {
	name string
	open func(b *tab, p *pair, lang string)
	ends string // selector of what shows that the page is there
}

func scenes() []scene {
	path := func(path string) func(*tab, *pair, string) {
		return func(b *tab, p *pair, lang string) { b.Do(chromedp.Navigate(p.url + path + "lang=" + lang)) }
	}
	persona := func(name string) func(*tab, *pair, string) {
		return func(b *tab, p *pair, lang string) {
			path("/?")(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS(`a.person[href*="login_hint=` + name + `%40"]`)))
		}
	}
	return []scene{
		{"start", path("/rp/?"), "#check"},
		{"sign-in", path("/rp/login?again=1&"), `button[value="cpx"]`},
		{"report-pass", persona("cpx"), "h1#verdict"},
		{"report-warn", persona("totp"), "h1#verdict"},
		{"report-fail", persona("password"), "h1#verdict"},
		{"report-bad-token", pasteGarbage, "h1#verdict"},
		{"problem", path("/rp/callback?state=x&"), "h1#problem"},
		{"problem-provider", breakToken, "h1#problem"},
		{"problem-gone", path("/rp/report/NONE?"), "h1#problem"},
		{"demo", path("/?"), "#calls"},
		{"admin", func(b *tab, p *pair, lang string) {
			b.Do(chromedp.Navigate("http://" + p.service.AdminAddr().String() + "/admin/?lang=" + lang))
		}, "h1"},
		{"admin-root", func(b *tab, p *pair, _ string) {
			b.Do(chromedp.Navigate("http://" + p.service.AdminAddr().String() + "/"))
		}, ".flow"},
		{"okta-home", func(b *tab, p *pair, _ string) { b.Do(chromedp.Navigate(p.org.URL())) }, "h1"},
	}
}

func pasteGarbage(b *tab, p *pair, lang string) {
	b.Do(chromedp.Navigate(p.url+"/rp/?lang="+lang), chromedp.SendKeys(chromedp.CSS("#id_token"), "not a token"), chromedp.Click(chromedp.CSS("#check")))
}

// breakToken has the token endpoint fail.
func breakToken(b *tab, p *pair, lang string) {
	send(b.t, "PUT", p.org.URL()+"/_emu/faults", `{"path_prefix":"/oauth2/default/v1/token","status":500,"body":"<html>bad gateway</html>","times":1}`)
	b.Do(chromedp.Navigate(p.url + "/rp/login?again=1&login_hint=cpx%40hopital.example&lang=" + lang))
}

// TestPages looks at every page in both languages, at every width: nothing sticks out, and nothing is torn. It skips
// without Chromium; see testneed.RequireEnv. With -shots it keeps pictures, light and dark.
func TestPages(t *testing.T) {
	t.Parallel()
	visit(t, func(b *tab, s scene) {
		for _, width := range widths() {
			b.Size(width, 900)
			if *shots != "" {
				for _, scheme := range []string{"dark", "light"} {
					b.dress(scheme)
					b.shot(fmt.Sprintf("%s-%s-%d-%s", s.name, b.lang, width, scheme))
				}
			}
			b.fits(s.name, width)
		}
	})
}

// TestAxe has axe-core look at every page, light and dark, wide and narrow, with all that folds open. It skips without
// Chromium or axe-core.
func TestAxe(t *testing.T) {
	t.Parallel()
	path := testneed.File(t, "axe", "../../internal/interop/axe/node_modules/axe-core/axe.min.js", "run npm ci in internal/interop/axe")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, func(b *tab, s scene) {
		for width, scheme := range map[int64]string{360: "dark", 1280: "light"} {
			b.Size(width, 900)
			b.dress(scheme)
			b.axe(string(source), fmt.Sprintf("%s, %s, %d px", s.name, scheme, width))
		}
	})
}

// visit opens every page in both languages.
func visit(t *testing.T, look func(*tab, scene)) {
	t.Helper()
	started := browser.Start(t)
	p, err := start(t.Context(), options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, started, lang)
		for _, s := range scenes() {
			b.Size(1280, 900)
			s.open(b, p, lang)
			b.Do(chromedp.WaitVisible(chromedp.CSS(s.ends)))
			if got := script[string](b, `document.documentElement.lang`); got != lang {
				t.Errorf("%s: the page is in %q, want %q", s.name, got, lang)
			}
			look(b, s)
		}
	}
}

// fits holds that nothing sticks out to the right, whatever is opened, and that times stand on one line.
func (b *tab) fits(page string, width int64) {
	b.t.Helper()
	for _, opened := range []bool{false, true} {
		script[int](b, fmt.Sprintf(`document.querySelectorAll("details").forEach(d => d.open = %v), 0`, opened))
		out := script[[]string](b, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
			&& !e.closest("svg, .skip-link, thead, details:not([open]) > :not(summary)")).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 60))`)
		if wide := script[int64](b, `document.documentElement.scrollWidth`); wide > width || len(out) > 0 {
			b.t.Errorf("%s at %d px, folds open %v: %d px wide, %d sticking out: %.300q", page, width, opened, wide, len(out), out)
		}
		spilt := script[[]string](b, `[...document.querySelectorAll("time, .local, bdi, code, p")].filter(e => {
			const box = e.closest(".card, details, li, .verdict");
			return box && !e.closest("details:not([open]) > :not(summary)") && e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1 }).map(e => e.textContent.slice(0, 60))`)
		if len(spilt) > 0 {
			b.t.Errorf("%s at %d px: out of their frame: %q", page, width, spilt)
		}
		torn := script[[]string](b, `[...document.querySelectorAll("time, .local")].filter(e => e.getClientRects().length > 1).map(e => e.textContent)`)
		if len(torn) > 0 {
			b.t.Errorf("%s at %d px: times on more than one line: %q", page, width, torn)
		}
	}
	script[int](b, `document.querySelectorAll("details").forEach(d => d.open = false), 0`)
}

// axe runs axe-core on the page, folds open, and fails the test for each finding.
func (b *tab) axe(source, where string) {
	b.t.Helper()
	if !script[bool](b, `"axe" in window`) {
		script[int](b, source+`; 0`)
	}
	script[int](b, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
	found := browser.Get(b.Tab, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"]}).then(r =>
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " " + (n.failureSummary || ""))))`, chromedp.EvalAwaitPromise))
	for _, f := range found {
		b.t.Errorf("axe, %s: %s", where, strings.ReplaceAll(f, "\n", " "))
	}
}
