package verify

import (
	"strings"

	"pschook/verify/report"
	"pschook/verify/words"
)

// specRofim is the source of what Rofim provides.
const specRofim = "Rofim: OpenID provider"

// rppsDigits is the length of an RPPS number, the national number of a health
// professional.
const rppsDigits = 11

// rofimChecks returns the checks for Rofim as OpenID provider. Rofim enforces a second factor
// itself and does not report it, so amr is not checked.
func rofimChecks() []rule {
	checks := append(idTokenChecks(report.StatusWarn),
		rule{ID: "userinfo.sub", Title: words.Say("Userinfo is about the same user", "Userinfo parle du même utilisateur"), Spec: "OIDC Core §5.3.2", Needs: []string{"id.parse", "id.sub"}, Run: userinfoSubject},
		scopesCheck(specRofim+": scope", []string{"openid", "email", "partner_profil"}, true),
	)
	for _, r := range []claimRule{
		{ID: "claim.email", Title: words.Say("The user's e-mail address is there and valid", "L'adresse e-mail de l'utilisateur est présente et valide"), names: []string{"email"}, missing: report.StatusFail, valid: validEmail}, // the key that accounts are matched by
		{ID: "claim.family_name", Title: words.Say("The family name is there", "Le nom de famille est présent"), names: []string{"family_name"}, missing: report.StatusWarn},
		{ID: "claim.given_name", Title: words.Say("The first name is there", "Le prénom est présent"), names: []string{"given_name"}, missing: report.StatusWarn},
		{ID: "claim.formatted_name", Title: words.Say("The formatted name is there", "Le nom mis en forme est présent"), names: []string{"formatted_name"}, missing: report.StatusWarn},
		{ID: "claim.title", Title: words.Say("The title is there", "Le titre (civilité) est présent"), names: []string{"title"}, missing: report.StatusWarn},
		{ID: "claim.initials", Title: words.Say("The initials are there", "Les initiales sont présentes"), names: []string{"initials"}, missing: report.StatusWarn},
		{ID: "claim.specialty", Title: words.Say("The specialty, if any, is a text", "La spécialité, s'il y en a une, est un texte"), names: []string{"specialty"}, missing: report.StatusPass},
		{ID: "claim.account_type", Title: words.Say("The type of account is there", "Le type de compte est présent"), names: []string{"account_type"}, missing: report.StatusWarn},
		{ID: "claim.country", Title: words.Say("The country is there", "Le pays est présent"), names: []string{"country"}, missing: report.StatusWarn},
		{ID: "claim.city", Title: words.Say("The city is there", "La ville est présente"), names: []string{"city"}, missing: report.StatusWarn},
		{ID: "claim.rpps", Title: words.Say("The RPPS number, if any, has 11 digits", "Le numéro RPPS, s'il y en a un, a 11 chiffres"), names: []string{"RPPS"}, missing: report.StatusPass, valid: validRPPS},
	} {
		r.Spec = specRofim + ": " + r.names[0]
		checks = append(checks, r.check())
	}
	return checks
}

func validRPPS(s string) bool {
	return len(s) == rppsDigits && strings.Trim(s, "0123456789") == ""
}
