package register

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"pschook/internal/oktaread"
)

// hookMember is where a rule names its hook.
const hookMember = "actions.token.inlineHook.id"

// ruleName is the name of the rule that we make. A rule of another name in a policy of ours was made by hand, as the admin guide says.
const ruleName = "Code and PKCE, with the hook"

// doRules puts the hook on the rules that a sign-in of the client meets: on those that were made for this client, if they
// take in everybody who may use the app, else on a rule of our own, in a policy for this client alone that comes first. A rule
// for all clients is left alone.
func (w *walk) doRules(ctx context.Context) error {
	if w.serverID == "" || w.clientID == "" {
		return w.doOwnRule(ctx, nil)
	}
	policies, err := oktaread.Policies(ctx, w.Okta, w.serverID)
	if err != nil {
		return err
	}
	if err := w.nameEveryone(ctx, policies); err != nil {
		return err
	}
	if w.Spec.Workflows {
		return w.swapFlow(ctx, policies)
	}
	if theirs := w.rulesOfClient(policies); len(theirs) > 0 {
		for _, p := range theirs {
			if err := w.attach(ctx, p); err != nil {
				return err
			}
		}
	} else if err := w.doOwnRule(ctx, policies); err != nil {
		return err
	}
	w.noteStrangers(policies)
	return nil
}

func (w *walk) nameEveryone(ctx context.Context, policies []oktaread.Policy) error {
	g, _, err := oktaread.FindGroup(ctx, w.Okta, "Everyone")
	oktaread.NameEveryone(policies, g.ID)
	return err
}

// own reports whether the policy is the one that we make: it has our name and is for this client
// alone.
func (w *walk) own(p oktaread.Policy) bool {
	return p.Name == w.Spec.App.Label && len(p.Conditions.Clients.Include) == 1 && p.Names(w.clientID)
}

// rulesOfClient returns the rules that others made for the client; none if another rule applies to
// some people who may use the app.
func (w *walk) rulesOfClient(policies []oktaread.Policy) []oktaread.Place {
	var out []oktaread.Place
	for _, p := range oktaread.Reached(oktaread.Fits(policies, w.clientID, w.Spec.scopes())) {
		if w.own(p.Policy) && p.Rule.Name == ruleName {
			return nil
		}
		if !p.Policy.Names(w.clientID) {
			break
		}
		out = append(out, p)
	}
	if !slices.ContainsFunc(out, func(p oktaread.Place) bool { return p.Rule.Everybody() }) {
		for _, id := range w.assigned {
			if !slices.ContainsFunc(out, func(p oktaread.Place) bool { return p.Rule.TakesIn(id) }) {
				return nil
			}
		}
	}
	return out
}

// attach adds the hook to a rule of others.
func (w *walk) attach(ctx context.Context, p oktaread.Place) error {
	list := w.inServer("/policies/" + url.PathEscape(p.Policy.ID) + "/rules")
	have, err := oktaread.Get[Object](ctx, w.Okta, list+"/"+url.PathEscape(p.Rule.ID), oktaread.ScopeServers)
	if err != nil {
		return err
	}
	o, err := w.ensure(ctx, target{
		kind: KindRule, list: list, have: have, looked: true, named: true, touchy: hookMember,
		want: Object{"actions": Object{"token": Object{"inlineHook": Object{"id": w.hook()}}}},
	})
	w.plan.parts.rules = append(w.plan.parts.rules, o)
	return err
}

// hook returns the id of our hook, or unknown.
func (w *walk) hook() string {
	if w.hookID == "" {
		return unknown
	}
	return w.hookID
}

// doOwnRule makes a policy with one rule, for the client alone, before all others.
func (w *walk) doOwnRule(ctx context.Context, policies []oktaread.Policy) error {
	client := w.clientID
	if client == "" {
		client = unknown
	}
	i := slices.IndexFunc(policies, w.own)
	policy, err := w.ensure(ctx, target{
		kind: KindPolicy, list: w.inServer("/policies"), named: i >= 0,
		want: Object{
			"type": "OAUTH_AUTHORIZATION_POLICY", "name": w.Spec.App.Label, "description": "For the app of Pro Santé Connect, and no other.",
			"priority": 1, "conditions": Object{"clients": Object{"include": []string{client}}},
		},
		once: Object{"status": oktaread.Active},
	})
	if err != nil {
		return err
	}
	list := ""
	if id := text(policy, "id"); id != "" {
		list = w.inServer("/policies/" + url.PathEscape(id) + "/rules")
	}
	rule, err := w.ensure(ctx, target{kind: KindRule, list: list, named: i >= 0, touchy: hookMember, want: w.rule(), once: Object{"status": oktaread.Active}})
	w.plan.parts.policy, w.plan.parts.rules = policy, []Object{rule}
	return err
}

