package doctor_test

import (
	"context"
	"crypto/x509"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pschook/internal/doctor"
	"pschook/oktaemu"
	"pschook/verify/report"
	"pschook/verify/words"
)

// run starts the world of p and returns doctor's report.
func run(t *testing.T, p plan) report.Report {
	t.Helper()
	w := start(t, p)
	r, err := doctor.Run(t.Context(), w.options(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// with returns the ids of checks that ended with a status.
func with(r report.Report, s report.Status) []string {
	var ids []string
	for _, c := range r.Checks {
		if c.Status == s {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func text(t *testing.T, r report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGoodOrder checks that an org without faults passes every check.
func TestGoodOrder(t *testing.T) {
	t.Parallel()
	r := run(t, plan{})
	if r.Verdict != report.StatusPass || len(with(r, report.StatusPass)) != len(r.Checks) {
		t.Error(text(t, r))
	}
}

// fault is one broken thing.
type fault struct {
	name string
	plan plan
	id   string // id of the one check that must fail (or warn)
	hint string // part of its hint
	why  string // part of what the report says was found; empty: anything
}

func environment(pairs ...string) map[string]string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return env
}

func (w *world) inject(t *testing.T, f oktaemu.Fault) {
	t.Helper()
	f.Times = -1
	if err := w.org.InjectFault(f); err != nil {
		t.Fatal(err)
	}
}

// orgFaults are faults of the org as a whole and of the connection to the service.
func orgFaults() []fault {
	other := environment("PSCHOOK_TID_SOURCE", "static", "PSCHOOK_TID_VALUE", "00oAnotherOrg0000000")
	return []fault{
		{"the org is down", plan{org: func(t *testing.T, w *world) {
			w.inject(t, oktaemu.Fault{PathPrefix: "/.well-known/okta-organization", Status: http.StatusServiceUnavailable})
		}}, "org.reachable", "PSCHOOK_OKTA_ORG_URL", ""},
		{"a revoked API token", plan{doctor: environment("PSCHOOK_OKTA_API_TOKEN", "revoked")}, "org.readable", "Security › API › Tokens", ""},
		{"an API token that may not read apps", plan{org: func(t *testing.T, w *world) {
			w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1/apps", Status: http.StatusForbidden})
		}}, "org.readable", "okta_app_oauth_api_scope.scopes", ""},
		{"the Management API is down", plan{org: func(t *testing.T, w *world) {
			w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1/inlineHooks", Status: http.StatusInternalServerError})
		}}, "org.readable", "status.okta.com", ""},
		{"another org's id", plan{service: other, doctor: other, options: func(o *doctor.Options) {
			expect := o.Expect
			o.Expect = func(ctx context.Context, id string) (doctor.Expected, error) {
				e, err := expect(ctx, id)
				e.AccessToken["tid"], e.IDToken["tid"] = []byte(`"00oAnotherOrg0000000"`), []byte(`"00oAnotherOrg0000000"`)
				return e, err
			}
		}}, "org.tid", "PSCHOOK_TID_VALUE=00o", ""},
		{"the relying party expects another tid", plan{doctor: environment("PSCHOOK_RP_EXPECTED_TID", "OKTA_autre")}, "org.tid", "unset PSCHOOK_RP_EXPECTED_TID", ""},
		{"a clock that is fast", plan{options: func(o *doctor.Options) {
			o.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
		}}, "clock.skew", "timedatectl set-ntp", ""},
		{"a clock that is slow", plan{options: func(o *doctor.Options) {
			o.Now = func() time.Time { return time.Now().Add(-2 * time.Minute) }
		}}, "clock.skew", "timedatectl set-ntp", ""},
		{"a certificate that ends in ten days", plan{leaf: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(10 * 24 * time.Hour) }}, "tls.certificate", "PSCHOOK_TLS_CERT_FILE", ""},
		{"a certificate that has ended", plan{leaf: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }}, "tls.certificate", "PSCHOOK_TLS_CERT_FILE", ""},
		{"a certificate for another host", plan{leaf: func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} }}, "tls.certificate", "reverse proxy", ""},
		{"an incomplete chain", plan{leafOnly: true}, "tls.chain", "fullchain.pem", ""},
	}
}

// hookFaults are faults of the registered hook.
func hookFaults() []fault {
	return []fault{
		{"the hook has another URL", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.hookPath(t), func(h map[string]any) { at(h, "channel", "config")["uri"] = w.url.String() + "/old" })
		}}, "hook.registered", "okta_inline_hook.channel.uri", "another path"},
		{"the hook is inactive", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, w.hookPath(t)+"/lifecycle/deactivate", nil)
		}}, "hook.active", "okta_inline_hook.status", ""},
		{"the secret in another header", plan{doctor: environment("PSCHOOK_HOOK_AUTH_HEADER", "X-Hook-Secret")}, "hook.auth", "okta_inline_hook.auth.key", ""},
		{"no secret at all", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.hookPath(t), func(h map[string]any) { delete(at(h, "channel", "config"), "authScheme") })
		}}, "hook.auth", "okta_inline_hook.auth.key", ""},
		{"the hook needs a token of the server that calls it", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.hookPath(t), func(h map[string]any) { toOAuth(h, w.org.Issuer()+"/v1/token") })
		}}, "hook.recursion", "another custom authorization server", ""},
		{"OAuth 2.0, while the service takes a header", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.hookPath(t), func(h map[string]any) { toOAuth(h, w.org.URL()+"/oauth2/v1/token") })
		}}, "hook.auth", "okta_inline_hook.auth.key for a header", ""},
		{"a header, while the service takes OAuth 2.0 only", plan{doctor: environment(
			"PSCHOOK_HOOK_SECRETS", "", "PSCHOOK_HOOK_OAUTH_ISSUER", "https://acme.okta.com/oauth2/aus2", "PSCHOOK_HOOK_OAUTH_AUDIENCE", "pschook", "PSCHOOK_HOOK_OAUTH_CLIENT_IDS", "0oaHookClient",
		)}, "hook.auth", "PSCHOOK_HOOK_OAUTH_ISSUER", ""},
		{"OAuth 2.0 as another client", plan{before: oauthHook("pschook.call"), org: func(t *testing.T, w *world) {
			w.plan.doctor["PSCHOOK_HOOK_OAUTH_CLIENT_IDS"] = "0oaAnother"
		}}, "hook.auth", "PSCHOOK_HOOK_OAUTH_ISSUER", ""},
		{"OAuth 2.0 without the scope", plan{before: oauthHook("pschook.call"), org: func(t *testing.T, w *world) {
			w.plan.doctor["PSCHOOK_HOOK_OAUTH_SCOPE"] = "pschook.other"
		}}, "hook.auth", "PSCHOOK_HOOK_OAUTH_ISSUER", ""},
		{"Okta sends another secret", plan{hookValue: "a-secret-of-yesterday-0123456789"}, "hook.preview", "character by character", "this machine: status 200"},
		{"the service answers by another configuration", plan{service: environment("PSCHOOK_ACCESS_TOKEN_CLAIMS", "tid,amr")}, "hook.preview", "pschook config on both sides", ""},
		{"the service adds a claim too many", plan{service: environment("PSCHOOK_ID_TOKEN_CLAIMS", "none")}, "hook.preview", "pschook config on both sides", ""},
		{"the configuration refuses the sample", plan{options: func(o *doctor.Options) {
			o.Expect = func(context.Context, string) (doctor.Expected, error) {
				return doctor.Expected{}, errors.New("refused by the policy")
			}
		}}, "hook.preview", "--amr", ""},
		{"an answer in 4 s", plan{options: func(o *doctor.Options) {
			var calls atomic.Int64
			begin := time.Now()
			o.Now = func() time.Time { return begin.Add(time.Duration(calls.Add(1)) * 4 * time.Second) } // each call takes 4 s
		}}, "hook.time", "pschook_hook_duration_seconds", ""},
		{"a reserved claim", plan{
			service: environment("PSCHOOK_ID_TOKEN_CLAIMS", "tid,amr", "PSCHOOK_ALLOW_RESERVED_CLAIMS", "amr"),
		}, "claims.reserved", "PSCHOOK_ALLOW_RESERVED_CLAIMS", ""},
	}
}

