package doctor

import (
	"net/url"
	"slices"
	"strings"

	"pschook/verify/report"
	"pschook/verify/words"
)

func appChecks() []report.Rule[*evidence] {
	return []report.Rule[*evidence]{
		{
			ID: "app.active", Title: words.Say("The client of Pro Santé Connect is an active app", "Le client de Pro Santé Connect est une application active"),
			Spec: "ANS, PSC × Okta guide: application", Needs: []string{"org.readable"}, Run: appActive,
		},
		{
			ID: "app.spa", Title: words.Say("The app is a single-page app with PKCE, or a web app with a secret", "L'application est une SPA avec PKCE, ou une application web avec un secret"),
			Spec: "ANS, PSC × Okta guide: application; RFC 7636", Needs: []string{"app.active"}, Run: appSPA,
		},
		{
			ID: "app.dpop", Title: words.Say("The app asks for no proof of possession (DPoP)", "L'application n'exige pas de preuve de possession (DPoP)"),
			Spec: "RFC 9449; PSC × Okta: token request", Needs: []string{"app.active"}, Run: appDPoP,
		},
		{
			ID: "app.redirect_uris", Title: words.Say("The app has the redirect URIs", "L'application a les URI de redirection"),
			Spec: "OIDC Core §3.1.2.1", Needs: []string{"app.active"}, Run: appRedirects,
		},
		{
			ID: "app.assigned", Title: words.Say("Somebody may use the app", "Quelqu'un peut utiliser l'application"),
			Spec: "Okta developer docs: application assignments", Needs: []string{"app.active"}, Run: appAssigned,
		},
		{
			ID: "app.sign_on", Title: words.Say("A password alone does not let anybody in", "Un mot de passe seul ne suffit à personne"),
			Spec: "ANS, PSC × Okta: amr; Okta developer docs: app sign-in policies", Needs: []string{"app.active"}, Run: appSignOn,
		},
		{
			ID: "tokens.encrypted", Title: words.Say("Tokens are signed, not encrypted", "Les jetons sont signés, non chiffrés"),
			Spec: "RFC 7516; PSC × Okta: token form", Needs: []string{"app.active", "server.active"}, Run: tokensEncrypted,
		},
		{
			ID: "app.selected", Title: words.Say("The service adds claims for this client", "Le service ajoute des claims pour ce client"),
			Spec: "PSCHOOK_CLIENT_IDS", Run: appSelected,
		},
	}
}

// appConsole says where the app is set up.
func (ev *evidence) appConsole() string {
	name := ev.app.Label
	if name == "" {
		name = ev.in.ClientID
	}
	return "Okta Admin Console › Applications › " + name
}

func appActive(ev *evidence) report.Finding {
	expected := words.Say("an active app with client id %s", "une application active d'identifiant client %s", ev.in.ClientID)
	if ev.appErr != nil {
		return report.Fail(expected, words.Say("no such app", "aucune application de ce nom"), words.Say(
			"Okta Admin Console › Applications › Create App Integration › OIDC › Single-Page Application (Terraform: okta_app_oauth; pschook register apply), or name the right client with --client-id.",
			"Okta Admin Console › Applications › Create App Integration › OIDC › Single-Page Application (Terraform : okta_app_oauth ; pschook register apply), ou indiquez le bon client avec --client-id."))
	}
	if ev.app.Status != "ACTIVE" {
		return report.Fail(expected, words.Literal(ev.app.Status), words.Say("%s › Activate (Terraform: okta_app_oauth.status = \"ACTIVE\"; pschook register apply --client-id %s).", "%s › Activate (Terraform : okta_app_oauth.status = \"ACTIVE\" ; pschook register apply --client-id %s).", ev.appConsole(), ev.in.ClientID))
	}
	return report.Pass(words.Literal(ev.app.Label))
}

// appSPA accepts both kinds of client that Pro Santé Connect can be: a public one with PKCE, or a
// confidential one.
func appSPA(ev *evidence) report.Finding {
	oauth, client := ev.app.Settings.OAuthClient, ev.app.Credentials.OAuthClient
	var wrong []string
	add := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	expected := words.Literal("application_type browser, token_endpoint_auth_method none, pkce_required true, grant_types authorization_code")
	if oauth.Type == "web" {
		expected = words.Literal("application_type web, token_endpoint_auth_method client_secret_basic, grant_types authorization_code")
		add(client.AuthMethod != "none" && client.AuthMethod != "", "token_endpoint_auth_method "+client.AuthMethod)
	} else {
		add(oauth.Type == "browser", "application_type "+oauth.Type)
		add(client.AuthMethod == "none", "token_endpoint_auth_method "+client.AuthMethod)
		add(client.PKCE, "pkce_required false")
	}
	add(slices.Contains(oauth.GrantTypes, "authorization_code"), "grant_types "+strings.Join(oauth.GrantTypes, " "))
	add(len(oauth.Responses) == 0 || slices.Contains(oauth.Responses, "code"), "response_types "+strings.Join(oauth.Responses, " "))
	if len(wrong) == 0 {
		return report.Pass(expected)
	}
	return report.Fail(expected, words.Literal(strings.Join(wrong, ", ")), words.Say(
		"%s › General › Edit: grant Authorization Code; a Single-Page Application has Client authentication None and Require PKCE, a Web Application has Client secret. The type cannot be changed: make a new one if it is another (Terraform: okta_app_oauth.type, token_endpoint_auth_method = \"none\" with pkce_required = true, or \"client_secret_basic\", grant_types, response_types; pschook register apply --app-type).",
		"%s › General › Edit : grant Authorization Code ; une Single-Page Application a Client authentication None et Require PKCE, une Web Application a Client secret. Le type ne se change pas : s'il est autre, créez-en une nouvelle (Terraform : okta_app_oauth.type, token_endpoint_auth_method = \"none\" avec pkce_required = true, ou \"client_secret_basic\", grant_types, response_types ; pschook register apply --app-type).", ev.appConsole()))
}

