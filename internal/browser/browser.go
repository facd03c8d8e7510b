// Package browser drives a real Chromium for the tests that look at pages.
//
// Each [Tab] has its own cookies, so parallel tests do not disturb each other. A tab that takes
// longer than ten minutes fails its test. The package is for tests only. Of this module it imports
// only testneed.
package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"pschook/internal/testneed"
)

// timeout bounds everything that one tab does. Most tabs take a few seconds; the long limit allows
// for a busy machine.
const timeout = 10 * time.Minute

// Browser is a running browser.
type Browser struct {
	ctx context.Context //nolint:containedctx // in which chromedp keeps the browser
}

// Tab is a tab of the browser. Its methods fail the test if they cannot do their work.
type Tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // in which chromedp keeps the tab
}

// Start starts a browser, which ends with the test. Without a browser, and with -short, it skips
// the test.
func Start(t *testing.T) Browser {
	t.Helper()
	path := testneed.Chromium(t)
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-popup-blocking", true), chromedp.Flag("disable-features", "BackForwardCache"),
	)
	t.Cleanup(cancel)
	started, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(started); cancel() })
	if err := chromedp.Do(started); err != nil {
		t.Fatal(err)
	}
	return Browser{started}
}

// New opens a tab with its own cookies for the test t. The tab ends with t.
func (b Browser) New(t *testing.T) *Tab {
	t.Helper()
	opened, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(opened); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(opened, timeout)
	t.Cleanup(cancel)
	return &Tab{t: t, ctx: ctx}
}

// Prefer sets the language that the tab asks for (the Accept-Language header).
func (b *Tab) Prefer(language string) {
	b.t.Helper()
	Call(b, network.Enable, network.EnableParams{})
	Call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
}

// Size sets the width and height of the window, in CSS pixels.
func (b *Tab) Size(width, height int64) {
	b.t.Helper()
	Call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// For returns the same tab for a subtest.
func (b *Tab) For(t *testing.T) *Tab { return &Tab{t: t, ctx: b.ctx} }

// Open goes to the address and waits until the page is loaded.
func (b *Tab) Open(address string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(address))
}

// Button clicks on the element of the CSS selector as soon as it is visible.
func Button(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
}

// Script runs as if a person had clicked on something. It does not wait for promises.
func Script(script string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[any]("void "+script, gesture)(ctx, t)
		return chromedp.Void{}, err
	}
}

// Do runs the steps, such as [Script] or [Button], in order.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.fatal(err)
	}
}

// Leave runs the step, such as [Script] or [Button], and waits until the tab has loaded a page
// below address. That may be the previous page, loaded again.
func (b *Tab) Leave(address string, step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	arrived := chromedp.WaitEvent(page.FrameNavigated, func(e page.EventFrameNavigated) bool {
		return e.Frame.ParentID == "" && strings.HasPrefix(e.Frame.URL, address)
	}, step)
	if _, err := chromedp.Run(b.ctx, arrived); err != nil {
		b.fatal(err)
	}
	Eval[bool](b, `new Promise((done) => document.readyState === "complete" ? done(true) : addEventListener("load", () => done(true)))`)
}

// Location returns the URL of the page.
func (b *Tab) Location() string {
	b.t.Helper()
	return Eval[string](b, "location.href")
}

// Popup runs the step, and returns the tab of the window that it opens, as soon as that window
// shows a page below address.
func (b *Tab) Popup(address string, step chromedp.Action[chromedp.Void]) *Tab {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return strings.HasPrefix(info.URL, address) })
	b.Do(step)
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
		b.t.Cleanup(cancel)
		return &Tab{t: b.t, ctx: ctx}
	case <-b.ctx.Done():
		b.fatal(b.ctx.Err())
		return nil
	}
}

// Call sends one command of the browser's protocol and returns its result.
func Call[P, R any](b *Tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// Get runs one step and returns its value.
func Get[T any](b *Tab, step chromedp.Action[T]) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, step)
	if err != nil {
		b.fatal(err)
	}
	return value
}

// Eval runs the script, waits for its promise, and returns its value. A rejected promise fails the
// test.
func Eval[T any](b *Tab, script string) T {
	b.t.Helper()
	return Get(b, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise, gesture))
}

func gesture(p *runtime.EvaluateParams) {
	on := true
	p.UserGesture = &on
}

func (b *Tab) fatal(err error) {
	b.t.Helper()
	if b.ctx.Err() != nil {
		b.t.Fatal(err)
	}
	at, _ := chromedp.Run(b.ctx, chromedp.Location())
	b.t.Fatalf("%v, at %s", err, at)
}

// Serve serves a single-page application until the test ends. Every path gives a page that loads
// the script files in their order. It returns the origin, without a slash at the end.
func Serve(t *testing.T, scripts ...string) string {
	t.Helper()
	mux := http.NewServeMux()
	document := "<!doctype html><title>app</title>"
	for _, file := range scripts {
		mux.HandleFunc("GET /"+file, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
		document += `<script src="/` + file + `"></script>`
	}
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(document))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
