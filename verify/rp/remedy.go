package rp

import (
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"

	"pschook/internal/mishap"
	"pschook/verify/words"
)

// cause describes why a provider answers with an error, from its code and its words.
type cause struct {
	code   string     // RFC 6749 §4.1.2.1, §5.2
	part   string     // part of the description, in lower case; "" matches any
	remedy words.Text // zero: the remedy of the code
	doctor []string   // checks of pschook doctor that find more, if the provider is Okta
}

// causes returns the known errors of Okta's authorization servers, the more precise ones first.
func causes() []cause {
	return []cause{
		{"access_denied", "policy evaluation failed", words.Say(
			"No rule of the authorization server's access policies fits this sign-in: its client, its grant type, the person's groups, or a scope that was asked for. Look at Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform: okta_auth_server_policy.client_whitelist, okta_auth_server_policy_rule.grant_type_whitelist, group_whitelist, scope_whitelist).",
			"Aucune règle des politiques d'accès du serveur d'autorisation ne convient à cette connexion : son client, son type de flux, les groupes de la personne, ou une portée demandée. Voyez Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform : okta_auth_server_policy.client_whitelist, okta_auth_server_policy_rule.grant_type_whitelist, group_whitelist, scope_whitelist)."),
			[]string{"server.active", "rule.linked", "rule.priority", "rule.everybody"}},
		{"access_denied", "not assigned", words.Say(
			"This person may not use the app: assign the person or one of the person's groups to it (Okta Admin Console › Applications › app › Assignments; Terraform: okta_app_group_assignments.group).",
			"Cette personne n'a pas accès à l'application : attribuez-la à la personne ou à l'un de ses groupes (Okta Admin Console › Applications › app › Assignments ; Terraform : okta_app_group_assignments.group)."),
			[]string{"app.assigned"}},
		{"access_denied", "not active", words.Say(
			"The person's account is not active at the provider (Okta Admin Console › Directory › People).",
			"Le compte de la personne n'est pas actif chez le fournisseur (Okta Admin Console › Directory › People)."), nil},
		{"access_denied", "sign on policy", words.Text{}, []string{"app.sign_on"}},
		{"access_denied", "sign-on policy", words.Text{}, []string{"app.sign_on"}},
		{"access_denied", "", words.Text{}, []string{"app.assigned", "rule.linked"}},
		{"invalid_client", "client_id", words.Text{}, []string{"app.active"}},
		{"invalid_client", "secret", words.Text{}, []string{"app.spa"}},
		{"invalid_client", "credentials", words.Text{}, []string{"app.active", "app.spa"}},
		{"invalid_client", "", words.Text{}, []string{"app.active", "app.spa"}},
		{"invalid_request", "redirect_uri", words.Text{}, []string{"app.redirect_uris"}},
		{"invalid_request", "pkce", words.Text{}, []string{"app.spa"}},
		{"invalid_request", "code_challenge", words.Text{}, []string{"app.spa"}},
		{"invalid_request", "", words.Text{}, []string{"app.redirect_uris"}},
		{"invalid_scope", "", words.Text{}, []string{"server.active", "rule.linked"}},
		{"unauthorized_client", "", words.Text{}, []string{"app.spa", "rule.linked"}},
		{"unsupported_response_type", "", words.Text{}, []string{"app.spa"}},
		{"unsupported_grant_type", "", words.Text{}, []string{"app.spa"}},
		{"server_error", "", words.Text{}, []string{"hook.preview", "hook.time", "org.tid"}},
	}
}

// Remedy says what to do about the provider's error, and which checks of pschook doctor find the
// cause.
func (e *ProviderError) Remedy() words.Text {
	said := strings.ToLower(e.Description)
	remedy, known := remedies()[e.Code]
	if !known {
		remedy = problems()["provider"].next
	}
	i := slices.IndexFunc(causes(), func(c cause) bool { return c.code == e.Code && strings.Contains(said, c.part) })
	if i < 0 {
		return remedy
	}
	c := causes()[i]
	if c.remedy != (words.Text{}) {
		remedy = c.remedy
	}
	return withDoctor(remedy, c.doctor...)
}

// Remedy says what to do about metadata that cannot be fetched. It is zero when there is nothing to
// add to "the provider cannot be reached".
func (e *UnavailableError) Remedy() words.Text {
	document, answered := errors.AsType[*documentError](e.Err)
	_, foreign := errors.AsType[x509.HostnameError](e.Err)
	_, remedy, _ := mishap.Explain(e.Err)
	switch {
	case foreign:
		return withDoctor(remedy, "org.reachable")
	case answered && document.issuer != "":
		return withDoctor(words.Say(
			"The metadata at this address are those of another issuer. Mind a slash at the end, and with a custom domain which host the authorization server names: Okta Admin Console › Security › API › Authorization Servers › Issuer (Terraform: okta_auth_server.issuer_mode). If that is the one you mean, set PSCHOOK_RP_ISSUER (--issuer) to %s.",
			"Les métadonnées à cette adresse sont celles d'un autre émetteur. Attention à la barre oblique finale et, avec un domaine personnalisé, à l'hôte que nomme le serveur d'autorisation : Okta Admin Console › Security › API › Authorization Servers › Issuer (Terraform : okta_auth_server.issuer_mode). Si c'est bien lui, donnez à PSCHOOK_RP_ISSUER (--issuer) la valeur %s.", document.issuer), "server.issuer")
	case answered && document.answer.Status/100 == 2, answered && document.answer.Status == http.StatusNotFound, answered && document.answer.Status == http.StatusNotImplemented:
		return withDoctor(words.Say(
			"Something answers there, and it is not the provider's metadata. Check PSCHOOK_RP_ISSUER (--issuer), in Okta: Security › API › Authorization Servers › Issuer URI; a server that does not exist, or is not active, has none. For a provider without discovery give its metadata in PSCHOOK_RP_METADATA_FILE (--metadata).",
			"Quelque chose y répond, et ce ne sont pas les métadonnées du fournisseur. Vérifiez PSCHOOK_RP_ISSUER (--issuer), chez Okta : Security › API › Authorization Servers › Issuer URI ; un serveur qui n'existe pas, ou n'est pas actif, n'en a pas. Pour un fournisseur sans découverte, donnez ses métadonnées dans PSCHOOK_RP_METADATA_FILE (--metadata)."), "server.active")
	}
	return remedy
}

// withDoctor adds the checks of doctor to a remedy.
func withDoctor(remedy words.Text, checks ...string) words.Text {
	if len(checks) == 0 {
		return remedy
	}
	return words.Say("%s In Okta, pschook doctor finds the cause: %s.", "%s Chez Okta, pschook doctor en trouve la cause : %s.", remedy, words.List(checks))
}
