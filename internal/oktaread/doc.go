// Package oktaread reads the objects of an Okta org on which a token inline hook depends: hooks,
// authorization servers with their policies, rules, scopes and claims, apps and groups.
//
// A [Client] makes one request at a time, follows pages, bounds what it reads, and waits when
// Okta's rate limit requires it. The functions named after objects ([Server], [Policies],
// [FindApp], …) return them as Go types with the members that our checks use. [Get] and [List] read
// anything else. [Fits] tells which rules can apply to a client's sign-in.
//
// oktaread is ground floor: it imports no other package of this module.
package oktaread
