package doctor_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/doctor"
	"pschook/oktaemu"
	"pschook/verify/report"
)

// callFaults are faults between Okta and the service, of the secret, and of the registered URL.
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
		{"a slash too many in the hook's URL", plan{org: uri(strings.NewReplacer("/hooks", "//hooks").Replace)}, "hook.registered", "› token hook › Edit › URL", "a slash too many or too few in the path"},
		{"a slash too many within the hook's path", plan{org: uri(strings.NewReplacer("/okta", "//okta").Replace)}, "hook.registered", "okta_inline_hook.channel.uri", "a slash too many or too few in the path"},
		{"the hook's path in another case", plan{org: uri(strings.NewReplacer("/hooks/okta/token", "/Hooks/Okta/Token").Replace)}, "hook.registered", "› token hook › Edit › URL", "the path in other upper and lower case"},
		{"the hook's path escaped", plan{org: uri(strings.NewReplacer("/token", "/%74oken").Replace)}, "hook.registered", "› token hook › Edit › URL", "the same path, but escaped"},
		{"a query in the hook's URL", plan{org: uri(func(u string) string { return u + "?clientToken=a-secret" })}, "hook.registered", "› token hook › Edit › URL", "?…: another query"},
		{"http in the hook's URL", plan{org: uri(strings.NewReplacer("https:", "http:").Replace)}, "hook.registered", "› token hook › Edit › URL", "http instead of https"},
		{"a dot at the end of the hook's host", plan{org: uri(strings.NewReplacer("127.0.0.1", "127.0.0.1.").Replace)}, "hook.registered", "› token hook › Edit › URL", "a dot at the end of the host"},
		{"a slip in the hook's host", plan{org: uri(strings.NewReplacer("127.0.0.1", "127.0.1.0").Replace)}, "hook.registered", "› token hook › Edit › URL", "a host that only looks alike"},
		{"a hook of another type", plan{org: func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, w.hookPath(t)+"/lifecycle/deactivate", nil)
			w.api(t, http.MethodDelete, w.hookPath(t), nil)
			w.api(t, http.MethodPost, "/inlineHooks", map[string]any{
				"name": "registration", "type": "com.okta.user.pre-registration", "version": "1.0.2",
				"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{"uri": w.url.String(), "method": "POST"}},
			})
		}}, "hook.registered", "okta_inline_hook.type", "registration has this URL, but is of type com.okta.user.pre-registration"},
		{"another port in the hook's URL", plan{org: uri(func(string) string { return "https://127.0.0.1:1/hooks/okta/token" })}, "hook.registered", "pschook register apply --replace", "another port, 1 instead of "},
		{"a hook of another host", plan{org: uri(func(string) string { return "https://other.example.org/hooks/okta/token" })}, "hook.registered", "If it is another installation's, leave it: Okta Admin Console › Workflow › Inline Hooks › Add Inline Hook", "the service's path, on another host"},
		{"a hook of somebody else", plan{org: uri(func(string) string { return "https://other.example.org/flow?clientToken=a-secret" })}, "hook.registered", "Add Inline Hook", "https://other.example.org/flow?…"},
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
				_, _ = io.Copy(io.Discard, r.Body) // otherwise the server would not notice that the caller has given up
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

// moveHook registers another URL, over plain HTTP. Okta accepts that here because the URL is on
// loopback.
func (w *world) moveHook(t *testing.T, origin string) {
	t.Helper()
	u, err := url.Parse(origin + hook.Path)
	if err != nil {
		t.Fatal(err)
	}
	w.url = u
	w.change(t, w.hookPath(t), func(h map[string]any) { at(h, "channel", "config")["uri"] = u.String() })
}

// toMoved shortens the wait for an answer that never comes.
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

