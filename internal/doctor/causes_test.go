package doctor_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/doctor"
	"pschook/oktaemu"
	"pschook/verify/report"
)

// callFaults are those of the way from Okta to the service, of the secret, and of the registered URL.
func callFaults() []fault {
	elsewhere := environment("PSCHOOK_OKTA_ORG_URL", "https://other.okta.com", "PSCHOOK_OKTA_API_TOKEN", "", "PSCHOOK_TID_SOURCE", "static", "PSCHOOK_TID_VALUE", "00oOtherOrg000000000")
	uri := func(edit func(string) string) func(t *testing.T, w *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.change(t, w.hookPath(t), func(h map[string]any) { at(h, "channel", "config")["uri"] = edit(w.url.String()) })
		}
	}
	return []fault{
		{"a slash at the end of the hook's URL", plan{org: uri(func(u string) string { return u + "/" })}, "hook.registered", "› token hook › Edit › URL", "a slash too many or too few"},
		{"another port in the hook's URL", plan{org: uri(func(string) string { return "https://127.0.0.1:1/hooks/okta/token" })}, "hook.registered", "pschook register apply --replace", "another port"},
		{"a hook of another host", plan{org: uri(func(string) string { return "https://other.example.org/hooks/okta/token" })}, "hook.registered", "Add Inline Hook", "https://other.example.org"},
		{"doctor has another secret than the service", plan{doctor: environment("PSCHOOK_HOOK_SECRETS", "a-secret-of-nobody-9876543210")}, "hook.secret", "PSCHOOK_HOOK_SECRETS", "status 401"},
		{"the service is for another org", plan{service: elsewhere}, "hook.preview", "PSCHOOK_OKTA_ISSUERS", "status 403"},
		{"the service lets other networks in only", plan{service: environment("PSCHOOK_ALLOWED_CIDRS", "192.0.2.0/24")}, "hook.preview", "PSCHOOK_ALLOWED_CIDRS", "calls from this address are not allowed"},
		{"Okta's addresses are not let in", plan{org: func(t *testing.T, w *world) {
			w.moveHook(t, stub(t, func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.UserAgent(), "oktaemu") {
					rw.WriteHeader(http.StatusForbidden)
				}
			}))
		}, options: toMoved}, "hook.preview", "let Okta's addresses in", "status 403"},
		{"Okta does not reach the service", plan{org: func(t *testing.T, w *world) { w.inject(t, oktaemu.Fault{HookRefuse: true}) }}, "hook.preview", "firewall", "connection refused"},
		{"the service is stopped", plan{org: func(t *testing.T, w *world) { w.moveHook(t, closedPort(t)) }, options: toMoved}, "hook.preview", "Nobody answers at the hook's address", "connection refused"},
		{"the service hangs", plan{org: func(t *testing.T, w *world) {
			w.moveHook(t, stub(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // else nobody would notice that the caller gives up
				<-r.Context().Done()
			}))
			w.inject(t, oktaemu.Fault{HookTimeoutMS: 50})
		}, options: toMoved}, "hook.preview", "the service hangs", "deadline exceeded"},
		{"the service is stopping", plan{org: func(t *testing.T, w *world) { w.moveHook(t, stub(t, answering(http.StatusServiceUnavailable))) }, options: toMoved}, "hook.preview", "/readyz", "status 503"},
		{"the proxy fails", plan{org: func(t *testing.T, w *world) { w.moveHook(t, stub(t, answering(http.StatusBadGateway))) }, options: toMoved}, "hook.preview", "reverse proxy", "status 502"},
		{"another program answers", plan{org: func(t *testing.T, w *world) { w.moveHook(t, stub(t, answering(http.StatusNotFound))) }, options: toMoved}, "hook.preview", "pass the path on", "status 404"},
		{"the rate limit is used up", plan{org: func(t *testing.T, w *world) {
			w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1/inlineHooks", Status: http.StatusTooManyRequests})
		}}, "org.readable", "rate limit stays used up", "status 429"},
	}
}

// moveHook registers another URL, over plain HTTP, which Okta takes for loopback here.
func (w *world) moveHook(t *testing.T, origin string) {
	t.Helper()
	u, err := url.Parse(origin + hook.Path)
	if err != nil {
		t.Fatal(err)
	}
	w.url = u
	w.change(t, w.hookPath(t), func(h map[string]any) { at(h, "channel", "config")["uri"] = u.String() })
}

// toMoved does not wait long for what never comes.
func toMoved(o *doctor.Options) { o.Patience = 500 * time.Millisecond }

