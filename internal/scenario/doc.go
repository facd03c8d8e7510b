// Package scenario plays what happens around a sign-in, step by step: renewals, silent sign-ins, step-up, sign-out, and
// what an attacker would try. Each step says what was expected and what was found, as a line of a report.
//
// The browser is somebody else's ([Browser]): that of a person, or one that fills in forms by itself. What has to be
// done at the provider, such as renaming a user, is done by [Changes], or the scenario is skipped and says so.
// Findings name no person: they say whether values are the same, not what they are.
//
// Sources: OpenID Connect Core 1.0, RFC 6749, RFC 7009, RFC 7636, RFC 9207, RFC 9700, and what Pro Santé Connect keys the
// appairage on (tid and oid).
package scenario