// rule returns the rule of our own policy, for the people who may use the app.
func (w *walk) rule() Object {
	groups := w.assigned
	if len(groups) == 0 {
		groups = []string{"EVERYONE"}
	}
	people := Object{"users": Object{"include": []string{}, "exclude": []string{}}, "groups": Object{"include": groups, "exclude": []string{}}}
	return Object{
		"type": "RESOURCE_ACCESS", "name": ruleName, "priority": 1,
		"conditions": Object{
			"people": people, "grantTypes": Object{"include": []string{oktaread.GrantCode}}, "scopes": Object{"include": w.Spec.scopes()},
		},
		"actions": Object{"token": Object{
			"accessTokenLifetimeMinutes": w.Spec.Tokens.Access, "refreshTokenLifetimeMinutes": w.Spec.Tokens.Refresh,
			"refreshTokenWindowMinutes": w.Spec.Tokens.RefreshIdle, "inlineHook": Object{"id": w.hook()},
		}},
	}
}

// otherHook names the hook of others that is on a rule.
func (w *walk) otherHook(t target) Text {
	id := text(t.have, hookMember)
	name, flow := id, false
	for _, h := range w.hooks {
		if h.ID == id {
			name, flow = h.Name+" ("+id+")", isFlow(h)
		}
	}
	if flow {
		return say("it calls the Workflows flow %s. --replace swaps it for this service, and undo back.", "elle appelle le flux Workflows %s. --replace le remplace par ce service, et undo le rétablit.", name)
	}
	return say("it calls another hook, %s. A rule calls one hook only: --replace swaps it, and undo back.", "elle appelle un autre hook, %s. Une règle n’appelle qu’un hook : --replace le remplace, et undo le rétablit.", name)
}

// isFlow reports whether a hook calls an Okta Workflows flow. The invoke URLs of flows are
// https://ORG.workflows.okta.com/api/flo/ID/invoke, or on another of Okta's domains.
func isFlow(h oktaread.InlineHook) bool {
	u, err := url.Parse(h.Channel.Config.URI)
	return err == nil && strings.Contains(u.Hostname(), ".workflows.okta") && strings.HasPrefix(u.Path, "/api/flo/")
}

// swapFlow replaces the flow's hook by ours, and changes nothing else.
func (w *walk) swapFlow(ctx context.Context, policies []oktaread.Policy) error {
	flows := map[string]bool{}
	for _, h := range w.hooks {
		flows[h.ID] = isFlow(h)
	}
	found := 0
	for _, p := range oktaread.Fits(policies, w.clientID, w.Spec.scopes()) {
		switch {
		case p.Rule.HookID() == w.hookID && w.hookID != "", flows[p.Rule.HookID()]:
			found++
			if err := w.attach(ctx, p); err != nil {
				return err
			}
		}
	}
	t := target{kind: KindRule, want: Object{"name": w.plan.Issuer}}
	switch {
	case found == 0:
		w.step(t, Conflict, nil, say("no rule that applies to %s calls a Workflows flow", "aucune règle applicable à %s n’appelle un flux Workflows", w.clientID))
	case w.Spec.Shadow && w.plan.Changes() > 0:
		w.step(t, Conflict, nil, say("PSCHOOK_SHADOW is set: the service would answer nothing where the flow answers now. Unset it before the swap.", "PSCHOOK_SHADOW est actif : le service ne répondrait rien là où le flux répond. Retirez-le avant l’échange."))
	}
	return nil
}

// noteStrangers reports rules that call the hook although they never apply to the client.
func (w *walk) noteStrangers(policies []oktaread.Policy) {
	for _, p := range oktaread.Places(policies) {
		if w.hookID == "" || p.Rule.HookID() != w.hookID || p.Policy.AllClients() || p.Policy.Names(w.clientID) {
			continue
		}
		w.step(target{kind: KindRule, want: Object{"name": p.String()}, have: Object{"id": p.Rule.ID}}, Note, nil,
			say("it calls the hook too, for other clients; it is left as it is", "elle appelle aussi le hook, pour d’autres clients ; elle reste telle quelle"))
	}
}
