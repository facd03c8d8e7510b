package doctor

import (
	"slices"
	"strconv"
	"strings"

	"pschook/internal/oktaread"
	"pschook/verify/report"
	"pschook/verify/words"
)

func ruleChecks() []report.Rule[*evidence] {
	return []report.Rule[*evidence]{
		{
			ID: "server.active", Title: words.Say("The authorization server exists and is active", "Le serveur d'autorisation existe et est actif"),
			Spec: "Okta developer docs: custom authorization servers", Needs: []string{"org.readable"}, Run: serverActive,
		},
		{
			ID: "server.scopes", Title: words.Say("The server has the scopes that are asked for", "Le serveur a les portées demandées"),
			Spec: "RFC 6749 §3.3; Okta developer docs: scopes", Needs: []string{"server.active", "app.active"}, Run: serverScopes,
		},
		{
			ID: "rule.linked", Title: words.Say("A policy rule for the client calls the hook", "Une règle de la politique d'accès du client appelle le hook"),
			Spec: "Okta developer docs: token inline hook, enable", Needs: []string{"hook.registered", "server.active"}, Run: ruleLinked,
		},
		{
			ID: "rule.priority", Title: words.Say("No rule before it takes its place", "Aucune règle placée avant elle ne la remplace"),
			Spec: "Okta developer docs: access policies, priority", Needs: []string{"rule.linked"}, Run: rulePriority,
		},
		{
			ID: "rule.everybody", Title: words.Say("Everybody who may use the app goes through the hook", "Tous ceux qui peuvent utiliser l'application passent par le hook"),
			Spec: "Okta developer docs: access policies, priority", Needs: []string{"rule.priority", "app.assigned"}, Run: ruleEverybody,
		},
		{
			ID: "rule.lifetime", Title: words.Say("Tokens do not outlive a working day", "Les jetons ne survivent pas à une journée de travail"),
			Spec: "Okta developer docs: access policies, token lifetimes", Needs: []string{"rule.linked"}, Run: ruleLifetime,
		},
		{
			ID: "server.issuer", Title: words.Say("Tokens name the issuer that Pro Santé Connect knows", "Les jetons nomment l'émetteur que Pro Santé Connect connaît"),
			Spec: "OIDC Core §3.1.3.7; Okta developer docs: issuer mode", Needs: []string{"server.active"}, Run: serverIssuer,
		},
		{
			ID: "claims.groups", Title: words.Say("No claim lists people's groups", "Aucun claim n'énumère les groupes des personnes"),
			Spec: "GDPR art. 5(1)(c); Okta developer docs: groups claim", Needs: []string{"server.active"}, Run: groupClaims,
		},
		{
			ID: "claims.static", Title: words.Say("The server has no oid, tid or amr claims of its own", "Le serveur n'a pas de claims oid, tid ou amr à lui"),
			Spec: "ANS, PSC × Okta: claims", Needs: []string{"server.active"}, Run: staticClaims,
		},
	}
}

func serverActive(ev *evidence) report.Finding {
	expected := words.Say("an active custom authorization server for issuer %s", "un serveur d'autorisation personnalisé actif pour l'émetteur %s", ev.in.Issuer)
	if ev.serverErr != nil {
		return report.Fail(expected, words.Say("none", "aucun"), words.Say(
			"Only custom authorization servers call hooks. Name it with --issuer as it stands in "+serverConsole+" › Issuer URI (Terraform: okta_auth_server.issuer; pschook register apply makes one).",
			"Seuls les serveurs personnalisés appellent des hooks. Indiquez-le avec --issuer, tel qu'il figure dans "+serverConsole+" › Issuer URI (Terraform : okta_auth_server.issuer ; pschook register apply en crée un)."))
	}
	if ev.server.Status != "ACTIVE" {
		return report.Fail(expected, words.Literal(ev.server.Status), ev.orRegister(words.Say(serverConsole+" › %s › Activate (Terraform: okta_auth_server.status = \"ACTIVE\").",
			serverConsole+" › %s › Activate (Terraform : okta_auth_server.status = \"ACTIVE\").", ev.server.Name)))
	}
	return report.Pass(words.Literal(ev.server.Issuer))
}

