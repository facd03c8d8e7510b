package register_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/register"
)

// step is the step about an object of that kind and name.
func step(t *testing.T, p *register.Plan, kind register.Kind, name string) register.Step {
	t.Helper()
	for _, s := range p.Steps {
		if s.Kind == kind && s.Name == name {
			return s
		}
	}
	t.Fatalf("no step about %s %q in\n%s", kind, name, steps(p))
	return register.Step{}
}

// plan must succeed.
func plan(t *testing.T, o register.Options) *register.Plan {
	t.Helper()
	p, err := register.MakePlan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const servers = "/api/v1/authorizationServers"

// theirs is an org that an administrator has set up by hand, on the server "default", with another
// hook on the rule.
type theirs struct {
	*world
	client, hook, rule string
}

func newTheirs(t *testing.T, hookURI string) theirs {
	t.Helper()
	w := newWorld(t)
	groupID, _ := w.named(t, "/api/v1/groups?q=Prof", "type", "OKTA_GROUP")["id"].(string)
	app := w.api(t, http.MethodPost, "/api/v1/apps", object{
		"label": "PSC", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
		"credentials": object{"oauthClient": object{"token_endpoint_auth_method": "none", "pkce_required": true}},
		"settings":    object{"oauthClient": object{"application_type": "browser", "grant_types": []string{"authorization_code"}, "response_types": []string{"code"}, "redirect_uris": []string{redirect}}},
	})
	client, _ := app["id"].(string)
	w.api(t, http.MethodPut, "/api/v1/apps/"+client+"/groups/"+groupID, object{})
	hook := w.api(t, http.MethodPost, "/api/v1/inlineHooks", object{
		"name": "theirs", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0", "status": "ACTIVE",
		"channel": object{"type": "HTTP", "version": "1.0.0", "config": object{"uri": hookURI, "method": "POST", "authScheme": object{"type": "HEADER", "key": "x-api-client-token", "value": "their-secret-of-sixteen"}}},
	})
	hookID, _ := hook["id"].(string)
	policy := w.api(t, http.MethodPost, servers+"/default/policies", object{
		"type": "OAUTH_AUTHORIZATION_POLICY", "name": "PSC policy", "description": "by hand", "status": "ACTIVE", "priority": 1, "conditions": object{"clients": object{"include": []string{client}}},
	})
	policyID, _ := policy["id"].(string)
	rules := servers + "/default/policies/" + policyID + "/rules"
	rule := w.api(t, http.MethodPost, rules, object{
		"type": "RESOURCE_ACCESS", "name": "PSC rule", "status": "ACTIVE", "priority": 1,
		"conditions": object{"people": object{"groups": object{"include": []string{groupID}}}, "grantTypes": object{"include": []string{"authorization_code"}}, "scopes": object{"include": []string{"openid", "profile", "email"}}},
		"actions":    object{"token": object{"accessTokenLifetimeMinutes": 60, "inlineHook": object{"id": hookID}}},
	})
	ruleID, _ := rule["id"].(string)
	return theirs{w, client, hookID, rules + "/" + ruleID}
}

// options name the administrator's app and server.
func (th theirs) options(t *testing.T) register.Options {
	t.Helper()
	o := th.world.options(t)
	o.Spec.App.ClientID, o.Spec.Server.Existing, o.Spec.Groups = th.client, "default", nil
	return o
}

// TestOtherHook checks that another hook on the rule is shown, is replaced only on request, and is
// restored.
func TestOtherHook(t *testing.T) {
	t.Parallel()
	th := newTheirs(t, "https://other.example.org/hook")
	before, o := th.snapshot(t), th.options(t)
	p := plan(t, o)
	s := step(t, p, register.KindRule, "PSC rule")
	if s.Action != register.Conflict || !strings.Contains(s.Why.EN, "another hook, theirs ("+th.hook) || p.Conflicts() != 1 {
		t.Errorf("%+v in\n%s", s, steps(p))
	}
	if p := apply(t, o); p.Conflicts() != 1 || th.snapshot(t) != before {
		t.Errorf("apply with a conflict: %d, or something changed", p.Conflicts())
	}
	o.Replace = true
	apply(t, o)
	if got := in(th.api(t, http.MethodGet, th.rule, nil), "actions", "token", "inlineHook")["id"]; got == th.hook {
		t.Errorf("the rule calls %v still", got)
	}
	undo(t, o)
	if diff := cmp.Diff(before, th.snapshot(t)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
}

// TestRuleWithoutHook holds that a rule that was made for the client gets the hook, and loses the member again, also in a
// policy that bears the name of ours.
func TestRuleWithoutHook(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"PSC policy", "Pro Santé Connect"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			ruleWithoutHook(t, policy)
		})
	}
}

