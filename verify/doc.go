// Package verify checks whether the tokens of an identity provider are what Pro Santé Connect (PSC)
// or another party expects.
//
// [Run] is the core: it takes tokens and expectations and returns a report. It depends only on its
// [Input], apart from asking the [KeySet] for signing keys. A [Profile] is a list of checks for one
// party: "psc" (an Okta org that PSC delegates to), "psc-op" (PSC itself as OpenID provider),
// "rofim" and "chg-meridian". The text of each check stands beside its rule, in English and French.
//
// The source of each rule stands beside it and in the report ([report.Check]): OpenID Connect Core,
// an RFC, Okta's documentation, or the guide of the Agence du Numérique en Santé for Okta.
//
// Two packages are below it: [pschook/verify/words] (sentences in both languages) and
// [pschook/verify/report] (the engine that runs checks, and the formats of a report). Beside it is
// [pschook/verify/rp] (the relying party for browsers and programs).
package verify
