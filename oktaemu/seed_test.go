package oktaemu_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// hospital is a seed with something of everything.
func hospital(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/hospital.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func seeded(t *testing.T, text string) *oktaemu.Org {
	t.Helper()
	s, err := oktaemu.ParseSeed("org.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return newOrg(t, oktaemu.Options{Seed: s})
}

func export(t *testing.T, org *oktaemu.Org, secrets bool) string {
	t.Helper()
	text, err := org.Seed(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSeedRoundTrip: an org made of what another wrote writes the same, with and without secrets.
func TestSeedRoundTrip(t *testing.T) {
	t.Parallel()
	for name, org := range map[string]*oktaemu.Org{
		"as_it_comes": newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: "https://hook.example/x", Secret: "the-hook-secret"}}),
		"hospital":    seeded(t, hospital(t)),
		"empty":       seeded(t, "org: {}"),
	} {
		for _, secrets := range []bool{false, true} {
			first := export(t, org, secrets)
			if again := export(t, seeded(t, first), secrets); again != first {
				t.Errorf("%s, secrets %v (-first +again):\n%s", name, secrets, cmp.Diff(first, again))
			}
		}
	}
}

// TestSeedAfterChanges: what administrators change by the Management API is in the file.
func TestSeedAfterChanges(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var group, user struct{ ID string }
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Urgences", "secteur": "B"}}, 200, &group)
	api(t, org, "POST", "/api/v1/users", map[string]any{
		"profile":     map[string]any{"login": "a@b.example", "email": "a@b.example", "firstName": "A", "lastName": "B"},
		"credentials": map[string]any{"password": map[string]any{"value": "Secret-of-A"}}, "groupIds": []string{group.ID},
	}, 200, &user)
	id, secret := newWebApp(t, org, "client_secret_basic", "authorization_code")
	addScope(t, org, "dossier")
	renameRule(t, org, "Renamed")
	text := export(t, org, false)
	for _, want := range []string{"name: Urgences", "secteur: B", "login: a@b.example", "client_id: " + id, "name: dossier", "name: Renamed", "client_secret: REPLACE-ME", "password: REPLACE-ME"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, secret) || strings.Contains(text, "Secret-of-A") {
		t.Errorf("a secret is in\n%s", text)
	}
	if again := export(t, seeded(t, text), false); again != text {
		t.Errorf("round trip (-first +again):\n%s", cmp.Diff(text, again))
	}
	full := export(t, org, true)
	if !strings.Contains(full, secret) || !strings.Contains(full, "Secret-of-A") {
		t.Errorf("secrets are not in\n%s", full)
	}
}

// TestSeedRoute: the file is served to anybody without secrets, and with them for the API token.
func TestSeedRoute(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: "https://hook.example/x", Secret: "the-hook-secret"}})
	for _, tc := range []struct {
		query, authorization string
		status               int
		shown                bool
	}{{"", "", 200, false}, {"?secrets=true", "", 401, false}, {"?secrets=true", "SSWS nonsense", 401, false}, {"?secrets=true", "SSWS " + org.APIToken(), 200, true}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, org.URL()+"/_emu/seed"+tc.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", tc.authorization)
		response, err := plainClient(t).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if response.StatusCode != tc.status || strings.Contains(string(text), "the-hook-secret") != tc.shown {
			t.Errorf("%q with %q: status %d, %s", tc.query, tc.authorization, response.StatusCode, text)
		}
	}
}

// TestSeedIsPlayed: people sign in by their methods under their rules, and the hook is called with its secret.
func TestSeedIsPlayed(t *testing.T) {
	t.Parallel()
	var key string
	hook := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		key = r.Header.Get("X-Key")
		w.WriteHeader(http.StatusNoContent)
	})
	org := seeded(t, strings.ReplaceAll(hospital(t), "https://pschook.hopital.example/hooks/okta/token", hook.URL))
	if org.OrgID() != "00ohopital0000000000" || org.ClientID() != "0oapsc00000000000000" {
		t.Fatalf("org %s, client %s", org.OrgID(), org.ClientID())
	}
	tokens := signIn(t, org, oktaemu.SignIn{Login: "claire@chu.example", Password: "Secret-of-Claire", AuthServerID: "auspsc00000000000000"})
	if diff := cmp.Diff([]any{"sc", "swk", "mfa"}, claim(tokens.IDToken, "amr")); diff != "" || claim(tokens.IDToken, "sub") != "00uclaire00000000000" {
		t.Errorf("sub %v, amr (-want +got):\n%s", claim(tokens.IDToken, "sub"), diff)
	}
	if calls := org.HookCalls(); len(calls) != 1 || calls[0].HookID != "calpsc00000000000000" || key != "only-for-tests" {
		t.Errorf("hook calls %+v, key %q", calls, key)
	}
	if events := org.LogEvents(""); len(events) == 0 || events[0].EventType == "inline_hook.created" {
		t.Errorf("the System Log begins with %+v", events)
	}
	fault := refusal(t, org, oktaemu.SignIn{Login: "luc@chu.example", Password: "Secret-of-Luc", AuthServerID: "auspsc00000000000000"})
	if fault.Code != "access_denied" { // he is in none of the rule's groups
		t.Errorf("refusal %+v", fault)
	}
	if faults := org.Faults(); len(faults) != 1 || faults[0].Status != 503 {
		t.Errorf("faults %+v", faults)
	}
	if names := org.Personas(); len(names) != 2 || names[0].Login != "claire@chu.example" || names[0].MethodFR != "carte CPx + code PIN" {
		t.Errorf("personas %+v", names)
	}
	surfer := newBrowser(t)
	if page := surfer.get(authorizeURL(org, url.Values{"redirect_uri": {"https://psc.example/callback"}, "client_id": {org.ClientID()}})); !strings.Contains(page.body, "claire@chu.example") || strings.Contains(page.body, "cpx@hopital.example") {
		t.Errorf("sign-in page %s", page.body)
	}
}

