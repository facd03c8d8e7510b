package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"pschook/internal/browser"
	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/testneed"
	"pschook/oktaemu"
)

var shots = flag.String("shots", "", "directory for pictures of all pages, at all widths, in both languages") //nolint:gochecknoglobals // flags of tests are

// widths are those of a phone, a tablet, a laptop and a large screen, in CSS pixels, and that of the laptop at 200 %.
func widths() []int64 { return []int64{360, 640, 768, 1280, 1920} }

// scene is a page, and how one gets there.
type scene struct {
	name string
	open func(b *tab, p *pair, lang string)
	ends string // selector of what shows that the page is there
}

func scenes(bad *pair) []scene {
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
		{"scenarios", path("/rp/scenarios?"), `button[value="sign-in"]`},
		{"scenario-sign-in", playing("prompt-none"), "#go"},
		{"scenario-by-hand", playing("prompt-none-no-session"), "#done"},
		{"scenario-silent", func(b *tab, p *pair, lang string) {
			playing("prompt-none")(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS("#go")), chromedp.Click(chromedp.CSS(`button[value="cpx"]`)))
		}, ".steps li:nth-child(2).now"},
		{"report-scenario-pass", func(b *tab, p *pair, lang string) {
			playing("sign-in")(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS("#go")), chromedp.Click(chromedp.CSS(`button[value="cpx"]`)))
		}, "h1#verdict"},
		{"report-scenario-fail", func(b *tab, p *pair, lang string) {
			playing("max-age")(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS("#page")))
		}, "h1#verdict"},
		{"demo", path("/?"), "#calls"},
		{"admin", func(b *tab, p *pair, lang string) {
			b.Do(chromedp.Navigate("http://" + p.service.AdminAddr().String() + "/admin/?lang=" + lang))
		}, "h1"},
		{"admin-outcomes", func(b *tab, _ *pair, lang string) {
			address := "http://" + bad.service.AdminAddr().String() + "/admin/?lang=" + lang
			b.Do(chromedp.Navigate(address))
			for !strings.Contains(browser.Get(b.Tab, chromedp.Text(chromedp.CSS("main"))), "connection refused") { // until the log is read
				b.Do(chromedp.Navigate(address))
			}
		}, "h1"},
		{"admin-root", func(b *tab, p *pair, _ string) {
			b.Do(chromedp.Navigate("http://" + p.service.AdminAddr().String() + "/"))
		}, ".flow"},
		{"okta-home", func(b *tab, p *pair, _ string) { b.Do(chromedp.Navigate(p.org.URL())) }, "h1"},
	}
}

// playing begins a scenario, with nobody signed in.
func playing(name string) func(*tab, *pair, string) {
	return func(b *tab, p *pair, lang string) {
		browser.Call(b.Tab, network.ClearBrowserCookies, cdp.Empty{})
		b.Do(chromedp.Navigate(p.url+"/rp/scenarios?lang="+lang), chromedp.Click(chromedp.CSS(`button[value="`+name+`"]`)))
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

// badOrg is an org that drops an answer, fails to call, and no longer calls at all; its service reads the log.
func badOrg(t *testing.T) *pair {
	t.Helper()
	p := started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0", reserved: oktaemu.ReservedSupport}, config.Source{"PSCHOOK_OUTCOMES": "log", "PSCHOOK_OUTCOMES_INTERVAL": "10s"})
	signIn := func() {
		t.Helper()
		if _, err := p.org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
			t.Fatal(err)
		}
	}
	signIn()
	if err := p.org.InjectFault(oktaemu.Fault{HookRefuse: true, Times: 1}); err != nil {
		t.Fatal(err)
	}
	signIn()
	hooks, err := oktaread.Get[[]struct {
		ID string `json:"id"`
	}](t.Context(), manager(t, p), "/api/v1/inlineHooks", "okta.inlineHooks.read")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hooks {
		if _, err := manager(t, p).Call(t.Context(), oktaread.Request{Method: http.MethodPost, Path: "/api/v1/inlineHooks/" + h.ID + "/lifecycle/deactivate", Scope: "okta.inlineHooks.manage"}); err != nil {
			t.Fatal(err)
		}
	}
	signIn()
	return p
}

// started is a pair that ends with the test.
func started(t *testing.T, opts options, env config.Source) *pair {
	t.Helper()
	p, err := start(t.Context(), opts, env, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// TestPages looks at every page in both languages, at every width: nothing sticks out, and nothing is torn. It skips
// without Chromium; see testneed.RequireEnv. With -shots it keeps pictures, light and dark, and prints.
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
		for width, height := range map[int64]int64{1280: 800, 360: 740} {
			b.Size(width, height)
			b.showsRemedy(s.name, width, height)
		}
		if *shots != "" {
			b.save(s.name+"-"+b.lang+".pdf", browser.Get(b.Tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground())))
		}
	})
}

