package main

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pschook/internal/browser"

	"github.com/chromedp/chromedp"
)

var pictures = flag.String("pictures", "", "directory for the pictures that the documentation shows of our pages") //nolint:gochecknoglobals // flags of tests are

// pictureWidth is that of a narrow window, in px: its words can still be read when a phone shrinks the picture to 328.
const pictureWidth = 480

// shown are the scenes of which the documentation has a picture.
func shown() []string { return []string{"demo", "report-fail", "admin"} }

// TestPictures makes the pictures that docs show: the beginning of a page as a narrow window shows it. Nothing without -pictures.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *pictures == "" {
		t.Skip("make pictures asks for them")
	}
	chromium := browser.Start(t)
	p := started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil)
	for _, lang := range []string{"en", "fr"} {
		b := newTab(t, chromium, lang)
		for _, s := range scenes(watchedOrgs{}) {
			if !slices.Contains(shown(), s.name) {
				continue
			}
			b.dress("light")
			b.Size(pictureWidth, 860)
			s.open(b, p, lang)
			b.Do(chromedp.WaitVisible(chromedp.CSS(s.ends)))
			picture := browser.Get(b.Tab, chromedp.CaptureScreenshot())
			if err := os.WriteFile(filepath.Join(*pictures, s.name+"."+lang+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
