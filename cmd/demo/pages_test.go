package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pschook/internal/browser"
	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/testneed"
	"pschook/oktaemu"
	"pschook/verify/rp"
	"pschook/verify/words"
)

var shots = flag.String("shots", "", "directory for pictures of all pages, at all widths, in both languages") //nolint:gochecknoglobals // flags of tests are

// widths are those of a phone, a tablet, a laptop and a large screen, in CSS pixels, and those of the last two at 200 %.
func widths() []int64 { return []int64{360, 640, 768, 960, 1280, 1920} }

// scene is a page, and how one gets there.
type scene struct {
	name string
	open func(b *tab, p *pair, lang string)
	ends string // selector of what shows that the page is there
}

func scenes(orgs watchedOrgs) []scene {
	path := func(path string) func(*tab, *pair, string) {
		return func(b *tab, p *pair, lang string) { b.Do(chromedp.Navigate(p.url + path + "lang=" + lang)) }
	}
	persona := func(name string) func(*tab, *pair, string) {
		return func(b *tab, p *pair, lang string) {
			path("/?")(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS(`a.person[href*="login_hint=` + name + `%40"]`)))
		}
	}
	says := func(text string) string { return `document.querySelector("main").textContent.includes("` + text + `")` }
	admin := func(p *pair, read string) func(*tab, *pair, string) {
		return func(b *tab, _ *pair, lang string) {
			address := "http://" + p.service.AdminAddr().String() + "/admin/?lang=" + lang
			b.Do(chromedp.Navigate(address))
			for !script[bool](b, read) { // until the log is read
				b.Do(chromedp.Navigate(address))
			}
		}
	}
	unfolded := func(open func(*tab, *pair, string)) func(*tab, *pair, string) {
		return func(b *tab, p *pair, lang string) {
			open(b, p, lang)
			b.Do(chromedp.WaitVisible(chromedp.CSS("details")))
			script[int](b, `document.querySelectorAll("details").forEach(d => d.open = true), 0`)
		}
	}
	return []scene{
		{"start", path("/rp/?"), "#check"},
		{"sign-in", path("/rp/login?again=1&"), `button[value="cpx"]`},
		{"report-pass", persona("cpx"), "h1#verdict"},
		{"report-unfolded", unfolded(persona("cpx")), "h1#verdict"},
		{"start-unfolded", unfolded(path("/rp/?")), "#check"},
		{"ask", func(b *tab, p *pair, lang string) {
			unfolded(path("/rp/?"))(b, p, lang)
			b.Do(chromedp.Click(chromedp.CSS("#ask")))
		}, "#go"},
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
		{"admin-outcomes", admin(orgs.bad, says("connection refused")), "h1"},
		{"admin-silent", admin(orgs.silent, `[...document.querySelectorAll("dd")].some(d => d.textContent == "1")`), "h1"},
		{"admin-detached", admin(orgs.detached, says("policy.rule.update")), "h1"},
		{"admin-root", func(b *tab, p *pair, _ string) {
			b.Do(chromedp.Navigate("http://" + p.service.AdminAddr().String() + "/"))
		}, ".flow"},
		{"okta-activate", func(b *tab, p *pair, _ string) { b.Do(chromedp.Navigate(p.org.URL() + "/activate")) }, "h1"},
		{"okta-error", func(b *tab, p *pair, _ string) {
			b.Do(chromedp.Navigate(p.org.Issuer() + "/v1/authorize?client_id=nobody"))
		}, "h1"},
		{"terminal-refused", terminal(func(callback string, _ url.Values) string { return callback + "?code=c&state=guess" }), "h1"},
		{"terminal-denied", terminal(func(callback string, asked url.Values) string {
			return callback + "?" + url.Values{"state": {asked.Get("state")}, "error": {"access_denied"}, "error_description": {"<b>Policy</b> evaluation failed."}}.Encode()
		}), "h1"},
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

// terminal plays the browser of pschook verify --login: it goes where answer says.
func terminal(answer func(callback string, asked url.Values) string) func(*tab, *pair, string) {
	return func(b *tab, p *pair, lang string) {
		listener, err := new(net.ListenConfig).Listen(b.t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			b.t.Fatal(err)
		}
		callback := "http://" + listener.Addr().String() + "/callback"
		client, err := rp.NewClient(rp.ClientOptions{Issuer: p.org.Issuer(), ClientID: p.org.ClientID(), RedirectURL: callback})
		if err != nil {
			b.t.Fatal(err)
		}
		b.t.Cleanup(client.Close)
		language, _ := words.ParseLanguage(lang)
		asked := make(chan string, 1)
		go func() {
			_, _ = client.SignInLoopback(b.t.Context(), rp.LoopbackOptions{Listener: listener, Language: language, Open: func(address string) error {
				asked <- address
				return nil
			}}) // ends in an error, or with the test
		}()
		u, err := url.Parse(<-asked)
		if err != nil {
			b.t.Fatal(err)
		}
		b.Do(chromedp.Navigate(answer(callback, u.Query())))
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

// watchedOrgs have services that read Okta's log.
type watchedOrgs struct {
	bad      *pair // drops an answer, fails to call, and no longer calls at all
	silent   *pair // applies every answer, and its log says nothing about it
	detached *pair // has lost the hook from its rule
}

func startWatched(t *testing.T) watchedOrgs {
	t.Helper()
	start := func(reserved oktaemu.Reserved) *pair {
		return started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0", reserved: reserved}, config.Source{"PSCHOOK_OUTCOMES": "log", "PSCHOOK_OUTCOMES_INTERVAL": "10s"})
	}
	orgs := watchedOrgs{bad: start(oktaemu.ReservedSupport), silent: start(""), detached: start("")}
	signIn := func(p *pair) {
		t.Helper()
		if _, err := p.org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
			t.Fatal(err)
		}
	}
	signIn(orgs.silent)
	signIn(orgs.bad)
	if err := orgs.bad.org.InjectFault(oktaemu.Fault{HookRefuse: true, Times: 1}); err != nil {
		t.Fatal(err)
	}
	signIn(orgs.bad)
	for _, hook := range objects(t, orgs.bad, "/api/v1/inlineHooks", "okta.inlineHooks") {
		manage(t, orgs.bad, http.MethodPost, fmt.Sprintf("/api/v1/inlineHooks/%s/lifecycle/deactivate", hook["id"]), "okta.inlineHooks", nil)
	}
	signIn(orgs.bad)
	detach(t, orgs.detached)
	signIn(orgs.detached)
	return orgs
}

// detach takes the hook off every rule of the default server.
func detach(t *testing.T, p *pair) {
	t.Helper()
	const policies, scope = "/api/v1/authorizationServers/default/policies", "okta.authorizationServers"
	for _, policy := range objects(t, p, policies, scope) {
		rules := fmt.Sprintf("%s/%s/rules", policies, policy["id"])
		for _, rule := range objects(t, p, rules, scope) {
			rule["actions"].(map[string]any)["token"].(map[string]any)["inlineHook"] = nil
			manage(t, p, http.MethodPut, fmt.Sprintf("%s/%s", rules, rule["id"]), scope, rule)
		}
	}
}

func objects(t *testing.T, p *pair, path, scope string) []map[string]any {
	t.Helper()
	list, err := oktaread.Get[[]map[string]any](t.Context(), manager(t, p), path, scope+".read")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// manage changes the org by its Management API.
func manage(t *testing.T, p *pair, method, path, scope string, object any) {
	t.Helper()
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := manager(t, p).Call(t.Context(), oktaread.Request{Method: method, Path: path, Scope: scope + ".manage", Body: body}); err != nil {
		t.Fatal(err)
	}
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
		if strings.HasPrefix(s.name, "report-") {
			b.prints(s.name)
		}
	}, "en", "fr")
}

// prints holds that a report prints on two pages at most.
func (b *tab) prints(page string) {
	b.t.Helper()
	pdf := browser.Get(b.Tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 2 {
		b.t.Errorf("%s, %s: printed on %d pages", page, b.lang, n)
	}
	if *shots != "" {
		b.save(page+"-"+b.lang+".pdf", pdf)
	}
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
	}, "en", "fr")
}

