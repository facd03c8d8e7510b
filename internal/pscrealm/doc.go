// Package pscrealm writes a Keycloak realm that plays the part of Pro Santé Connect (PSC). With it,
// a delegation can be rehearsed before the ANS has connected it.
//
// PSC runs on Keycloak, but its configuration is not public. The realm uses stock Keycloak only:
// brokered providers, mappers and flows, no code. It reads the tokens of an Okta org as Keycloak
// does. It is closed by default: a sign-in without oid, with another tid, or with an amr that is
// not exactly an agreed set never gets a level. [Notes] lists what is assumed, and what stock
// Keycloak cannot do; the realm carries these notes in its attributes.
//
// The package is pure: options in, bytes out. It imports no other package of this module.
package pscrealm
