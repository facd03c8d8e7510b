package doctor

import (
	"slices"
	"strconv"
	"strings"

	"pschook/internal/oktaread"
)

func ruleChecks() []check[*evidence] {
	return []check[*evidence]{
		{
			id: "server.active", title: phrase{"The authorization server exists and is active", "Le serveur d'autorisation existe et est actif"},
			spec: "Okta developer docs: custom authorization servers", needs: []string{"org.readable"}, run: serverActive,
		},
		{
			id: "rule.linked", title: phrase{"A policy rule for the client calls the hook", "Une règle de la stratégie du client appelle le hook"},
			spec: "Okta developer docs: token inline hook, enable", needs: []string{"hook.registered", "server.active"}, run: ruleLinked,
		},
		{
			id: "rule.priority", title: phrase{"No rule before it takes its place", "Aucune règle placée avant elle ne la remplace"},
			spec: "Okta developer docs: access policies, priority", needs: []string{"rule.linked"}, run: rulePriority,
		},
		{
			id: "claims.static", title: phrase{"The server has no oid, tid or amr claims of its own", "Le serveur n'a pas de claims oid, tid ou amr à lui"},
			spec: "ANS, PSC × Okta: claims", needs: []string{"server.active"}, run: staticClaims,
		},
	}
}

func serverActive(ev *evidence) finding {
	expected := say("an active custom authorization server for issuer %s", "un serveur d'autorisation personnalisé actif pour l'émetteur %s", ev.in.Issuer)
	if ev.serverErr != nil {
		return fail(expected, say("none", "aucun"), say(
			"Only custom authorization servers call hooks. Name it with --issuer as it stands in "+serverConsole+" › Issuer URI (Terraform: okta_auth_server.issuer).",
			"Seuls les serveurs personnalisés appellent des hooks. Indiquez-le avec --issuer, tel qu'il figure dans "+serverConsole+" › Issuer URI (Terraform : okta_auth_server.issuer)."))
	}
	if ev.server.Status != "ACTIVE" {
		return fail(expected, literal(ev.server.Status), say(serverConsole+" › %s › Activate (Terraform: okta_auth_server.status = \"ACTIVE\").",
			serverConsole+" › %s › Activate (Terraform : okta_auth_server.status = \"ACTIVE\").", ev.server.Name))
	}
	return pass(literal(ev.server.Issuer))
}

// matching are the rules that a code sign-in of the client with the usual scopes can meet.
func (ev *evidence) matching() []oktaread.Place {
	return oktaread.Fits(ev.policies, ev.in.ClientID, ev.in.Config.RP.Scopes)
}

// accessPolicies is where the rules are set up.
func (ev *evidence) accessPolicies() string {
	return serverConsole + " › " + ev.server.Name + " › Access Policies"
}

func ruleLinked(ev *evidence) finding {
	h, _ := ev.hook()
	fits := ev.matching()
	i := slices.IndexFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID })
	if i >= 0 {
		return pass(literal(fits[i].String()))
	}
	expected := say("an active rule for client %s, grant authorization_code and scopes %s that uses hook %s", "une règle active pour le client %s, le flux authorization_code et les portées %s, qui utilise le hook %s",
		ev.in.ClientID, strings.Join(ev.in.Config.RP.Scopes, " "), h.Name)
	found := say("no rule for it at all", "aucune règle pour lui")
	if len(fits) > 0 {
		found = say("rules without it: %s", "des règles sans lui : %s", places(fits))
	}
	return fail(expected, found, say(
		"%s › the policy of the client › its rule › Edit › Use this inline hook: %s (Terraform: okta_auth_server_policy_rule.inline_hook_id). Terraform shows no difference when it was taken away in the console.",
		"%s › la stratégie du client › sa règle › Edit › Use this inline hook : %s (Terraform : okta_auth_server_policy_rule.inline_hook_id). Terraform ne voit pas qu'il a été retiré dans la console.", ev.accessPolicies(), h.Name))
}

func rulePriority(ev *evidence) finding {
	h, _ := ev.hook()
	fits := ev.matching()
	before := fits[:max(0, slices.IndexFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID }))]
	if len(before) == 0 {
		return pass(say("first", "première"))
	}
	expected := say("the rule that calls the hook comes first", "la règle qui appelle le hook vient en premier")
	hint := say("%s: drag the rule (or its policy) that calls the hook before %s, or link the hook there too (Terraform: priority of okta_auth_server_policy_rule and okta_auth_server_policy).",
		"%s : placez la règle (ou sa stratégie) qui appelle le hook avant %s, ou liez-y aussi le hook (Terraform : priority de okta_auth_server_policy_rule et okta_auth_server_policy).", ev.accessPolicies(), places(before))
	if slices.ContainsFunc(before, func(p oktaread.Place) bool { return p.Rule.Everybody() }) {
		return fail(expected, say("never reached: %s applies to everybody", "jamais atteinte : %s s'applique à tous", places(before)), hint)
	}
	return warn(expected, say("not reached by some people: %s", "pas atteinte pour certains : %s", places(before)), hint)
}

func places(list []oktaread.Place) string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

// staticClaims looks for claims that the hook adds too. The hook's value wins, so
// they show when it fails: tokens then look complete to a quick eye, and are not. A
// tid of another value is wrong in any token: both must carry the same.
func staticClaims(ev *evidence) finding {
	tid := ev.tid()
	if tid == "" {
		tid = ev.org.ID
	}
	var clash, idle []string
	for _, c := range ev.claims {
		placed := slices.Contains(ev.placed(c), c.Name)
		switch {
		case c.Status != "ACTIVE":
		case c.Name == "tid" && c.Value == strconv.Quote(tid):
			if placed {
				idle = append(idle, describeClaim(c))
			}
		case c.Name == "tid", placed:
			clash = append(clash, describeClaim(c))
		}
	}
	expected := say("no other source of the claims that the hook adds", "aucune autre source pour les claims que le hook ajoute")
	hint := say(serverConsole+" › %s › Claims: delete them (Terraform: okta_auth_server_claim). They hide that the hook does not answer.",
		serverConsole+" › %s › Claims : supprimez-les (Terraform : okta_auth_server_claim). Ils cachent que le hook ne répond pas.", ev.server.Name)
	switch {
	case len(clash) > 0:
		return fail(expected, literal(strings.Join(append(clash, idle...), ", ")), hint)
	case len(idle) > 0:
		return warn(expected, literal(strings.Join(idle, ", ")), hint)
	}
	return pass(say("none", "aucun"))
}

// placed are the claims that the hook adds to the token that c is for.
func (ev *evidence) placed(c oktaread.Claim) []string {
	if c.ClaimType == "IDENTITY" {
		return ev.in.Config.Claims.IDToken
	}
	return ev.in.Config.Claims.AccessToken
}

func describeClaim(c oktaread.Claim) string {
	token := "access token"
	if c.ClaimType == "IDENTITY" {
		token = "ID token"
	}
	return c.Name + " = " + c.Value + " (" + token + ")"
}
