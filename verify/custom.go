package verify

// NewReport makes a report of checks that were made elsewhere, about something
// other than tokens: its text says so, and it names no level. name takes the place
// of the profile.
func NewReport(name string, lang Language, checks []Check) Report {
	if lang != French {
		lang = English
	}
	return Report{Profile: name, Verdict: verdict(checks), Checks: checks, AMRLevel: LevelNone, lang: lang, custom: true}
}

// Localize picks a sentence by language, and gives the French one, written with
// plain spaces, the no-break spaces of French typography.
func Localize(lang Language, english, french string) string {
	return text{english, french}.in(lang)
}

// customTexts are the verdicts of reports that are not about tokens.
func customTexts() map[string]text {
	return map[string]text{
		"custom.pass": {"Pass ({profile}): everything is in order.", "Conforme ({profile}) : tout est en ordre."},
		"custom.warn": {"Pass with warnings ({profile}): it works, but look at the warnings.", "Conforme avec réserves ({profile}) : cela fonctionne, mais voyez les points d'attention."},
		"custom.fail": {"Fail ({profile}): see what is to be mended.", "Échec ({profile}) : voyez ce qu'il faut corriger."},
	}
}
