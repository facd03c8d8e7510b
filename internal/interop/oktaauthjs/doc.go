// Package oktaauthjs holds a test only: Okta's own library for single-page
// applications, okta-auth-js, signs people in at the emulator of package oktaemu
// in a real browser. Run npm ci in this directory to have the test run.
package oktaauthjs
