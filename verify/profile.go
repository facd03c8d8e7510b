package verify

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultProfile is the profile that is used when none is named.
const DefaultProfile = "psc"

// Profile is what one party expects of tokens: a list of checks in the order in
// which they are reported. Get one from [ProfileNamed]. It is immutable.
type Profile struct {
	name   string
	checks []check
}

// A check is data plus one function. Its title stands in the catalog under
// "title."+id.
type check struct {
	id   string
	spec string
	// needs names checks without which this one has nothing to look at: when one
	// of them failed, or was itself skipped for such a failure, this one is
	// skipped. Names that the profile does not hold are ignored.
	needs []string
	// unless names checks that say the same more precisely: when one of them
	// fails or warns, this one is skipped, so that one fault shows once.
	unless []string
	run    func(*evidence) finding
}

// UnknownProfileError is the answer to a name that no profile has.
type UnknownProfileError struct {
	Name string
}

// Error names the profiles that there are.
func (e *UnknownProfileError) Error() string {
	return fmt.Sprintf("unknown profile %q (one of %s)", shorten(e.Name, 40), strings.Join(ProfileNames(), ", "))
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

// CheckIDs lists the ids of the checks in the order of the report.
func (p Profile) CheckIDs() []string {
	ids := make([]string, len(p.checks))
	for i, c := range p.checks {
		ids[i] = c.id
	}
	return ids
}

func (p Profile) check(id string) (check, bool) {
	i := slices.IndexFunc(p.checks, func(c check) bool { return c.id == id })
	if i < 0 {
		return check{}, false
	}
	return p.checks[i], true
}

// finding is what a check function says, before it is put into words.
type finding struct {
	status                 Status
	expected, actual, hint phrase
	blocked                bool // skipped because another check failed
}

// want begins a finding with what was expected.
func want(p phrase) finding { return finding{expected: p} }

// got adds what was found.
func (f finding) got(p phrase) finding { f.actual = p; return f }

func (f finding) pass() finding { f.status = StatusPass; return f }

// note passes with a remark.
func (f finding) note(p phrase) finding { f.status, f.hint = StatusPass, p; return f }

func (f finding) warn(p phrase) finding { f.status, f.hint = StatusWarn, p; return f }

func (f finding) fail(p phrase) finding { f.status, f.hint = StatusFail, p; return f }

func (f finding) skip(p phrase) finding { f.status, f.hint = StatusSkip, p; return f }

// blockedBy is the finding of a check whose fault another one reports.
func blockedBy(id string) finding {
	return finding{blocked: true}.skip(say("skip.unless", with("check", id)))
}

func (f finding) bad() bool { return f.status == StatusFail || f.status == StatusWarn }