func toOAuth(hook map[string]any, tokenURL string) {
	uri := at(hook, "channel", "config")["uri"]
	hook["channel"] = map[string]any{"type": "OAUTH", "version": "1.0.0", "config": map[string]any{
		"uri": uri, "method": "POST", "authType": "client_secret_post", "clientId": "0oaHookClient", "clientSecret": "hidden", "tokenUrl": tokenURL, "scope": "hook",
	}}
}

// oauthHook makes Okta authenticate with an access token of another authorization server. The
// service accepts nothing else.
func oauthHook(scope string) func(t *testing.T, w *world) {
	return func(t *testing.T, w *world) {
		as := w.api(t, http.MethodPost, "/authorizationServers", map[string]any{"name": "hooks", "description": "for hooks", "audiences": []string{"pschook"}})
		path := "/authorizationServers/" + as["id"].(string)
		w.api(t, http.MethodPost, path+"/scopes", map[string]any{"name": scope})
		app := w.api(t, http.MethodPost, "/apps", map[string]any{
			"label": "hook caller", "signOnMode": "OPENID_CONNECT",
			"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "client_secret_post"}},
			"settings": map[string]any{"oauthClient": map[string]any{
				"application_type": "service", "grant_types": []string{"client_credentials"}, "response_types": []string{"token"},
			}},
		})
		client := at(app, "credentials", "oauthClient")
		policy := w.api(t, http.MethodPost, path+"/policies", map[string]any{
			"type": "OAUTH_AUTHORIZATION_POLICY", "name": "hooks", "description": "for hooks", "status": "ACTIVE", "priority": 1,
			"conditions": map[string]any{"clients": map[string]any{"include": []any{client["client_id"]}}},
		})
		w.api(t, http.MethodPost, path+"/policies/"+policy["id"].(string)+"/rules", map[string]any{
			"type": "RESOURCE_ACCESS", "name": "hooks", "status": "ACTIVE", "priority": 1,
			"conditions": map[string]any{"people": map[string]any{"groups": map[string]any{"include": []string{"EVERYONE"}}}, "grantTypes": map[string]any{"include": []string{"client_credentials"}}, "scopes": map[string]any{"include": []string{"*"}}},
			"actions":    map[string]any{"token": map[string]any{"accessTokenLifetimeMinutes": 60}},
		})
		issuer, _ := as["issuer"].(string)
		w.change(t, w.hookPath(t), func(h map[string]any) {
			toOAuth(h, issuer+"/v1/token")
			c := at(h, "channel", "config")
			c["clientId"], c["clientSecret"], c["scope"] = client["client_id"], client["client_secret"], scope
		})
		id, _ := client["client_id"].(string)
		env := environment("PSCHOOK_HOOK_SECRETS", "", "PSCHOOK_HOOK_OAUTH_ISSUER", issuer, "PSCHOOK_HOOK_OAUTH_AUDIENCE", "pschook",
			"PSCHOOK_HOOK_OAUTH_CLIENT_IDS", id, "PSCHOOK_HOOK_OAUTH_SCOPE", scope)
		w.plan.service, w.plan.doctor = env, maps.Clone(env)
	}
}

