// Package oktaread reads the objects of an Okta org as far as a token inline hook depends on them: hooks,
// authorization servers with their policies, rules, scopes and claims, apps and groups.
//
// A [Client] asks one question at a time, follows pages, bounds what it takes and waits when Okta's rate limit says so.
// The functions named after objects ([Server], [Policies], [FindApp], …) return them as Go types that hold what our
// checks look at; [Get] and [List] read anything else. [Fits] tells which rules a sign-in of a client can meet.
//
// oktaread is ground floor: it imports no other package of this module.
package oktaread
