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

func appSelected(ev *evidence) finding {
	selected := ev.in.Config.Hook.ClientIDs
	if len(selected) == 0 || slices.Contains(selected, ev.in.ClientID) {
		return pass(literal(ev.in.ClientID))
	}
	return fail(literal(ev.in.ClientID), literal(strings.Join(selected, ", ")),
		say("Add %s to PSCHOOK_CLIENT_IDS, or name the right client with --client-id.", "Ajoutez %s à PSCHOOK_CLIENT_IDS, ou indiquez le bon client avec --client-id.", ev.in.ClientID))
}