// TestGoodOrderByOAuth checks the same for a hook that Okta calls with an access token. The service
// fetches its keys in the background, so the first calls may come too early.
func TestGoodOrderByOAuth(t *testing.T) {
	t.Parallel()
	w := start(t, plan{before: oauthHook("pschook.call")})
	var r report.Report
	for until := time.After(time.Minute); ; {
		var err error
		if r, err = doctor.Run(t.Context(), w.options(t)); err != nil {
			t.Fatal(err)
		}
		if r.Verdict == report.StatusPass {
			return
		}
		select {
		case <-until:
			t.Fatal(text(t, r))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// policyFaults are faults of the app and the authorization server.
func policyFaults() []fault {
	rule := func(t *testing.T, w *world, edit func(map[string]any)) { w.change(t, w.rulePath(t), edit) }
	return []fault{
		{"the app is inactive", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, "/apps/"+w.org.ClientID()+"/lifecycle/deactivate", nil)
		}}, "app.active", "okta_app_oauth.status", ""},
		{"no such app", plan{options: func(o *doctor.Options) { o.ClientID = "0oaNobody" }}, "app.active", "--client-id", ""},
		{"PKCE is not required", plan{org: func(t *testing.T, w *world) {
			w.change(t, "/apps/"+w.org.ClientID(), func(a map[string]any) { // Okta lets only a client with a secret do without
				client := at(a, "credentials", "oauthClient")
				client["token_endpoint_auth_method"], client["pkce_required"] = "client_secret_basic", false
			})
		}}, "app.spa", "pkce_required = true", "pkce_required false"},
		{"an app of another type", plan{org: func(t *testing.T, w *world) {
			w.change(t, "/apps/"+w.org.ClientID(), func(a map[string]any) { at(a, "settings", "oauthClient")["application_type"] = "native" })
		}}, "app.spa", "okta_app_oauth.type", "application_type native"},
		{"a missing redirect URI", plan{options: func(o *doctor.Options) { o.RedirectURIs = []string{"https://auth.bas.psc.example/callback"} }}, "app.redirect_uris", "https://auth.bas.psc.example/callback", ""},
		{"the service passes the client over", plan{doctor: environment("PSCHOOK_CLIENT_IDS", "0oaOther")}, "app.selected", "PSCHOOK_CLIENT_IDS", ""},
		{"no such authorization server", plan{options: func(o *doctor.Options) { o.Issuer = strings.Replace(o.Issuer, "default", "aus1", 1) }}, "server.active", "--issuer", ""},
		{"the authorization server is inactive", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, serverPath+"/lifecycle/deactivate", nil)
		}}, "server.active", "okta_auth_server.status", ""},
		{"the rule lost its hook", plan{org: func(t *testing.T, w *world) {
			rule(t, w, func(r map[string]any) { delete(at(r, "actions", "token"), "inlineHook") })
		}}, "rule.linked", "okta_auth_server_policy_rule.inline_hook_id", ""},
		{"the rule is inactive", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, w.rulePath(t)+"/lifecycle/deactivate", nil)
		}}, "rule.linked", "okta_auth_server_policy_rule.status", "the rule is inactive"},
		{"the rule is for another grant", plan{org: func(t *testing.T, w *world) {
			rule(t, w, func(r map[string]any) {
				at(r, "conditions", "grantTypes")["include"] = []string{"client_credentials"}
			})
		}}, "rule.linked", "okta_auth_server_policy_rule.grant_type_whitelist", "does not admit the grant authorization_code"},
		{"the rule admits too few scopes", plan{org: func(t *testing.T, w *world) {
			rule(t, w, func(r map[string]any) { at(r, "conditions", "scopes")["include"] = []string{"openid"} })
		}}, "rule.linked", "okta_auth_server_policy_rule.scope_whitelist", "does not admit the scopes profile email"},
		{"the policy is for another client", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.policyPath(t), func(p map[string]any) {
				at(p, "conditions", "clients")["include"] = []string{"0oaOtherClient000000"}
			})
		}}, "rule.linked", "--server ausemudefault0000000 --client-id", "the policy is for other clients (0oaOtherClient000000)"},
		{"a rule before it", plan{org: func(t *testing.T, w *world) { w.ruleBefore(t, "EVERYONE") }}, "rule.priority", "priority of okta_auth_server_policy_rule", ""},
		{"a static tid of another value", plan{org: func(t *testing.T, w *world) { w.claim(t, "tid", `"OKTA_autre"`) }}, "claims.static", "okta_auth_server_claim", ""},
		{"a static oid", plan{org: func(t *testing.T, w *world) { w.claim(t, "oid", "user.login") }}, "claims.static", "okta_auth_server_claim", ""},
	}
}

