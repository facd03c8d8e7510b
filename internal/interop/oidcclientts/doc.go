// Package oidcclientts holds a test only: oidc-client-ts, which many single-page
// applications sign in with, does so at the emulator of package oktaemu in a real
// browser. Run npm ci in this directory to have the test run.
package oidcclientts
