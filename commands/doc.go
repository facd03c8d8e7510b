// Package commands decides what to answer to one call of an Okta token inline hook: which claims to
// add to which token.
//
// It turns the facts about one minting ([Facts]) into a [Decision]. A decision is one of three:
// patch commands that add oid, tid and amr; an empty answer; or a refusal. Three rules shape it
// (Okta developer docs, concepts/inline-hooks and guides/token-inline-hook):
//
//   - Okta drops every command of an answer when a single one cannot apply. So [New] refuses
//     settings that would patch a reserved claim, and a token that is not being minted is never
//     patched.
//   - A claim is placed by at most one command per token type.
//   - amr tells Pro Santé Connect how strongly a person signed in. It is never invented: every
//     value comes from Okta's own evidence or from a rule in which an administrator attested
//     it ([Policy]).
//
// The package is pure: no I/O, no clock, no network. It is ground floor and imports no other
// package of this module. A [Builder] and a [Policy] are immutable and safe for concurrent use.
package commands