// ruleBefore puts a rule for a group, without a hook, before the others.
func (w *world) ruleBefore(t *testing.T, group string) {
	t.Helper()
	rule := w.api(t, http.MethodGet, w.rulePath(t), nil)
	rule["name"], rule["priority"] = "before", 1
	delete(at(rule, "actions", "token"), "inlineHook")
	at(rule, "conditions", "people", "groups")["include"] = []string{group}
	created := w.api(t, http.MethodPost, w.policyPath(t)+"/rules", rule)
	if created["priority"] != 1.0 {
		t.Fatalf("the rule got priority %v", created["priority"])
	}
}

func (w *world) claim(t *testing.T, name, value string) {
	t.Helper()
	w.api(t, http.MethodPost, serverPath+"/claims", map[string]any{
		"name": name, "status": "ACTIVE", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": value, "conditions": map[string]any{"scopes": []string{}},
	})
}

func faults() []fault {
	return slices.Concat(orgFaults(), hookFaults(), callFaults(), policyFaults(), peopleFaults())
}

// TestOneFaultAtATime makes one fault. Only the check about it fails, and it says what to do.
func TestOneFaultAtATime(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, f.plan)
			if got := with(r, report.StatusFail); !slices.Equal(got, []string{f.id}) {
				t.Fatalf("failed: %v, want %s alone\n%s", got, f.id, text(t, r))
			}
			slow := func(id string) bool { return id == "hook.time" } // slow because of the machine, not of the org
			if got := slices.DeleteFunc(with(r, report.StatusWarn), slow); len(got) > 0 {
				t.Errorf("warnings: %v", got)
			}
			c, _ := r.Check(f.id)
			if !strings.Contains(c.Hint, f.hint) || !strings.Contains(c.Actual, f.why) || c.Expected == "" || c.Actual == "" || c.Spec == "" {
				t.Errorf("the check says too little: %+v, want the hint %q and the cause %q", c, f.hint, f.why)
			}
			if r.Verdict != report.StatusFail {
				t.Errorf("verdict %s", r.Verdict)
			}
			for _, way := range ways(f.id) {
				if !strings.Contains(c.Hint, way) {
					t.Errorf("the hint lacks %q: %s", way, c.Hint)
				}
			}
		})
	}
}