// serverScopes finds scopes for which Okta would refuse the whole request, and scopes that a person
// must agree to first.
func serverScopes(ev *evidence) report.Finding {
	var missing, asked []string
	for _, name := range ev.in.Config.RP.Scopes {
		i := slices.IndexFunc(ev.scopes, func(s oktaread.Scope) bool { return s.Name == name })
		switch {
		case i < 0:
			missing = append(missing, name)
		case ev.scopes[i].Consent == "REQUIRED" && ev.app.Settings.OAuthClient.Consent == "REQUIRED":
			asked = append(asked, name)
		}
	}
	expected := words.Literal(strings.Join(ev.in.Config.RP.Scopes, " "))
	switch {
	case len(missing) > 0:
		return report.Fail(expected, words.Say("not there: %s; Okta answers invalid_scope", "absentes : %s ; Okta répond invalid_scope", strings.Join(missing, " ")), ev.orRegister(words.Say(
			serverConsole+" › %s › Scopes › Add Scope (Terraform: okta_auth_server_scope), or ask for others with PSCHOOK_RP_SCOPES.",
			serverConsole+" › %s › Scopes › Add Scope (Terraform : okta_auth_server_scope), ou demandez-en d'autres avec PSCHOOK_RP_SCOPES.", ev.server.Name)))
	case len(asked) > 0:
		return report.Warn(expected, words.Say("people must agree to: %s", "les personnes doivent consentir à : %s", strings.Join(asked, " ")), words.Say(
			serverConsole+" › %s › Scopes › the scope › Edit › User consent: Implicit (Terraform: okta_auth_server_scope.consent = \"IMPLICIT\"), or %s › General › Edit › Require consent: off (Terraform: okta_app_oauth.consent_method = \"TRUSTED\"). Okta asks each person once more, in the middle of a sign-in.",
			serverConsole+" › %s › Scopes › la portée › Edit › User consent : Implicit (Terraform : okta_auth_server_scope.consent = \"IMPLICIT\"), ou %s › General › Edit › Require consent : non (Terraform : okta_app_oauth.consent_method = \"TRUSTED\"). Okta pose une question de plus à chacun, au milieu de la connexion.", ev.server.Name, ev.appConsole()))
	}
	return report.Pass(expected)
}

// matching returns the rules that can apply to a code sign-in of the client with the usual scopes.
func (ev *evidence) matching() []oktaread.Place {
	return oktaread.Fits(ev.policies, ev.in.ClientID, ev.in.Config.RP.Scopes)
}

// accessPolicies says where the rules are set up.
func (ev *evidence) accessPolicies() string {
	return serverConsole + " › " + ev.server.Name + " › Access Policies"
}

func ruleLinked(ev *evidence) report.Finding {
	h, _ := ev.hook()
	fits := ev.matching()
	i := slices.IndexFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID })
	if i >= 0 {
		return report.Pass(words.Literal(fits[i].String()))
	}
	expected := words.Say("an active rule for client %s, grant authorization_code and scopes %s that uses hook %s", "une règle active pour le client %s, le flux authorization_code et les portées %s, qui utilise le hook %s",
		ev.in.ClientID, strings.Join(ev.in.Config.RP.Scopes, " "), h.Name)
	places := oktaread.Places(ev.policies)
	linked := slices.DeleteFunc(slices.Clone(places), func(p oktaread.Place) bool { return p.Rule.HookID() != h.ID })
	switch {
	case len(linked) > 0: // the rule has the hook but does not apply
		return ev.misfit(expected, ev.nearest(linked))
	case len(fits) > 0:
		return report.Fail(expected, words.Join("; ", " ; ", words.Say("rules without it: %s", "des règles sans lui : %s", describePlaces(fits)), ev.others(fits)), ev.orRegister(words.Say(
			"%s › %s › Edit › Use this inline hook: %s (Terraform: okta_auth_server_policy_rule.inline_hook_id). Terraform shows no difference when it was taken away in the console.",
			"%s › %s › Edit › Use this inline hook : %s (Terraform : okta_auth_server_policy_rule.inline_hook_id). Terraform ne voit pas qu'il a été retiré dans la console.", ev.accessPolicies(), fits[0].String(), h.Name)))
	case len(places) > 0:
		return ev.misfit(expected, ev.nearest(places))
	}
	return report.Fail(expected, words.Say("no policy with a rule", "aucune politique d'accès avec une règle"), ev.orRegister(words.Say(
		"%s › Add New Access Policy, assigned to the client; in it Add Rule with the hook (Terraform: okta_auth_server_policy, okta_auth_server_policy_rule).",
		"%s › Add New Access Policy, attribuée au client ; dedans Add Rule avec le hook (Terraform : okta_auth_server_policy, okta_auth_server_policy_rule).", ev.accessPolicies())))
}

