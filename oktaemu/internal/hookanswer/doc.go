// Package hookanswer reads what an external service answered to a token inline
// hook, and applies it to the tokens that are about to be minted.
//
// The rules are Okta's (Okta developer docs, concepts/inline-hooks and
// guides/token-inline-hook): an answer applies whole or not at all; a command
// cannot touch a reserved claim, a token that is not being minted, or something
// that is not there. The package is written against the documented format alone
// and shares no type with the service that this module builds, so that the two
// check each other.
//
// Where the documentation is silent it is strict: duplicate members, invalid
// UTF-8 and members of a wrong type make the answer unreadable.
//
// The package is pure and imports no other package of this module.
package hookanswer