// ways returns the ways of repairing the fault of a check: by clicks, by Terraform, and by register
// if it makes such objects.
func ways(id string) []string {
	family, _, _ := strings.Cut(id, ".")
	switch {
	case id == "app.selected" || !slices.Contains([]string{"hook", "app", "rule", "server", "claims", "tokens"}, family),
		slices.Contains([]string{"hook.preview", "hook.time", "hook.secret", "claims.reserved"}, id):
		return nil // a fault of the service, or of doctor's own rights
	case family == "claims", family == "tokens":
		return []string{"›", "Terraform"}
	}
	return []string{"›", "Terraform", "pschook register"}
}

// TestEveryCheckHasAFault checks that the tables above have a fault for each check.
func TestEveryCheckHasAFault(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range slices.Concat(faults(), warnings()) {
		known[f.id] = true
	}
	for _, c := range run(t, plan{}).Checks {
		if !known[c.ID] {
			t.Errorf("no row lets %s fail", c.ID)
		}
	}
}

// warnings are settings that work but that somebody should look at.
func warnings() []fault {
	alias := environment("PSCHOOK_TID_SOURCE", "static", "PSCHOOK_TID_VALUE", "OKTA_hopital")
	lifted := environment("PSCHOOK_ID_TOKEN_CLAIMS", "tid,amr", "PSCHOOK_ALLOW_RESERVED_CLAIMS", "amr")
	expect := func(edit func(*doctor.Expected)) func(*doctor.Options) {
		return func(o *doctor.Options) {
			before := o.Expect
			o.Expect = func(ctx context.Context, id string) (doctor.Expected, error) {
				e, err := before(ctx, id)
				edit(&e)
				return e, err
			}
		}
	}
	shadow := environment("PSCHOOK_SHADOW", "true")
	return []fault{
		{"an alias", plan{service: alias, doctor: alias, options: expect(func(e *doctor.Expected) {
			e.AccessToken["tid"], e.IDToken["tid"] = []byte(`"OKTA_hopital"`), []byte(`"OKTA_hopital"`)
		})}, "org.tid", "agreed with the ANS", ""},
		{"a rule before it for some", plan{org: func(t *testing.T, w *world) { w.ruleBefore(t, "00gSomeGroup00000000") }}, "rule.priority", "Access Policies", ""},
		{"a static tid of the same value", plan{org: func(t *testing.T, w *world) { w.claim(t, "tid", `"`+w.org.OrgID()+`"`) }}, "claims.static", "They hide", ""},
		{"a credential that may only read", plan{org: func(t *testing.T, w *world) {
			w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1" + w.hookPath(t) + "/execute", Status: http.StatusForbidden})
		}}, "hook.preview", "okta.inlineHooks.manage", ""},
		{"a rehearsal", plan{service: shadow, doctor: shadow, options: expect(func(e *doctor.Expected) { *e = doctor.Expected{} })}, "hook.preview", "PSCHOOK_SHADOW", ""},
		{"a lifted reservation", plan{service: lifted, doctor: lifted, options: expect(func(e *doctor.Expected) {
			e.IDToken["amr"] = e.AccessToken["amr"]
		})}, "claims.reserved", "pschook verify --login", ""},
		{"an issuer that depends on the caller", plan{domain: "localhost"}, "server.issuer", "okta_auth_server.issuer_mode", "DYNAMIC"},
		{"access tokens of a day", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "actions", "token")["accessTokenLifetimeMinutes"] = 1440 })
		}}, "rule.lifetime", "access_token_lifetime_minutes", "1440 minutes"},
		{"refresh tokens without end", plan{doctor: environment("PSCHOOK_RP_SCOPES", "openid profile email offline_access"), org: func(t *testing.T, w *world) {
			w.change(t, "/apps/"+w.org.ClientID(), func(a map[string]any) {
				at(a, "settings", "oauthClient")["grant_types"] = []string{"authorization_code", "refresh_token"}
			})
		}}, "rule.lifetime", "refresh_token_lifetime_minutes", "without end"},
		{"a consent that is asked for", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, serverPath+"/scopes", map[string]any{"name": "psc", "consent": "REQUIRED"})
			w.client(t, func(o map[string]any) { o["consent_method"] = "REQUIRED" })
		}, doctor: environment("PSCHOOK_RP_SCOPES", "openid profile email psc")}, "server.scopes", "okta_auth_server_scope.consent", "people must agree to: psc"},
		{"people whom the rule excludes meet another", plan{org: func(t *testing.T, w *world) {
			rule := w.api(t, http.MethodGet, w.rulePath(t), nil)
			w.people(t, func(p map[string]any) {
				p["groups"] = map[string]any{"include": []string{"EVERYONE"}, "exclude": []string{"00gSecretaries000000"}}
			})
			rule["name"], rule["priority"] = "everybody", 2
			delete(at(rule, "actions", "token"), "inlineHook")
			w.api(t, http.MethodPost, w.policyPath(t)+"/rules", rule)
		}}, "rule.everybody", "group_blacklist", "Default Policy Rule excludes fall under Default Policy › everybody, without the hook"},
		{"people whom the rule excludes get no tokens", plan{org: func(t *testing.T, w *world) {
			w.people(t, func(p map[string]any) {
				p["users"] = map[string]any{"include": []string{}, "exclude": []string{oktaemu.Personas()[0].UserID}}
			})
		}}, "rule.everybody", "group_blacklist", "fall under no rule"},
		{"a claim that lists groups by an expression", plan{org: func(t *testing.T, w *world) { w.claim(t, "equipes", `Groups.startsWith("OKTA", "", 100)`) }}, "claims.groups", "okta_auth_server_claim", "equipes = Groups."},
		{"a claim with people's groups", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, serverPath+"/claims", map[string]any{
				"name": "equipes", "status": "ACTIVE", "claimType": "RESOURCE", "valueType": "GROUPS", "value": ".*", "group_filter_type": "REGEX", "conditions": map[string]any{"scopes": []string{}},
			})
		}}, "claims.groups", "okta_auth_server_claim", "equipes = .* (access token)"},
	}
}