// showsRemedy holds that what to do first is there without scrolling: two lines of it, at least.
func (b *tab) showsRemedy(page string, width, height int64) {
	b.t.Helper()
	const twoLines = 48
	if low := script[float64](b, `(document.querySelector(".remedy")?.getBoundingClientRect().top ?? 0) + scrollY`); low+twoLines > float64(height) {
		b.t.Errorf("%s, %s: the first remedy begins at %.0f px of a screen of %d × %d", page, b.lang, low, width, height)
	}
}

// TestAxe has axe-core look at every page, wide and narrow, with all that folds open; at its colors light and dark at
// both widths, at all else once at each. It skips without
// Chromium or axe-core.
func TestAxe(t *testing.T) {
	t.Parallel()
	path := testneed.File(t, "axe", "../../internal/interop/axe/node_modules/axe-core/axe.min.js", "run npm ci in internal/interop/axe")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, func(b *tab, s scene) {
		for _, width := range []int64{360, 1280} {
			b.Size(width, 900)
			for _, scheme := range []string{"dark", "light"} {
				b.dress(scheme)
				rules := "" // all
				if (width == 360) == (scheme == "light") {
					rules = `runOnly: ["color-contrast"], ` // all that depends on light and dark
				}
				if rules == "" || b.lang == "en" { // nor do colors depend on the language
					b.axe(string(source), rules, fmt.Sprintf("%s, %s, %s, %d px", s.name, b.lang, scheme, width))
				}
			}
		}
	})
}

// visit opens every page in both languages.
func visit(t *testing.T, look func(*tab, scene)) {
	t.Helper()
	chromium := browser.Start(t)
	bad := badOrg(t)
	p := started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil)
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, chromium, lang)
		for _, s := range scenes(bad) {
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

// fits holds that nothing sticks out to the right, whatever is opened, and that times stand on one line. It looks by one
// script, since each takes its time on a busy machine.
func (b *tab) fits(page string, width int64) {
	b.t.Helper()
	found := script[[]string](b, `(() => {
		const found = [], folds = [...document.querySelectorAll("details")], text = e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 60)
		for (const open of [false, true]) {
			folds.forEach(d => d.open = open)
			const say = (what, list) => list.length && found.push("folds open " + open + ": " + what + ": " + list.slice(0, 5).map(text).join(" | "))
			const wide = document.documentElement.scrollWidth
			if (wide > innerWidth) found.push("folds open " + open + ": " + wide + " px wide")
			say("sticks out", [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
				&& !e.closest("svg, .skip-link, thead, details:not([open]) > :not(summary)")))
			say("out of its frame", [...document.querySelectorAll("time, .local, bdi, code, p, button, .button, .badge")].filter(e => {
				const box = e.closest(".card, details, li, .verdict")
				return box && box !== e && !e.closest("details:not([open]) > :not(summary)") && e.getBoundingClientRect().right > box.getBoundingClientRect().right + 1 }))
			say("on more than one line", [...document.querySelectorAll("time, .local, .badge")].filter(e => e.getClientRects().length > 1))
		}
		folds.forEach(d => d.open = false)
		return found
	})()`)
	for _, f := range found {
		b.t.Errorf("%s, %s at %d px: %s", page, b.lang, width, f)
	}
}

// axe runs axe-core on the page, folds open, and fails the test for each finding.
func (b *tab) axe(source, rules, where string) {
	b.t.Helper()
	if !script[bool](b, `"axe" in window`) {
		script[int](b, source+`; 0`)
	}
	script[int](b, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
	found := browser.Get(b.Tab, chromedp.Evaluate[[]string](`axe.run(document, {`+rules+`resultTypes: ["violations"]}).then(r =>
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " " + (n.failureSummary || ""))))`, chromedp.EvalAwaitPromise))
	for _, f := range found {
		b.t.Errorf("axe, %s: %s", where, strings.ReplaceAll(f, "\n", " "))
	}
}
