package rp_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pschook/internal/browser"
	"pschook/oktaemu"
)

// tab is a tab of the browser in which scripts of the pages are switched off.
type tab struct {
	*browser.Tab
	t *testing.T
}

type css = chromedp.CSS

// TestBrowser looks at the pages as people do. It skips without Chromium; see testneed.RequireEnv.
func TestBrowser(t *testing.T) {
	t.Parallel()
	started := browser.Start(t)
	for name, look := range map[string]func(browser.Browser, *testing.T){
		"personas": lookAsPersonas, "French": lookInFrench, "paste form": lookAtPasteForm, "error page": lookAtErrorPage,
		"reload": lookAgain, "keyboard": lookByKeyboard,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look(started, t)
		})
	}
}

func newTab(started browser.Browser, t *testing.T, language string) *tab {
	t.Helper()
	b := &tab{Tab: started.New(t), t: t}
	browser.Call(b.Tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.Size(1280, 1000)
	b.Prefer(language)
	return b
}

func (b *tab) expect(selector css, parts ...string) {
	b.t.Helper()
	got := browser.Get(b.Tab, chromedp.Text(selector))
	for _, part := range parts {
		if !strings.Contains(got, part) {
			b.t.Errorf("%s holds %q, want part %q", selector, got, part)
		}
	}
}

// paste puts a whole text into a field at once.
func (b *tab) paste(selector css, text string) {
	b.t.Helper()
	b.Do(chromedp.Click(selector))
	browser.Call(b.Tab, input.InsertText, input.InsertTextParams{Text: text})
}

func (b *tab) html() string { return browser.Get(b.Tab, chromedp.OuterHTML(css("html"))) }

// signIn goes from the start page through the provider to the report.
func (b *tab) signIn(s *stand, persona string) {
	b.t.Helper()
	b.Do(
		chromedp.Navigate(s.server.URL+"/rp/"),
		chromedp.Click(css("#login")),
		chromedp.Click(css(`button[value="`+persona+`"]`), chromedp.NodeVisible),
		chromedp.WaitVisible(css("h1#verdict, h1#problem")),
	)
}

func lookAsPersonas(started browser.Browser, t *testing.T) {
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
			b := &tab{Tab: b.For(t), t: t}
			browser.Call(b.Tab, network.ClearBrowserCookies, cdp.Empty{})
			b.signIn(s, tt.persona)
			b.expect("h1#verdict", tt.verdict)
			b.expect(".verdict p", tt.level)
			if text := textOf(b, `[id="check-hook.called"]`); !strings.Contains(text, "The hook was called") || !strings.Contains(text, "sent oid, tid, amr") {
				t.Errorf("hook.called says %q", text)
			}
		})
	}
}

func lookInFrench(started browser.Browser, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "fr-FR,fr;q=0.9,en;q=0.5")
	s := newStand(t, standOptions{})
	b.Do(chromedp.Navigate(s.server.URL + "/rp/"))
	b.expect("h1", "Ces jetons sont‑ils prêts pour Pro Santé Connect")
	b.signIn(s, "password")
	b.expect("h1#verdict", "Échec\u00a0: les jetons ne répondent pas au profil psc")
	b.expect("main", "Que faire")
	b.expect(`#check-amr\.psc_approved`, "Attendu", "ANS")
	pdf := browser.Get(b.Tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 2 {
		t.Errorf("printed on %d pages, want two at most", n)
	}
}

// textOf is the text of an element, folded or not.
func textOf(b *tab, selector string) string {
	b.t.Helper()
	return browser.Get(b.Tab, chromedp.Evaluate[string](`document.querySelector('`+selector+`').textContent`))
}