// TestSeedHookOfTheOptions: a file from elsewhere is tried with a hook of one's own.
func TestSeedHookOfTheOptions(t *testing.T) {
	t.Parallel()
	s, err := oktaemu.ParseSeed("org.yaml", []byte(hospital(t)))
	if err != nil {
		t.Fatal(err)
	}
	org := newOrg(t, oktaemu.Options{Seed: s, Hook: oktaemu.Hook{URL: "https://mine.example/", Secret: "mine"}, OrgID: "00omine"})
	text := export(t, org, true)
	if !strings.Contains(text, "uri: https://mine.example/") || !strings.Contains(text, "value: mine") || !strings.Contains(text, "id: 00omine") {
		t.Errorf("the options' hook is not in\n%s", text)
	}
	again := newOrg(t, oktaemu.Options{Seed: s})
	if text := export(t, again, true); strings.Contains(text, "mine") {
		t.Errorf("one org changed the seed of the other:\n%s", text)
	}
	if _, err := oktaemu.New(oktaemu.Options{Seed: s, ClientID: "0oa1"}); err == nil || !strings.Contains(err.Error(), "the seed says which apps there are") {
		t.Errorf("ClientID beside apps: %v", err)
	}
}

// TestSeedRefuses breaks one thing at a time, and expects the line and the sentence.
func TestSeedRefuses(t *testing.T) {
	t.Parallel()
	good := hospital(t)
	for _, tc := range []struct{ name, old, new, want string }{
		{"unknown_section", "people:", "peopel:", `unknown key "peopel", did you mean "people"?`},
		{"unknown_member", "redirect_uris:", "redirect_uri:", `apps[0]: unknown key "redirect_uri", did you mean "redirect_uris"?`},
		{"wrong_kind", "audiences: [api://psc]", "audiences: api://psc", "authorizationServers[0].audiences: want a list"},
		{"number_for_text", "password: Secret-of-Luc", "password: 1234", "people[1].password: want a text: put it in quotes"},
		{"text_for_number", "accessTokenLifetimeMinutes: 30", "accessTokenLifetimeMinutes: half", "accessTokenLifetimeMinutes: want a whole number"},
		{"twice", "    method: cpx\n", "    method: cpx\n    method: totp\n", `people[0]: key "method" appears twice`},
		{"alias", "groups: [Médecins]", "groups: &g [Médecins]", "anchors and aliases are not accepted"},
		{"method", "method: cpx", "method: cps", `people[0].method: "cps" is not one of password, okta-verify, totp, fido2, cpx, cpx-nopin, did you mean "cpx"?`},
		{"group", "groups: [Médecins]", "groups: [Medecins]", `there is no group "Medecins", did you mean "Médecins"?`},
		{"status", "status: SUSPENDED", "status: ASLEEP", `people[2].status: "ASLEEP" is not one of STAGED`},
		{"role", "roles: [HELP_DESK_ADMIN]", "roles: [DESK]", "people[1].roles[0]: type: must be a standard role"},
		{"attribute", "rpps:", "rppz:", "people[0]: Property name 'rpps' is not defined in profile"},
		{"same_login", "login: luc@chu.example", "login: claire@chu.example", "people[1].login: An object with this field already exists"},
		{"same_id", "id: 00uluc00000000000000", "id: 00uclaire00000000000", "people[1].id: the id 00uclaire00000000000 is taken"},
		{"hook_over_http", "https://pschook", "http://pschook", "inlineHooks[0]: channel.config.uri"},
		{"hook_unknown", "inlineHook: psc", "inlineHook: pcs", `rules[0].inlineHook: there is no inline hook "pcs", did you mean "psc"?`},
		{"event", "policy.rule.update", "inline_hook.updated", "'inline_hook.updated' is not sent to event hooks"},
		{"origin", "https://portal.chu.example", "https://portal.chu.example/x", "trustedOrigins[0].origin: must be scheme, host and port"},
		{"app_type", "application_type: browser", "application_type: spa", "apps[0].application_type: must be browser, native, web or service"},
		{"redirect_that_runs", "https://psc.example/callback", "javascript:alert(1)", "'javascript:alert(1)' has a scheme that browsers run"},
		{"issuer_mode", "issuerMode: CUSTOM_URL", "issuerMode: CUSTOM", "authorizationServers[0].issuerMode: must be ORG_URL, CUSTOM_URL or DYNAMIC"},
		{"reserved_claim", "name: etablissement", "name: uid", "authorizationServers[0].claims[0].name: 'uid' is a reserved claim name"},
		{"claim_scope", "scopes: [dossier]", "scopes: [dosier]", "the scope 'dosier' does not exist"},
		{"policy_client", "clients: [0oapsc00000000000000]", "clients: [0oapcs]", `clients[0]: there is no app with the client id "0oapcs"`},
		{"lifetime", "accessTokenLifetimeMinutes: 30", "accessTokenLifetimeMinutes: 2", "actions.token.accessTokenLifetimeMinutes: must be 5 to 1440"},
		{"grant_type", "grantTypes: [authorization_code]", "grantTypes: [code]", "'code' is not a grant type"},
		{"feature", "features: [realms]", "features: [realm]", `org.features[0]: "realm" is not one of`},
		{"table", "reserved: support", "reserved: all", `org.reserved: Reserved: "all" is not one of developer, support, none`},
		{"domain", "customDomain: id.chu.example", "customDomain: https://id.chu.example", "org.customDomain: CustomDomain:"},
		{"fault", "path_prefix: /api", "path_prefix: api", `faults[0]: path_prefix: "api" does not begin with /`},
		{"two_defaults", "authorizationServers:\n", "authorizationServers:\n  - {name: a, audiences: [a], default: true}\n  - {name: b, audiences: [b], default: true}\n", "one server only is the default"},
		{"second_document", "org:", "---\n---\norg:", "a second YAML document"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(good, tc.old) {
				t.Fatalf("%q is not in the file", tc.old)
			}
			_, err := oktaemu.ParseSeed("org.yaml", []byte(strings.Replace(good, tc.old, tc.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !regexp.MustCompile(`(?m)^org\.yaml:[1-9]\d*:[1-9]\d*: `).MatchString(err.Error()) {
				t.Errorf("error %v\nwant %q, with a line", err, tc.want)
			}
		})
	}
}

// TestSeedFaultsAtOnce: every fault is told, each with its line, those inside of what is itself wrong included.
func TestSeedFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := oktaemu.ParseSeed("org.yaml", []byte(`org:
  reserved: every
groups:
  - name: ""
people:
  - login: a@b.example
    method: cpy
    groups: [Nurses]
    profile: {firstName: A, lastName: B}
authorizationServers:
  - name: x
    audiences: []
    policies:
      - name: p
        status: MAYBE
        rules:
          - {name: r, grantTypes: [implicit], scopes: ['*'], accessTokenLifetimeMinutes: 1}
faults:
  - {path_prefix: /, status: 9}
`))
	if err == nil {
		t.Fatal("no fault")
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, regexp.MustCompile(`^org\.yaml:\d+`).FindString(line))
	}
	if diff := cmp.Diff([]string{"org.yaml:2", "org.yaml:4", "org.yaml:7", "org.yaml:8", "org.yaml:12", "org.yaml:15", "org.yaml:17", "org.yaml:19"}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s\n%v", diff, err)
	}
}