// peopleFaults are faults of policies, of who may sign in, and of the form of tokens.
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
		}}, "rule.everybody", "group_whitelist", "falls under Default Policy › everybody, without the hook"},
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
		}}, "rule.everybody", "inline_hook_id", "people who are assigned one by one may fall under Default Policy › everybody, without the hook"},
		{"the rule is for a group that the app is not for", plan{org: func(t *testing.T, w *world) {
			w.change(t, w.rulePath(t), func(r map[string]any) {
				at(r, "conditions", "people", "groups")["include"] = []string{"00gSomeGroup00000000"}
			})
		}}, "rule.everybody", "take the group off the app", "falls under no rule at all"},
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
		{"nobody is in the group", plan{org: func(t *testing.T, w *world) { w.onlyGroup(t) }}, "app.assigned", "okta_group_memberships", "groups: 1, nobody in them"},
		{"the rule is for people, not for groups", plan{org: func(t *testing.T, w *world) {
			w.people(t, func(p map[string]any) {
				p["groups"] = map[string]any{"include": []string{}, "exclude": []string{}}
				p["users"] = map[string]any{"include": []string{oktaemu.Personas()[0].UserID}, "exclude": []string{}}
			})
		}}, "rule.everybody", "group_whitelist", "for other groups or for single people: Default Policy › Default Policy Rule"},
		{"the rule excludes the app's group", plan{org: func(t *testing.T, w *world) {
			group := w.onlyGroup(t, oktaemu.Personas()[0].UserID)
			w.people(t, func(p map[string]any) {
				p["groups"] = map[string]any{"include": []string{"EVERYONE"}, "exclude": []string{group}}
			})
		}}, "rule.everybody", "group_blacklist", "falls under no rule at all"},
		{"another policy comes first", plan{org: func(t *testing.T, w *world) {
			policy := w.api(t, http.MethodPost, serverPath+"/policies", map[string]any{
				"type": "OAUTH_AUTHORIZATION_POLICY", "name": "all clients", "description": "of somebody", "status": "ACTIVE", "priority": 1,
				"conditions": map[string]any{"clients": map[string]any{"include": []string{"ALL_CLIENTS"}}},
			})
			rule := w.api(t, http.MethodGet, w.secondPolicy(t)+"/rules", nil)
			delete(at(rule, "actions", "token"), "inlineHook")
			w.api(t, http.MethodPost, serverPath+"/policies/"+policy["id"].(string)+"/rules", rule)
		}}, "rule.priority", "okta_auth_server_policy", "all clients › Default Policy Rule applies to everybody"},
		{"the rule calls another hook", plan{org: func(t *testing.T, w *world) {
			other := w.api(t, http.MethodPost, "/inlineHooks", map[string]any{
				"name": "the flow", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0",
				"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{"uri": "https://hopital.workflows.okta.com/api/flo/1/invoke?clientToken=a-secret", "method": "POST"}},
			})
			w.change(t, w.rulePath(t), func(r map[string]any) { at(r, "actions", "token")["inlineHook"] = map[string]any{"id": other["id"]} })
		}}, "rule.linked", "pschook register plan", "they call another hook: the flow"},
		{"a scope that is not there", plan{doctor: environment("PSCHOOK_RP_SCOPES", "openid profile email scope_all")}, "server.scopes", "okta_auth_server_scope", "not there: scope_all"},
		{"the app asks for proof of possession", plan{org: func(t *testing.T, w *world) {
			w.client(t, func(o map[string]any) { o["dpop_bound_access_tokens"] = true })
		}}, "app.dpop", "Demonstrating Proof of Possession", "dpop_bound_access_tokens true"},
		{"the app has no code", plan{org: func(t *testing.T, w *world) {
			w.client(t, func(o map[string]any) {
				o["grant_types"], o["response_types"] = []string{"implicit"}, []string{"id_token", "token"}
			})
		}}, "app.spa", "response_types", "grant_types implicit, response_types id_token token"},
		{"a native app", plan{org: func(t *testing.T, w *world) {
			w.client(t, func(o map[string]any) { o["application_type"] = "native" })
		}}, "app.spa", "--app-type", "application_type native"},
		{"a redirect URI that only looks alike", plan{options: func(o *doctor.Options) { o.RedirectURIs = []string{"https://127.0.0.1/rp/callback/"} }, org: func(t *testing.T, w *world) {
			w.client(t, func(o map[string]any) { o["redirect_uris"] = []string{"https://127.0.0.1/rp/callback"} })
		}}, "app.redirect_uris", "pschook register apply --redirect-uri", "a slash too many or too few at the end"},
		{"a redirect URI with http", plan{options: func(o *doctor.Options) { o.RedirectURIs = []string{"https://127.0.0.1/rp/callback"} }, org: func(t *testing.T, w *world) {
			w.client(t, func(o map[string]any) { o["redirect_uris"] = []string{"http://127.0.0.1/rp/callback"} })
		}}, "app.redirect_uris", "okta_app_oauth.redirect_uris", "has http instead of https"},
		{"a password is enough for some", plan{options: func(o *doctor.Options) {
			o.SignOn = &http.Client{Transport: signOnRulesOf(`[
				{"name":"secretaries","status":"ACTIVE","conditions":{"people":{"groups":{"include":["00gSecretaries000000"]}}},"actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"1FA","constraints":[]}}}},
				{"name":"all others","status":"ACTIVE","actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"2FA"}}}},
				{"name":"off","status":"INACTIVE","actions":{"appSignOn":{"access":"ALLOW","verificationMethod":{"type":"ASSURANCE","factorMode":"1FA"}}}},
				{"name":"nobody","status":"ACTIVE","actions":{"appSignOn":{"access":"DENY"}}}]`)}
		}}, "app.sign_on", "factor_mode", "a password is enough for: secretaries"},
		{"a possession that is not required", plan{org: func(t *testing.T, w *world) {
			w.signOn(t, map[string]any{"type": "ASSURANCE", "factorMode": "1FA", "constraints": []any{map[string]any{"possession": map[string]any{"required": false}}}})
		}}, "app.sign_on", "factor_mode", "Catch-all Rule"},
		{"both tokens encrypted", plan{org: func(t *testing.T, w *world) {
			w.change(t, serverPath, func(as map[string]any) { as["accessTokenEncryptedResponseAlgorithm"] = "RSA-OAEP-256" })
			w.client(t, func(o map[string]any) { o["id_token_encrypted_response_alg"] = "ECDH-ES" })
		}}, "tokens.encrypted", "Terraform", "access tokens by RSA-OAEP-256; ID tokens by ECDH-ES"},
		{"a static amr", plan{org: func(t *testing.T, w *world) { w.claim(t, "amr", `"mfa"`) }}, "claims.static", "okta_auth_server_claim", `amr = "mfa" (access token)`},
		{"the issuer is the custom domain's", plan{domain: "localhost", org: func(t *testing.T, w *world) {
			w.change(t, serverPath, func(as map[string]any) { as["issuerMode"] = "CUSTOM_URL" })
		}}, "server.issuer", "PSCHOOK_RP_ISSUER", "(CUSTOM_URL)"},
		{"the org's own authorization server", plan{options: func(o *doctor.Options) { o.Issuer = strings.TrimSuffix(o.Issuer, "/oauth2/default") }}, "server.active", "Only custom authorization servers call hooks", "none"},
		{"tokens name another issuer", plan{options: func(o *doctor.Options) { o.Issuer = "https://login.example.org/oauth2/default" }}, "server.issuer", "PSCHOOK_RP_ISSUER", "(DYNAMIC)"},
	}
}