// others names the hooks that rules call in place of ours; empty if they call none.
func (ev *evidence) others(fits []oktaread.Place) words.Text {
	var names []string
	for _, h := range ev.hooks {
		if slices.ContainsFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID }) {
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		return words.Say("they call none", "elles n'en appellent aucun")
	}
	return words.Say("they call another hook: %s", "elles appellent un autre hook : %s", strings.Join(names, ", "))
}

// orRegister adds the command that makes the same change.
func (ev *evidence) orRegister(p words.Text) words.Text {
	command := "pschook register plan --hook-url " + ev.in.HookURL.String() + " --server " + ev.server.ID + " --client-id " + ev.in.ClientID
	return words.Say("%s Or: %s.", "%s Ou : %s.", p, command)
}

// nearest returns the rule with the fewest unmet conditions.
func (ev *evidence) nearest(places []oktaread.Place) oktaread.Place {
	return slices.MinFunc(places, func(a, b oktaread.Place) int {
		return len(a.Misfits(ev.in.ClientID, ev.in.Config.RP.Scopes)) - len(b.Misfits(ev.in.ClientID, ev.in.Config.RP.Scopes))
	})
}

// misfit names the conditions for which the rule does not apply to a sign-in, and where to change
// them.
func (ev *evidence) misfit(expected words.Text, p oktaread.Place) report.Finding {
	var why, fixes []words.Text
	for _, m := range p.Misfits(ev.in.ClientID, ev.in.Config.RP.Scopes) {
		cause, fix := ev.explain(m, p)
		why, fixes = append(why, cause), append(fixes, fix)
	}
	if h, _ := ev.hook(); p.Rule.HookID() != h.ID {
		why = append(why, words.Say("and it does not call the hook", "et elle n'appelle pas le hook"))
		fixes = append(fixes, words.Say("› Edit › Use this inline hook: %s (Terraform: okta_auth_server_policy_rule.inline_hook_id)", "› Edit › Use this inline hook : %s (Terraform : okta_auth_server_policy_rule.inline_hook_id)", h.Name))
	}
	reasons, places := words.Join("; ", " ; ", why...), words.Join("; ", " ; ", fixes...)
	return report.Fail(expected, words.Say("%s does not apply: %s", "%s ne s'applique pas : %s", p, reasons),
		ev.orRegister(words.Say("%s › %s: %s.", "%s › %s : %s.", ev.accessPolicies(), p, places)))
}

// explain says why a rule does not apply, and where to change that.
func (ev *evidence) explain(m oktaread.Misfit, p oktaread.Place) (cause, fix words.Text) {
	switch m {
	case oktaread.PolicyInactive:
		return words.Say("the policy is inactive", "la politique est inactive"), words.Say("the policy › Activate (Terraform: okta_auth_server_policy.status)", "la politique › Activate (Terraform : okta_auth_server_policy.status)")
	case oktaread.OtherClients:
		return words.Say("the policy is for other clients (%s)", "la politique est pour d'autres clients (%s)", strings.Join(p.Policy.Conditions.Clients.Include, ", ")),
			words.Say("the policy › Edit › Assign to: the client (Terraform: okta_auth_server_policy.client_whitelist)", "la politique › Edit › Assign to : le client (Terraform : okta_auth_server_policy.client_whitelist)")
	case oktaread.RuleInactive:
		return words.Say("the rule is inactive", "la règle est inactive"), words.Say("the rule › Activate (Terraform: okta_auth_server_policy_rule.status)", "la règle › Activate (Terraform : okta_auth_server_policy_rule.status)")
	case oktaread.OtherGrants:
		return words.Say("it does not admit the grant authorization_code", "elle n'admet pas le flux authorization_code"),
			words.Say("the rule › Edit › Grant type is: Authorization Code (Terraform: okta_auth_server_policy_rule.grant_type_whitelist)", "la règle › Edit › Grant type is : Authorization Code (Terraform : okta_auth_server_policy_rule.grant_type_whitelist)")
	case oktaread.TooFewScopes:
		missing := strings.Join(p.Rule.MissingScopes(ev.in.Config.RP.Scopes), " ")
		return words.Say("it does not admit the scopes %s", "elle n'admet pas les portées %s", missing),
			words.Say("the rule › Edit › Scopes requested: %s (Terraform: okta_auth_server_policy_rule.scope_whitelist)", "la règle › Edit › Scopes requested : %s (Terraform : okta_auth_server_policy_rule.scope_whitelist)", missing)
	}
	return words.Say("it is for nobody", "elle n'est pour personne"),
		words.Say("the rule › Edit › User is: the group (Terraform: okta_auth_server_policy_rule.group_whitelist)", "la règle › Edit › User is : le groupe (Terraform : okta_auth_server_policy_rule.group_whitelist)")
}