func ruleWithoutHook(t *testing.T, policy string) {
	t.Helper()
	th := newTheirs(t, "https://other.example.org/hook")
	th.change(t, th.rule, func(r object) { delete(in(r, "actions", "token"), "inlineHook") })
	th.change(t, path.Dir(path.Dir(th.rule)), func(p object) { p["name"] = policy })
	before, o := th.snapshot(t), th.options(t)
	p := apply(t, o)
	if s := step(t, p, register.KindRule, "PSC rule"); s.Action != register.Update || p.Changes() != 2 {
		t.Errorf("steps\n%s", steps(p))
	}
	if again := plan(t, o); again.Changes() != 0 {
		t.Errorf("again\n%s", steps(again))
	}
	undo(t, o)
	if diff := cmp.Diff(before, th.snapshot(t)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
}

// TestWorkflows replaces the hook of the flow by ours, and changes nothing else.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	th := newTheirs(t, "https://hopital.workflows.okta.com/api/flo/0123456789abcdef/invoke")
	before, o := th.snapshot(t), th.options(t)
	o.Spec.Workflows = true
	if s := step(t, plan(t, o), register.KindRule, "PSC rule"); s.Action != register.Conflict || !strings.Contains(s.Why.FR, "le flux Workflows theirs") {
		t.Errorf("%+v", s)
	}
	o.Replace, o.Spec.Shadow = true, true
	if p := plan(t, o); p.Conflicts() != 1 || !strings.Contains(p.Steps[len(p.Steps)-1].Why.EN, "PSCHOOK_SHADOW is set") {
		t.Errorf("a rehearsal may replace the flow:\n%s", steps(p))
	}
	o.Spec.Shadow = false
	apply(t, o)
	if again := plan(t, o); again.Changes() != 0 || again.Conflicts() != 0 {
		t.Errorf("again\n%s", steps(again))
	}
	undo(t, o)
	if diff := cmp.Diff(before, th.snapshot(t)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
	th.change(t, th.rule, func(r object) { delete(in(r, "actions", "token"), "inlineHook") })
	if p := plan(t, o); p.Conflicts() != 1 || !strings.Contains(p.Steps[len(p.Steps)-1].Why.EN, "no rule that applies") {
		t.Errorf("without a flow:\n%s", steps(p))
	}
}

// TestRuleForAllClients checks that a rule for all clients stays unchanged: the client gets its own
// policy before it.
func TestRuleForAllClients(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, o := w.snapshot(t), w.options(t)
	o.Spec.Server.Existing = "default"
	p := apply(t, o)
	if step(t, p, register.KindPolicy, "Pro Santé Connect").Action != register.Create {
		t.Errorf("steps\n%s", steps(p))
	}
	order := w.list(t, servers+"/default/policies")
	if order[0]["name"] != "Pro Santé Connect" || order[1]["name"] != "Default Policy" {
		t.Errorf("policies %v, %v", order[0]["name"], order[1]["name"])
	}
	o.Spec.App.ClientID, o.Spec.Groups = p.ClientID, nil // as an administrator runs it the next time
	if again := plan(t, o); again.Changes() != 0 || again.Conflicts() != 0 {
		t.Errorf("again\n%s", steps(again))
	}
	undo(t, o)
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
}

// TestNotOurs creates one object of the same name at a time. It is shown and left alone. With
// Replace it is changed, and then restored.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind register.Kind
		what string
		make func(t *testing.T, w *world)
		left string // what undo cannot restore
	}{
		{"a server of the name", register.KindServer, "Pro Santé Connect", func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, servers, object{"name": "Pro Santé Connect", "description": "theirs", "audiences": []string{"theirs"}})
		}, ""},
		{"an app of the name", register.KindApp, "Pro Santé Connect", func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, "/api/v1/apps", object{
				"label": "Pro Santé Connect", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
				"settings": object{"oauthClient": object{"application_type": "browser", "grant_types": []string{"authorization_code"}, "redirect_uris": []string{"https://theirs.example.org/cb"}}},
			})
		}, ""},
		{"a hook of the name", register.KindHook, "pschook", func(t *testing.T, w *world) {
			w.api(t, http.MethodPost, "/api/v1/inlineHooks", object{
				"name": "pschook", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0", "status": "ACTIVE",
				"channel": object{"type": "HTTP", "version": "1.0.0", "config": object{"uri": "https://theirs.example.org/x?clientToken=their-token", "method": "POST", "authScheme": object{"type": "HEADER", "key": "X-Theirs", "value": "sixteen-characters"}}},
			})
		}, "nobody knows its former secret"},
		{"our hook, switched off", register.KindHook, "old name", func(t *testing.T, w *world) {
			h := w.api(t, http.MethodPost, "/api/v1/inlineHooks", object{
				"name": "old name", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0", "status": "ACTIVE",
				"channel": object{"type": "HTTP", "version": "1.0.0", "config": object{"uri": hookURL, "method": "POST", "authScheme": object{"type": "HEADER", "key": "Authorization", "value": "sixteen-characters"}}},
			})
			id, _ := h["id"].(string)
			w.api(t, http.MethodPost, "/api/v1/inlineHooks/"+id+"/lifecycle/deactivate", nil)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.make(t, w)
			before, o := w.snapshot(t), w.options(t)
			p := apply(t, o)
			var found bool
			for _, s := range p.Steps {
				found = found || s.Action == register.Conflict && s.Kind == tt.kind && s.Name == tt.what && s.Why.EN != "" && s.Why.FR != ""
			}
			if !found || p.Conflicts() != 1 || w.snapshot(t) != before {
				t.Fatalf("%d conflicts, or something changed:\n%s", p.Conflicts(), steps(p))
			}
			o.Replace = true
			var shown bytes.Buffer // a query may be a secret
			if err := errors.Join(plan(t, o).WriteText(&shown, "en"), plan(t, o).WriteJSON(&shown)); err != nil || strings.Contains(shown.String(), "their-token") {
				t.Errorf("the plan shows the query of a URL: %v\n%s", err, &shown)
			}
			apply(t, o)
			o.Replace = false
			if again := plan(t, o); again.Changes() != 0 || again.Conflicts() != 0 {
				t.Errorf("again\n%s", steps(again))
			}
			u, err := register.Undo(t.Context(), o)
			if err != nil || len(u.Left) > 0 != (tt.left != "") || tt.left != "" && !strings.Contains(u.Left[0].EN, tt.left) {
				t.Errorf("left %v, error %v", u.Left, err)
			}
			if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
				t.Errorf("after undo (-before +after):\n%s", diff)
			}
		})
	}
}

