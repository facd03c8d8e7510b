package report

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/verify/words"
)

// Status is what a check found.
type Status string

// The statuses. A verdict is [StatusSkip] only where nothing could be checked.
const (
	StatusPass Status = "pass"
	StatusWarn Status = "warn" // works, but somebody should look at it
	StatusFail Status = "fail"
	StatusSkip Status = "skip" // nothing to check, or an earlier check failed
)

// Report is the result of all checks. Its JSON form is a contract: members may be added, never
// renamed.
type Report struct {
	Profile     string  `json:"profile"`
	Verdict     Status  `json:"verdict"` // fail if any check fails, else warn if any warns, else pass; skip if nothing was checked
	Checks      []Check `json:"checks"`
	IDToken     *Token  `json:"id_token"`     // null when it is not a JWT
	AccessToken *Token  `json:"access_token"` // null when it is not a JWT
	// UserInfo is the userinfo response. Its header is null unless it was a signed JWT. It is
	// absent when no response could be read.
	UserInfo *Token `json:"userinfo,omitempty"`
	// AMRLevel is the level of the approved set that equals the access token's amr: "substantiel",
	// "eleve", or "none". It is also "none" when the signature is wrong, because then nothing is
	// proven.
	AMRLevel string `json:"amr_level"`

	lang  words.Language
	about about
	named words.Text // see Named
}

// Check is one line of a report, in the report's language.
type Check struct {
	ID       string `json:"id"`
	Status   Status `json:"status"`
	Title    string `json:"title"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Hint     string `json:"hint"` // what to change and where, or why it was skipped
	Spec     string `json:"spec"` // source of the rule
	// Because is the id of the check whose fault caused this skip; absent for other checks. Texts
	// and pages show such checks in one line, see [Fold].
	Because string `json:"because,omitempty"`
	// Doctor names checks of pschook doctor that find the cause of a failure or warning; absent
	// when there are none.
	Doctor []string `json:"doctor,omitempty"`
}

// Token is a decoded JWT. It never holds the signature.
type Token struct {
	Header jsontext.Value `json:"header"`
	Claims jsontext.Value `json:"claims"`

	Added []string `json:"-"` // claims that the hook sent for this token and that the token has
}

// New makes a report about something that is not tokens. Its text does not mention tokens, and it
// names no level. name takes the place of the profile.
func New(name string, lang words.Language, checks []Check) Report {
	return Report{Profile: name, Verdict: verdict(checks), Checks: checks, AMRLevel: "none", lang: known(lang), about: aboutOthers()}
}

// Tokens makes a report about tokens, for a profile. A token that is not a JWT is nil.
func Tokens(profile string, lang words.Language, checks []Check, id, access *Token, level string) Report {
	r := New(profile, lang, checks)
	r.IDToken, r.AccessToken, r.AMRLevel, r.about = id, access, level, aboutTokens()
	return r
}

// Named returns the report with words for what was checked, in place of its profile, in the verdict's sentence.
func (r Report) Named(name words.Text) Report { r.named = name; return r }

// WithUserInfo returns the report with the userinfo response; nil when there is none.
func (r Report) WithUserInfo(u *Token) Report { r.UserInfo = u; return r }

// With is the report with further checks at the end. Where only these fail, the verdict's sentence does not speak of the
// tokens.
func (r Report) With(more []Check) Report {
	checks := slices.Concat(r.Checks, more)
	all := verdict(checks)
	if all == StatusFail && r.Verdict != StatusFail {
		r.about = aboutOthers()
	}
	r.Checks, r.Verdict = checks, all
	return r
}

func known(lang words.Language) words.Language {
	if lang != words.French {
		return words.English
	}
	return lang
}

// Language returns the language of the report.
func (r Report) Language() words.Language { return r.lang }

// Check returns the check with that id.
func (r Report) Check(id string) (Check, bool) {
	for _, c := range r.Checks {
		if c.ID == id {
			return c, true
		}
	}
	return Check{}, false
}

// Count returns how many checks have that status.
func (r Report) Count(s Status) int {
	n := 0
	for _, c := range r.Checks {
		if c.Status == s {
			n++
		}
	}
	return n
}

// JSON returns the report as indented JSON with a final line feed. It never fails for a report of
// [New] or [Tokens].
func (r Report) JSON() ([]byte, error) {
	out, err := json.Marshal(r, jsontext.WithIndent("  "))
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

// verdict is the worst of what was found; [StatusSkip] where nothing was looked at: unknown is never good.
func verdict(checks []Check) Status {
	v := StatusPass
	looked := len(checks) == 0
	for _, c := range checks {
		switch c.Status {
		case StatusFail:
			return StatusFail
		case StatusWarn:
			v = StatusWarn
		}
		looked = looked || c.Status != StatusSkip
	}
	if !looked {
		return StatusSkip
	}
	return v
}