func lookAtPasteForm(started browser.Browser, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	tokens, err := s.org.SignIn(t.Context(), oktaemu.SignIn{Login: "okta-verify"})
	if err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(s.server.URL + "/rp/?lang=en"))
	b.paste("#id_token", tokens.IDToken)
	b.paste("#access_token", tokens.AccessToken)
	b.paste("#nonce", tokens.Nonce)
	b.Do(chromedp.Click(css("#check")), chromedp.WaitVisible(css("h1#verdict")))
	b.expect("h1#verdict", "Pass:")
	if html := b.html(); !strings.Contains(html, `<li class="pass" id="check-id.nonce">`) {
		t.Error("the nonce was not compared")
	}
	b.expect("[aria-labelledby=tokens]", "added by the hook", s.org.OrgID())
	if html := b.html(); strings.Contains(html, tokens.IDToken[:40]) || strings.Contains(html, tokens.AccessToken[:40]) {
		t.Error("the report page holds a raw token")
	}
	// After the return to the start page, nothing of the tokens is left.
	b.Do(chromedp.Navigate(s.server.URL + "/rp/"))
	if value := browser.Get(b.Tab, chromedp.Value(css("#id_token"))); value != "" {
		t.Error("the form still holds the token")
	}
}

// The person at the browser sees the hook's deny text.
func lookAtErrorPage(started browser.Browser, t *testing.T) {
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
	if said := strings.TrimSpace(browser.Get(b.Tab, chromedp.Text(css(".said blockquote")))); len(said) < 10 || !strings.Contains(calls[0].Response, said) {
		t.Errorf("the page quotes %q, the hook answered %s", said, calls[0].Response)
	}
}

// The report stays when the page is reloaded, when the other language is chosen, and on the way
// back.
func lookAgain(started browser.Browser, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	b.signIn(s, "cpx")
	b.Do(chromedp.Reload(), chromedp.WaitVisible(css("h1#verdict")))
	b.expect("h1#verdict", "Pass:")
	b.Do(chromedp.Click(css("a[hreflang=fr]")), chromedp.WaitVisible(css("html[lang=fr] h1#verdict")))
	b.expect("h1#verdict", "Conforme")
	b.back()
	b.Do(chromedp.WaitVisible(css("html[lang=en] h1#verdict")))
	b.Do(chromedp.Click(css(".verdict a.plain")), chromedp.WaitVisible(css("#check")))
	b.back()
	b.Do(chromedp.WaitVisible(css("html[lang=en] h1#verdict")))
	b.expect("h1#verdict", "Pass:")
}

// back goes back. The browser was told to request the page again.
func (b *tab) back() {
	b.t.Helper()
	browser.Get(b.Tab, chromedp.Evaluate[int](`history.back(), 0`))
}

// Everything can be reached and used with the keyboard: first the skip link, then the sign-in link,
// the persona, and the folded parts of the report.
func lookByKeyboard(started browser.Browser, t *testing.T) {
	t.Helper()
	b := newTab(started, t, "en")
	s := newStand(t, standOptions{})
	b.Do(chromedp.Navigate(s.server.URL + "/rp/"))
	b.tabTo("Skip to the content")
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.tabTo("Sign in and check")
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css(`button[value="password"]`)))
	b.tabTo("password@hopital.example")
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css("h1#verdict")))
	b.tabTo("ID token")
	if outline := browser.Get(b.Tab, chromedp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`)); outline != "solid" {
		t.Errorf("what has the focus has outline %q", outline)
	}
	b.Do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(css(`[id="check-id.nonce"]`)))
}

// maxTabs is more than the number of tab stops before the wanted one on any page.
const maxTabs = 30

// tabTo moves the focus to the element with that text.
func (b *tab) tabTo(wanted string) {
	b.t.Helper()
	var seen []string
	for range maxTabs {
		b.Do(chromedp.KeyEvent(kb.Tab))
		focused := browser.Get(b.Tab, chromedp.Evaluate[string](`document.activeElement ? document.activeElement.innerText || "" : ""`))
		if strings.Contains(focused, wanted) {
			return
		}
		seen = append(seen, focused)
	}
	b.t.Fatalf("the Tab key never reaches %q; it reached %q", wanted, seen)
}
