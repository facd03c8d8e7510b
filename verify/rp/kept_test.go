package rp

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/internal/tokentest"
	"pschook/verify/report"
	"pschook/verify/words"
)

// A report has a URL. For ten minutes, the browser for which it was made can load it again and read
// it in the other language.
func TestReportHasAnAddress(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	_, _, at := rp.get(t, "/rp/login?lang=en")
	for _, tt := range []struct{ query, part string }{
		{"", "Pass: the tokens are what"}, {"?lang=en", "Pass: the tokens are what"}, {"?lang=fr", "Conforme\u00a0: les jetons répondent"},
	} {
		status, body, _ := rp.get(t, at.Path+tt.query)
		expectPage(t, status, body, http.StatusOK, tt.part, `href="`+at.Path+`?lang=fr"`, `href="`+at.Path+`?lang=en"`)
	}
	if len(op.tokenRequests) != 1 {
		t.Errorf("%d codes were redeemed for one sign-in", len(op.tokenRequests))
	}
	mine := rp.browser
	var err error
	rp.browser = &http.Client{}
	if rp.browser.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	for range 2 { // without the cookie, then with another browser's cookie
		status, body, _ := rp.get(t, at.Path+"?lang=en")
		expectPage(t, status, body, http.StatusNotFound, "This report is not here")
		rp.get(t, "/rp/")
	}
	rp.browser = mine
	rp.clock.Advance(keptFor - time.Second)
	status, body, _ := rp.get(t, at.Path)
	expectPage(t, status, body, http.StatusOK, "Pass:")
	rp.clock.Advance(2 * time.Second)
	status, body, _ = rp.get(t, at.Path)
	expectPage(t, status, body, http.StatusNotFound, "This report is not here")
}

// Pasted tokens, unreadable requests and failed sign-ins have a URL too.
func TestEveryOutcomeHasAnAddress(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	rp.get(t, "/rp/")
	op.authorize = func(_, answer url.Values) { answer.Set("error", "access_denied") }
	for name, open := range map[string]func() (*http.Response, error){
		"pasted": func() (*http.Response, error) {
			return rp.browser.PostForm(rp.server.URL+"/rp/check", url.Values{"id_token": {"x"}})
		},
		"unreadable": func() (*http.Response, error) {
			return rp.browser.PostForm(rp.server.URL+"/rp/check?format=x", url.Values{})
		},
		"failed": func() (*http.Response, error) { return rp.browser.Get(rp.server.URL + "/rp/login") },
	} {
		resp, err := open()
		if err != nil {
			t.Fatal(err)
		}
		first := readAll(t, resp)
		path := resp.Request.URL.Path
		status, second, _ := rp.get(t, path+"?lang=en")
		if !strings.HasPrefix(path, "/rp/report/") || status != resp.StatusCode || !strings.Contains(first, "<h1") || inMain(first) != inMain(second) {
			t.Errorf("%s: at %s, status %d, then %d", name, path, resp.StatusCode, status)
		}
		_, french, _ := rp.get(t, path+"?lang=fr")
		expectPage(t, 0, french, 0, `<html lang="fr">`)
	}
}

// A report can be saved as a file in every format. The page needs nothing else and runs no script.
func TestReportAsFile(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	_, _, at := rp.get(t, "/rp/login?lang=en")
	for format, want := range map[string][]string{
		formatJSON: {".json\"", "application/json", `"verdict": "pass"`}, formatJUnit: {".xml\"", "application/xml", "<testsuite "},
		formatText: {".txt\"", "text/plain", "Pass: the tokens"}, formatPage: {".html\"", "text/html", "<style>", "Pass: the tokens", "style-src &#39;sha256-"},
	} {
		resp, err := rp.browser.Get(rp.server.URL + at.Path + "?lang=en&format=" + format)
		if err != nil {
			t.Fatal(err)
		}
		body := readAll(t, resp)
		disposition := resp.Header.Get("Content-Disposition")
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(disposition, `attachment; filename="pschook-report-2`) || !strings.HasSuffix(disposition, want[0]) ||
			!strings.HasPrefix(resp.Header.Get("Content-Type"), want[1]) {
			t.Errorf("%s: status %d, %v", format, resp.StatusCode, resp.Header)
		}
		expectPage(t, 0, body, 0, want[2:]...)
		for _, never := range []string{"<script", "href=\"/", "src="} {
			if format == formatPage && strings.Contains(body, never) {
				t.Errorf("the file holds %q", never)
			}
		}
	}
	status, body, _ := rp.get(t, at.Path+"?lang=en&format=pdf")
	expectPage(t, status, body, http.StatusBadRequest, "format: want html, json, junit or text")
}

func TestKeptReportsAreBounded(t *testing.T) {
	t.Parallel()
	clock := tokentest.NewClock()
	k := &keptOutcomes{now: clock.Now}
	t.Cleanup(k.close)
	made := func(bytes int) outcome {
		r := report.New("x", words.English, []report.Check{{Hint: strings.Repeat("x", bytes)}})
		return outcome{reports: map[words.Language]report.Report{words.English: r}, at: clock.Now()}
	}
	var first string
	for i := range 3 * maxKept {
		id, ok := k.add(fmt.Sprint("browser ", i), made(10))
		if !ok {
			t.Fatal("a small report is not kept")
		}
		if i == 0 {
			first = id
		}
	}
	if _, ok := k.find(first, "browser 0"); ok || len(k.list) != maxKept {
		t.Errorf("%d kept, the oldest among them: %v", len(k.list), ok)
	}
	for range 2 * maxKeptEach {
		k.add("one", made(10))
	}
	if _, ok := k.find(k.list[0].id, fmt.Sprint("browser ", 2*maxKept+maxKeptEach)); !ok || len(k.list) != maxKept {
		t.Errorf("one browser pushes out the reports of others: %d kept", len(k.list))
	}
	for range 5 {
		k.add("large", made(maxKeptBytes/3))
	}
	if k.bytes > maxKeptBytes {
		t.Errorf("%d bytes kept", k.bytes)
	}
	if _, ok := k.add("too large", made(maxKeptBytes)); ok {
		t.Error("a report larger than all may be is kept")
	}
	clock.Advance(keptFor)
	k.expire()
	if len(k.list) != 0 || k.bytes != 0 || k.timer != nil {
		t.Errorf("after their time %d are kept, %d bytes", len(k.list), k.bytes)
	}
}
