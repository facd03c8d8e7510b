// Package passportoidc holds a test only: passport-openidconnect, which many
// applications on Node.js sign in with, does so at the emulator of package oktaemu.
// Run npm ci in this directory to have the test run.
package passportoidc
