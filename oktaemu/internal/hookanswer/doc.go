// Package hookanswer reads the answer of an external service to a token inline hook, and applies it
// to the tokens that are about to be minted.
//
// The rules are Okta's (Okta developer docs, concepts/inline-hooks and guides/token-inline-hook):
// an answer applies whole or not at all. A command cannot change a reserved claim, a token that is
// not being minted, or something that does not exist. The package follows only the documented
// format and shares no type with the service that this module builds, so that the two check each
// other.
//
// Where the documentation is silent the package is strict: duplicate members, invalid UTF-8 and
// members of a wrong type make the answer unreadable.
//
// The package is pure and imports no other package of this module.
package hookanswer
