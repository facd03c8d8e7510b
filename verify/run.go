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

// clockSkew is how far the provider's clock and ours may differ. RFC 7519 §4.1.4 allows "no more
// than a few minutes"; servers with NTP stay within a minute.
const clockSkew = 60 * time.Second

// Levels of a means of identification, in ANS terms. "none" means that no approved set matches.
const (
	LevelSubstantial = "substantiel"
	LevelHigh        = "eleve"
	LevelNone        = "none"
)

// AMRSet is one set of amr values for which the ANS has agreed a level. Order and repetition have
// no meaning.
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

// DefaultAMRSets returns the sets that the ANS agreed for Okta: password with Okta Verify, and CPx
// card with PIN.
func DefaultAMRSets() []AMRSet {
	return []AMRSet{
		{Name: "okta-verify", Level: LevelSubstantial, Values: []string{"swk", "mfa", "pwd", "okta_verify"}},
		{Name: "cpx", Level: LevelHigh, Values: []string{"sc", "pin", "mfa", "hwk"}},
	}
}

// HookCall is what this process answered to one call of the token hook.
type HookCall struct {
	At      time.Time
	Took    time.Duration
	Outcome string // "commands" when claims were sent; else empty, denied, …
	// The claims that were sent for each token; nil when none were sent.
	IDTokenClaims, AccessTokenClaims []string
}

// HookCalls finds the hook call for the token with this jti. Implementations are safe for
// concurrent use.
type HookCalls interface {
	HookCall(jti string) (HookCall, bool)
}

// Outcome is what Okta said, in its System Log or to an event hook, about one of its requests and
// the hook call in that request.
type Outcome struct {
	Minted bool   // tokens were minted
	Result string // "applied", "dropped", "failed" or "denied"; empty: nothing was heard, and success may be silent
	Reason string // in Okta's words; may be empty
}

// Outcomes finds what Okta said about its request with this id. Implementations are safe for
// concurrent use, and return at the latest when ctx ends.
type Outcomes interface {
	Outcome(ctx context.Context, requestID string) (Outcome, bool)
}

// Provider is what is known about the provider apart from its tokens.
type Provider struct {
	// PKCEMethods is code_challenge_methods_supported (RFC 8414 §2); nil when
	// the metadata does not say.
	PKCEMethods []string
}

// Input is all that a report depends on. Issuer and ClientID are required.
type Input struct {
	IDToken     string
	AccessToken string // may be opaque where the profile allows
	// Pasted says that people copied the texts. Each text may then hold more than the token (see
	// unwrap). Otherwise it must be the token exactly as the provider sent it.
	Pasted bool
	// UserInfo is the userinfo response, JSON or a signed JWT; nil when it was not requested.
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
	// OIDForSub turns the ID token's sub into the agreed oid; nil means that they are the same.
	OIDForSub func(sub string) string
	// AMRSets are the approved sets; nil means [DefaultAMRSets].
	AMRSets []AMRSet
	// ACRValues are the requested acr_values. Profile psc-op accepts no eidas level below the
	// lowest of them (none: eidas1).
	ACRValues []string
	// Scopes are the requested scopes; nil when they are not known (pasted tokens).
	Scopes []string
	// Provider is nil when its metadata is not known.
	Provider *Provider

	Keys      KeySet         // the provider's signing keys; nil makes signature checks fail
	HookCalls HookCalls      // nil: this process does not run the hook
	Outcomes  Outcomes       // asked when HookCalls does not know the call; nil: outcomes are not known
	RequestID string         // X-Okta-Request-Id of the answer with the tokens; "" when it is not known
	Now       time.Time      // zero means now
	Profile   Profile        // the zero value means [DefaultProfile]
	Language  words.Language // "" means [words.English]
}

// evidence holds the decoded input and the findings so far.
type evidence struct {
	in         Input
	id, access *token // nil when it is not a JWT; the error then says why
	idErr      error
	accessErr  error
	idKeys     keyAnswer
	accessKeys keyAnswer
	notes      struct{ id, access []words.Text } // what was removed around pasted tokens
	userinfo   *userinfo                         // nil when there is none
	call       HookCall
	called     bool
	outcome    Outcome // what Okta said instead
	heard      bool

	found *report.Examination[*evidence]
}

// Run makes the report. It asks in.Keys for signing keys, at most twice for each token, and has no
// other effect. It is safe for concurrent use if in.Keys and in.HookCalls are.
func Run(ctx context.Context, in Input) report.Report {
	return Judge(ctx, in)(in.Language)
}

// Judge is Run for several languages: it checks everything once and returns a function that writes
// the report in a language. The function is not safe for concurrent use.
func Judge(ctx context.Context, in Input) func(words.Language) report.Report {
	in = in.withDefaults()
	ev := gather(ctx, in)
	ev.found = report.Examine(in.Profile.checks, ev)
	return func(lang words.Language) report.Report {
		return report.Tokens(in.Profile.name, lang, ev.found.Checks(lang),
			publicToken(ev.id, ev.call.IDTokenClaims), publicToken(ev.access, ev.call.AccessTokenClaims), ev.level()).WithUserInfo(ev.userinfo.public())
	}
}

// publicToken returns what is shown of a token. It never includes the signature.
func publicToken(t *token, added []string) *report.Token {
	if t == nil {
		return nil
	}
	return &report.Token{Header: t.header.Raw, Claims: t.claims.Raw, Added: presentOnly(t.claims, added)}
}

// public returns what is shown of a userinfo response; nil when none can be read.
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

// findCall looks for the tokens' jti. Both tokens belong to the same hook call (Okta developer
// docs, token inline hook reference: the request holds the jti of the tokens that are minted).
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

// level returns the level of the approved set that was reached.
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

// approved returns the approved set that equals the access token's amr.
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

// missingFrom lists the values of want that are not in have, without duplicates, in order. Either
// list may hold thousands of values.
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
