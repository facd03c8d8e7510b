package verify

import (
	"fmt"
	"slices"
	"strings"

	"pschook/verify/report"
	"pschook/verify/words"
)

// DefaultProfile is the profile that is used when none is named.
const DefaultProfile = "psc"

// Profile is the list of checks for one party, in the order of the report. Get one from
// [ProfileNamed]. It is immutable.
type Profile struct {
	name   string
	checks []rule
}

// rule is one check of tokens.
type rule = report.Rule[*evidence]

// UnknownProfileError says that no profile has that name.
type UnknownProfileError struct {
	Name string
}

// Error lists the profiles.
func (e *UnknownProfileError) Error() string {
	return fmt.Sprintf("unknown profile %q (one of %s)", words.Shorten(e.Name, 40), strings.Join(ProfileNames(), ", "))
}

// ProfileNames lists the profiles, the default one first.
func ProfileNames() []string {
	return []string{"psc", "psc-op", "rofim", "chg-meridian"}
}

// ProfileNamed returns a profile, the default one for "". The error is an
// *UnknownProfileError.
func ProfileNamed(name string) (Profile, error) {
	switch name {
	case "", "psc":
		return Profile{name: "psc", checks: pscChecks()}, nil
	case "psc-op":
		return Profile{name: name, checks: pscOPChecks()}, nil
	case "rofim":
		return Profile{name: name, checks: rofimChecks()}, nil
	case "chg-meridian":
		return Profile{name: name, checks: chgMeridianChecks()}, nil
	}
	return Profile{}, &UnknownProfileError{Name: name}
}

// Name is the profile's name, such as "psc".
func (p Profile) Name() string { return p.name }

// Title says whose rules these are.
func (p Profile) Title() words.Text {
	switch p.name {
	case "psc-op":
		return words.Say("Pro Santé Connect as provider of an application", "Pro Santé Connect, fournisseur d'une application")
	case "rofim":
		return words.Say("Rofim as provider of an application", "Rofim, fournisseur d'une application")
	case "chg-meridian":
		return words.Say("CHG-MERIDIAN as application of your provider", "CHG-MERIDIAN, application de votre fournisseur")
	}
	return words.Say("Okta as identity provider of Pro Santé Connect", "Okta, fournisseur d'identité de Pro Santé Connect")
}

// CheckIDs lists the ids of the checks in the order of the report.
func (p Profile) CheckIDs() []string {
	ids := make([]string, len(p.checks))
	for i, c := range p.checks {
		ids[i] = c.ID
	}
	return ids
}

func (p Profile) holds(id string) bool {
	return slices.ContainsFunc(p.checks, func(c rule) bool { return c.ID == id })
}