// onlyGroup lets only a new group of these people use the app, and returns the group's id.
func (w *world) onlyGroup(t *testing.T, members ...string) string {
	t.Helper()
	id, _ := w.api(t, http.MethodPost, "/groups", map[string]any{"profile": map[string]any{"name": "Professionnels"}})["id"].(string)
	for _, user := range members {
		w.api(t, http.MethodPut, "/groups/"+id+"/users/"+user, nil)
	}
	groups := "/apps/" + w.org.ClientID() + "/groups/"
	former, _ := w.api(t, http.MethodGet, "/apps/"+w.org.ClientID()+"/groups", nil)["id"].(string)
	w.api(t, http.MethodPut, groups+id, map[string]any{})
	w.api(t, http.MethodDelete, groups+former, nil)
	return id
}

// people changes whom the rule is for.
func (w *world) people(t *testing.T, edit func(map[string]any)) {
	t.Helper()
	w.change(t, w.rulePath(t), func(r map[string]any) { edit(at(r, "conditions", "people")) })
}

// client changes the app's OAuth settings.
func (w *world) client(t *testing.T, edit func(map[string]any)) {
	t.Helper()
	w.change(t, "/apps/"+w.org.ClientID(), func(a map[string]any) { edit(at(a, "settings", "oauthClient")) })
}

