package verify

import (
	"strconv"
	"strings"

	"pschook/verify/report"
	"pschook/verify/words"
)

// specOP is the source of what relying parties of PSC configure.
const specOP = "ANS: Pro Santé Connect, OpenID provider"

// pscOPChecks are for PSC itself as OpenID provider, as hospitals configure it
// in LemonLDAP::NG and others: metadata by hand, an eidas level in acr.
func pscOPChecks() []rule {
	checks := append(idTokenChecks(report.StatusFail),
		rule{ID: "id.acr", Title: words.Say("The level of authentication is at least the one asked for", "Le niveau d'authentification est au moins celui demandé"), Spec: specOP + ": acr; OIDC Core §3.1.3.7 (12)", Needs: []string{"id.parse"}, Run: idACR},
		rule{ID: "userinfo.sub", Title: words.Say("Userinfo speaks of the same user", "Userinfo parle du même utilisateur"), Spec: "OIDC Core §5.3.2", Needs: []string{"id.parse", "id.sub"}, Run: userinfoSubject},
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

// eidasLevel reads "eidas1" … "eidas3"; 0 for anything else.
func eidasLevel(acr string) int {
	digits, ok := strings.CutPrefix(acr, "eidas")
	if !ok || len(digits) != 1 {
		return 0
	}
	level, err := strconv.Atoi(digits)
	if err != nil || level > 3 {
		return 0
	}
	return level
}

// leastACR is the lowest eidas level asked for; eidas1 when none was.
func leastACR(asked []string) int {
	least := 0
	for _, acr := range asked {
		if level := eidasLevel(acr); level > 0 && (least == 0 || level < least) {
			least = level
		}
	}
	return max(least, 1)
}

func idACR(ev *evidence) report.Finding {
	least := leastACR(ev.in.ACRValues)
	f := report.Want(words.Say("%s or higher", "%s ou plus", "eidas"+strconv.Itoa(least))).Got(shown(ev.id.claims, "acr"))
	acr, _ := ev.id.claims.Text("acr")
	switch level := eidasLevel(acr); {
	case level == 0:
		return f.Fail(words.Say("acr must be eidas1, eidas2 or eidas3: ask for the level with PSCHOOK_RP_ACR_VALUES=%s.",
			"acr doit valoir eidas1, eidas2 ou eidas3 : demandez le niveau par PSCHOOK_RP_ACR_VALUES=%s.", "eidas"+strconv.Itoa(least)))
	case level < least:
		return f.Fail(words.Say(
			"The sign-in was weaker than asked. Ask for the level with PSCHOOK_RP_ACR_VALUES=%s and sign in with a means that reaches it (CPx card or e-CPS).",
			"La connexion était plus faible que demandé. Demandez le niveau par PSCHOOK_RP_ACR_VALUES=%s et connectez-vous avec un MIE qui l'atteint (carte CPx ou e-CPS).", "eidas"+strconv.Itoa(least)))
	}
	return f.Pass()
}
