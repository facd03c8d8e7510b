package verify

import (
	"slices"
	"strconv"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// specCHG is the source of what CHG-MERIDIAN reads.
	specCHG = "CHG-MERIDIAN: single sign-on"
	// xmlsoap is the prefix of the alternative claim URIs that CHG-MERIDIAN accepts.
	xmlsoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	// maxForwardedBytes is the size of the claims above which there is a warning. CHG-MERIDIAN
	// forwards all claims that it does not read, and a cookie holds 4096 bytes in all (RFC 6265
	// §6.1).
	maxForwardedBytes = 4096
)

// chgMeridianChecks are for CHG-MERIDIAN as relying party of the customer's
// provider.
func chgMeridianChecks() []rule {
	checks := append(without(idTokenChecks(report.StatusWarn), "id.sub"),
		rule{ID: "provider.pkce", Title: words.Say("The provider supports PKCE with S256", "Le fournisseur prend en charge PKCE avec S256"), Spec: specCHG + ": PKCE; RFC 8414 §2; RFC 9700 §2.1.1", Run: providerPKCE},
		claimRule{
			ID: "claim.sub", Title: words.Say("The user has an identifier (sub)", "L'utilisateur a un identifiant (sub)"), Spec: specCHG + ": sub", names: []string{"sub", xmlsoap + "nameidentifier"},
			missing: report.StatusFail, valid: validSubject, idTokenWins: true,
		}.check(),
		rule{ID: "userinfo.sub", Title: words.Say("Userinfo is about the same user", "Userinfo parle du même utilisateur"), Spec: "OIDC Core §5.3.2", Needs: []string{"id.parse", "claim.sub"}, Run: userinfoSubject},
		chgEmail().check(),
		rule{ID: "claim.preferred_username", Title: words.Say("The user name is there", "Le nom d'utilisateur est présent"), Spec: specCHG + ": preferred_username", Needs: []string{"id.parse", "claim.email"}, Run: chgUsername},
	)
	for _, r := range []claimRule{
		{ID: "claim.given_name", Title: words.Say("The first name is there", "Le prénom est présent"), names: []string{"given_name", "FirstName", xmlsoap + "givenname"}},
		{ID: "claim.family_name", Title: words.Say("The family name is there", "Le nom de famille est présent"), names: []string{"family_name", "LastName", xmlsoap + "surname"}},
	} {
		r.Spec, r.missing = specCHG+": "+r.names[0], report.StatusWarn
		c := r.check()
		c.Unless = []string{"claim.display_name"}
		checks = append(checks, c)
	}
	return append(checks,
		rule{ID: "claim.display_name", Title: words.Say("There is a name to show", "Il y a un nom à afficher"), Spec: specCHG + ": nickname", Needs: []string{"id.parse"}, Run: chgDisplayName},
		rule{ID: "claims.size", Title: words.Say("The set of claims is not too large", "L'ensemble des claims n'est pas trop volumineux"), Spec: specCHG + "; RFC 6265 §6.1", Needs: []string{"id.parse"}, Run: claimsSize},
	)
}

func chgEmail() claimRule {
	return claimRule{
		ID: "claim.email", Title: words.Say("The user's e-mail address is there and valid", "L'adresse e-mail de l'utilisateur est présente et valide"), Spec: specCHG + ": email", missing: report.StatusFail, valid: validEmail,
		names: []string{"email", xmlsoap + "emailaddress", xmlsoap + "nameidentifier"},
	}
}

