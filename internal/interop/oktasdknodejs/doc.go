// Package oktasdknodejs holds a test only: Okta's own library for administrators'
// scripts, okta-sdk-nodejs, manages the org of the emulator of package oktaemu. Run
// npm ci in this directory to have the test run.
package oktasdknodejs