func stub(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func answering(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// closedPort is an address at which nobody answers.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// peopleFaults are of policies that do not fit, of who may sign in, and of what tokens look like.
func peopleFaults() []fault {
	return []fault{
		{"the policy is inactive", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, w.policyPath(t)+"/lifecycle/deactivate", nil)
		}}, "rule.linked", "okta_auth_server_policy.status", "the policy is inactive"},
		{"the rule is for nobody", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "conditions", "people", "groups")["include"] = []string{} })
		}}, "rule.linked", "group_whitelist", "it is for nobody"},
		{"two conditions do not fit", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.rulePath(t), func(r map[string]any) {
				at(r, "conditions", "grantTypes")["include"] = []string{"client_credentials"}
				at(r, "conditions", "scopes")["include"] = []string{"openid"}
			})
		}}, "rule.linked", "scope_whitelist", "does not admit the grant authorization_code; it does not admit the scopes profile email"},
		{"no policy at all", plan{org: func(t *testing.T, w *world) { w.api(t, http.MethodDelete, w.policyPath(t), nil) }}, "rule.linked", "Add New Access Policy", "no policy with a rule"},
		{"a rule with the hook for one group, then one for everybody without", plan{org: func(t *testing.T, w *world) {
			group := w.api(t, http.MethodPost, "/groups", map[string]any{"profile": map[string]any{"name": "Testeurs"}})
			rule := w.api(t, http.MethodGet, w.rulePath(t), nil)
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "conditions", "people", "groups")["include"] = []any{group["id"]} })
			rule["name"], rule["priority"] = "everybody", 2
			delete(at(rule, "actions", "token"), "inlineHook")
			w.api(t, http.MethodPost, w.policyPath(t)+"/rules", rule)
		}}, "rule.everybody", "group_whitelist", "meets Default Policy › everybody, without the hook"},
		{"people who are assigned one by one meet another rule", plan{org: func(t *testing.T, w *world) {
			group := w.api(t, http.MethodPost, "/groups", map[string]any{"profile": map[string]any{"name": "Testeurs"}})
			id, _ := group["id"].(string)
			app := "/apps/" + w.org.ClientID()
			former := w.api(t, http.MethodGet, app+"/groups", nil)
			w.api(t, http.MethodPut, app+"/groups/"+id, map[string]any{})
			w.api(t, http.MethodDelete, app+"/groups/"+former["id"].(string), nil)
			rule := w.api(t, http.MethodGet, w.rulePath(t), nil)
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "conditions", "people", "groups")["include"] = []any{id} })
			rule["name"], rule["priority"] = "everybody", 2
			delete(at(rule, "actions", "token"), "inlineHook")
			w.api(t, http.MethodPost, w.policyPath(t)+"/rules", rule)
			w.api(t, http.MethodPost, app+"/users", map[string]any{"id": oktaemu.Personas()[0].UserID, "scope": "USER"})
		}}, "rule.everybody", "inline_hook_id", "people who are assigned one by one may meet Default Policy › everybody, without the hook"},
		{"the rule is for a group that the app is not for", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.rulePath(t), func(r map[string]any) {
				at(r, "conditions", "people", "groups")["include"] = []string{"00gSomeGroup00000000"}
			})
		}}, "rule.everybody", "take the group off the app", "meets no rule at all"},
		{"nobody may use the app", plan{org: func(t *testing.T, w *world) {
			groups := w.api(t, http.MethodGet, "/apps/"+w.org.ClientID()+"/groups", nil)
			w.api(t, http.MethodDelete, "/apps/"+w.org.ClientID()+"/groups/"+groups["id"].(string), nil)
		}}, "app.assigned", "pschook register apply --group", "nobody"},
		{"a password is enough", plan{org: func(t *testing.T, w *world) {
			w.signOn(t, map[string]any{"type": "ASSURANCE", "factorMode": "1FA", "constraints": []any{}})
		}}, "app.sign_on", "--authentication-policy", "Catch-all Rule"},
		{"a password is enough, by a constraint", plan{org: func(t *testing.T, w *world) {
			w.signOn(t, map[string]any{"type": "ASSURANCE", "factorMode": "1FA", "constraints": []any{map[string]any{"knowledge": map[string]any{"types": []string{"password"}}}}})
		}}, "app.sign_on", "factor_mode", "Catch-all Rule"},
		{"a password is enough, by a chain", plan{org: func(t *testing.T, w *world) {
			w.signOn(t, map[string]any{"type": "AUTH_METHOD_CHAIN", "chains": []any{map[string]any{"authenticationMethods": []any{map[string]any{"key": "okta_password", "method": "password"}}}}})
		}}, "app.sign_on", "factor_mode", "Catch-all Rule"},
		{"encrypted access tokens", plan{org: func(t *testing.T, w *world) {
			w.change(t, serverPath, func(as map[string]any) { as["accessTokenEncryptedResponseAlgorithm"] = "RSA-OAEP-256" })
		}}, "tokens.encrypted", "Encryption: none", "access tokens by RSA-OAEP-256"},
		{"encrypted ID tokens", plan{org: func(t *testing.T, w *world) {
			w.change(t, "/apps/"+w.org.ClientID(), func(a map[string]any) {
				at(a, "settings", "oauthClient")["id_token_encrypted_response_alg"] = "RSA-OAEP-256"
			})
		}}, "tokens.encrypted", "ID token encryption: none", "ID tokens by RSA-OAEP-256"},
		{"tokens name another issuer", plan{options: func(o *doctor.Options) { o.Issuer = "https://login.example.org/oauth2/default" }}, "server.issuer", "PSCHOOK_RP_ISSUER", "(DYNAMIC)"},
	}
}

