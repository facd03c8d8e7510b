package commands_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"pschook/commands"
	"pschook/internal/testneed"
)

// generatedFacts is how many random facts are tried, in addition to all pairs: a million in a few
// seconds, because nothing is read or sent. Under the race detector fewer are enough: it only looks
// for memory that goroutines share.
func generatedFacts() int {
	if testneed.RaceDetector {
		return 10_000
	}
	return 1_000_000
}

// axis is one member of the facts and the values that it takes.
type axis struct {
	name string
	set  []func(*commands.Facts)
}

// over makes an axis of the values of one field.
func over[T any](name string, field func(*commands.Facts) *T, values ...T) axis {
	a := axis{name: name}
	for _, v := range values {
		a.set = append(a.set, func(f *commands.Facts) { *field(f) = v })
	}
	return a
}

// axes are all members of the facts. Their values are: absent (null and "" count as absent), of the
// person, of another person, in another spelling.
func axes() []axis {
	const other = "00u9otherPerson00000"
	people := []string{userID, "", other, "00U1Q8TMO3ZV0OFJON0G3"}
	strong := []string{"sc", "pin", "mfa", "hwk"}
	grants := append([]string{"authorization_code", "", "implicit", "AUTHORIZATION_CODE", "authorization-code", "?"}, otherGrants()...)
	return []axis{
		over("ID token", func(f *commands.Facts) *bool { return &f.IDToken }, true, false),
		over("access token", func(f *commands.Facts) *bool { return &f.AccessToken }, true, false),
		over("sub", func(f *commands.Facts) *string { return &f.IdentitySub }, people...),
		over("uid", func(f *commands.Facts) *string { return &f.AccessUID }, people...),
		over("context user", func(f *commands.Facts) *string { return &f.ContextUserID }, people...),
		over("ID token amr", func(f *commands.Facts) *[]string { return &f.IdentityAMR }, nil, []string{}, []string{"pwd"}, []string{"pwd", "mfa", "okta_verify", "swk"}, strong),
		over("grant", func(f *commands.Facts) *string { return &f.GrantType }, grants...),
		over("response type", func(f *commands.Facts) *string { return &f.ResponseType }, "code", "", "token", "id_token token", "code id_token", "none", "CODE", "?"),
		over("renewal", func(f *commands.Facts) *bool { return &f.Renewal }, false, true),
		over("refresh token", func(f *commands.Facts) *bool { return &f.RefreshToken }, false, true),
		over("session user", func(f *commands.Facts) *string { return &f.Session.UserID }, people...),
		over("status", func(f *commands.Facts) *string { return &f.Session.Status }, "ACTIVE", "", "EXPIRED", "MFA_REQUIRED", "active", "?"),
		over("unexpired", func(f *commands.Facts) *bool { return &f.Session.Unexpired }, true, false),
		over("session amr", func(f *commands.Facts) *[]string { return &f.Session.AMR }, []string{"PASSWORD", "MULTIFACTOR_AUTHENTICATION", "POP_SOFTWARE_KEY"}, nil, []string{}, []string{"SMART_CARD", "pin", "mfa", "POP_HARDWARE_KEY"}),
		over("org id", func(f *commands.Facts) *string { return &f.OrgID }, orgID, ""),
		over("issuer unknown", func(f *commands.Facts) *bool { return &f.IssuerUnknown }, false, true),
	}
}

// setting is a builder with the options that made it.
type setting struct {
	opts    commands.Options
	builder *commands.Builder
}

func settings(t *testing.T) []setting {
	t.Helper()
	var all []setting
	for _, onFailure := range []commands.OnFailure{commands.OnFailureDeny, commands.OnFailureOmit} {
		for _, opts := range []commands.Options{
			{}, {Policy: policy(t, "unmatched: deny")}, {Policy: policy(t, "unmatched: omit")},
			{AccessTokenClaims: []commands.Claim{commands.OID}, IDTokenClaims: []commands.Claim{}},
			{AccessTokenClaims: []commands.Claim{commands.AMR}, IDTokenClaims: []commands.Claim{commands.TID}},
			{AccessTokenClaims: []commands.Claim{commands.TID}},
			{Reserved: commands.ReservedSupport, AccessTokenClaims: []commands.Claim{commands.OID, commands.TID}, IDTokenClaims: []commands.Claim{commands.TID, commands.AMR}},
		} {
			opts.OnFailure = onFailure
			all = append(all, setting{opts, builder(t, opts)})
		}
	}
	return all
}

