package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"pschook/internal/testneed"
)

// tab is a tab of a browser, with cookies of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context // in which chromedp keeps the tab
	lang string
}

// startBrowser starts Chromium, and skips the test without one.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := testneed.Chromium(t)
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
	)
	t.Cleanup(cancel)
	started, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(started); cancel() })
	if err := chromedp.Do(started); err != nil {
		t.Fatal(err)
	}
	return started
}

// tabTimeout bounds what is looked at in one tab.
const tabTimeout = 10 * time.Minute

func newTab(t *testing.T, started context.Context, language string) *tab {
	t.Helper()
	opened, cancel := chromedp.NewContext(started, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(opened); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(opened, tabTimeout)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, lang: language}
	command(b, network.Enable, network.EnableParams{})
	command(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
	command(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Paris"})
	return b
}

// command sends one command of the protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

// value runs an action and returns its value.
func value[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// script evaluates an expression in the page, which policies of the page do not keep from running.
func script[T any](b *tab, expression string) T {
	b.t.Helper()
	return value(b, chromedp.Evaluate[T](expression))
}

// size makes the window as wide and as high as that, in CSS pixels.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// dress switches between light and dark.
func (b *tab) dress(scheme string) {
	b.t.Helper()
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// shot keeps a picture of the whole page, if they are asked for.
func (b *tab) shot(name string) {
	b.t.Helper()
	if *shots != "" {
		b.save(name+".png", value(b, chromedp.FullScreenshot(100)))
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