// providerPKCE fails only for a client without a secret, because CHG-MERIDIAN uses a secret if the
// provider does not support PKCE.
func providerPKCE(ev *evidence) report.Finding {
	f := report.Want(words.Say("S256 among code_challenge_methods_supported", "S256 parmi code_challenge_methods_supported"))
	if ev.in.Provider == nil {
		return f.Skip(words.Say("Not checked: the provider's metadata is not known.", "Non vérifié : les métadonnées du fournisseur ne sont pas connues."))
	}
	methods := ev.in.Provider.PKCEMethods
	f = f.Got(words.Say("metadata names %s", "les métadonnées indiquent %s", words.List(methods)))
	switch {
	case slices.Contains(methods, "S256"):
		return f.Pass()
	case ev.in.Confidential:
		return f.Warn(words.Say(
			"Without PKCE the client secret alone protects the code (PSCHOOK_RP_CLIENT_SECRET). Turn on PKCE at the provider (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange; Terraform: okta_app_oauth.pkce_required).",
			"Sans PKCE, seul le secret du client protège le code (PSCHOOK_RP_CLIENT_SECRET). Activez PKCE chez le fournisseur (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange ; Terraform : okta_app_oauth.pkce_required)."))
	}
	return f.Fail(words.Say(
		"Turn on PKCE at the provider (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange; Terraform: okta_app_oauth.pkce_required), or give the client a secret (PSCHOOK_RP_CLIENT_SECRET).",
		"Activez PKCE chez le fournisseur (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange ; Terraform : okta_app_oauth.pkce_required), ou donnez un secret au client (PSCHOOK_RP_CLIENT_SECRET)."))
}

func chgUsername(ev *evidence) report.Finding {
	names := []string{"preferred_username", "name", xmlsoap + "name"}
	f := report.Want(words.Say("%s, in the ID token or userinfo", "%s, dans le jeton d'identité ou userinfo", words.List(names)))
	if c, _ := ev.claim(names, nil); c.name != "" && c.kind == outside.Present {
		return f.Got(c.shown).Pass()
	}
	email, _ := ev.claim(chgEmail().names, validEmail)
	return f.Got(email.shown).Warn(words.Say(
		"Without a user name the e-mail address is used. Release preferred_username or name (Okta: scope profile in PSCHOOK_RP_SCOPES; Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim) if that is not wanted.",
		"Sans nom d'utilisateur, l'adresse e-mail est utilisée. Délivrez preferred_username ou name (Okta : portée profile dans PSCHOOK_RP_SCOPES ; Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim) si ce n'est pas souhaité."))
}

// chgDisplayName requires a name to show: name, else first or last name, else nickname.
func chgDisplayName(ev *evidence) report.Finding {
	names := []string{"name", "given_name", "FirstName", xmlsoap + "givenname", "family_name", "LastName", xmlsoap + "surname", "nickname"}
	f := report.Want(words.Say("name, else first or family name, else nickname", "name, sinon prénom ou nom, sinon nickname"))
	c, _ := ev.claim(names, nil)
	f = f.Got(c.shown)
	if c.name == "" || c.kind == outside.Malformed {
		return f.Warn(words.Say(
			"Nothing names the person on the screen: release name, given_name, family_name or at least nickname (Okta: scope profile in PSCHOOK_RP_SCOPES; Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim).",
			"Rien ne désigne la personne à l'écran : délivrez name, given_name, family_name ou au moins nickname (Okta : portée profile dans PSCHOOK_RP_SCOPES ; Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim)."))
	}
	return f.Pass()
}

func claimsSize(ev *evidence) report.Finding {
	size, count := 0, 0
	for _, o := range ev.sources() {
		size += len(o.Raw)
		count += len(o.Names)
	}
	f := report.Want(words.Say("at most %v bytes", "au plus %v octets", strconv.Itoa(maxForwardedBytes))).
		Got(words.Say("claims: %d; bytes: %v", "claims : %d ; octets : %v", count, size))
	if size > maxForwardedBytes {
		return f.Warn(words.Say(
			"Every claim that is not read is forwarded. Release fewer: restrict the groups claim and custom claims (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim), and ask for fewer scopes (PSCHOOK_RP_SCOPES).",
			"Tout claim non lu est transmis. Délivrez-en moins : restreignez le claim groups et les claims personnalisés (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim), et demandez moins de portées (PSCHOOK_RP_SCOPES)."))
	}
	return f.Pass()
}
