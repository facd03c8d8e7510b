package doctor

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/verify/report"
	"pschook/verify/words"
)

func orgChecks() []report.Rule[*evidence] {
	return []report.Rule[*evidence]{
		{
			ID: "org.reachable", Title: words.Say("The Okta org answers at its URL", "L'organisation Okta répond à son adresse"),
			Spec: "Okta API reference: /.well-known/okta-organization", Run: orgReachable,
		},
		{
			ID: "org.readable", Title: words.Say("The credential may read what the checks need", "Le jeton ou la clé permet de lire ce qu'il faut"),
			Spec: "Okta developer docs: OAuth 2.0 scopes; API tokens", Needs: []string{"org.reachable"}, Run: orgReadable,
		},
		{
			ID: "org.tid", Title: words.Say("The configured tid is the id of this org", "Le tid configuré est l'identifiant de cette organisation"),
			Spec: "ANS, PSC × Okta: tid", Needs: []string{"org.readable"}, Run: orgTID,
		},
		{
			ID: "clock.skew", Title: words.Say("This machine's clock agrees with Okta's", "L'horloge de cette machine concorde avec celle d'Okta"),
			Spec: "RFC 7519 §4.1.4; RFC 9110 §6.6.1", Needs: []string{"org.reachable"},
			Run: func(ev *evidence) report.Finding { return checkClock(ev.clock, "Okta") },
		},
	}
}

func orgReachable(ev *evidence) report.Finding {
	expected := words.Say("an Okta org at %s", "une organisation Okta à l'adresse %s", ev.in.Config.Okta.OrgURL)
	hint := words.Say("Set PSCHOOK_OKTA_ORG_URL to the org's address, without “-admin”: it stands in the Admin Console under the user's name, top right. If it is right, let this machine reach it on port 443.",
		"Mettez dans PSCHOOK_OKTA_ORG_URL l'adresse de l'organisation, sans « -admin » : elle figure dans l'Admin Console sous le nom de l'utilisateur, en haut à droite. Si elle est juste, laissez cette machine la joindre sur le port 443.")
	if ev.wellKnownErr != nil {
		return report.Fail(expected, words.Literal(ev.wellKnownErr.Error()), hint)
	}
	if !strings.HasPrefix(ev.wellKnown.ID, "00o") {
		return report.Fail(expected, words.Say("a document without an org id", "un document sans identifiant d'organisation"), hint)
	}
	return report.Pass(words.Literal(ev.wellKnown.ID))
}

func orgReadable(ev *evidence) report.Finding {
	expected := words.Say("an answer to each question, by scope %s, or a token of an administrator", "une réponse à chaque question, par les portées %s, ou un jeton d'administrateur", strings.Join(Scopes(), " "))
	if len(ev.unread) == 0 {
		return report.Pass(words.Literal(ev.org.ID))
	}
	var what []words.Text
	denied := false
	for _, err := range ev.unread {
		what = append(what, words.Literal(err.Error()))
		denied = denied || oktaread.Refused(err)
	}
	if slices.ContainsFunc(ev.unread, oktaread.Limited) {
		return report.Fail(expected, words.Join("; ", " ; ", what...), words.Say("Okta's rate limit stays used up although doctor waited: see which client uses it up (Okta Admin Console › Reports › Rate Limits), and try again.",
			"La limite de débit d'Okta reste atteinte bien que doctor ait attendu : voyez quel client l'épuise (Okta Admin Console › Reports › Rate Limits), puis réessayez."))
	}
	if !denied {
		return report.Fail(expected, words.Join("; ", " ; ", what...), words.Say("Try again; if it persists, see status.okta.com.", "Réessayez ; si cela persiste, voyez status.okta.com."))
	}
	return report.Fail(expected, words.Join("; ", " ; ", what...), words.Join(" ", " ", missingRights(ev.unread), words.Say(
		"API token (PSCHOOK_OKTA_API_TOKEN): make a new one as an administrator who may read apps, authorization servers and inline hooks (Okta Admin Console › Security › API › Tokens). API service app (PSCHOOK_OKTA_CLIENT_ID): grant the scopes (Applications › the app › Okta API Scopes; Terraform: okta_app_oauth_api_scope.scopes) and an admin role (› Admin roles).",
		"Jeton d'API (PSCHOOK_OKTA_API_TOKEN) : créez-en un en tant qu'administrateur autorisé à lire applications, serveurs d'autorisation et inline hooks (Okta Admin Console › Security › API › Tokens). Application de service (PSCHOOK_OKTA_CLIENT_ID) : accordez-lui les portées (Applications › l'application › Okta API Scopes ; Terraform : okta_app_oauth_api_scope.scopes) et un rôle (› Admin roles).")))
}

