// Package rehearsal runs a Keycloak of its own on this machine, and walks through a sign-in as a person would.
//
// Keycloak is a process of its own with everything that it writes in a temporary directory; the distribution that it is
// started from stays as it is. The walk fills in the pages of Keycloak and of the Okta emulator; it runs no scripts and
// knows no other pages.
//
// It is for the demo and for tests, and imports no other package of this module.
package rehearsal
