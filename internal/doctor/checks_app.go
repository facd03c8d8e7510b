package doctor

import (
	"slices"
	"strings"
)

func appChecks() []check[*evidence] {
	return []check[*evidence]{
		{
			id: "app.active", title: phrase{"The client of Pro Santé Connect is an active app", "Le client de Pro Santé Connect est une application active"},
			spec: "ANS, PSC × Okta guide: application", needs: []string{"org.readable"}, run: appActive,
		},
		{
			id: "app.spa", title: phrase{"The app is a single-page app with PKCE", "L'application est une SPA avec PKCE"},
			spec: "ANS, PSC × Okta guide: application; RFC 7636", needs: []string{"app.active"}, run: appSPA,
		},
		{
			id: "app.redirect_uris", title: phrase{"The app has the redirect URIs", "L'application a les URI de redirection"},
			spec: "OIDC Core §3.1.2.1", needs: []string{"app.active"}, run: appRedirects,
		},
		{
			id: "app.assigned", title: phrase{"Somebody may use the app", "Quelqu'un peut utiliser l'application"},
			spec: "Okta developer docs: application assignments", needs: []string{"app.active"}, run: appAssigned,
		},
		{
			id: "app.sign_on", title: phrase{"A password alone does not let anybody in", "Un mot de passe seul ne suffit à personne"},
			spec: "ANS, PSC × Okta: amr; Okta developer docs: app sign-in policies", needs: []string{"app.active"}, run: appSignOn,
		},
		{
			id: "tokens.encrypted", title: phrase{"Tokens are signed, not encrypted", "Les jetons sont signés, non chiffrés"},
			spec: "RFC 7516; PSC × Okta: token form", needs: []string{"app.active", "server.active"}, run: tokensEncrypted,
		},
		{
			id: "app.selected", title: phrase{"The service adds claims for this client", "Le service ajoute des claims pour ce client"},
			spec: "PSCHOOK_CLIENT_IDS", run: appSelected,
		},
	}
}

// appConsole is where the app is set up.
func (ev *evidence) appConsole() string {
	name := ev.app.Label
	if name == "" {
		name = ev.in.ClientID
	}
	return "Okta Admin Console › Applications › " + name
}

func appActive(ev *evidence) finding {
	expected := say("an active app with client id %s", "une application active d'identifiant client %s", ev.in.ClientID)
	if ev.appErr != nil {
		return fail(expected, say("no such app", "aucune application de ce nom"), say(
			"Okta Admin Console › Applications › Create App Integration › OIDC › Single-Page Application (Terraform: okta_app_oauth), or name the right client with --client-id.",
			"Okta Admin Console › Applications › Create App Integration › OIDC › Single-Page Application (Terraform : okta_app_oauth), ou indiquez le bon client avec --client-id."))
	}
	if ev.app.Status != "ACTIVE" {
		return fail(expected, literal(ev.app.Status), say("%s › Activate (Terraform: okta_app_oauth.status = \"ACTIVE\").", "%s › Activate (Terraform : okta_app_oauth.status = \"ACTIVE\").", ev.appConsole()))
	}
	return pass(literal(ev.app.Label))
}

func appSPA(ev *evidence) finding {
	oauth, client := ev.app.Settings.OAuthClient, ev.app.Credentials.OAuthClient
	var wrong []string
	add := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	add(oauth.Type == "browser", "application_type "+oauth.Type)
	add(client.AuthMethod == "none", "token_endpoint_auth_method "+client.AuthMethod)
	add(client.PKCE, "pkce_required false")
	add(slices.Contains(oauth.GrantTypes, "authorization_code"), "grant_types "+strings.Join(oauth.GrantTypes, " "))
	expected := literal("application_type browser, token_endpoint_auth_method none, pkce_required true, grant_types authorization_code")
	if len(wrong) == 0 {
		return pass(expected)
	}
	return fail(expected, literal(strings.Join(wrong, ", ")), say(
		"%s › General › Edit: Client authentication None, Require PKCE, grant Authorization Code; the type cannot be changed, so make a new Single-Page Application if it is another (Terraform: okta_app_oauth.type = \"browser\", token_endpoint_auth_method = \"none\", pkce_required = true, grant_types).",
		"%s › General › Edit : Client authentication None, Require PKCE, grant Authorization Code ; le type ne se change pas : s'il est autre, créez une nouvelle Single-Page Application (Terraform : okta_app_oauth.type = \"browser\", token_endpoint_auth_method = \"none\", pkce_required = true, grant_types).", ev.appConsole()))
}

func appRedirects(ev *evidence) finding {
	have := ev.app.Settings.OAuthClient.RedirectURIs
	var lacking []string
	for _, uri := range ev.in.RedirectURIs {
		if !slices.Contains(have, uri) {
			lacking = append(lacking, uri)
		}
	}
	hint := say("%s › General › Edit › Sign-in redirect URIs: add the ones of Pro Santé Connect, and %s (Terraform: okta_app_oauth.redirect_uris). They are compared character by character.",
		"%s › General › Edit › Sign-in redirect URIs : ajoutez celles de Pro Santé Connect, et %s (Terraform : okta_app_oauth.redirect_uris). La comparaison se fait caractère par caractère.", ev.appConsole(), strings.Join(lacking, ", "))
	if len(lacking) > 0 {
		return fail(literal(strings.Join(ev.in.RedirectURIs, ", ")), literal(strings.Join(have, ", ")), hint)
	}
	return pass(literal(strings.Join(have, ", ")))
}

