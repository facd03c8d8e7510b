package verify

import (
	"strconv"
	"strings"
)

// specOP is the source of what relying parties of PSC configure.
const specOP = "ANS: Pro Santé Connect, OpenID provider"

// pscOPChecks are for PSC itself as OpenID provider, as hospitals configure it
// in LemonLDAP::NG and others: metadata by hand, an eidas level in acr.
func pscOPChecks() []check {
	checks := append(idTokenChecks(StatusFail),
		check{id: "id.acr", spec: specOP + ": acr; OIDC Core §3.1.3.7 (12)", needs: []string{"id.parse"}, run: idACR},
		check{id: "userinfo.sub", spec: "OIDC Core §5.3.2", needs: []string{"id.parse", "id.sub"}, run: userinfoSubject},
		scopesCheck(specOP+": scope", []string{"openid", "scope_all"}, false),
	)
	for _, name := range []string{"preferred_username", "given_name", "family_name"} {
		checks = append(checks, claimRule{
			id: "claim." + name, spec: specOP + ": " + name, names: []string{name}, missing: StatusFail,
		}.check())
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

func idACR(ev *evidence) finding {
	least := leastACR(ev.in.ACRValues)
	f := want(say("expected.id.acr", with("least", "eidas"+strconv.Itoa(least)))).got(shown(ev.id.claims, "acr"))
	acr, _ := ev.id.claims.text("acr")
	switch level := eidasLevel(acr); {
	case level == 0:
		return f.fail(say("hint.id.acr.missing", with("least", "eidas"+strconv.Itoa(least))))
	case level < least:
		return f.fail(say("hint.id.acr", with("least", "eidas"+strconv.Itoa(least))))
	}
	return f.pass()
}
