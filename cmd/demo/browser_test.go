package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/browser"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a tab of a browser, with cookies of its own.
type tab struct {
	*browser.Tab
	t    *testing.T
	lang string
}

func newTab(t *testing.T, started browser.Browser, language string) *tab {
	t.Helper()
	b := &tab{Tab: started.New(t), t: t, lang: language}
	b.Prefer(language)
	browser.Call(b.Tab, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Paris"})
	return b
}

// script evaluates an expression in the page, which policies of the page do not keep from running.
func script[T any](b *tab, expression string) T {
	b.t.Helper()
	return browser.Get(b.Tab, chromedp.Evaluate[T](expression))
}

// dress switches between light and dark.
func (b *tab) dress(scheme string) {
	b.t.Helper()
	browser.Call(b.Tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// shot keeps a picture of the whole page, if they are asked for.
func (b *tab) shot(name string) {
	b.t.Helper()
	if *shots != "" {
		b.save(name+".png", browser.Get(b.Tab, chromedp.FullScreenshot(100)))
	}
}

func (b *tab) save(name string, content []byte) {
	b.t.Helper()
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name), content, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// send makes a request beside the browser.
func send(t *testing.T, method, url, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: status %d, %v", method, url, resp.StatusCode, err)
	}
}