// TestGeneratedFacts checks the promises that must hold for any call that Okta may send. It tries
// all pairs of values that differ from a good sign-in, and then random facts. It prints the seed;
// give the seed to rand.NewPCG to see a failure again.
func TestGeneratedFacts(t *testing.T) {
	t.Parallel()
	all, builders := axes(), settings(t)
	pairs := 0
	for i, a := range all {
		for j, b := range all[:i] {
			for _, setA := range a.set {
				for _, setB := range b.set {
					for _, start := range []func() commands.Facts{bothTokens, accessOnly} {
						f := start()
						setB(&f)
						setA(&f)
						pairs++
						for _, s := range builders {
							if fault := broken(f, s); fault != "" {
								t.Fatalf("%s and %s: %s\n%+v\n%+v", a.name, all[j].name, fault, f, s.opts)
							}
						}
					}
				}
			}
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d pairs under %d settings, then %d random facts, seed %d", pairs, len(builders), generatedFacts(), seed)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for range generatedFacts()/workers + 1 {
				f, s := bothTokens(), builders[random.IntN(len(builders))]
				for range 1 + random.IntN(len(all)) {
					a := all[random.IntN(len(all))]
					a.set[random.IntN(len(a.set))](&f)
				}
				if fault := broken(f, s); fault != "" {
					t.Errorf("seed %d: %s\n%+v\n%+v", seed, fault, f, s.opts)
					return
				}
			}
		})
	}
	wg.Wait()
}

// broken names the promise that a decision breaks; "": none. It states the rules in another way
// than the code does: as lists of what is allowed.
func broken(f commands.Facts, s setting) string {
	before := fmt.Sprint(f)
	d, err := s.builder.Decide(f)
	if fmt.Sprint(f) != before {
		return "the facts were changed"
	}
	named := tokensName(f)
	if len(named) == 2 {
		if err == nil {
			return "tokens of two users are not refused"
		}
		return ""
	}
	if err != nil {
		return "refused: " + err.Error()
	}
	placed := wanted(f, s)
	user, evidence := allowedUser(f, named), allowedEvidence(f, named)
	for i, c := range d.Commands {
		if c.Token == commands.IDToken && !f.IDToken || c.Token == commands.AccessToken && !f.AccessToken {
			return "a token is patched that is not minted"
		}
		if i > 0 && d.Commands[i-1].Token == c.Token {
			return "a token is patched twice"
		}
		for _, p := range c.Patches {
			if fault := brokenPatch(c.Token, p, f, s, user, evidence); fault != "" {
				return fault
			}
		}
	}
	return brokenOutcome(d, f, s, placed, user)
}

// tokensName are the users whom the tokens name.
func tokensName(f commands.Facts) []string {
	return slices.Compact(slices.DeleteFunc([]string{f.IdentitySub, f.AccessUID}, func(s string) bool { return s == "" }))
}

// justSignedIn reads the closed list of interactive mintings.
func justSignedIn(f commands.Facts) bool {
	type minting struct{ grant, response string }
	return !f.Renewal && (slices.Contains([]minting{{"authorization_code", ""}, {"authorization_code", "code"}, {"authorization_code", "code id_token"}}, minting{f.GrantType, f.ResponseType}) ||
		!f.RefreshToken && slices.Contains([]minting{{"", "token"}, {"", "id_token token"}, {"", "code id_token"}, {"implicit", "token"}, {"implicit", "id_token token"}, {"implicit", "code id_token"}}, minting{f.GrantType, f.ResponseType}))
}

// allowedUser is the only value that oid may have; "": none.
func allowedUser(f commands.Facts, named []string) string {
	if len(named) == 1 {
		return named[0]
	}
	if justSignedIn(f) {
		return f.ContextUserID
	}
	return ""
}

// allowedEvidence is all that amr may be made of.
func allowedEvidence(f commands.Facts, named []string) []string {
	if f.IdentityAMR != nil {
		return f.IdentityAMR
	}
	user := allowedUser(f, named)
	contextAgrees := f.ContextUserID == user || f.ContextUserID == ""
	if user != "" && f.Session.UserID == user && contextAgrees && f.Session.Status == "ACTIVE" && f.Session.Unexpired && justSignedIn(f) {
		return commands.NormalizeAMR(f.Session.AMR)
	}
	return nil
}

// wanted are the claims that the settings place in the tokens being minted.
func wanted(f commands.Facts, s setting) []commands.Claim {
	var all []commands.Claim
	if f.IDToken {
		all = append(all, s.builder.Placed(commands.IDToken)...)
	}
	if f.AccessToken {
		all = append(all, s.builder.Placed(commands.AccessToken)...)
	}
	return all
}