func appRedirects(ev *evidence) report.Finding {
	have := ev.app.Settings.OAuthClient.RedirectURIs
	var lacking []string
	found := []words.Text{words.Literal(strings.Join(have, ", "))}
	for _, uri := range ev.in.RedirectURIs {
		if slices.Contains(have, uri) {
			continue
		}
		lacking = append(lacking, uri)
		if near, why, ok := nearURI(have, uri); ok {
			found = append(found, words.Say("%s has %s", "%s a %s", near, why))
		}
	}
	switch {
	case len(lacking) > 0:
		return report.Fail(words.Literal(strings.Join(ev.in.RedirectURIs, ", ")), words.Join("; ", " ; ", found...), words.Say(
			"%s › General › Edit › Sign-in redirect URIs: add the ones of Pro Santé Connect, and %s (Terraform: okta_app_oauth.redirect_uris; pschook register apply --redirect-uri). They are compared character by character.",
			"%s › General › Edit › Sign-in redirect URIs : ajoutez celles de Pro Santé Connect, et %s (Terraform : okta_app_oauth.redirect_uris ; pschook register apply --redirect-uri). La comparaison se fait caractère par caractère.", ev.appConsole(), strings.Join(lacking, ", ")))
	case len(have) == 0:
		return report.Fail(words.Say("the redirect URI of Pro Santé Connect", "l'URI de redirection de Pro Santé Connect"), words.Say("none", "aucune"), words.Say(
			"%s › General › Edit › Sign-in redirect URIs: add the one that the ANS gave you (Terraform: okta_app_oauth.redirect_uris; pschook register apply --redirect-uri).",
			"%s › General › Edit › Sign-in redirect URIs : ajoutez celle que l'ANS vous a donnée (Terraform : okta_app_oauth.redirect_uris ; pschook register apply --redirect-uri).", ev.appConsole()))
	}
	return report.Pass(found[0])
}

// nearURI returns the registered redirect URI that is most similar to the wanted one, and the
// difference.
func nearURI(have []string, wanted string) (near string, why words.Text, ok bool) {
	u, err := url.Parse(wanted)
	if err != nil {
		return "", words.Text{}, false
	}
	best := ofAnotherHost
	for _, uri := range have {
		if m, is := differing(uri, u); is && m.rank < best {
			near, why, ok, best = uri, m.why, true, m.rank
		}
	}
	return near, why, ok
}

// appDPoP finds a requirement that Pro Santé Connect's Keycloak cannot meet: Okta would refuse its
// token request.
func appDPoP(ev *evidence) report.Finding {
	if !ev.app.Settings.OAuthClient.DPoP {
		return report.Pass(words.Say("not required", "pas exigée"))
	}
	return report.Fail(words.Say("not required", "pas exigée"), words.Literal("dpop_bound_access_tokens true"), words.Say(
		"%s › General › Edit › Proof of possession: take the tick off Require Demonstrating Proof of Possession (DPoP) header in token requests (Terraform: no argument; pschook register apply --client-id %s). Pro Santé Connect sends none, so that Okta answers invalid_dpop_proof.",
		"%s › General › Edit › Proof of possession : décochez Require Demonstrating Proof of Possession (DPoP) header in token requests (Terraform : aucun argument ; pschook register apply --client-id %s). Pro Santé Connect n'en envoie pas, et Okta répond invalid_dpop_proof.", ev.appConsole(), ev.in.ClientID))
}

