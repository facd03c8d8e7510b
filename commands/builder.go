package commands

import (
	"errors"
	"fmt"
	"slices"
)

// OnFailure says what to answer when the value of a claim is not known: no org id for tid, or no
// user id for oid.
type OnFailure string

const (
	// OnFailureDeny refuses the token. The person then sees an error at once; without it, Pro Santé
	// Connect would refuse the person later.
	OnFailureDeny OnFailure = "deny"
	// OnFailureOmit leaves out that claim and adds the others.
	OnFailureOmit OnFailure = "omit"
)

// Options are the settings of a [Builder]. The zero value of each field means the
// default that its comment names.
type Options struct {
	AccessTokenClaims []Claim       // nil: oid, tid, amr; empty: none
	IDTokenClaims     []Claim       // nil: tid; empty: none
	Reserved          ReservedTable // "": developer
	// AllowReserved lists claim names that may be placed, in both tokens, although the reserved
	// table lists them. If Okta does reserve one of them, it drops every answer: set it only after
	// seeing on the live org that Okta applies the patch.
	AllowReserved []string
	Policy        *Policy   // nil: DefaultPolicy
	OIDFormat     Format    // "": raw
	TIDFormat     Format    // "": raw
	OnFailure     OnFailure // "": deny
}

// Builder makes decisions with fixed settings. It is immutable and safe for concurrent use.
type Builder struct {
	placed    [2][]Claim // by Token, in the order of KnownClaims
	policy    *Policy
	oid, tid  formatter
	onFailure OnFailure
	warnings  []string
}

// New checks the settings and returns a Builder. It reports all faults together (errors.Join),
// among them *ReservedClaimError. It does no I/O.
func New(opts Options) (*Builder, error) {
	opts = withDefaults(opts)
	b := &Builder{policy: opts.Policy, onFailure: opts.OnFailure}
	var faults []error
	if !opts.Reserved.Valid() {
		faults = append(faults, fmt.Errorf("reserved claims: %q is neither developer nor support", string(opts.Reserved)))
	}
	faults = append(faults, checkClaims(AccessToken, opts.AccessTokenClaims, opts.Reserved, opts.AllowReserved)...)
	faults = append(faults, checkClaims(IDToken, opts.IDTokenClaims, opts.Reserved, opts.AllowReserved)...)
	if opts.OnFailure != OnFailureDeny && opts.OnFailure != OnFailureOmit {
		faults = append(faults, fmt.Errorf("on failure: %q is neither deny nor omit", string(opts.OnFailure)))
	}
	var oidErr, tidErr error
	b.oid, oidErr = newFormatter("oid", opts.OIDFormat)
	b.tid, tidErr = newFormatter("tid", opts.TIDFormat)
	if err := errors.Join(append(faults, oidErr, tidErr)...); err != nil {
		return nil, err
	}
	b.placed[AccessToken] = inOrder(opts.AccessTokenClaims)
	b.placed[IDToken] = inOrder(opts.IDTokenClaims)
	b.warnings = liftedWarnings(opts)
	return b, nil
}

func withDefaults(opts Options) Options {
	if opts.AccessTokenClaims == nil {
		opts.AccessTokenClaims = []Claim{OID, TID, AMR}
	}
	if opts.IDTokenClaims == nil {
		opts.IDTokenClaims = []Claim{TID}
	}
	if opts.Reserved == "" {
		opts.Reserved = ReservedDeveloper
	}
	if opts.Policy == nil {
		opts.Policy = DefaultPolicy()
	}
	if opts.OnFailure == "" {
		opts.OnFailure = OnFailureDeny
	}
	return opts
}

// inOrder returns claims in the order of KnownClaims.
func inOrder(claims []Claim) []Claim {
	return slices.DeleteFunc(KnownClaims(), func(c Claim) bool { return !slices.Contains(claims, c) })
}

// liftedWarnings names every claim that is placed only because opts.AllowReserved lists it.
func liftedWarnings(opts Options) []string {
	var out []string
	place := func(token Token, claims []Claim) {
		for _, c := range claims {
			if opts.Reserved.Reserved(token, string(c)) {
				out = append(out, fmt.Sprintf("%q is patched into the %s although Okta's table %q reserves it there: if Okta does, it drops every answer; check a received token", string(c), token, string(opts.Reserved)))
			}
		}
	}
	place(AccessToken, opts.AccessTokenClaims)
	place(IDToken, opts.IDTokenClaims)
	return out
}

// Warnings returns what the administrator should be told at every start.
func (b *Builder) Warnings() []string { return slices.Clone(b.warnings) }

// Placed returns the claims that are added to token, in order.
func (b *Builder) Placed(token Token) []Claim { return slices.Clone(b.placed[token]) }

// Policy returns the AMR policy in force.
func (b *Builder) Policy() *Policy { return b.policy }

// OID returns the claim value for an Okta user id.
func (b *Builder) OID(userID string) string { return b.oid(userID) }

// TID returns the claim value for an org id.
func (b *Builder) TID(orgID string) string { return b.tid(orgID) }
