package verify

// pageTexts are the words around a report, on pages, in text and in JUnit XML.
func pageTexts() map[string]text {
	return map[string]text{
		"status.pass": {"pass", "conforme"},
		"status.warn": {"warning", "attention"},
		"status.fail": {"fail", "échec"},
		"status.skip": {"skipped", "non vérifié"},

		"label.expected": {"Expected:", "Attendu :"},
		"label.actual":   {"Found:", "Constaté :"},
		"label.hint":     {"What to do:", "Que faire :"},
		"label.reason":   {"Why:", "Pourquoi :"},
		"label.note":     {"Note:", "À noter :"},
		"label.spec":     {"Rule:", "Règle :"},

		"verdict.pass": {"Pass: the tokens are what profile {profile} asks for.", "Conforme : les jetons répondent au profil {profile}."},
		"verdict.warn": {"Pass with warnings: the tokens work for profile {profile}, but look at the warnings.", "Conforme avec réserves : les jetons conviennent au profil {profile}, mais voyez les points d'attention."},
		"verdict.fail": {"Fail: the tokens are not what profile {profile} asks for.", "Échec : les jetons ne répondent pas au profil {profile}."},

		"report.tally":       {"Failed: {fail}. Warnings: {warn}. Passed: {pass}. Not checked: {skip}.", "Échecs : {fail}. Points d'attention : {warn}. Conformes : {pass}. Non vérifiés : {skip}."},
		"report.tally_level": {"Failed: {fail}. Warnings: {warn}. Passed: {pass}. Not checked: {skip}. Level: {level}.", "Échecs : {fail}. Points d'attention : {warn}. Conformes : {pass}. Non vérifiés : {skip}. Niveau : {level}."},
		"level.substantiel":  {"substantial (substantiel)", "substantiel"},
		"level.eleve":        {"high (élevé)", "élevé"},
		"level.none":         {"none reached", "aucun niveau atteint"},
	}
}

func flowTexts() map[string]text { return map[string]text{} }
