// Package verify says, check by check, whether the tokens of an identity
// provider are what Pro Santé Connect (PSC) or another party expects.
//
// [Run] is the core: tokens and expectations in, a report out. It is a
// function of its [Input] alone, apart from asking the [KeySet] for signing
// keys. A [Profile] is a list of checks for one party: "psc" (an Okta org that
// PSC delegates to), "psc-op" (PSC itself as OpenID provider), "rofim" and
// "chg-meridian". What a check says, it says beside its rule, in English and French.
//
// Where a rule comes from stands beside it and in the report ([report.Check]): OpenID
// Connect Core, an RFC, Okta's documentation, or the guide of the Agence du Numérique
// en Santé for Okta.
//
// Below are [pschook/verify/words] (sentences in both languages), [pschook/verify/report] (the engine that runs
// checks, and the forms of a report); beside, [pschook/verify/rp] (the relying party for browsers and programs).
package verify
