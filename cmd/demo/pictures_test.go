package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pschook/internal/browser"

	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "directory for the pictures that the documentation shows of our pages") //nolint:gochecknoglobals // flags of tests are

// shown are the scenes of which the documentation has a picture.
func shown() []string { return []string{"demo", "report-fail", "admin"} }

// TestPictures makes the pictures that docs show: the beginning of a page as a narrow window shows it. Nothing without -pictures.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *pictures == "" {
		t.Skip("make pictures asks for them")
	}
	started := browser.Start(t)
	p, err := start(t.Context(), options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.stop() })
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, started, lang)
		for _, s := range scenes() {
			if !slices.Contains(shown(), s.name) {
				continue
			}
			b.dress("light")
			b.Size(720, 860)
			s.open(b, p, lang)
			b.Do(chromedp.WaitVisible(chromedp.CSS(s.ends)))
			picture := browser.Get(b.Tab, chromedp.CaptureScreenshot())
			if err := os.WriteFile(filepath.Join(*pictures, s.name+"."+lang+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
