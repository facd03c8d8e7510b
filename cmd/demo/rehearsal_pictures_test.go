package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"pschook/internal/browser"
	"pschook/internal/testneed"
)

// TestRehearsalPictures makes the pictures of the rehearsal that docs show, in both languages: the pages of Keycloak as
// Pro Santé Connect, and the report of what comes out. Nothing without -pictures; it skips without Keycloak.
func TestRehearsalPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("make pictures asks for them")
	}
	home := testneed.Keycloak(t)
	started := browser.Start(t)
	c, err := startChain(t.Context(), options{psc: home, addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
	for i, lang := range []string{"en", "fr"} {
		v := &rehearsalVisit{tab: newTab(t, started, lang), chain: c}
		v.tab.dress("light")
		v.tab.Size(pictureWidth, 740)
		v.signIn([]string{"okta-verify", "cpx"}[i], c.accounts[i].NationalID, "appairage", "confirmation")
		v.tab.Size(pictureWidth, 860)
		v.tab.Do(chromedp.WaitVisible(chromedp.CSS("h1#verdict")))
		v.keep("report")
		v = &rehearsalVisit{tab: newTab(t, started, lang), chain: c}
		v.tab.Size(pictureWidth, 600)
		v.signIn([]string{"password", "fido2"}[i], c.accounts[2+i].NationalID, "refusal")
	}
}

// rehearsalVisit is somebody in front of a browser who signs in at PSC.
type rehearsalVisit struct {
	tab   *tab
	chain *chain
}

func (v *rehearsalVisit) keep(name string) {
	v.tab.t.Helper()
	picture := browser.Get(v.tab.Tab, chromedp.CaptureScreenshot())
	file := filepath.Join(*pictures, "psc-"+name+"."+v.tab.lang+".png")
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		v.tab.t.Fatal(err)
	}
}

// signIn signs in for the first time, and keeps pictures of these pages.
func (v *rehearsalVisit) signIn(persona, nationalID string, keep ...string) {
	v.tab.t.Helper()
	psc := v.chain.kc.URL
	v.tab.Open(v.chain.url + "/rp/login?again=1&lang=" + v.tab.lang)
	v.tab.Leave(v.chain.org.URL(), browser.Button("#social-"+v.chain.service.Hint))
	v.tab.Leave(psc, browser.Button(fmt.Sprintf("button[value=%q]", persona)))
	password := v.chain.accounts[0].Password
	pages := []struct{ name, there, fill, next string }{
		{"appairage", "input[name=username]:not([readonly])", fmt.Sprintf(`document.querySelector("input[name=username]").value = %q; document.querySelector("[name=confirmation]").checked = true`, nationalID), psc},
		{"proof", "input[name=password]", fmt.Sprintf(`document.querySelector("input[name=password]").value = %q`, password), psc},
		{"confirmation", "[name=confirmation]", `document.querySelector("[name=confirmation]").checked = true`, v.chain.url},
		{"refusal", "#kc-error-message", "", ""},
	}
	for _, p := range pages {
		if !script[bool](v.tab, fmt.Sprintf("document.querySelector(%q) !== null", p.there)) {
			if p.name == "confirmation" { // the gate refused
				continue
			}
			v.tab.t.Fatalf("the page is not %s: %s\n%s", p.name, v.tab.Location(), script[string](v.tab, "document.body.innerText"))
		}
		if slices.Contains(keep, p.name) {
			v.keep(p.name)
		}
		if p.next == "" {
			return
		}
		v.tab.Leave(p.next, browser.Script(`(() => { `+p.fill+`; document.querySelector("form [type=submit]").click(); })()`))
		if p.name == "confirmation" {
			return
		}
	}
}
