package rp

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"pschook/internal/tokentest"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// mostAllocated bounds all memory, in bytes, that is allocated for one report in one form.
const mostAllocated = 32 << 20

// forms are all formats of a report.
func forms() []string { return []string{formatPage, formatJSON, formatJUnit, formatText} }

// written returns the report in one format.
func written(tb testing.TB, r report.Report, format string) []byte {
	tb.Helper()
	w := httptest.NewRecorder()
	if err := writeReport(w, r, format); err != nil {
		tb.Fatal(err)
	}
	return w.Body.Bytes()
}

// A report is at most a constant times as large as its input, however the input is made.
func TestReportsAreBounded(t *testing.T) { //nolint:paralleltest // it measures the memory that others would take, too
	base := goodWorld(t, "psc").in
	for name, claims := range tokentest.Hostile() {
		inputs := map[string]verify.Input{
			"claims":   {IDToken: tokentest.Unsigned(`{"alg":"RS256","typ":"JWT"}`, claims), AccessToken: tokentest.Unsigned(`{"alg":"RS256","typ":"at+jwt"}`, claims)},
			"header":   {IDToken: tokentest.Unsigned(claims, `{}`), AccessToken: tokentest.Unsigned(`{"alg":"RS256",`+claims[1:], `{}`)},
			"userinfo": {IDToken: tokentest.Unsigned(`{"alg":"RS256"}`, `{"sub":"x"}`), UserInfo: []byte(claims)},
		}
		for place, in := range inputs {
			for _, profile := range verify.ProfileNames() {
				full := base
				full.IDToken, full.AccessToken, full.UserInfo = in.IDToken, in.AccessToken, in.UserInfo
				full.Profile, _ = verify.ProfileNamed(profile)
				t.Run(name+" in "+place+" for "+profile, func(t *testing.T) { expectBounded(t, full) }) //nolint:paralleltest // as above
			}
		}
	}
}

func expectBounded(t *testing.T, in verify.Input) {
	t.Helper()
	for _, format := range forms() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out := written(t, verify.Run(t.Context(), in), format)
		runtime.ReadMemStats(&after)
		expectShort(t, in, format, out)
		if got := after.TotalAlloc - before.TotalAlloc; got > mostAllocated {
			t.Errorf("%s: %d bytes were allocated", format, got)
		}
		if bytes.Contains(out, []byte("\x1b")) || bytes.Contains(out, []byte("\u202e")) && format == formatText {
			t.Errorf("%s: a character that steers the screen", format)
		}
	}
}

func expectShort(t *testing.T, in verify.Input, format string, out []byte) {
	t.Helper()
	if size := len(in.IDToken) + len(in.AccessToken) + len(in.UserInfo); len(out) > tokentest.MostOutput(size) {
		t.Errorf("%s: %d bytes of %d", format, len(out), size)
	}
}

// Through the listener, a request that exceeds a limit gets a short answer at once, which names the
// place.
func TestCheckOfHostileRequests(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	deep := tokentest.Unsigned(`{"alg":"RS256"}`, tokentest.Hostile()["deep arrays"])
	wide := tokentest.Unsigned(`{"alg":"RS256"}`, tokentest.Hostile()["many numbers"])
	userinfo := func(text string) string { return `{"id_token":"a.b.c","userinfo":` + text + "}" }
	tests := []struct {
		name, body string
		status     int
		part       string
	}{
		{"deep tokens", checkBody(t, verify.Input{IDToken: deep, AccessToken: deep}, nil), 200, "claims: is nested deeper than 20 levels at byte 24"},
		{"wide tokens", checkBody(t, verify.Input{IDToken: wide, AccessToken: wide}, nil), 200, "claims: holds more than 5000 values at byte 10001"},
		{"deep userinfo", userinfo(strings.Repeat("[", 9000) + strings.Repeat("]", 9000)), 400, "body: is nested deeper than 21 levels at byte 51"},
		{"wide userinfo", userinfo("[" + strings.Repeat("1,", 9000) + "1]"), 400, "body: holds more than 5000 values"},
		{"deep and never closed", strings.Repeat(`{"a":[`, 40_000), 400, "body: is nested deeper than 21 levels"},
	}
	for _, tt := range tests {
		for _, format := range forms() {
			t.Run(tt.name+" as "+format, func(t *testing.T) {
				t.Parallel()
				resp, body := rp.post(t, "/rp/check?lang=en&format="+format, "application/json", tt.body, nil)
				if resp.StatusCode != tt.status || !strings.Contains(body, tt.part) || len(body) > 200_000 {
					t.Errorf("status %d, %d bytes: %s; want %d with %q", resp.StatusCode, len(body), words.Shorten(body, 300), tt.status, tt.part)
				}
			})
		}
	}
}

// Reports wait for their turn. A request that waits in vain is told so.
func TestReportsTakeTurns(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	for range maxReports {
		rp.turns <- struct{}{}
	}
	body := checkBody(t, op.mint(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no request waits this long
	for format, part := range map[string]string{formatJSON: `"error":"temporarily_unavailable"`, formatPage: "Too many reports are being made"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/rp/check?lang=en&format="+format, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		rp.check(w, r)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), part) || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: status %d, %s", format, w.Code, words.Shorten(w.Body.String(), 300))
		}
	}
	<-rp.turns
	if resp, _ := rp.post(t, "/rp/check", "application/json", body, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("with a place free: status %d", resp.StatusCode)
	}
}

// For any tokens, the page and the other formats stay within their limits.
func FuzzForms(f *testing.F) {
	for _, claims := range tokentest.Hostile() {
		f.Add(tokentest.Unsigned(`{"alg":"RS256"}`, claims), tokentest.Unsigned(`{"alg":"RS256"}`, claims), []byte(claims))
	}
	base := goodWorld(f, "psc").in
	f.Fuzz(func(t *testing.T, id, access string, userinfo []byte) {
		in := base
		in.IDToken, in.AccessToken, in.UserInfo = id, access, userinfo
		r := verify.Run(t.Context(), in)
		for _, format := range forms() {
			expectShort(t, in, format, written(t, r, format))
		}
	})
}
