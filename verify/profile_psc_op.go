package verify

import (
	"strconv"
	"strings"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// specOP is the source of what relying parties of PSC configure.
const specOP = "ANS: Pro Santé Connect, OpenID provider"

// pscOPChecks returns the checks for PSC itself as OpenID provider, as hospitals configure it in
// LemonLDAP::NG and other software: metadata by hand, an eidas level in acr.
func pscOPChecks() []rule {
	checks := append(idTokenChecks(report.StatusFail),
		rule{ID: "id.acr", Title: words.Say("The level of authentication is at least the one asked for", "Le niveau d'authentification est au moins celui demandé"), Spec: specOP + ": acr; OIDC Core §3.1.3.7 (12)", Needs: []string{"id.parse"}, Run: idACR},
		rule{ID: "userinfo.sub", Title: words.Say("Userinfo is about the same user", "Userinfo parle du même utilisateur"), Spec: "OIDC Core §5.3.2", Needs: []string{"id.parse", "id.sub"}, Run: userinfoSubject},
		scopesCheck(specOP+": scope", []string{"openid", "scope_all"}, false),
	)
	for _, r := range []claimRule{
		{names: []string{"preferred_username"}, Title: words.Say("The user name is there", "Le nom d'utilisateur est présent")},
		{names: []string{"given_name"}, Title: words.Say("The first name is there", "Le prénom est présent")},
		{names: []string{"family_name"}, Title: words.Say("The family name is there", "Le nom de famille est présent")},
	} {
		r.ID, r.Spec, r.missing = "claim."+r.names[0], specOP+": "+r.names[0], report.StatusFail
		checks = append(checks, r.check())
	}
	return checks
}

// eidasLevel reads "eidas0" … "eidas3"; ok is false for anything else. PSC uses eidas0 for means
// below all levels.
func eidasLevel(acr string) (level int, ok bool) {
	digits, ok := strings.CutPrefix(acr, "eidas")
	if !ok || len(digits) != 1 || digits < "0" || digits > "3" {
		return 0, false
	}
	return int(digits[0] - '0'), true
}

// leastACR returns the lowest requested eidas level; eidas1 when none was requested.
func leastACR(asked []string) int {
	least, known := 1, false
	for _, acr := range asked {
		if level, ok := eidasLevel(acr); ok && (!known || level < least) {
			least, known = level, true
		}
	}
	return least
}

func idACR(ev *evidence) report.Finding {
	least := leastACR(ev.in.ACRValues)
	wanted := "eidas" + strconv.Itoa(least)
	f := report.Want(words.Say("%s or higher", "%s ou plus", wanted)).Got(shown(ev.id.claims, "acr"))
	acr, p := ev.id.claims.Text("acr")
	level, known := eidasLevel(acr)
	switch {
	case p == outside.Absent:
		return f.Fail(words.Say("Without acr nobody knows how strong the sign-in was, and PSC always says it: ask for the level with PSCHOOK_RP_ACR_VALUES=%s (--acr-values), and check that these tokens come from PSC.",
			"Sans acr, nul ne sait quelle était la force de la connexion, et PSC l'indique toujours : demandez le niveau par PSCHOOK_RP_ACR_VALUES=%s (--acr-values), et vérifiez que ces jetons viennent de PSC.", wanted))
	case !known:
		return f.Fail(words.Say("PSC says eidas1, eidas2 or eidas3, and eidas0 for lesser means, in exactly this spelling. Another value comes from another provider, or from a Keycloak whose levels have no names (mapping of ACR to LoA): check the issuer (PSCHOOK_RP_ISSUER, --issuer).",
			"PSC indique eidas1, eidas2 ou eidas3, et eidas0 pour des moyens plus faibles, exactement sous cette forme. Une autre valeur vient d'un autre fournisseur, ou d'un Keycloak dont les niveaux n'ont pas de nom (correspondance ACR-LoA) : vérifiez l'émetteur (PSCHOOK_RP_ISSUER, --issuer)."))
	case level == 0 && least > 0:
		return f.Fail(words.Say(
			"PSC says eidas0 when the person signed in with a means (MIE) that reaches no eIDAS level. Asking for more does not help with such a means: sign in with one that reaches %s (CPx card, e-CPS, or a means of the establishment that is agreed for it). If your service takes lesser means, put eidas0 into PSCHOOK_RP_ACR_VALUES (--acr-values).",
			"PSC indique eidas0 quand la personne s'est connectée avec un moyen (MIE) qui n'atteint aucun niveau eIDAS. Demander plus n'y change rien : connectez-vous avec un moyen qui atteint %s (carte CPx, e-CPS, ou un MIE de l'établissement agréé pour cela). Si votre service accepte des moyens plus faibles, ajoutez eidas0 à PSCHOOK_RP_ACR_VALUES (--acr-values).", wanted))
	case level < least:
		return f.Fail(words.Say(
			"The sign-in was weaker than asked. Ask for the level with PSCHOOK_RP_ACR_VALUES=%s and sign in with a means that reaches it (CPx card or e-CPS).",
			"La connexion était plus faible que demandé. Demandez le niveau par PSCHOOK_RP_ACR_VALUES=%s et connectez-vous avec un MIE qui l'atteint (carte CPx ou e-CPS).", wanted))
	}
	return f.Pass()
}
