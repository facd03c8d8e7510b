package verify

import "strings"

// specRofim is the source of what Rofim provides.
const specRofim = "Rofim: OpenID provider"

// rppsDigits is the length of an RPPS number, the national number of a health
// professional.
const rppsDigits = 11

// rofimChecks are for Rofim as OpenID provider. It enforces a second factor
// itself and says nothing about it, so amr is not looked at.
func rofimChecks() []check {
	checks := append(idTokenChecks(StatusWarn),
		check{id: "userinfo.sub", spec: "OIDC Core §5.3.2", needs: []string{"id.parse", "id.sub"}, run: userinfoSubject},
		scopesCheck(specRofim+": scope", []string{"openid", "email", "partner_profil"}, true),
	)
	for _, r := range []claimRule{
		{id: "claim.email", names: []string{"email"}, missing: StatusFail, valid: validEmail}, // the key that accounts are matched by
		{id: "claim.family_name", names: []string{"family_name"}, missing: StatusWarn},
		{id: "claim.given_name", names: []string{"given_name"}, missing: StatusWarn},
		{id: "claim.formatted_name", names: []string{"formatted_name"}, missing: StatusWarn},
		{id: "claim.title", names: []string{"title"}, missing: StatusWarn},
		{id: "claim.initials", names: []string{"initials"}, missing: StatusWarn},
		{id: "claim.specialty", names: []string{"specialty"}, missing: StatusPass},
		{id: "claim.account_type", names: []string{"account_type"}, missing: StatusWarn},
		{id: "claim.country", names: []string{"country"}, missing: StatusWarn},
		{id: "claim.city", names: []string{"city"}, missing: StatusWarn},
		{id: "claim.rpps", names: []string{"RPPS"}, missing: StatusPass, valid: validRPPS},
	} {
		r.spec = specRofim + ": " + r.names[0]
		checks = append(checks, r.check())
	}
	return checks
}

func validRPPS(s string) bool {
	return len(s) == rppsDigits && strings.Trim(s, "0123456789") == ""
}
