// Package pscrealm writes a Keycloak realm that plays Pro Santé Connect (PSC), so that a delegation can be rehearsed
// before the ANS has connected it.
//
// PSC runs on Keycloak, but how its own is configured is not public. The realm uses stock Keycloak only: brokered
// providers, mappers and flows, no code. It reads the tokens of an Okta org as Keycloak reads them, and it is closed by
// default: a sign-in without oid, with another tid, or with an amr that is not exactly an agreed set never gets a level.
// What is assumed, and what stock Keycloak cannot play, is said in [Notes], which the realm carries in its attributes.
//
// The package is pure: options in, bytes out. It imports no other package of this module.
package pscrealm
