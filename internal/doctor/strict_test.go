package doctor

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCompareAsOktaReads breaks one thing at a time in a right answer, and expects the difference
// with its place.
func TestCompareAsOktaReads(t *testing.T) {
	t.Parallel()
	operation := `{"op":"add","path":"/claims/amr","value":["pwd"]}`
	command := func(operations ...string) string {
		return `{"commands":[{"type":"com.okta.access.patch","value":[` + strings.Join(operations, ",") + `]}]}`
	}
	right := command(operation)
	tests := []struct {
		name, body, contentType string
		status                  int
		took                    time.Duration
		want                    []string
	}{
		{name: "right", body: right},
		{name: "right, with a charset", body: right, contentType: "application/json; charset=utf-8"},
		{name: "no content", status: 204},
		{name: "a refusal", body: `{"error":{"errorSummary":"no"}}`},
		{name: "a lifetime", body: command(`{"op":"replace","path":"/token/lifetime/expiration","value":3600}`)},
		{name: "remove", body: command(`{"op":"remove","path":"/claims/amr","value":null}`)},
		{name: "no commands in a list of none", body: `{"commands":[]}`},
		{name: "late", body: right, took: 3200 * time.Millisecond, want: []string{"answer: came after 3.2 s: Okta gives up after 3s"}},
		{name: "late and empty", status: 204, took: 3 * time.Second, want: []string{"answer: came after 3.0 s"}},
		{name: "created", body: right, status: 201, want: []string{"status: 201"}},
		{name: "moved", status: 302, want: []string{"status: 302"}},
		{name: "a page", body: right, contentType: "text/html; charset=utf-8", want: []string{`header Content-Type: "text/html; charset=utf-8"`}},
		{name: "no type", body: right, contentType: "-", want: []string{`header Content-Type: ""`}},
		{name: "too large", body: command(`{"op":"add","path":"/claims/amr","value":"` + strings.Repeat("a", maxAnswerBytes) + `"}`), want: []string{"body: 256000 bytes or more"}},
		{name: "nothing", body: "", want: []string{"body"}},
		{name: "cut off", body: right[:20], want: []string{"body, byte 20: not the JSON"}},
		{name: "more after it", body: right + "x", want: []string{fmt.Sprintf("body, byte %d", len(right))}},
		{name: "a member twice", body: `{"commands":[],"commands":[]}`, want: []string{"body, byte"}},
		{name: "a list", body: "[" + right + "]", want: []string{"body: not the JSON"}},
		{name: "no commands", body: `{}`, want: []string{"commands: missing: Okta finds no command in an answer of members (none)"}},
		{name: "an envelope", body: `{"output":` + right + `}`, want: []string{`commands: missing: Okta finds no command in an answer of members "output"`}},
		{name: "commands null", body: `{"commands":null}`, want: []string{"commands: not a list"}},
		{name: "commands an object", body: `{"commands":{}}`, want: []string{"commands: not a list"}},
		{name: "a command that is a text", body: `{"commands":["x"]}`, want: []string{"commands[0]: not an object"}},
		{name: "an unknown type", body: strings.Replace(right, "com.okta.access.patch", "com.okta.action.update", 1), want: []string{`commands[0].type: "com.okta.action.update" is no command`}},
		{name: "a type that is a number", body: strings.Replace(right, `"com.okta.access.patch"`, "7", 1), want: []string{`commands[0].type: ""`}},
		{name: "a value that is an object", body: `{"commands":[{"type":"com.okta.access.patch","value":` + operation + `}]}`, want: []string{"commands[0].value: not a list"}},
		{name: "an operation that is a text", body: command(operation, `"x"`), want: []string{"commands[0].value[1]: not an object"}},
		{name: "an unknown op", body: command(operation, `{"op":"move","path":"/claims/a","value":1}`), want: []string{`commands[0].value[1].op: "move"`}},
		{name: "no op", body: command(`{"path":"/claims/a","value":1}`), want: []string{`commands[0].value[0].op: ""`}},
		{name: "a path elsewhere", body: command(`{"op":"add","path":"/scopes/a","value":1}`), want: []string{`commands[0].value[0].path: "/scopes/a"`}},
		{name: "a path without a slash", body: command(`{"op":"add","path":"claims/a","value":1}`), want: []string{`commands[0].value[0].path: "claims/a"`}},
		{name: "no value", body: command(`{"op":"add","path":"/claims/a"}`), want: []string{"commands[0].value[0].value: missing, with add"}},
		{name: "remove with a value", body: command(`{"op":"remove","path":"/claims/a","value":1}`), want: []string{"commands[0].value[0].value: not null, with remove"}},
		{name: "a lifetime too short", body: command(`{"op":"replace","path":"/token/lifetime/expiration","value":299}`), want: []string{"commands[0].value[0].value: not a whole number"}},
		{name: "a lifetime in words", body: command(`{"op":"replace","path":"/token/lifetime/expiration","value":"3600"}`), want: []string{"commands[0].value[0].value: not a whole number"}},
		{name: "a refusal without words", body: `{"error":"no"}`, want: []string{"error: not an object"}},
		{name: "two things", body: strings.Replace(right, "add", "ADD", 1), contentType: "text/plain", want: []string{"header Content-Type", "commands[0].value[0].op"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			flow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				switch tt.contentType {
				case "":
					w.Header().Set("Content-Type", "application/json")
				case "-":
					w.Header()["Content-Type"] = nil
				default:
					w.Header().Set("Content-Type", tt.contentType)
				}
				w.WriteHeader(cmp.Or(tt.status, http.StatusOK))
				_, _ = w.Write([]byte(tt.body))
			}))
			defer flow.Close()
			u, err := url.Parse(flow.URL)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
			now := func() time.Time { // the second reading of the clock is the last
				defer func() { at = at.Add(tt.took) }()
				return at
			}
			c, err := Compare(t.Context(), CompareOptions{URL: u, Body: []byte("{}"), Now: now}, []byte(right))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(c.Faults, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", c.Faults, tt.want)
			}
		})
	}
}