// TestChangedSince changes what we made. Undo leaves that alone, says so, and restores everything
// else.
func TestChangedSince(t *testing.T) {
	t.Parallel()
	t.Run("another policy on our server", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		o := w.options(t)
		apply(t, o)
		id, _ := w.named(t, servers, "name", "Pro Santé Connect")["id"].(string)
		w.api(t, http.MethodPost, servers+"/"+id+"/policies", object{
			"type": "OAUTH_AUTHORIZATION_POLICY", "name": "theirs", "description": "by hand", "status": "ACTIVE", "conditions": object{"clients": object{"include": []string{"ALL_CLIENTS"}}},
		})
		left(t, o, "it stays, because others use it: theirs")
	})
	t.Run("our hook on their rule", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		o := w.options(t)
		apply(t, o)
		hook := w.list(t, "/api/v1/inlineHooks")[0]["id"]
		policy, _ := w.list(t, servers+"/default/policies")[0]["id"].(string)
		rules := servers + "/default/policies/" + policy + "/rules"
		rule, _ := w.list(t, rules)[0]["id"].(string)
		w.change(t, rules+"/"+rule, func(r object) { in(r, "actions", "token")["inlineHook"] = object{"id": hook} })
		left(t, o, "it stays, because the rule Default Policy › Default Policy Rule of default calls it")
	})
	t.Run("a third hook on the rule", func(t *testing.T) {
		t.Parallel()
		th := newTheirs(t, "https://other.example.org/hook")
		o := th.options(t)
		o.Replace = true
		apply(t, o)
		third := th.api(t, http.MethodPost, "/api/v1/inlineHooks", object{
			"name": "third", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0",
			"channel": object{"type": "HTTP", "version": "1.0.0", "config": object{"uri": "https://third.example.org/x", "method": "POST"}},
		})
		th.change(t, th.rule, func(r object) { in(r, "actions", "token")["inlineHook"] = object{"id": third["id"]} })
		left(t, o, "actions.token.inlineHook.id was changed since by somebody else")
	})
}