func brokenPatch(token commands.Token, p commands.Patch, f commands.Facts, s setting, user string, evidence []string) string {
	switch {
	case !slices.Contains(s.builder.Placed(token), p.Claim):
		return "a claim is added that is not placed"
	case s.opts.Reserved.Reserved(token, string(p.Claim)) && s.opts.Reserved != "", s.opts.Reserved == "" && commands.ReservedDeveloper.Reserved(token, string(p.Claim)):
		return "a reserved claim is added: Okta drops the whole answer"
	case p.Claim == commands.OID && (p.Text != user || user == ""):
		return "oid is not the tokens' user"
	case p.Claim == commands.TID && (p.Text != f.OrgID || f.OrgID == "" || f.IssuerUnknown):
		return "tid is not what is known"
	case p.Claim == commands.AMR:
		return brokenAMR(p.List, s, evidence)
	}
	return ""
}

// brokenAMR reports a value that Okta did not send and the rule that matched did not attest.
func brokenAMR(list []string, s setting, evidence []string) string {
	if len(evidence) == 0 || len(list) == 0 {
		return "amr without evidence"
	}
	for _, rule := range s.builder.Policy().Rules() {
		matches := !slices.ContainsFunc(rule.All, func(v string) bool { return !slices.Contains(evidence, v) }) &&
			(len(rule.Any) == 0 || slices.ContainsFunc(rule.Any, func(v string) bool { return slices.Contains(evidence, v) }))
		if matches {
			if !slices.Equal(list, rule.Emit) {
				return "amr is not what the first matching rule says"
			}
			return ""
		}
	}
	if s.builder.Policy().Unmatched() != commands.UnmatchedPass || !slices.Equal(list, evidence) {
		return "amr is not the evidence"
	}
	return ""
}

// brokenOutcome reports an answer under deny that lacks a needed value, or an answer that leaves
// out a known value.
func brokenOutcome(d commands.Decision, f commands.Facts, s setting, placed []commands.Claim, user string) string {
	deny := s.opts.OnFailure == commands.OnFailureDeny
	machine := f.GrantType == "client_credentials" && user == "" && !f.IDToken && !f.Renewal && !f.RefreshToken
	unknown := !machine && (slices.Contains(placed, commands.OID) && user == "" || slices.Contains(placed, commands.TID) && (f.OrgID == "" || f.IssuerUnknown))
	switch {
	case d.Outcome == commands.OutcomeDenied && len(d.Commands) > 0, d.Outcome == commands.OutcomeEmpty && len(d.Commands) > 0, d.Outcome == commands.OutcomeCommands && len(d.Commands) == 0:
		return "outcome and commands differ"
	case (d.Outcome == commands.OutcomeCommands) != (d.Reason == ""):
		return "a reason is missing, or too many"
	case machine && d.Outcome != commands.OutcomeEmpty:
		return "client credentials are not left alone"
	case deny && unknown && d.Outcome != commands.OutcomeDenied:
		return "answered although something needed is not known"
	case deny && f.IssuerUnknown && d.Outcome == commands.OutcomeCommands:
		return "claims for an issuer that may be foreign"
	case !deny && d.Outcome == commands.OutcomeDenied && d.Reason != commands.ReasonAMRPolicy:
		return "refused although what is unknown is to be left out"
	case !unknown && !f.IssuerUnknown && d.Outcome == commands.OutcomeDenied && d.Reason != commands.ReasonAMRPolicy:
		return "refused although all is known"
	}
	if d.Outcome != commands.OutcomeCommands {
		return ""
	}
	for _, token := range []commands.Token{commands.IDToken, commands.AccessToken} {
		minted := token == commands.IDToken && f.IDToken || token == commands.AccessToken && f.AccessToken
		for _, claim := range s.builder.Placed(token) {
			known := claim == commands.OID && user != "" || claim == commands.TID && f.OrgID != "" && !f.IssuerUnknown
			if minted && known && !sent(d, token, claim) {
				return fmt.Sprintf("%s is known and not sent", claim)
			}
		}
	}
	return ""
}

func sent(d commands.Decision, token commands.Token, claim commands.Claim) bool {
	return slices.ContainsFunc(d.Commands, func(c commands.Command) bool {
		return c.Token == token && slices.ContainsFunc(c.Patches, func(p commands.Patch) bool { return p.Claim == claim })
	})
}
