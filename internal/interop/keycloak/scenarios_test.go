package keycloak_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pschook/internal/oktaread"
	"pschook/internal/pscrealm"
	"pschook/internal/rehearsal"
	"pschook/internal/scenario"
	"pschook/internal/testneed"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// doNotApply are the scenarios that PSC as provider does not play, and a part of what the report says of each.
func doNotApply() map[string]string {
	return map[string]string{
		"refresh-no-openid": "openid is always among the scopes",
		"prompt-none":       "confirm each sign-in by an establishment on a page",
		"step-up":           "nobody in by weaker means",
		"renamed-user":      "The tokens show no login.", // the last step: PSC shows the national id
	}
}

// testScenarios plays every scenario on PSC as provider: by the command, as a tester does, those that change nothing;
// then, with the help of Keycloak's and Okta's administrators, the others; and some with one thing broken.
func testScenarios(t *testing.T, s *stand) {
	s.linkForScenarios(t)
	t.Run("command", func(t *testing.T) { s.playByCommand(t) })
	t.Run("changes", func(t *testing.T) {
		found := s.play(t, s.scenarioOptions(t), "expired-session,renamed-user,key-rotation")
		holdsScenarios(t, found, nil)
	})
	t.Run("broken", func(t *testing.T) { testBrokenScenarios(t, s) })
}

// linkForScenarios does the appairage of two people beforehand, so that a login and a password are enough.
func (s *stand) linkForScenarios(t *testing.T) {
	t.Helper()
	s.forgetEverybody(t)
	for persona, id := range map[string]string{"cpx": "899700000001", "okta-verify": "899700000002"} {
		s.signIn(t, s.service("OKTA_chu"), rehearsal.Person{Persona: persona, NationalID: id, Password: password})
	}
}

// playByCommand plays all by pschook itself: what needs changes is skipped.
func (s *stand) playByCommand(t *testing.T) {
	dir := t.TempDir()
	program, secret := filepath.Join(dir, "pschook"), filepath.Join(dir, "secret")
	build := exec.CommandContext(t.Context(), testneed.Need(t, "go"), "build", "-o", program, "pschook/cmd/pschook")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(secret, []byte("s2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "verify", "--scenario", "all", "--profile", "psc-op", "--format", "json", "--lang", "en",
		"--issuer", s.service("").Issuer, "--client-id", "service", "--kc-idp-hint", "OKTA_chu", "--acr-values", "eidas2", "--redirect-url", testCallback,
		"--second-client-id", "second", "--second-client-secret-file", secret, "--as", "cpx@hopital.example", "--weak-as", "password@hopital.example")
	cmd.Env = append(cmd.Environ(), "PSCHOOK_RP_CLIENT_SECRET=s1")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v", err)
	}
	var found report.Report
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	skipped := map[string]string{}
	for _, name := range []string{"expired-session", "renamed-user", "key-rotation"} {
		skipped[name] = "--allow-changes"
	}
	holdsScenarios(t, found, skipped)
}

// holdsScenarios holds that each check passed, but for what does not apply: that says why. more are further reasons.
func holdsScenarios(t *testing.T, found report.Report, more map[string]string) {
	t.Helper()
	if found.Count(report.StatusPass) < 10 {
		t.Errorf("%d checks passed", found.Count(report.StatusPass))
	}
	for _, c := range found.Checks {
		name, _, _ := strings.Cut(c.ID, ".")
		why, ok := more[name]
		if !ok {
			why, ok = doNotApply()[name]
		}
		if c.Status != report.StatusPass && (!ok || c.Status != report.StatusSkip || !strings.Contains(c.Hint, why)) {
			t.Errorf("%s: %s, expected %q, got %q, %s", c.ID, c.Status, c.Expected, c.Actual, c.Hint)
		}
	}
}

