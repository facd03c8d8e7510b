// Package keycloak tries the delegation on the software that Pro Santé Connect runs on: a real Keycloak with the realm of
// pscrealm as PSC, the Okta emulator with the service behind it as the establishments, and LemonLDAP::NG in a real
// browser as the service provider. It holds tests only.
package keycloak