// signOn gives the app's authentication policy another verification method.
func (w *world) signOn(t *testing.T, method map[string]any) {
	t.Helper()
	app := w.api(t, http.MethodGet, "/apps/"+w.org.ClientID(), nil)
	href, _ := at(app, "_links", "accessPolicy")["href"].(string)
	path := strings.TrimPrefix(href, w.org.URL()+"/api/v1") + "/rules"
	id, _ := w.api(t, http.MethodGet, path, nil)["id"].(string)
	w.api(t, http.MethodPut, path+"/"+id, map[string]any{"actions": map[string]any{"appSignOn": map[string]any{"access": "ALLOW", "verificationMethod": method}}})
}

// TestStrongSignOn holds that what asks for more than a password passes.
func TestStrongSignOn(t *testing.T) {
	t.Parallel()
	for name, method := range map[string]map[string]any{
		"a possession alone": {"type": "ASSURANCE", "factorMode": "1FA", "constraints": []any{map[string]any{"possession": map[string]any{"phishingResistant": "REQUIRED"}}}},
		"a chain": {"type": "AUTH_METHOD_CHAIN", "chains": []any{map[string]any{
			"authenticationMethods": []any{map[string]any{"key": "okta_password"}}, "next": []any{map[string]any{"authenticationMethods": []any{map[string]any{"key": "okta_verify"}}}},
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, plan{org: func(t *testing.T, w *world) { w.signOn(t, method) }})
			if r.Verdict != report.StatusPass {
				t.Error(text(t, r))
			}
		})
	}
}

// TestRateLimitIsWaitedFor holds that a limit that ends is no fault.
func TestRateLimitIsWaitedFor(t *testing.T) {
	t.Parallel()
	waits := 0
	r := run(t, plan{org: func(t *testing.T, w *world) {
		if err := w.org.InjectFault(oktaemu.Fault{PathPrefix: "/api/v1/apps", Status: http.StatusTooManyRequests, RetryAfterS: 30}); err != nil {
			t.Fatal(err)
		}
	}, options: func(o *doctor.Options) {
		o.Wait = func(_ context.Context, d time.Duration) error {
			if waits++; d < 20*time.Second || d > 40*time.Second {
				t.Errorf("waited %v", d)
			}
			return nil
		}
	}})
	if r.Verdict != report.StatusPass || waits != 1 {
		t.Errorf("%d waits\n%s", waits, text(t, r))
	}
}

// TestReadOnlySignOn holds that a credential that may not read authentication policies passes the check over, and says so.
func TestReadOnlySignOn(t *testing.T) {
	t.Parallel()
	r := run(t, plan{org: func(t *testing.T, w *world) {
		w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1/policies", Status: http.StatusForbidden})
	}})
	if c, _ := r.Check("app.sign_on"); c.Status != report.StatusSkip || !strings.Contains(c.Hint, "okta.policies.read") || r.Verdict != report.StatusPass {
		t.Errorf("%+v", c)
	}
}

// TestMissingRights takes one right of a custom admin role away at a time: doctor names it, by scope and permission.
func TestMissingRights(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/org":                  "scope okta.orgs.read, a standard role",
		"/api/v1/inlineHooks":          "scope okta.inlineHooks.read, custom role permission okta.inlinehooks.read",
		"/api/v1/authorizationServers": "scope okta.authorizationServers.read, custom role permission okta.authzServers.read",
		"/api/v1/apps":                 "scope okta.apps.read, custom role permission okta.apps.read",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			r := run(t, plan{org: func(t *testing.T, w *world) {
				if err := w.org.InjectFault(oktaemu.Fault{PathPrefix: path, Status: http.StatusForbidden, Times: -1}); err != nil {
					t.Fatal(err)
				}
			}})
			c, _ := r.Check("org.readable")
			if c.Status != report.StatusFail || !strings.Contains(c.Hint, want) || strings.Count(c.Hint, "scope okta.") != 1 {
				t.Errorf("%s, hint %q; want %q alone", c.Status, c.Hint, want)
			}
		})
	}
}
