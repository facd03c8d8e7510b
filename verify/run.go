package verify

import (
	"context"
	"slices"
	"strings"
	"time"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// clockSkew is how far the provider's clock and ours may differ. RFC 7519
// §4.1.4 allows "no more than a few minutes"; a minute is what NTP-kept servers need.
const clockSkew = 60 * time.Second

// Levels of a means of identification, in ANS terms ("none": no approved set).
const (
	LevelSubstantial = "substantiel"
	LevelHigh        = "eleve"
	LevelNone        = "none"
)

// AMRSet is one set of amr values that the ANS has agreed for a level. Order and
// repetition carry no meaning.
type AMRSet struct {
	Name   string // as the AMR policy names it, such as "cpx"
	Level  string // [LevelSubstantial] or [LevelHigh]
	Values []string
}

// levelName is a level as the ANS writes it, for people.
func levelName(level string) string {
	if level == LevelHigh {
		return "élevé"
	}
	return level
}

func (s AMRSet) describe() string {
	return s.Name + " (" + levelName(s.Level) + ") " + `["` + strings.Join(s.Values, `","`) + `"]`
}

// DefaultAMRSets are the sets that the ANS agreed for Okta: password plus Okta
// Verify, and CPx card with PIN.
func DefaultAMRSets() []AMRSet {
	return []AMRSet{
		{Name: "okta-verify", Level: LevelSubstantial, Values: []string{"swk", "mfa", "pwd", "okta_verify"}},
		{Name: "cpx", Level: LevelHigh, Values: []string{"sc", "pin", "mfa", "hwk"}},
	}
}

// HookCall is what this process answered when Okta called the token hook.
type HookCall struct {
	At      time.Time
	Took    time.Duration
	Outcome string // "commands" when claims were sent; else empty, denied, …
	// The claims that were sent for each token; nil when none were.
	IDTokenClaims, AccessTokenClaims []string
}

// HookCalls finds the hook call that belongs to the token with this jti.
// Implementations are safe for concurrent use.
type HookCalls interface {
	HookCall(jti string) (HookCall, bool)
}

// Outcome is what Okta said, by its System Log or an event hook, of one of its requests and the hook call within it.
type Outcome struct {
	Minted bool   // tokens were minted
	Result string // "applied", "dropped", "failed" or "denied"; empty: nothing was heard of the hook, and success may be silent
	Reason string // Okta's words for it; may be empty
}

// Outcomes finds what Okta said of its request with this id. Implementations are safe for concurrent use, and return
// when ctx ends at the latest.
type Outcomes interface {
	Outcome(ctx context.Context, requestID string) (Outcome, bool)
}

// Provider is what is known about the provider beyond its tokens.
type Provider struct {
	// PKCEMethods is code_challenge_methods_supported (RFC 8414 §2); nil when
	// the metadata does not say.
	PKCEMethods []string
}

// Input is everything a report is made of. Issuer and ClientID are required.
type Input struct {
	IDToken     string
	AccessToken string // may be opaque where the profile allows
	// Pasted says that people copied the texts from somewhere: a token is then looked for in what they are (see unwrap).
	// Otherwise they are taken as the provider sent them.
	Pasted bool
	// UserInfo is the userinfo response, JSON or a signed JWT; nil when it was not asked for.
	UserInfo []byte
	// UserInfoFault is why asking for userinfo failed; nil when it did not.
	UserInfoFault error
	Nonce         string // what was sent in the sign-in request; "" when not known

	Issuer   string // expected iss, exactly
	ClientID string // expected aud of the ID token
	// Confidential says that the client has a secret.
	Confidential bool
	// AccessAudience is the expected aud of the access token; "" accepts any.
	AccessAudience string
	// ExpectedTID is the org id that tid must be; "" when not known.
	ExpectedTID string
	// OIDForSub turns the ID token's sub into the oid that the ES agreed; nil
	// means that they are the same.
	OIDForSub func(sub string) string
	// AMRSets are the approved sets; nil means [DefaultAMRSets].
	AMRSets []AMRSet
	// ACRValues are the acr_values asked for; the lowest eidas level among them is
	// the least that profile psc-op accepts (none: eidas1).
	ACRValues []string
	// Scopes are the scopes asked for; nil when not known (pasted tokens).
	Scopes []string
	// Provider is nil when its metadata is not known.
	Provider *Provider

	Keys      KeySet         // the provider's signing keys; nil makes signature checks fail
	HookCalls HookCalls      // nil: this process does not run the hook
	Outcomes  Outcomes       // asked when HookCalls knows no call; nil: nobody hears of what Okta did
	RequestID string         // X-Okta-Request-Id of the answer that the tokens came in; "" when not known
	Now       time.Time      // zero means the time of the call
	Profile   Profile        // the zero value means [DefaultProfile]
	Language  words.Language // "" means [words.English]
}

// evidence is the input decoded once, and the findings so far.
type evidence struct {
	in         Input
	id, access *token // nil when not a JWT, then the error says why
	idErr      error
	accessErr  error
	idKeys     keyAnswer
	accessKeys keyAnswer
	notes      struct{ id, access []words.Text } // what was left out around pasted tokens
	userinfo   *userinfo                         // nil when there is none
	call       HookCall
	called     bool
	outcome    Outcome // what Okta said instead
	heard      bool

	found *report.Examination[*evidence]
}

// Run makes the report. It asks in.Keys for signing keys, at most twice for each token, and
// does nothing else outside itself. It is safe for concurrent use, as far as
// in.Keys and in.HookCalls are.
func Run(ctx context.Context, in Input) report.Report {
	return Judge(ctx, in)(in.Language)
}

// Judge is Run for more than one reader: everything is asked and checked once, and what it returns writes the report in
// a language. That is not safe for concurrent use.
func Judge(ctx context.Context, in Input) func(words.Language) report.Report {
	in = in.withDefaults()
	ev := gather(ctx, in)
	ev.found = report.Examine(in.Profile.checks, ev)
	return func(lang words.Language) report.Report {
		return report.Tokens(in.Profile.name, lang, ev.found.Checks(lang),
			publicToken(ev.id, ev.call.IDTokenClaims), publicToken(ev.access, ev.call.AccessTokenClaims), ev.level()).WithUserInfo(ev.userinfo.public())
	}
}

// publicToken is what of a token is shown: never its signature.
func publicToken(t *token, added []string) *report.Token {
	if t == nil {
		return nil
	}
	return &report.Token{Header: t.header.Raw, Claims: t.claims.Raw, Added: presentOnly(t.claims, added)}
}

// public is what of a userinfo response is shown; nil when there is none that can be read.
func (u *userinfo) public() *report.Token {
	switch {
	case u == nil || u.err != nil:
		return nil
	case u.signed == nil:
		return &report.Token{Claims: u.claims.Raw}
	}
	return publicToken(u.signed, nil)
}

func presentOnly(o outside.Object, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !o.Has(n) })
}

