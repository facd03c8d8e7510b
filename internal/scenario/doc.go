// Package scenario plays what happens around a sign-in, step by step: renewals, silent sign-ins,
// step-up, sign-out, and attempts of an attacker. Each step says what was expected and what was
// found, as a line of a report.
//
// The caller provides the browser ([Browser]): a person's, or one that fills in forms by itself.
// [Changes] makes changes at the provider, such as renaming a user. Without it, a scenario that
// needs a change is skipped and says so. Findings identify no person: they say whether values are
// the same, not what they are.
//
// Sources: OpenID Connect Core 1.0, RFC 6749, RFC 7009, RFC 7636, RFC 9207, RFC 9700, and the
// claims on which Pro Santé Connect bases the pairing (appairage): tid and oid.
package scenario