func rulePriority(ev *evidence) report.Finding {
	h, _ := ev.hook()
	fits := ev.matching()
	before := fits[:max(0, slices.IndexFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID }))]
	if len(before) == 0 {
		return report.Pass(words.Say("first", "première"))
	}
	expected := words.Say("the rule that calls the hook comes first", "la règle qui appelle le hook vient en premier")
	hint := ev.orRegister(words.Say("%s: drag the rule (or its policy) that calls the hook before %s, or link the hook there too (Terraform: priority of okta_auth_server_policy_rule and okta_auth_server_policy).",
		"%s : placez la règle (ou sa politique) qui appelle le hook avant %s, ou liez-y aussi le hook (Terraform : priority de okta_auth_server_policy_rule et okta_auth_server_policy).", ev.accessPolicies(), describePlaces(before)))
	if slices.ContainsFunc(before, func(p oktaread.Place) bool { return p.Rule.Everybody() }) {
		return report.Fail(expected, words.Say("never reached: %s applies to everybody", "jamais atteinte : %s s'applique à tous", describePlaces(before)), hint)
	}
	return report.Warn(expected, words.Say("not reached by some people: %s", "pas atteinte pour certains : %s", describePlaces(before)), hint)
}

func describePlaces(list []oktaread.Place) string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return strings.Join(out, ", ")
}

// staticClaims finds claims that the hook adds too. The hook's value replaces them, so they show
// only when the hook fails. Tokens then look complete at first sight, but are not. A different
// value of tid is wrong in any token, because both tokens must have the same.
func staticClaims(ev *evidence) report.Finding {
	tid := ev.tid()
	if tid == "" {
		tid = ev.org.ID
	}
	var clash, idle []string
	for _, c := range ev.claims {
		placed := slices.Contains(ev.placed(c), c.Name)
		switch {
		case c.Status != oktaread.Active || !c.Asked(ev.in.Config.RP.Scopes):
		case c.Name == "tid" && c.Value == strconv.Quote(tid):
			if placed {
				idle = append(idle, describeClaim(c))
			}
		case c.Name == "tid", placed:
			clash = append(clash, describeClaim(c))
		}
	}
	expected := words.Say("no other source of the claims that the hook adds", "aucune autre source pour les claims que le hook ajoute")
	hint := words.Say(serverConsole+" › %s › Claims: delete them (Terraform: okta_auth_server_claim). They hide that the hook does not answer.",
		serverConsole+" › %s › Claims : supprimez-les (Terraform : okta_auth_server_claim). Ils cachent que le hook ne répond pas.", ev.server.Name)
	switch {
	case len(clash) > 0:
		return report.Fail(expected, words.Literal(strings.Join(append(clash, idle...), ", ")), hint)
	case len(idle) > 0:
		return report.Warn(expected, words.Literal(strings.Join(idle, ", ")), hint)
	}
	return report.Pass(words.Say("none", "aucun"))
}

// placed returns the claims that the hook adds to the token that c is for.
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