func appAssigned(ev *evidence) report.Finding {
	switch {
	case ev.app.Settings.ImplicitAssignment:
		return report.Pass(words.Say("everybody, without assignment", "tout le monde, sans affectation"))
	case len(ev.people) == 0 && ev.nobody:
		return report.Fail(words.Say("a group with members", "un groupe qui a des membres"), words.Say("groups: %d, nobody in them: Okta lets nobody sign in", "groupes : %d, personne dedans : Okta ne laisse entrer personne", len(ev.groups)), words.Say(
			"Okta Admin Console › Directory › Groups › the group › Assign people (Terraform: okta_group_memberships), or %s › Assignments › Assign to Groups: another one (pschook register apply --group NAME).",
			"Okta Admin Console › Directory › Groups › le groupe › Assign people (Terraform : okta_group_memberships), ou %s › Assignments › Assign to Groups : un autre (pschook register apply --group NOM).", ev.appConsole()))
	case len(ev.people) == 0 && len(ev.groups) == 0:
		return report.Fail(words.Say("at least one group", "au moins un groupe"), words.Say("nobody: Okta lets nobody sign in", "personne : Okta ne laisse entrer personne"), words.Say(
			"%s › Assignments › Assign to Groups: the professionals (Terraform: okta_app_group_assignment; pschook register apply --group NAME).",
			"%s › Assignments › Assign to Groups : les professionnels (Terraform : okta_app_group_assignment ; pschook register apply --group NOM).", ev.appConsole()))
	}
	return report.Pass(words.Say("groups: %d, people beside them: %d", "groupes : %d, personnes en plus : %d", len(ev.groups), len(ev.people)))
}

// appSignOn finds a rule that allows a password alone. The AMR policy would not overstate such a
// sign-in, so PSC would refuse the person. But the sign-in should not get that far.
func appSignOn(ev *evidence) report.Finding {
	if ev.signOnErr != nil {
		return report.Skip(words.Say("Not checked: the credential may not read authentication policies (scope okta.policies.read): %s", "Non vérifié : le jeton ou la clé ne permet pas de lire les politiques d'authentification (portée okta.policies.read) : %s", ev.signOnErr.Error()))
	}
	if len(ev.signOn) == 0 {
		return report.Skip(words.Say("Not checked: the app has no authentication policy (Okta Classic Engine); see its Sign On tab.", "Non vérifié : l'application n'a pas de politique d'authentification (Okta Classic Engine) ; voyez son onglet Sign On."))
	}
	var weak []string
	for _, r := range ev.signOn {
		if r.PasswordAlone() {
			weak = append(weak, r.Name)
		}
	}
	if len(weak) == 0 {
		return report.Pass(words.Say("two factors, or a possession", "deux facteurs, ou un facteur de possession"))
	}
	return report.Fail(words.Say("two factors, or a smart card", "deux facteurs, ou une carte"), words.Say("a password is enough for: %s", "un mot de passe suffit pour : %s", strings.Join(weak, ", ")), words.Say(
		"%s › Sign On › User authentication › the policy › the rule › Edit: Any 2 factor types, or a possession factor (Terraform: okta_app_signon_policy_rule.factor_mode = \"2FA\", okta_app_oauth.authentication_policy; pschook register apply --authentication-policy rst…).",
		"%s › Sign On › User authentication › la politique › la règle › Edit : Any 2 factor types, ou un facteur de possession (Terraform : okta_app_signon_policy_rule.factor_mode = \"2FA\", okta_app_oauth.authentication_policy ; pschook register apply --authentication-policy rst…).", ev.appConsole()))
}

// tokensEncrypted finds encryption (JWE). With it, neither PSC nor the service could read the
// tokens.
func tokensEncrypted(ev *evidence) report.Finding {
	var found []words.Text
	if alg := ev.server.EncryptionAlg; alg != "" {
		found = append(found, words.Say("access tokens by %s", "jetons d'accès par %s", alg))
	}
	if alg := ev.app.Settings.OAuthClient.EncryptionAlg; alg != "" {
		found = append(found, words.Say("ID tokens by %s", "jetons d'identité par %s", alg))
	}
	if len(found) == 0 {
		return report.Pass(words.Say("signed only", "signés seulement"))
	}
	return report.Fail(words.Say("signed only", "signés seulement"), words.Join("; ", " ; ", found...), words.Say(
		"Pro Santé Connect cannot read encrypted tokens. Access tokens: "+serverConsole+" › %s › Settings › Edit › Encryption: none. ID tokens: %s › General › Edit › ID token encryption: none (Terraform: neither argument exists; whoever set it by the API can unset it).",
		"Pro Santé Connect ne lit pas les jetons chiffrés. Jetons d'accès : "+serverConsole+" › %s › Settings › Edit › Encryption : aucun. Jetons d'identité : %s › General › Edit › ID token encryption : aucun (Terraform : aucun argument ; qui l'a réglé par l'API peut le retirer).", ev.server.Name, ev.appConsole()))
}

func appSelected(ev *evidence) report.Finding {
	selected := ev.in.Config.Hook.ClientIDs
	if len(selected) == 0 || slices.Contains(selected, ev.in.ClientID) {
		return report.Pass(words.Literal(ev.in.ClientID))
	}
	return report.Fail(words.Literal(ev.in.ClientID), words.Literal(strings.Join(selected, ", ")),
		words.Say("Add %s to PSCHOOK_CLIENT_IDS, or name the right client with --client-id.", "Ajoutez %s à PSCHOOK_CLIENT_IDS, ou indiquez le bon client avec --client-id.", ev.in.ClientID))
}