// left runs undo and checks that exactly one object stays, for that reason.
func left(t *testing.T, o register.Options, why string) {
	t.Helper()
	for range 2 { // it stays in the journal
		u, err := register.Undo(t.Context(), o)
		if err != nil || len(u.Left) != 1 || !strings.Contains(u.Left[0].EN, why) || u.Left[0].FR == u.Left[0].EN {
			t.Fatalf("left %v, error %v, want %q", u.Left, err, why)
		}
	}
}

// TestSecretAgain sends the secret although nothing differs, and says that undo cannot restore the
// previous one.
func TestSecretAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options(t)
	apply(t, o)
	o.Spec.Hook.SetSecret = true
	if p := apply(t, o); p.Changes() != 1 || step(t, p, register.KindHook, "pschook").Action != register.Update {
		t.Errorf("steps\n%s", steps(p))
	}
	u, err := register.Undo(t.Context(), o)
	if err != nil || len(u.Left) != 1 || !strings.Contains(u.Left[0].EN, "former secret") {
		t.Errorf("left %v, error %v", u.Left, err)
	}
}

// TestJournal damages the journal in one way at a time.
func TestJournal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		edit func(t *testing.T, path string, text string)
		want string // of the error; empty: it works as before
	}{
		{"a line torn by a crash", func(t *testing.T, path, text string) { write(t, path, text+`{"n":99,"do":"cre`) }, ""},
		{"a line in the middle torn", func(t *testing.T, path, text string) { write(t, path, strings.Replace(text, `"do":`, `"do`, 1)) }, "line 2: damaged"},
		{"another org's", func(t *testing.T, path, text string) { write(t, path, strings.Replace(text, "00oemu", "00oxyz", 1)) }, "it is the journal of another org"},
		{"another file", func(t *testing.T, path, _ string) { write(t, path, "PSCHOOK=1\n") }, "line 1: not a journal of pschook register"},
		{"others may read it", func(t *testing.T, path, _ string) {
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "make it 0600"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before, o := w.snapshot(t), w.options(t)
			apply(t, o)
			text, err := os.ReadFile(w.journal)
			if err != nil {
				t.Fatal(err)
			}
			complete := w.snapshot(t)
			tt.edit(t, w.journal, string(text))
			for what, do := range map[string]func() error{
				"plan":  func() error { _, err := register.MakePlan(t.Context(), o); return err },
				"apply": func() error { _, err := register.Apply(t.Context(), o); return err },
				"undo":  func() error { _, err := register.Undo(t.Context(), o); return err },
			} {
				if tt.want == "" {
					continue
				}
				if err := do(); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: error %v, want %q", what, err, tt.want)
				}
			}
			if tt.want != "" {
				if w.snapshot(t) != complete {
					t.Error("something was changed")
				}
				return
			}
			undo(t, o)
			if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
				t.Errorf("after undo (-before +after):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