// TestWarnings checks that each of them gives one warning, and no failure.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, f := range warnings() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, f.plan)
			if got := with(r, report.StatusWarn); !slices.Equal(got, []string{f.id}) || r.Verdict != report.StatusWarn {
				t.Fatalf("warnings: %v, want %s alone\n%s", got, f.id, text(t, r))
			}
			if c, _ := r.Check(f.id); !strings.Contains(c.Hint, f.hint) || !strings.Contains(c.Actual, f.why) {
				t.Errorf("%+v, want the hint %q and the cause %q", c, f.hint, f.why)
			}
		})
	}
}

// TestOddButRight checks that unusual but right settings pass.
func TestOddButRight(t *testing.T) {
	t.Parallel()
	claim := func(name, status string, scopes ...string) func(t *testing.T, w *world) {
		return func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, serverPath+"/scopes", map[string]any{"name": "others"})
			w.api(t, http.MethodPost, serverPath+"/claims", map[string]any{
				"name": name, "status": status, "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": `Groups.startsWith("OKTA", "", 100)`, "conditions": map[string]any{"scopes": scopes},
			})
		}
	}
	for name, p := range map[string]plan{
		"two hooks of one URL": {org: func(t *testing.T, w *world) {
			hook := w.api(t, http.MethodGet, w.hookPath(t), nil)
			hook["name"] = "the second"
			at(hook, "channel", "config", "authScheme")["value"] = hookSecret
			second := w.api(t, http.MethodPost, "/inlineHooks", hook)
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "actions", "token")["inlineHook"] = map[string]any{"id": second["id"]} })
		}},
		"a hook elsewhere, too": {org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, "/inlineHooks", map[string]any{
				"name": "test", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0",
				"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{"uri": w.url.String() + "/", "method": "POST"}},
			})
		}},
		"an oid for another scope": {org: claim("oid", "ACTIVE", "others")},
		"an inactive oid":          {org: claim("oid", "INACTIVE")},
		"groups for another scope": {org: claim("equipes", "ACTIVE", "others")},
		"a consent that is given": {org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, serverPath+"/scopes", map[string]any{"name": "psc", "consent": "REQUIRED"})
		}, doctor: environment("PSCHOOK_RP_SCOPES", "openid profile email psc")},
		"a group of one, and the rule for it": {org: func(t *testing.T, w *world) {
			group := w.onlyGroup(t, oktaemu.Personas()[0].UserID)
			w.people(t, func(p map[string]any) {
				p["groups"] = map[string]any{"include": []string{group}, "exclude": []string{}}
			})
		}},
		"the issuer is the custom domain's, and known": {domain: "localhost", org: func(t *testing.T, w *world) {
			w.change(t, serverPath, func(as map[string]any) { as["issuerMode"] = "CUSTOM_URL" })
		}, options: func(o *doctor.Options) { o.Issuer = strings.Replace(o.Issuer, "127.0.0.1", "localhost", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if r := run(t, p); r.Verdict != report.StatusPass {
				t.Error(text(t, r))
			}
		})
	}
}

