package rp_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pschook/internal/testneed"
	"pschook/oktaemu"
)

// browserTimeout bounds one browser test. Most take a few seconds.
const browserTimeout = 5 * time.Minute

// tab is a tab of the browser, with script switched off for the pages.
type tab struct {
	t   *testing.T
	ctx context.Context // in which chromedp keeps the tab
}

type css = chromedp.CSS

// TestBrowser looks at the pages as people do. It skips without Chromium; see
// testneed.RequireEnv.
func TestBrowser(t *testing.T) {
	t.Parallel()
	started := startBrowser(t)
	for name, look := range map[string]func(context.Context, *testing.T){
		"personas": lookAsPersonas, "French": lookInFrench, "paste form": lookAtPasteForm, "error page": lookAtErrorPage,
		"reload": lookAgain, "keyboard": lookByKeyboard,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look(started, t)
		})
	}
}

func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := testneed.Chromium(t)
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-features", "BackForwardCache"), chromedp.WindowSize(1280, 1000),
	)
	t.Cleanup(cancel)
	started, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(started); cancel() })
	if err := chromedp.Do(started); err != nil {
		t.Fatal(err)
	}
	return started
}

// newTab opens a tab with cookies of its own.
func newTab(started context.Context, t *testing.T, language string) *tab {
	t.Helper()
	opened, cancel := chromedp.NewContext(started, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(opened); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(opened, browserTimeout)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1280, Height: 1000, DeviceScaleFactor: 1})
	call(b, network.Enable, network.EnableParams{})
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	return b
}

// call sends one command of the protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// get runs an action and returns its value.
func get[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.fatal(err)
	}
	return value
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.fatal(err)
	}
}

func (b *tab) fatal(err error) {
	b.t.Helper()
	if b.ctx.Err() != nil {
		b.t.Fatal(err)
	}
	at, _ := chromedp.Run(b.ctx, chromedp.Location())
	b.t.Fatalf("%v, at %s", err, at)
}

func (b *tab) expect(selector css, parts ...string) {
	b.t.Helper()
	got := get(b, chromedp.Text(selector))
	for _, part := range parts {
		if !strings.Contains(got, part) {
			b.t.Errorf("%s holds %q, want part %q", selector, got, part)
		}
	}
}

// paste puts text into a field at once, as pasting does.
func (b *tab) paste(selector css, text string) {
	b.t.Helper()
	b.do(chromedp.Click(selector))
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

func (b *tab) html() string { return get(b, chromedp.OuterHTML(css("html"))) }

// signIn goes from the start page through the provider to the report.
func (b *tab) signIn(s *stand, persona string) {
	b.t.Helper()
	b.do(
		chromedp.Navigate(s.server.URL+"/rp/"),
		chromedp.Click(css("#login")),
		chromedp.Click(css(`button[value="`+persona+`"]`), chromedp.NodeVisible),
		chromedp.WaitVisible(css("h1#verdict, h1#problem")),
	)
}

func lookAsPersonas(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	tests := []struct {
		persona, verdict, level string
	}{
		{"cpx", "Pass: the tokens are what", "high (élevé)"},
		{"okta-verify", "Pass: the tokens are what", "substantial (substantiel)"},
		{"totp", "Pass with warnings", "substantial (substantiel)"},
		{"password", "Fail: the tokens are not", "none reached"},
		{"fido2", "Fail: the tokens are not", "none reached"},
		{"cpx-nopin", "Fail: the tokens are not", "none reached"},
	}
	for _, tt := range tests {
		t.Run(tt.persona, func(t *testing.T) {
			b := &tab{t: t, ctx: b.ctx}
			call(b, network.ClearBrowserCookies, cdp.Empty{})
			b.signIn(s, tt.persona)
			b.expect("h1#verdict", tt.verdict)
			b.expect(".verdict p", tt.level)
			if text := textOf(b, `[id="check-hook.called"]`); !strings.Contains(text, "The hook was called") || !strings.Contains(text, "sent oid, tid, amr") {
				t.Errorf("hook.called says %q", text)
			}
		})
	}
}

func lookInFrench(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "fr-FR,fr;q=0.9,en;q=0.5")
	s := newStand(t, standOptions{})
	b.do(chromedp.Navigate(s.server.URL + "/rp/"))
	b.expect("h1", "Ces jetons sont-ils prêts pour Pro Santé Connect")
	b.signIn(s, "password")
	b.expect("h1#verdict", "Échec\u00a0: les jetons ne répondent pas au profil psc")
	b.expect("main", "Que faire")
	b.expect(`#check-amr\.psc_approved`, "Attendu", "ANS")
	pdf := get(b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 2 {
		t.Errorf("printed on %d pages, want two at most", n)
	}
}

// textOf is the text of an element, folded or not.
func textOf(b *tab, selector string) string {
	b.t.Helper()
	return get(b, chromedp.Evaluate[string](`document.querySelector('`+selector+`').textContent`))
}

func lookAtPasteForm(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	tokens, err := s.org.SignIn(t.Context(), oktaemu.SignIn{Login: "okta-verify"})
	if err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(s.server.URL + "/rp/?lang=en"))
	b.paste("#id_token", tokens.IDToken)
	b.paste("#access_token", tokens.AccessToken)
	b.paste("#nonce", tokens.Nonce)
	b.do(chromedp.Click(css("#check")), chromedp.WaitVisible(css("h1#verdict")))
	b.expect("h1#verdict", "Pass:")
	if html := b.html(); !strings.Contains(html, `<li class="pass" id="check-id.nonce">`) {
		t.Error("the nonce was not compared")
	}
	b.expect("[aria-labelledby=tokens]", "added by the hook", s.org.OrgID())
	if html := b.html(); strings.Contains(html, tokens.IDToken[:40]) || strings.Contains(html, tokens.AccessToken[:40]) {
		t.Error("the report page holds a raw token")
	}
	// Back on the start page nothing is left of the tokens.
	b.do(chromedp.Navigate(s.server.URL + "/rp/"))
	if value := get(b, chromedp.Value(css("#id_token"))); value != "" {
		t.Error("the form still holds the token")
	}
}