// TestSeedOfTheGuide: the example that both guides show is taken.
func TestSeedOfTheGuide(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "fr"} {
		text, err := os.ReadFile("../docs/" + language + "/emulator.md")
		if err != nil {
			t.Fatal(err)
		}
		example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
		if example == nil {
			t.Fatalf("%s: no example", language)
		}
		org := seeded(t, string(example[1]))
		if people := org.Personas(); len(people) != 1 || people[0].Login != "claire@chu.example" {
			t.Errorf("%s: %+v", language, people)
		}
	}
}

// FuzzParseSeed: nothing that is read panics, and what is taken is written and read again the same.
func FuzzParseSeed(f *testing.F) {
	text, err := os.ReadFile("testdata/hospital.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, sample := range []string{string(text), "org: {}", "people: [{login: a@b, profile: {firstName: A, lastName: B}}]", "a: &a [*a]", "faults: [{path_prefix: /, body: null, status: 500}]", "apps: [{label: x, application_type: service, jwks: {keys: [1]}}]"} {
		f.Add(sample)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := oktaemu.ParseSeed("fuzz.yaml", []byte(text))
		if err != nil {
			return
		}
		org, err := oktaemu.New(oktaemu.Options{Addr: oktaemu.NoListener, PublicURL: "https://okta.example", Seed: s})
		if err != nil {
			t.Fatalf("taken, but: %v", err)
		}
		defer func() { _ = org.Shutdown(context.Background()) }()
		first, err := org.Seed(true)
		if err != nil {
			t.Fatal(err)
		}
		s, err = oktaemu.ParseSeed("again.yaml", first)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, first)
		}
		other, err := oktaemu.New(oktaemu.Options{Addr: oktaemu.NoListener, PublicURL: "https://okta.example", Seed: s})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = other.Shutdown(context.Background()) }()
		if again, err := other.Seed(true); err != nil || string(again) != string(first) {
			t.Errorf("%v (-first +again):\n%s", err, cmp.Diff(string(first), string(again)))
		}
	})
}