// missingRights names, for each refused read, the scope and the permission of a custom admin role.
func missingRights(unread []error) words.Text {
	var missing []words.Text
	var seen []string
	for _, err := range unread {
		e, ok := errors.AsType[*oktaread.Error](err)
		if !ok || !oktaread.Forbidden(err) || slices.Contains(seen, e.Scope) {
			continue
		}
		seen = append(seen, e.Scope)
		if permission := oktaread.Permission(e.Scope); permission != "" {
			missing = append(missing, words.Say("scope %s, custom role permission %s", "portée %s, permission de rôle personnalisé %s", e.Scope, permission))
		} else {
			missing = append(missing, words.Say("scope %s, a standard role such as Read-Only Administrator", "portée %s, un rôle standard comme Read-Only Administrator", e.Scope))
		}
	}
	if len(missing) == 0 {
		return words.Say("Okta does not accept the credential.", "Le jeton ou la clé n'est pas accepté.")
	}
	return words.Say("Missing: %s (Okta Admin Console › Security › Administrators › Roles, and the role's resource set).", "Manque : %s (Okta Admin Console › Security › Administrators › Roles, et l'ensemble de ressources du rôle).", words.Join("; ", " ; ", missing...))
}

// orgTID compares all places that name the org.
func orgTID(ev *evidence) report.Finding {
	c := ev.in.Config
	expected := words.Literal(ev.org.ID)
	switch {
	case ev.wellKnown.ID != ev.org.ID:
		return report.Fail(expected, words.Say("%s in the public document", "%s dans le document public", ev.wellKnown.ID),
			words.Say("Two orgs answer at one address: check PSCHOOK_OKTA_ORG_URL and what stands between this machine and Okta.", "Deux organisations répondent à une même adresse : vérifiez PSCHOOK_OKTA_ORG_URL et ce qui se trouve entre cette machine et Okta."))
	case c.RP.ExpectedTID != "" && ev.tid() != "" && c.RP.ExpectedTID != ev.tid():
		return report.Fail(words.Literal(ev.tid()), words.Say("PSCHOOK_RP_EXPECTED_TID is %s", "PSCHOOK_RP_EXPECTED_TID vaut %s", c.RP.ExpectedTID),
			words.Say("The service sends %s: unset PSCHOOK_RP_EXPECTED_TID, or set PSCHOOK_TID_SOURCE and PSCHOOK_TID_VALUE to what was agreed with the ANS.", "Le service envoie %s : retirez PSCHOOK_RP_EXPECTED_TID, ou donnez à PSCHOOK_TID_SOURCE et PSCHOOK_TID_VALUE ce qui a été convenu avec l'ANS.", ev.tid()))
	case c.TID.Source != config.SourceStatic || c.TID.Value == ev.org.ID:
		return report.Pass(expected)
	case strings.HasPrefix(c.TID.Value, "00o"):
		return report.Fail(expected, words.Say("PSCHOOK_TID_VALUE is %s", "PSCHOOK_TID_VALUE vaut %s", c.TID.Value),
			words.Say("That is another org's id. Set PSCHOOK_TID_VALUE=%s, or unset it and let the service look the id up.", "C'est l'identifiant d'une autre organisation. Mettez PSCHOOK_TID_VALUE=%s, ou retirez-le et laissez le service lire l'identifiant.", ev.org.ID))
	}
	return report.Warn(expected, words.Say("PSCHOOK_TID_VALUE is %s", "PSCHOOK_TID_VALUE vaut %s", c.TID.Value),
		words.Say("Right if this value was agreed with the ANS for the établissement; otherwise unset PSCHOOK_TID_VALUE.", "Juste si cette valeur a été convenue avec l'ANS pour l'établissement ; sinon, retirez PSCHOOK_TID_VALUE."))
}

// tid returns the value that the service sends; "" when it sends none or the value is not known.
func (ev *evidence) tid() string {
	for _, claims := range []map[string]jsontext.Value{ev.expected.AccessToken, ev.expected.IDToken} {
		if value, ok := claims["tid"]; ok {
			return unquote(value)
		}
	}
	return ""
}

func unquote(v jsontext.Value) string {
	text, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(text)
}
