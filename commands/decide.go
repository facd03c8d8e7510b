package commands

import "slices"

// Outcome is the kind of a decision.
type Outcome string

// The three answers to a call that the hook understood.
const (
	OutcomeCommands Outcome = "commands" // 200 with patch commands
	OutcomeEmpty    Outcome = "empty"    // 204, nothing to add
	OutcomeDenied   Outcome = "denied"   // 200 with an error object, Okta refuses the token
)

// Reason says why a decision is empty or denied.
type Reason string

// All reasons.
const (
	ReasonNoUser    Reason = "no_user"    // empty: client credentials; denied: oid is wanted, no user is named, OnFailureDeny
	ReasonNoClaims  Reason = "no_claims"  // no claim is placed in the tokens being minted, or none has a value
	ReasonNoOrgID   Reason = "no_org_id"  // tid is wanted, no org id is known, OnFailureDeny
	ReasonNoHosts   Reason = "no_hosts"   // it is not known whether the issuer belongs to the org, OnFailureDeny
	ReasonAMRPolicy Reason = "amr_policy" // the AMR policy refuses this sign-in
)

// Decision is what to answer to one call, and why.
type Decision struct {
	Outcome  Outcome
	Reason   Reason    // set when Outcome is not OutcomeCommands
	Commands []Command // set when Outcome is OutcomeCommands; at most one per token

	AMRRule     string   // rule that made amr, RuleUnmatched or RuleNoEvidence; "" when amr was not wanted
	AMREvidence []string // what the rule was applied to, RFC 8176 spelling

	UserMissing          bool // oid was wanted and no user is named
	OrgIDMissing         bool // tid was wanted and no org id is known
	ContextUserDiffers   bool // data.context.user.id is not the user of the tokens
	SessionOfAnotherUser bool // data.context.session is another user's; its amr was not used
}

// NeedsOrgID reports whether Decide would use the org id: tid is placed in a token that is being
// minted, and nothing else decides the answer.
func (b *Builder) NeedsOrgID(f Facts) bool {
	user, err := f.UserID()
	if err != nil || !b.wants(&f, TID) {
		return false
	}
	return user != "" || !f.machine() && !(b.wants(&f, OID) && b.onFailure == OnFailureDeny)
}

// Adds reports whether Decide would add any claim if every missing value were known. If not, the
// caller need not wait for the missing values.
func (b *Builder) Adds(f Facts) bool {
	f.OrgID, f.IssuerUnknown = "known", false
	d, err := b.Decide(f)
	return err == nil && d.Outcome == OutcomeCommands
}

// wants reports whether claim is placed in a token that is being minted.
func (b *Builder) wants(f *Facts, claim Claim) bool {
	return f.IDToken && slices.Contains(b.placed[IDToken], claim) ||
		f.AccessToken && slices.Contains(b.placed[AccessToken], claim)
}

// Decide returns the answer to one call. The error is *ContradictionError.
func (b *Builder) Decide(f Facts) (Decision, error) {
	user, err := f.UserID()
	if err != nil {
		return Decision{}, err
	}
	if user == "" && f.machine() {
		return Decision{Outcome: OutcomeEmpty, Reason: ReasonNoUser}, nil
	}
	d := Decision{
		ContextUserDiffers:   user != "" && f.ContextUserID != "" && f.ContextUserID != user,
		SessionOfAnotherUser: f.sessionOfAnother(user),
		UserMissing:          user == "" && b.wants(&f, OID),
		OrgIDMissing:         (f.OrgID == "" || f.IssuerUnknown) && b.wants(&f, TID),
	}
	amr := b.amr(&f, user, &d)
	commands := b.commands(&f, user, amr.Values)
	strict := b.onFailure == OnFailureDeny
	switch {
	case amr.Deny:
		d.Outcome, d.Reason = OutcomeDenied, ReasonAMRPolicy
	case strict && d.UserMissing:
		d.Outcome, d.Reason = OutcomeDenied, ReasonNoUser
	case strict && f.IssuerUnknown && (d.OrgIDMissing || len(commands) > 0):
		d.Outcome, d.Reason = OutcomeDenied, ReasonNoHosts
	case strict && d.OrgIDMissing:
		d.Outcome, d.Reason = OutcomeDenied, ReasonNoOrgID
	case len(commands) == 0:
		d.Outcome, d.Reason = OutcomeEmpty, ReasonNoClaims
	default:
		d.Outcome, d.Commands = OutcomeCommands, commands
	}
	return d, nil
}

// amr applies the policy if amr is placed in a token that is being minted. It notes the rule and
// the evidence in d.
func (b *Builder) amr(f *Facts, user string, d *Decision) AMRDecision {
	if !b.wants(f, AMR) {
		return AMRDecision{}
	}
	d.AMREvidence = f.evidence(user)
	decision := b.policy.Decide(d.AMREvidence)
	d.AMRRule = decision.Rule
	return decision
}

// commands builds the patches of the tokens that are being minted. The values are
// the same in both tokens.
func (b *Builder) commands(f *Facts, user string, amr []string) []Command {
	var oid, tid string
	if user != "" && b.wants(f, OID) {
		oid = b.oid(user)
	}
	if f.OrgID != "" && !f.IssuerUnknown && b.wants(f, TID) {
		tid = b.tid(f.OrgID)
	}
	out := make([]Command, 0, 2)
	all := make([]Patch, 0, len(b.placed[IDToken])+len(b.placed[AccessToken])) // shared by both commands
	for token, minted := range [2]bool{IDToken: f.IDToken, AccessToken: f.AccessToken} {
		if !minted {
			continue
		}
		first := len(all)
		all = appendPatches(all, b.placed[token], oid, tid, amr)
		if patches := slices.Clip(all[first:]); len(patches) > 0 {
			out = append(out, Command{Token: Token(token), Patches: patches})
		}
	}
	return out
}

func appendPatches(to []Patch, placed []Claim, oid, tid string, amr []string) []Patch {
	for _, c := range placed {
		switch {
		case c == OID && oid != "":
			to = append(to, Patch{Claim: c, Text: oid})
		case c == TID && tid != "":
			to = append(to, Patch{Claim: c, Text: tid})
		case c == AMR && len(amr) > 0:
			to = append(to, Patch{Claim: c, List: amr})
		}
	}
	return to
}
