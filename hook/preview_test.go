package hook_test

import (
	"strings"
	"testing"
	"time"

	"pschook/commands"
	"pschook/hook"
	"pschook/orglookup"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*hook.Options)
		body   string
		status int
		part   string // of the body
		also   func(*testing.T, hook.Preview)
	}{
		{name: "commands", body: sample(t, "authorization-code"), status: 200, part: `"/claims/oid"`, also: func(t *testing.T, p hook.Preview) {
			if p.Decision.AMRRule != "okta-verify" || p.Outcome != "commands" || p.Refused != "" {
				t.Errorf("got %+v", p)
			}
		}},
		{name: "shadow does not hide the answer", change: func(o *hook.Options) { o.Shadow = true }, body: sample(t, "authorization-code"), status: 200, part: `"/claims/oid"`},
		{name: "nothing to add", body: sample(t, "client-credentials"), status: 204, also: func(t *testing.T, p hook.Preview) {
			if p.Reason != string(commands.ReasonNoUser) {
				t.Errorf("reason %q", p.Reason)
			}
		}},
		{name: "client not selected", change: func(o *hook.Options) { o.ClientIDs = []string{"other"} }, body: sample(t, "authorization-code"), status: 204},
		{name: "no org id", change: func(o *hook.Options) { o.Lookup, o.Timeout = unknown{}, time.Millisecond }, body: sample(t, "authorization-code"), status: 200, part: "errorSummary",
			also: func(t *testing.T, p hook.Preview) {
				if p.NoOrgID == nil || p.Outcome != "denied" {
					t.Errorf("got %+v", p)
				}
			}},
		{name: "malformed", body: "{", status: 400, part: "NOT_JSON", also: func(t *testing.T, p hook.Preview) {
			if !strings.Contains(p.Refused, "not valid JSON") {
				t.Errorf("got %+v", p)
			}
		}},
		{name: "too large", body: strings.Repeat(" ", 256<<10+1), status: 413, part: "TOO_LARGE"},
		{name: "foreign issuer", change: func(o *hook.Options) {
			o.OrgURL, o.Lookup = parseURL(t, "https://autre.okta.com"), orgLookup{orglookup.Org{ID: orgID, Hosts: []string{"autre.okta.com"}}}
		}, body: sample(t, "authorization-code"), status: 403, part: "FOREIGN_ISSUER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var kept hook.Options
			s := start(t, func(o *hook.Options) {
				if tt.change != nil {
					tt.change(o)
				}
				kept = *o
			})
			h, err := hook.New(kept)
			if err != nil {
				t.Fatal(err)
			}
			p, err := h.Preview(t.Context(), []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if p.Status != tt.status || !strings.Contains(string(p.Body), tt.part) {
				t.Errorf("status %d, body %s; want %d with %q", p.Status, p.Body, tt.status, tt.part)
			}
			if tt.also != nil {
				tt.also(t, p)
			}
			if s.log.Len() > 0 || s.count(t, "pschook_hook_requests_total", p.Outcome) != 0 {
				t.Errorf("a preview was logged or counted: %s", s.log)
			}
			if _, ok := s.decisions.Find("AT.golden001"); ok {
				t.Error("a preview was remembered")
			}
		})
	}
}