func (s *stand) play(t *testing.T, opts scenario.Options, names string) report.Report {
	t.Helper()
	chosen, err := scenario.Choose(names)
	if err != nil {
		t.Fatal(err)
	}
	found, err := scenario.Run(t.Context(), opts, chosen, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// metadata are the realm's, as a service pastes them.
func (s *stand) metadata(t *testing.T) map[string]any {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(get(t, s.service("").Issuer+"/.well-known/openid-configuration"), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func get(t *testing.T, address string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", address, response.StatusCode, err)
	}
	return text
}

func (s *stand) scenarioOptions(t *testing.T) scenario.Options {
	t.Helper()
	profile, err := verify.ProfileNamed("psc-op")
	if err != nil {
		t.Fatal(err)
	}
	service := s.service("")
	return scenario.Options{
		Client: rp.ClientOptions{
			Issuer: service.Issuer, ClientID: service.ClientID, ClientSecret: "s1", RedirectURL: testCallback,
			Scopes: []string{"openid", "scope_all"}, ACRValues: []string{"eidas2"}, Hint: "OKTA_chu",
		},
		Base: verify.Input{
			Issuer: service.Issuer, ClientID: service.ClientID, Confidential: true, ACRValues: []string{"eidas2"}, Profile: profile, Language: words.English,
		},
		NewBrowser: func() scenario.Browser { return scenarioBrowser("cpx") },
		Changes:    administrators{stand: s, okta: oktaOf(t, s.places["chu"].org)},
		Now:        time.Now,
		Wait: func(ctx context.Context, d time.Duration) error {
			select {
			case <-time.After(d): // Keycloak has a clock of its own
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	}
}

func scenarioBrowser(persona string) *scenario.Walker {
	return scenario.NewWalker(persona+"@hopital.example", oktaemu.PersonaPassword, nil)
}

// administrators make changes where they belong: the login is the hospital's, sessions and keys are PSC's.
type administrators struct {
	*stand

	okta scenario.Okta
}

func oktaOf(t *testing.T, org *oktaemu.Org) scenario.Okta {
	t.Helper()
	address, err := url.Parse(org.URL())
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Okta{ServerID: "default", Client: oktaread.Client{
		OrgURL: address, HTTP: &http.Client{Transport: withToken(org.APIToken())}, Now: time.Now,
		Wait: func(context.Context, time.Duration) error { return nil },
	}}
}

// withToken carries the credential of the Management API.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "SSWS "+string(w))
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func (a administrators) Rename(ctx context.Context, _ string) (login string, undo func(ctx context.Context) error, err error) {
	for _, p := range oktaemu.Personas() {
		if p.Name == "cpx" {
			return a.okta.Rename(ctx, p.UserID)
		}
	}
	return "", nil, os.ErrNotExist
}

func (a administrators) EndSessions(ctx context.Context, sub string) error {
	return a.kc.EndSessions(ctx, pscrealm.Realm, sub)
}

func (a administrators) RotateKeys(ctx context.Context) error {
	return a.kc.RotateKeys(ctx, pscrealm.Realm)
}

// testBrokenScenarios breaks one thing each, at the provider or at the service, and expects the check that finds it.
func testBrokenScenarios(t *testing.T, s *stand) {
	member := func(name string, value any) func(*testing.T, *scenario.Options) {
		return func(t *testing.T, o *scenario.Options) {
			t.Helper()
			document := s.metadata(t)
			document[name] = value
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			o.Client.Metadata = text
		}
	}
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // status 200, and nothing done
	t.Cleanup(silent.Close)
	takesAll := httptest.NewServer(s.neverRefuses(t))
	t.Cleanup(takesAll.Close)
	var keys json.RawMessage = get(t, s.service("").KeysURL())
	tests := []struct {
		scenario, failing, text string
		spoil                   func(*testing.T, *scenario.Options)
	}{
		{"sign-in", "sign-in.profile", "id.acr", func(_ *testing.T, o *scenario.Options) { // a lesser means than the service wants
			o.Client.ACRValues, o.Base.ACRValues = []string{"eidas3"}, []string{"eidas3"}
			o.NewBrowser = func() scenario.Browser { return scenarioBrowser("okta-verify") }
		}},
		{"sign-in", "sign-in.profile", "claim.family_name", func(_ *testing.T, o *scenario.Options) { o.Client.Scopes = []string{"openid"} }},
		{"sign-in", "sign-in.sign-in", "shows a page", func(_ *testing.T, o *scenario.Options) { // amr is not agreed
			o.NewBrowser = func() scenario.Browser { return scenarioBrowser("password") }
		}},
		{"key-rotation", "key-rotation.new", "id.signature", member("jwks", keys)}, // imported once, never fetched again
		{"key-rotation", "key-rotation.again", "the kid of before", func(_ *testing.T, o *scenario.Options) { o.Changes = idle{o.Changes} }},
		{"revoked-refresh", "revoked-refresh.refused", "let it through", member("revocation_endpoint", silent.URL)},
		{"wrong-verifier", "wrong-verifier.refused", "let it through", member("token_endpoint", takesAll.URL)},
		{"replayed-code", "replayed-code.refused", "let it through", member("token_endpoint", takesAll.URL)},
		{"same-user", "same-user.same-person", "sub (ID token)", func(_ *testing.T, o *scenario.Options) {
			people := []string{"cpx", "okta-verify"}
			o.NewBrowser = func() scenario.Browser {
				next := people[0]
				people = people[1:]
				return scenarioBrowser(next)
			}
		}},
		{"wrong-redirect", "wrong-redirect.request", "nobody registered", func(t *testing.T, _ *scenario.Options) { // the last: it changes the realm
			t.Helper()
			loose := bytes.ReplaceAll(s.realm, []byte(testCallback), []byte(testCallback+"/*"))
			if err := s.kc.Replace(t.Context(), pscrealm.Realm, loose); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.failing, func(t *testing.T) {
			opts := s.scenarioOptions(t)
			tt.spoil(t, &opts)
			found := s.play(t, opts, tt.scenario)
			c, ok := found.Check(tt.failing)
			if !ok || c.Status != report.StatusFail || !strings.Contains(c.Actual+" "+c.Hint, tt.text) {
				t.Errorf("%s: %s, found %q, hint %q; want fail with %q\nall: %v", tt.failing, c.Status, c.Actual, c.Hint, tt.text, found.Checks)
			}
		})
	}
}

// idle says that it rotated the keys, and did not.
type idle struct{ scenario.Changes }

func (idle) RotateKeys(context.Context) error { return nil }

// neverRefuses is the realm's token endpoint, but for its refusals.
func (s *stand) neverRefuses(t *testing.T) http.Handler {
	t.Helper()
	target, err := url.Parse(s.service("").Issuer + "/protocol/openid-connect/token")
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL, r.Out.Host = target, target.Host },
		ModifyResponse: func(answer *http.Response) error {
			if answer.StatusCode == http.StatusBadRequest {
				text := `{"access_token":"opaque","token_type":"Bearer"}`
				answer.StatusCode, answer.Status, answer.ContentLength = http.StatusOK, "200 OK", int64(len(text))
				answer.Header.Set("Content-Length", strconv.Itoa(len(text)))
				answer.Body = io.NopCloser(strings.NewReader(text))
			}
			return nil
		},
		Transport: &http.Transport{DisableKeepAlives: true},
	}
}
