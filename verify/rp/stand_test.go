package rp_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"pschook/commands"
	"pschook/hook"
	"pschook/oktaemu"
	"pschook/orglookup"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const standSecret = "a secret of the stand"

// stand is an Okta org with the hook and the relying party, on one listener as in production.
type stand struct {
	org       *oktaemu.Org
	server    *httptest.Server
	decisions *hook.Decisions
}

type standOptions struct {
	reserved oktaemu.Reserved // of the org; the hook uses the developer table
	noOrgID  bool             // the hook does not know the org id, and denies
	clients  []string         // clients that the hook serves; nil: all
}

type fixedOrg struct{ org orglookup.Org }

func (f fixedOrg) Org(context.Context) (orglookup.Org, error) {
	if f.org.ID == "" {
		return orglookup.Org{}, context.DeadlineExceeded
	}
	return f.org, nil
}

func (f fixedOrg) Renew(context.Context) ([]string, error) { return f.org.Hosts, nil }
func (f fixedOrg) Hosts(context.Context) ([]string, error) { return f.org.Hosts, nil }

func (f fixedOrg) Known() (orglookup.Org, bool) { return f.org, f.org.ID != "" }

type decisions struct{ *hook.Decisions }

func (d decisions) HookCall(jti string) (verify.HookCall, bool) {
	r, ok := d.Find(jti)
	return verify.HookCall(r), ok
}

func newStand(t *testing.T, opts standOptions) *stand {
	t.Helper()
	s := &stand{server: httptest.NewUnstartedServer(nil), decisions: hook.NewDecisions(time.Now)}
	base := "http://" + s.server.Listener.Addr().String()
	var err error
	s.org, err = oktaemu.New(oktaemu.Options{
		Hook:         oktaemu.Hook{URL: base + hook.Path, Secret: standSecret},
		Reserved:     opts.reserved,
		RedirectURIs: []string{base + "/rp/callback"},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	e.POST(hook.Path, s.newHook(t, opts).Handle)
	rp := s.newRP(t, base)
	e.Any("/rp/*", echo.WrapHandler(rp.Handler()))
	s.server.Config.Handler = e
	s.server.Start()
	t.Cleanup(func() {
		s.server.Close()
		rp.Close()
		if err := s.org.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stand) newHook(t *testing.T, opts standOptions) *hook.Handler {
	t.Helper()
	builder, err := commands.New(commands.Options{})
	if err != nil {
		t.Fatal(err)
	}
	auth, err := hook.NewHeaderSecrets("Authorization", []string{standSecret})
	if err != nil {
		t.Fatal(err)
	}
	orgURL, err := url.Parse(s.org.URL())
	if err != nil {
		t.Fatal(err)
	}
	org := orglookup.Org{ID: s.org.OrgID()}
	if opts.noOrgID {
		org.ID = ""
	}
	handler, err := hook.New(hook.Options{
		Builder: builder, Lookup: fixedOrg{org}, Authenticate: auth, OrgURL: orgURL, ClientIDs: opts.clients, Logger: slog.New(slog.DiscardHandler),
		Meter: metricnoop.Meter{}, Tracer: tracenoop.Tracer{}, Decisions: s.decisions, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func (s *stand) newRP(t *testing.T, base string) *rp.RP {
	t.Helper()
	rp, err := rp.New(rp.Options{
		Client:      rp.ClientOptions{Issuer: s.org.Issuer(), ClientID: s.org.ClientID(), RedirectURL: base + "/rp/callback"},
		ExpectedTID: s.org.OrgID,
		HookCalls:   decisions{s.decisions},
	})
	if err != nil {
		t.Fatal(err)
	}
	return rp
}

// check signs in and posts the tokens to /rp/check.
func (s *stand) check(t *testing.T, persona string) report.Report {
	t.Helper()
	tokens, err := s.org.SignIn(t.Context(), oktaemu.SignIn{Login: persona})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"id_token": tokens.IDToken, "access_token": tokens.AccessToken, "nonce": tokens.Nonce})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/rp/check", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r report.Report
	if err := json.UnmarshalRead(resp.Body, &r); err != nil {
		t.Fatalf("status %d: %v", resp.StatusCode, err)
	}
	return r
}

// expect compares the checks that fail or warn.
func expect(t *testing.T, r report.Report, verdict report.Status, level string, shown ...string) {
	t.Helper()
	var got []string
	for _, c := range r.Checks {
		if c.Status == report.StatusFail || c.Status == report.StatusWarn {
			got = append(got, c.ID)
		}
	}
	slices.Sort(shown)
	slices.Sort(got)
	if r.Verdict != verdict || r.AMRLevel != level || !slices.Equal(got, shown) {
		t.Errorf("verdict %s, level %s, shown %v; want %s, %s, %v", r.Verdict, r.AMRLevel, got, verdict, level, shown)
	}
}

// The whole loop: Okta mints, Okta calls the hook, the relying party checks the tokens.
func TestPersonas(t *testing.T) {
	t.Parallel()
	s := newStand(t, standOptions{})
	tests := []struct {
		persona string
		verdict report.Status
		level   string
		shown   []string
	}{
		{"cpx", report.StatusPass, verify.LevelHigh, nil},
		{"okta-verify", report.StatusPass, verify.LevelSubstantial, nil},
		{"totp", report.StatusWarn, verify.LevelSubstantial, []string{"amr.not_overstated"}},
		{"password", report.StatusFail, verify.LevelNone, []string{"amr.psc_approved"}},
		{"fido2", report.StatusFail, verify.LevelNone, []string{"amr.psc_approved"}},
		{"cpx-nopin", report.StatusFail, verify.LevelNone, []string{"amr.psc_approved"}},
	}
	for _, tt := range tests {
		t.Run(tt.persona, func(t *testing.T) {
			t.Parallel()
			r := s.check(t, tt.persona)
			expect(t, r, tt.verdict, tt.level, tt.shown...)
			for _, id := range []string{"hook.called", "hook.applied", "id.at_hash", "id.nonce"} {
				if c, _ := r.Check(id); c.Status != report.StatusPass {
					t.Errorf("%s: %s (%s), want pass", id, c.Status, c.Hint)
				}
			}
		})
	}
}

// An org that reserves amr in access tokens drops the whole answer. Only the relying party can
// notice it.
func TestOrgDropsTheAnswer(t *testing.T) {
	t.Parallel()
	s := newStand(t, standOptions{reserved: oktaemu.ReservedSupport})
	r := s.check(t, "cpx")
	expect(t, r, report.StatusFail, verify.LevelNone, "access.oid", "access.tid", "access.amr", "id.tid", "hook.applied")
	c, _ := r.Check("hook.applied")
	if !strings.Contains(c.Actual, "The access token lacks oid, tid, amr.") {
		t.Errorf("hook.applied: actual %q", c.Actual)
	}
}

// A client that the hook does not serve gets no claims, and the report says why.
func TestClientNotServed(t *testing.T) {
	t.Parallel()
	s := newStand(t, standOptions{clients: []string{"0oasomeoneelse000000"}})
	r := s.check(t, "cpx")
	c, _ := r.Check("hook.called")
	if c.Status != report.StatusWarn || !strings.Contains(c.Hint, "PSCHOOK_CLIENT_IDS") {
		t.Errorf("hook.called: %s, hint %q", c.Status, c.Hint)
	}
	if r.Verdict != report.StatusFail {
		t.Errorf("verdict %s, want fail", r.Verdict)
	}
}