// secondPolicy returns the path of the original policy, after another was put before it.
func (w *world) secondPolicy(t *testing.T) string {
	t.Helper()
	for _, p := range w.list(t, serverPath+"/policies") {
		if p["name"] == "Default Policy" {
			return serverPath + "/policies/" + p["id"].(string)
		}
	}
	t.Fatal("no policy is named Default Policy")
	return ""
}

// signOnRules returns the path of the rules of the app's authentication policy.
func (w *world) signOnRules(t *testing.T) string {
	t.Helper()
	href, _ := at(w.api(t, http.MethodGet, "/apps/"+w.org.ClientID(), nil), "_links", "accessPolicy")["href"].(string)
	return strings.TrimPrefix(href, w.org.URL()+"/api/v1") + "/rules"
}

// signOnRulesOf answers every request with these rules of an authentication policy.
type signOnRulesOf string

func (rules signOnRulesOf) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(rules))), Request: r}, nil
}

// signOn gives the app's authentication policy another verification method.
func (w *world) signOn(t *testing.T, method map[string]any) {
	t.Helper()
	path := w.signOnRules(t)
	id, _ := w.api(t, http.MethodGet, path, nil)["id"].(string)
	w.api(t, http.MethodPut, path+"/"+id, map[string]any{"actions": map[string]any{"appSignOn": map[string]any{"access": "ALLOW", "verificationMethod": method}}})
}

// TestStrongSignOn checks that a policy that requires more than a password passes.
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

// TestRateLimitIsWaitedFor checks that a rate limit that ends is no fault.
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

// TestReadOnlySignOn checks that doctor skips the check, and says so, if the credential may not
// read authentication policies.
func TestReadOnlySignOn(t *testing.T) {
	t.Parallel()
	r := run(t, plan{org: func(t *testing.T, w *world) {
		w.inject(t, oktaemu.Fault{PathPrefix: "/api/v1/policies", Status: http.StatusForbidden})
	}})
	if c, _ := r.Check("app.sign_on"); c.Status != report.StatusSkip || !strings.Contains(c.Hint, "okta.policies.read") || r.Verdict != report.StatusPass {
		t.Errorf("%+v", c)
	}
}

// TestMissingRights removes one right of a custom admin role at a time. Doctor names it, by scope
// and permission.
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

// TestThreeSecrets holds that Okta's secret is not blamed where the running service takes neither it nor the configured one.
func TestThreeSecrets(t *testing.T) {
	t.Parallel()
	r := run(t, plan{hookValue: "a-secret-of-yesterday-0123456789", doctor: environment("PSCHOOK_HOOK_SECRETS", "a-secret-of-nobody-9876543210")})
	if got := with(r, report.StatusFail); !slices.Equal(got, []string{"hook.secret", "hook.preview"}) {
		t.Errorf("failed: %v\n%s", got, text(t, r))
	}
	if c, _ := r.Check("hook.preview"); !strings.Contains(c.Hint, "takes neither Okta's secret nor that of this configuration") {
		t.Errorf("%+v", c)
	}
}
