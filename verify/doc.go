// Package verify says, check by check, whether the tokens of an identity
// provider are what Pro Santé Connect (PSC) or another party expects.
//
// [Run] is the core: tokens and expectations in, a [Report] out. It is a
// function of its [Input] alone, apart from asking the [KeySet] for signing
// keys. A [Profile] is a list of checks for one party: "psc" (an Okta org that
// PSC delegates to), "psc-op" (PSC itself as OpenID provider), "rofim" and
// "chg-meridian". A report speaks English or French and can be written as JSON,
// text, JUnit XML or a page.
//
// Where a rule comes from stands beside it and in the report ([Check.Spec]): OpenID
// Connect Core, an RFC, Okta's documentation, or the guide of the Agence du Numérique
// en Santé for Okta.
//
// Around the core, [Client] signs in with the Authorization Code flow and PKCE
// (RFC 6749, RFC 7636), and [RP] serves the relying party to browsers.
//
// Raw tokens and signatures are never rendered nor logged, and nothing about a
// person is kept: a report lives as long as the answer that carries it.
//
// verify is ground floor: it imports no other package of this module.
package verify
