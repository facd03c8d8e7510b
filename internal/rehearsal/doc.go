// Package rehearsal runs its own Keycloak on this machine, and goes through a sign-in as a person
// would.
//
// Keycloak is a separate process that writes only to a temporary directory. The distribution from
// which it is started is not changed. The walk fills in the pages of Keycloak and of the Okta
// emulator. It runs no scripts and knows no other pages.
//
// It is for the demo and for tests, and imports no other package of this module.
package rehearsal