func appAssigned(ev *evidence) finding {
	switch {
	case ev.app.Settings.ImplicitAssignment:
		return pass(say("everybody, without assignment", "tout le monde, sans affectation"))
	case len(ev.groups) == 0 && len(ev.people) == 0:
		return fail(say("at least one group", "au moins un groupe"), say("nobody: Okta lets nobody sign in", "personne : Okta ne laisse entrer personne"), say(
			"%s › Assignments › Assign to Groups: the professionals (Terraform: okta_app_group_assignment; pschook register apply --group NAME).",
			"%s › Assignments › Assign to Groups : les professionnels (Terraform : okta_app_group_assignment ; pschook register apply --group NOM).", ev.appConsole()))
	}
	return pass(say("%d groups, %d people beside them", "%d groupes, %d personnes en plus", len(ev.groups), len(ev.people)))
}

// appSignOn looks for a rule that lets a password do. The AMR policy would not overstate it, so PSC would turn the person away; but
// nobody should come that far.
func appSignOn(ev *evidence) finding {
	if ev.signOnErr != nil {
		return skip(say("Not checked: the credential may not read authentication policies (scope okta.policies.read): %s", "Non vérifié : le jeton ou la clé ne permet pas de lire les stratégies d'authentification (portée okta.policies.read) : %s", ev.signOnErr.Error()))
	}
	if len(ev.signOn) == 0 {
		return skip(say("Not checked: the app has no authentication policy (Okta Classic Engine); see its Sign On tab.", "Non vérifié : l'application n'a pas de stratégie d'authentification (Okta Classic Engine) ; voyez son onglet Sign On."))
	}
	var weak []string
	for _, r := range ev.signOn {
		if r.PasswordAlone() {
			weak = append(weak, r.Name)
		}
	}
	if len(weak) == 0 {
		return pass(say("two factors, or a possession", "deux facteurs, ou une possession"))
	}
	return fail(say("two factors, or a smart card", "deux facteurs, ou une carte"), say("a password is enough for: %s", "un mot de passe suffit pour : %s", strings.Join(weak, ", ")), say(
		"%s › Sign On › User authentication › the policy › the rule › Edit: Any 2 factor types, or a possession factor (Terraform: okta_app_signon_policy_rule.factor_mode = \"2FA\", okta_app_oauth.authentication_policy; pschook register apply --authentication-policy rst…).",
		"%s › Sign On › User authentication › la stratégie › la règle › Edit : Any 2 factor types, ou un facteur de possession (Terraform : okta_app_signon_policy_rule.factor_mode = \"2FA\", okta_app_oauth.authentication_policy ; pschook register apply --authentication-policy rst…).", ev.appConsole()))
}

// tokensEncrypted looks for encryption (JWE), with which neither PSC nor the service could read the tokens.
func tokensEncrypted(ev *evidence) finding {
	var found []phrase
	if alg := ev.server.EncryptionAlg; alg != "" {
		found = append(found, say("access tokens by %s", "jetons d'accès par %s", alg))
	}
	if alg := ev.app.Settings.OAuthClient.EncryptionAlg; alg != "" {
		found = append(found, say("ID tokens by %s", "jetons d'identité par %s", alg))
	}
	if len(found) == 0 {
		return pass(say("signed only", "signés seulement"))
	}
	return fail(say("signed only", "signés seulement"), join(found), say(
		"Pro Santé Connect cannot read encrypted tokens. Access tokens: "+serverConsole+" › %s › Settings › Edit › Encryption: none. ID tokens: %s › General › Edit › ID token encryption: none (Terraform: neither argument exists; whoever set it by the API can unset it).",
		"Pro Santé Connect ne lit pas les jetons chiffrés. Jetons d'accès : "+serverConsole+" › %s › Settings › Edit › Encryption : aucun. Jetons d'identité : %s › General › Edit › ID token encryption : aucun (Terraform : aucun argument ; qui l'a réglé par l'API peut le retirer).", ev.server.Name, ev.appConsole()))
}

func appSelected(ev *evidence) finding {
	selected := ev.in.Config.Hook.ClientIDs
	if len(selected) == 0 || slices.Contains(selected, ev.in.ClientID) {
		return pass(literal(ev.in.ClientID))
	}
	return fail(literal(ev.in.ClientID), literal(strings.Join(selected, ", ")),
		say("Add %s to PSCHOOK_CLIENT_IDS, or name the right client with --client-id.", "Ajoutez %s à PSCHOOK_CLIENT_IDS, ou indiquez le bon client avec --client-id.", ev.in.ClientID))
}
