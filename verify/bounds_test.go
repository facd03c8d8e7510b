package verify

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// What one request may cost, whatever it holds: as many bytes of answer for each byte of it, and besides.
const (
	outputFactor = 20
	outputBase   = 1 << 20
	// mostAllocated bounds all memory that making one report in one form asks for, in bytes.
	mostAllocated = 32 << 20
)

// hostile are texts that are small and hold much, within the length of a token.
func hostile() map[string]string {
	const room = 45_000
	members := func(value string) string {
		var b strings.Builder
		for i := 0; b.Len() < room; i++ {
			fmt.Fprintf(&b, `,"m%d":%s`, i, value)
		}
		return `{"a":1` + b.String() + "}"
	}
	list := func(value string) string { return "[" + strings.Repeat(value+",", room/(len(value)+1)) + value + "]" }
	return map[string]string{
		"deep arrays":       `{"d":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
		"deep objects":      strings.Repeat(`{"d":`, 7000) + "1" + strings.Repeat("}", 7000),
		"deep as may be":    `{"d":[` + strings.Repeat(strings.Repeat("[", 17)+strings.Repeat("]", 17)+",", 270) + "1]}",
		"many numbers":      `{"d":` + list("1") + "}",
		"as many as may be": `{"d":[` + strings.Repeat("1,", 4990) + "1]}",
		"many members":      members("1"),
		"many empty ones":   members("{}"),
		"control characters": `{"d":"` + strings.Repeat(`\u0001`, room/6) + `","amr":["` + strings.Repeat(`\u202e`, 3000) + `"],"aud":"` +
			strings.Repeat(`\u001b`, 3000) + `","oid":"` + strings.Repeat("\u202e", 3000) + `"}`,
		"quotes":       `{"sub":"` + strings.Repeat(`\"`, 9000) + `","oid":"` + strings.Repeat(`<`, 20000) + `"}`,
		"amr of many":  `{"amr":` + distinct(4900) + `,"sub":"x","oid":"y"}`,
		"huge number":  `{"exp":` + strings.Repeat("9", room) + `,"iat":1e999999999,"auth_time":-1e-999999999}`,
		"long names":   `{"` + strings.Repeat("n", room/2) + `":1,"` + strings.Repeat("m", room/2) + `":2}`,
		"name twice":   `{"` + strings.Repeat("n", room/2) + `":1,"` + strings.Repeat("n", room/2) + `":2}`,
		"audiences":    `{"aud":` + distinct(4900) + "}",
		"text in text": `{"d":"` + strings.Repeat("[", room) + `"}`,
		"no end":       `{"d":"` + strings.Repeat("[", room),
	}
}

func distinct(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(`"v%d"`, i)
	}
	return "[" + strings.Join(values, ",") + "]"
}

// unsigned is a token that nobody signed.
func unsigned(header, claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(header)) + "." + part([]byte(claims)) + "." + part([]byte("x"))
}

// forms are all that a report is written as.
func forms() []string { return []string{formatPage, formatJSON, formatJUnit, formatText} }

// written is the report in one form.
func written(tb testing.TB, r Report, format string) []byte {
	tb.Helper()
	w := httptest.NewRecorder()
	if err := (&RP{}).writeReport(w, r, format); err != nil {
		tb.Fatal(err)
	}
	return w.Body.Bytes()
}

// A report takes no more room than its input does, times a constant, whichever way the input is made.
func TestReportsAreBounded(t *testing.T) { //nolint:paralleltest // it measures the memory that others would take, too
	base := goodWorld(t, "psc").in
	for name, claims := range hostile() {
		inputs := map[string]Input{
			"claims":   {IDToken: unsigned(`{"alg":"RS256","typ":"JWT"}`, claims), AccessToken: unsigned(`{"alg":"RS256","typ":"at+jwt"}`, claims)},
			"header":   {IDToken: unsigned(claims, `{}`), AccessToken: unsigned(`{"alg":"RS256",`+claims[1:], `{}`)},
			"userinfo": {IDToken: unsigned(`{"alg":"RS256"}`, `{"sub":"x"}`), UserInfo: []byte(claims)},
		}
		for place, in := range inputs {
			for _, profile := range ProfileNames() {
				full := base
				full.IDToken, full.AccessToken, full.UserInfo = in.IDToken, in.AccessToken, in.UserInfo
				full.Profile, _ = ProfileNamed(profile)
				t.Run(name+" in "+place+" for "+profile, func(t *testing.T) { expectBounded(t, full) }) //nolint:paralleltest // as above
			}
		}
	}
}

func expectBounded(t *testing.T, in Input) {
	t.Helper()
	for _, format := range forms() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out := written(t, Run(t.Context(), in), format)
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

func expectShort(t *testing.T, in Input, format string, out []byte) {
	t.Helper()
	if size := len(in.IDToken) + len(in.AccessToken) + len(in.UserInfo); len(out) > outputFactor*size+outputBase {
		t.Errorf("%s: %d bytes of %d", format, len(out), size)
	}
}

// Through the listener: what is out of bounds is answered with its place, at once and shortly.
func TestCheckOfHostileRequests(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	deep := unsigned(`{"alg":"RS256"}`, hostile()["deep arrays"])
	wide := unsigned(`{"alg":"RS256"}`, hostile()["many numbers"])
	userinfo := func(text string) string { return `{"id_token":"a.b.c","userinfo":` + text + "}" }
	tests := []struct {
		name, body string
		status     int
		part       string
	}{
		{"deep tokens", checkBody(t, Input{IDToken: deep, AccessToken: deep}, nil), 200, "claims: is nested deeper than 20 levels at byte 24"},
		{"wide tokens", checkBody(t, Input{IDToken: wide, AccessToken: wide}, nil), 200, "claims: holds more than 5000 values at byte 10001"},
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
					t.Errorf("status %d, %d bytes: %s; want %d with %q", resp.StatusCode, len(body), shorten(body, 300), tt.status, tt.part)
				}
			})
		}
	}
}

// Reports wait for their turn, and those that wait in vain say so.
func TestReportsTakeTurns(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	for range maxReports {
		rp.turns <- struct{}{}
	}
	body := checkBody(t, op.mint(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody waits as long as this
	for format, part := range map[string]string{formatJSON: `"error":"temporarily_unavailable"`, formatPage: "Too many reports are being made"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/rp/check?lang=en&format="+format, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		rp.check(w, r)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), part) || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: status %d, %s", format, w.Code, shorten(w.Body.String(), 300))
		}
	}
	<-rp.turns
	if resp, _ := rp.post(t, "/rp/check", "application/json", body, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("with a place free: status %d", resp.StatusCode)
	}
}
