package main

import (
	"pschook/verify/report"
	"pschook/verify/words"
)

// expectation is the expected result for a persona when the demo runs with its default settings.
type expectation struct {
	verdict report.Status
	why     words.Text
}

// expectations returns, by persona, what to look for.
func expectations() map[string]expectation {
	return map[string]expectation{
		"password": {report.StatusFail, words.Say("A password alone is no approved set, and nothing may claim more.",
			"Un mot de passe seul n'est pas un ensemble approuvé, et rien ne doit en dire davantage.")},
		"okta-verify": {report.StatusPass, words.Say("Level “substantiel”.", "Niveau substantiel.")},
		"totp": {report.StatusWarn, words.Say("Accepted, with a warning: the agreed set says swk, Okta said otp; the AMR policy attests it.",
			"Accepté, avec un point d'attention : l'ensemble convenu dit swk, Okta a dit otp ; la politique AMR l'atteste.")},
		"fido2": {report.StatusFail, words.Say("A second factor, but not yet a set that the ANS agreed; the AMR policy is where one would be added.",
			"Un second facteur, mais pas encore un ensemble convenu avec l'ANS ; c'est la politique AMR qui l'accueillerait.")},
		"cpx": {report.StatusPass, words.Say("Level “élevé”.", "Niveau élevé.")},
		"cpx-nopin": {report.StatusFail, words.Say("The card without its PIN is one factor; it must not pass for the card with PIN.",
			"La carte sans son code PIN n'est qu'un facteur ; elle ne doit pas passer pour la carte avec code PIN.")},
	}
}