// TestKeyboard goes through every page with the Tab key: it comes to everything that can be used, in the order of the page,
// and shows where it is; Enter opens what is folded, and the skip link leads to the content. It skips without Chromium.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	visit(t, func(b *tab, s scene) {
		if stops := b.walk(s.name); stops == 0 {
			t.Errorf("%s: the Tab key leads nowhere", s.name)
		}
		script[int](b, `document.activeElement.blur(), document.querySelector(".skip-link").focus(), 0`)
		b.Do(chromedp.KeyEvent(kb.Enter))
		if at := script[string](b, `document.activeElement.id`); at != "main" {
			t.Errorf("%s: the skip link leads to %q", s.name, at)
		}
	}, "en")
}

// walk presses Tab until the last stop, and Enter on all that is folded. It returns how many stops there were.
func (b *tab) walk(page string) int {
	b.t.Helper()
	const (
		most   = 400
		usable = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter(e => e.checkVisibility() && !e.disabled)`
	)
	for stops := range most {
		b.Do(chromedp.KeyEvent(kb.Tab))
		at := script[struct {
			Text, Fault string
			Folded      bool
		}](b, `(() => {
			const all = `+usable+`, at = document.activeElement, want = all[all.indexOf(window.tabbed) + 1], box = at.getBoundingClientRect(), style = getComputedStyle(at)
			window.tabbed = at
			const text = e => e ? e.tagName + " " + (e.textContent || e.name).trim().slice(0, 40) : "nothing"
			const fault = at != want ? "comes to " + text(at) + ", not to " + text(want)
				: style.outlineStyle != "solid" || parseFloat(style.outlineWidth) < 2 ? "does not show where it is"
				: box.left < 0 || box.right > innerWidth + 1 || box.bottom < 0 || box.top > innerHeight ? "is out of sight" : ""
			return {Text: text(at), Fault: fault, Folded: at.tagName == "SUMMARY" && !at.parentElement.open}
		})()`)
		if at.Fault != "" {
			b.t.Errorf("%s: after %d stops, at %q, the Tab key %s", page, stops, at.Text, at.Fault)
			return stops
		}
		if at.Folded {
			b.Do(chromedp.KeyEvent(kb.Enter))
			if !script[bool](b, `document.activeElement.parentElement.open`) {
				b.t.Errorf("%s: Enter does not open %q", page, at.Text)
			}
		}
		if script[bool](b, usable+`.at(-1) == document.activeElement`) {
			return stops + 1
		}
	}
	b.t.Errorf("%s: more than %d stops", page, most)
	return most
}

// visit opens every page in these languages.
func visit(t *testing.T, look func(*tab, scene), languages ...string) {
	t.Helper()
	chromium := browser.Start(t)
	orgs := startWatched(t)
	p := started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil)
	for _, lang := range languages {
		b := newTab(t, chromium, lang)
		for _, s := range scenes(orgs) {
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
		const found = [], folds = [...document.querySelectorAll("details")], were = folds.map(d => d.open), text = e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 60)
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
		folds.forEach((d, i) => d.open = were[i])
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