// ruleEverybody follows each group that may use the app to the rule that applies to it. It follows
// people whom that rule excludes to the next rule. People in several groups may get another rule,
// which then also calls the hook.
func ruleEverybody(ev *evidence) report.Finding {
	h, _ := ev.hook()
	fits := ev.matching()
	expected := words.Say("each group of the app falls under a rule with hook %s", "chaque groupe de l'application rencontre une règle avec le hook %s", h.Name)
	var lacking, some []words.Text
	for _, g := range ev.groups {
		all, left := ev.follow(fits, g.ID)
		lacking, some = append(lacking, all...), append(some, left...)
	}
	reached := oktaread.Reached(fits)
	beside := slices.IndexFunc(reached, func(p oktaread.Place) bool { return p.Rule.HookID() != h.ID })
	if (len(ev.people) > 0 || ev.app.Settings.ImplicitAssignment) && beside >= 0 {
		lacking = append(lacking, words.Say("people who are assigned one by one may fall under %s, without the hook", "des personnes affectées une à une peuvent rencontrer %s, sans le hook", reached[beside].String()))
	}
	hint := ev.orRegister(words.Say(
		"%s › the rule with the hook › Edit › User is: add the group; or choose the hook in the other rule too (Terraform: okta_auth_server_policy_rule.group_whitelist, group_blacklist, inline_hook_id). Or take the group off the app (%s › Assignments).",
		"%s › la règle avec le hook › Edit › User is : ajoutez le groupe ; ou choisissez le hook dans l'autre règle aussi (Terraform : okta_auth_server_policy_rule.group_whitelist, group_blacklist, inline_hook_id). Ou retirez le groupe de l'application (%s › Assignments).", ev.accessPolicies(), ev.appConsole()))
	switch {
	case len(lacking) > 0:
		return report.Fail(expected, words.Join("; ", " ; ", append(lacking, some...)...), hint)
	case len(some) > 0:
		return report.Warn(expected, words.Join("; ", " ; ", some...), hint)
	}
	return report.Pass(words.Say("groups: %d", "groupes : %d", len(ev.groups)))
}

// follow says what keeps the group, or some of its people, from the hook.
func (ev *evidence) follow(fits []oktaread.Place, group string) (all, some []words.Text) {
	h, _ := ev.hook()
	var before *oktaread.Place // the rule that excludes some of them
	for _, p := range fits {
		switch without := p.Rule.HookID() != h.ID; {
		case !p.Rule.TakesIn(group):
			continue
		case without && before == nil:
			return []words.Text{words.Say("group %s falls under %s, without the hook", "le groupe %s rencontre %s, sans le hook", group, p.String())}, nil
		case without:
			return nil, []words.Text{words.Say("those of group %s whom %s excludes fall under %s, without the hook", "les membres du groupe %s que %s exclut rencontrent %s, sans le hook", group, before.String(), p.String())}
		case !p.Rule.Excludes():
			return nil, nil
		}
		before = &p
	}
	if before != nil {
		return nil, []words.Text{words.Say("those of group %s whom %s excludes fall under no rule, so they get no tokens", "les membres du groupe %s que %s exclut ne rencontrent aucune règle et n'obtiennent aucun jeton", group, before.String())}
	}
	return []words.Text{words.Say("group %s falls under no rule at all; those that apply are for other groups or for single people: %s", "le groupe %s ne rencontre aucune règle ; celles qui s'appliquent sont pour d'autres groupes ou pour des personnes nommées : %s", group, describePlaces(fits))}, nil
}

// maxAccessMinutes is the longest acceptable life of an access token: a shift of twelve hours.
// During that time, the token states facts about a person that may have changed.
const maxAccessMinutes = 12 * 60

func ruleLifetime(ev *evidence) report.Finding {
	h, _ := ev.hook()
	fits := ev.matching()
	i := slices.IndexFunc(fits, func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID })
	token := fits[i].Rule.Actions.Token // rule.linked has passed
	refresh := slices.Contains(ev.app.Settings.OAuthClient.GrantTypes, "refresh_token") && len(fits[i].Rule.MissingScopes([]string{"offline_access"})) == 0
	hint := ev.orRegister(words.Say("%s › %s › Edit › Access token lifetime, Refresh token lifetime (Terraform: okta_auth_server_policy_rule.access_token_lifetime_minutes, refresh_token_lifetime_minutes).",
		"%s › %s › Edit › Access token lifetime, Refresh token lifetime (Terraform : okta_auth_server_policy_rule.access_token_lifetime_minutes, refresh_token_lifetime_minutes).", ev.accessPolicies(), fits[i].String()))
	expected := words.Say("access tokens of up to %d minutes, refresh tokens that end", "des jetons d'accès de %d minutes au plus, des jetons de renouvellement qui expirent", maxAccessMinutes)
	switch {
	case token.AccessMinutes > maxAccessMinutes:
		return report.Warn(expected, words.Say("access tokens of %d minutes", "des jetons d'accès de %d minutes", token.AccessMinutes), hint)
	case refresh && token.RefreshMinutes == 0 && slices.Contains(ev.in.Config.RP.Scopes, "offline_access"):
		return report.Warn(expected, words.Say("refresh tokens without end", "des jetons de renouvellement sans fin"), hint)
	}
	return report.Pass(words.Say("access tokens of %d minutes", "des jetons d'accès de %d minutes", token.AccessMinutes))
}