func (in Input) withDefaults() Input {
	if in.Profile.checks == nil {
		in.Profile, _ = ProfileNamed(DefaultProfile)
	}
	if in.Language != words.French {
		in.Language = words.English
	}
	if in.Now.IsZero() {
		in.Now = time.Now()
	}
	if in.AMRSets == nil {
		in.AMRSets = DefaultAMRSets()
	}
	if in.OIDForSub == nil {
		in.OIDForSub = func(sub string) string { return sub }
	}
	return in
}

func gather(ctx context.Context, in Input) *evidence {
	ev := &evidence{in: in}
	if in.Pasted {
		id, access := pair(in.IDToken, in.AccessToken)
		ev.in.IDToken, ev.idErr, ev.notes.id = id.token, id.err, id.notes
		ev.in.AccessToken, ev.accessErr, ev.notes.access = access.token, access.err, access.notes
	}
	if ev.idErr == nil {
		ev.id, ev.idErr = parseToken(ev.in.IDToken)
	}
	if ev.accessErr == nil {
		ev.access, ev.accessErr = parseToken(ev.in.AccessToken)
	}
	ev.idKeys = askKeys(ctx, in.Keys, ev.id)
	ev.accessKeys = askKeys(ctx, in.Keys, ev.access)
	ev.userinfo = readUserInfo(ctx, in)
	if in.HookCalls != nil {
		ev.call, ev.called = findCall(in.HookCalls, ev.access, ev.id)
	}
	if !ev.called && in.Outcomes != nil && in.RequestID != "" {
		ev.outcome, ev.heard = in.Outcomes.Outcome(ctx, in.RequestID)
	}
	return ev
}

// findCall looks for the tokens' jti: both belong to the same hook call (Okta
// developer docs, token inline hook reference: the request carries the jti of
// the tokens that are then minted).
func findCall(calls HookCalls, tokens ...*token) (HookCall, bool) {
	for _, t := range tokens {
		if t == nil {
			continue
		}
		if jti, p := t.claims.Text("jti"); p == outside.Present && jti != "" {
			if call, ok := calls.HookCall(jti); ok {
				return call, true
			}
		}
	}
	return HookCall{}, false
}

// level is the level of the approved set that was reached.
func (ev *evidence) level() string {
	if !ev.in.Profile.holds("amr.psc_approved") || !holds(ev.found.Find("access.signature").Status) {
		return LevelNone
	}
	if set, ok := ev.approved(); ok {
		return set.Level
	}
	return LevelNone
}

// holds reports whether a check was made and did not fail.
func holds(s report.Status) bool { return s == report.StatusPass || s == report.StatusWarn }

// approved finds the approved set that the access token's amr equals.
func (ev *evidence) approved() (AMRSet, bool) {
	values, p := ev.access.claims.Texts("amr")
	if p != outside.Present {
		return AMRSet{}, false
	}
	i := slices.IndexFunc(ev.in.AMRSets, func(s AMRSet) bool { return sameSet(s.Values, values) })
	if i < 0 {
		return AMRSet{}, false
	}
	return ev.in.AMRSets[i], true
}

// sameSet compares two lists as sets.
func sameSet(a, b []string) bool {
	return len(missingFrom(a, b)) == 0 && len(missingFrom(b, a)) == 0
}

// missingFrom lists the values of want that have lacks, each once, in order. Either may hold thousands.
func missingFrom(have, want []string) []string {
	known := make(map[string]bool, len(have))
	for _, v := range have {
		known[v] = true
	}
	var missing []string
	for _, v := range want {
		if !known[v] {
			known[v] = true
			missing = append(missing, v)
		}
	}
	return missing
}
