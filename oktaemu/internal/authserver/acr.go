package authserver

import (
	"slices"
)

// acrRules returns Okta's assurance levels that the emulator can judge, the strongest last (Okta
// developer docs, guides/step-up-authentication). Each has sets of amr values; a sign-in needs at
// least one value of every set.
func acrRules() []acrRule {
	return []acrRule{
		{"urn:okta:loa:1fa:any", nil},
		{"urn:okta:loa:1fa:pwd", [][]string{{"pwd"}}},
		{"urn:okta:loa:2fa:any", [][]string{{"mfa"}}},
		{"phr", [][]string{{"mfa"}, {"pop", "phr", "sc"}}},
		{"phrh", [][]string{{"mfa"}, {"hwk", "pop"}}},
	}
}

type acrRule struct {
	value string
	needs [][]string
}

func (r acrRule) met(amr []string) bool {
	for _, oneOf := range r.needs {
		if !slices.ContainsFunc(oneOf, func(v string) bool { return slices.Contains(amr, v) }) {
			return false
		}
	}
	return true
}

// acrReached returns the first requested level that amr meets; "" when none was
// requested that is known.
func acrReached(requested, amr []string) string {
	for _, value := range requested {
		for _, rule := range acrRules() {
			if rule.value == value && rule.met(amr) {
				return value
			}
		}
	}
	return ""
}

// acrSatisfied reports whether a sign-in with amr is sufficient. It ignores unknown levels, because
// acr is a voluntary claim (OpenID Connect Core 1.0, section 5.5.1.1).
func acrSatisfied(requested, amr []string) bool {
	known := slices.ContainsFunc(requested, func(value string) bool {
		return slices.ContainsFunc(acrRules(), func(r acrRule) bool { return r.value == value })
	})
	return !known || acrReached(requested, amr) != ""
}