// serverIssuer compares the issuer of tokens with the named one. DYNAMIC, Okta's own choice for the
// server "default", decides nothing as long as the org has one host.
func serverIssuer(ev *evidence) report.Finding {
	where := words.Say(serverConsole+" › %s › Settings › Edit › Issuer (Terraform: okta_auth_server.issuer_mode)", serverConsole+" › %s › Settings › Edit › Issuer (Terraform : okta_auth_server.issuer_mode)", ev.server.Name)
	switch {
	case ev.server.IssuerMode == "DYNAMIC" && ev.wellKnown.Links.Alternate.Href != "":
		return report.Warn(words.Literal(ev.in.Issuer), words.Say("DYNAMIC: the host that the client calls", "DYNAMIC : l'hôte que le client appelle"), words.Say(
			"%s: choose a fixed one, or make sure that Pro Santé Connect calls the host of its issuer, and list both in PSCHOOK_OKTA_ISSUERS.",
			"%s : choisissez-en un fixe, ou assurez-vous que Pro Santé Connect appelle l'hôte de son émetteur, et mettez les deux dans PSCHOOK_OKTA_ISSUERS.",
			where))
	case ev.server.Issuer != ev.in.Issuer && !ev.sameServer():
		return report.Fail(words.Literal(ev.in.Issuer), words.Literal(ev.server.Issuer+" ("+ev.server.IssuerMode+")"), words.Say(
			"Tokens carry the second: give that one to Pro Santé Connect, PSCHOOK_RP_ISSUER and --issuer, or change it in %s. pschook register apply without --server makes a server whose issuer is fixed.",
			"Les jetons portent le second : donnez celui-là à Pro Santé Connect, PSCHOOK_RP_ISSUER et --issuer, ou changez-le dans %s. pschook register apply sans --server crée un serveur dont l'émetteur est fixe.",
			where))
	}
	return report.Pass(words.Literal(ev.server.Issuer))
}

// sameServer reports whether both issuers differ only in whether they name the server "default" by
// name or by id.
func (ev *evidence) sameServer() bool {
	before := func(issuer string) string { return strings.TrimSuffix(issuer, oktaread.ServerID(issuer)) }
	return ev.server.Name == oktaread.ServerID(ev.in.Issuer) && before(ev.server.Issuer) == before(ev.in.Issuer)
}

// groupClaims finds claims that list groups. Pro Santé Connect does not use them, and Okta fails a
// sign-in whose filter matches more than a hundred groups.
func groupClaims(ev *evidence) report.Finding {
	var found []string
	for _, c := range ev.claims {
		if c.Status == oktaread.Active && c.Asked(ev.in.Config.RP.Scopes) && listsGroups(c) {
			found = append(found, describeClaim(c))
		}
	}
	if len(found) == 0 {
		return report.Pass(words.Say("none", "aucun"))
	}
	return report.Warn(words.Say("none", "aucun"), words.Literal(strings.Join(found, ", ")), words.Say(
		serverConsole+" › %s › Claims: delete it, or limit it to a scope that Pro Santé Connect does not ask for (Terraform: okta_auth_server_claim). It tells of people what nobody asked, and with more than 100 groups the sign-in fails.",
		serverConsole+" › %s › Claims : supprimez-le, ou limitez-le à une portée que Pro Santé Connect ne demande pas (Terraform : okta_auth_server_claim). Il dit des personnes ce que personne n'a demandé, et au-delà de 100 groupes la connexion échoue.", ev.server.Name))
}

// listsGroups reports whether the claim is a list of groups, by its type or by an expression (Okta
// Expression Language, group functions).
func listsGroups(c oktaread.Claim) bool {
	return c.ValueType == "GROUPS" || slices.ContainsFunc([]string{"Groups.", "getFilteredGroups(", "getGroups("}, func(f string) bool { return strings.Contains(c.Value, f) })
}