// TestFrench checks that a report uses one language.
func TestFrench(t *testing.T) {
	t.Parallel()
	r := run(t, plan{options: func(o *doctor.Options) { o.Language = words.French }, hookValue: "a-secret-of-yesterday-0123456789"})
	out := text(t, r)
	for _, want := range []string{"Échec (doctor)", "L’organisation Okta répond à son adresse", "Okta envoie un autre secret", "caractère par caractère"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
	for _, never := range []string{"What to do", "The ", "Expected", hookSecret, "of-yesterday"} {
		if strings.Contains(out, never) {
			t.Errorf("the report holds %q:\n%s", never, out)
		}
	}
}

// TestRunNeedsItsOptions removes one option at a time.
func TestRunNeedsItsOptions(t *testing.T) {
	t.Parallel()
	w := start(t, plan{})
	for name, take := range map[string]func(*doctor.Options){
		"Config": func(o *doctor.Options) { o.Config = nil }, "Okta": func(o *doctor.Options) { o.Okta = nil }, "Public": func(o *doctor.Options) { o.Public = nil },
		"Expect": func(o *doctor.Options) { o.Expect = nil }, "Sample": func(o *doctor.Options) { o.Sample = nil }, "HookURL": func(o *doctor.Options) { o.HookURL = nil },
	} {
		opts := w.options(t)
		take(&opts)
		if _, err := doctor.Run(t.Context(), opts); err == nil || err.Error() != "doctor: options not given: "+name {
			t.Errorf("without %s: error %v", name, err)
		}
	}
}