// The hook's deny text reaches the person in front of the browser.
func lookAtErrorPage(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{noOrgID: true})
	b.signIn(s, "cpx")
	b.expect("h1#problem", "The provider did not let the sign-in end")
	b.expect(".said", "server_error")
	b.expect("main", "PSCHOOK_ON_FAILURE")
	calls := s.org.HookCalls()
	if len(calls) != 1 {
		t.Fatalf("%d hook calls, want 1", len(calls))
	}
	if said := strings.TrimSpace(get(b, chromedp.Text(css(".said blockquote")))); len(said) < 10 || !strings.Contains(calls[0].Response, said) {
		t.Errorf("the page quotes %q, the hook answered %s", said, calls[0].Response)
	}
}

// The report stays when it is loaded again, when the other language is chosen, and on the way back.
func lookAgain(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	b.signIn(s, "cpx")
	b.do(chromedp.Reload(), chromedp.WaitVisible(css("h1#verdict")))
	b.expect("h1#verdict", "Pass:")
	b.do(chromedp.Click(css("a[hreflang=fr]")), chromedp.WaitVisible(css("html[lang=fr] h1#verdict")))
	b.expect("h1#verdict", "Conforme")
	b.back()
	b.do(chromedp.WaitVisible(css("html[lang=en] h1#verdict")))
	b.do(chromedp.Click(css(".verdict a.plain")), chromedp.WaitVisible(css("#check")))
	b.back()
	b.do(chromedp.WaitVisible(css("html[lang=en] h1#verdict")))
	b.expect("h1#verdict", "Pass:")
}

// back goes back; the browser was told to ask for the page again.
func (b *tab) back() {
	b.t.Helper()
	get(b, chromedp.Evaluate[int](`history.back(), 0`))
}

// Everything can be reached and done by keyboard: the skip link first, then the
// sign-in link, the persona, and on the report what is folded.
func lookByKeyboard(started context.Context, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	b.do(chromedp.Navigate(s.server.URL + "/rp/"))
	b.tabTo("Skip to the content")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.tabTo("Sign in and check")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css(`button[value="password"]`)))
	b.tabTo("password@hopital.example")
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css("h1#verdict")))
	b.tabTo("ID token")
	if outline := get(b, chromedp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`)); outline != "solid" {
		t.Errorf("what has the focus has outline %q", outline)
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css(`[id="check-id.nonce"]`)))
}

// maxTabs is more than the stops that any of the pages has before the wanted one.
const maxTabs = 30

// tabTo moves the focus on until it is on the element with that text.
func (b *tab) tabTo(wanted string) {
	b.t.Helper()
	var seen []string
	for range maxTabs {
		b.do(chromedp.KeyEvent(kb.Tab))
		focused := get(b, chromedp.Evaluate[string](`document.activeElement ? document.activeElement.innerText || "" : ""`))
		if strings.Contains(focused, wanted) {
			return
		}
		seen = append(seen, focused)
	}
	b.t.Fatalf("the Tab key never reaches %q; it reached %q", wanted, seen)
}
