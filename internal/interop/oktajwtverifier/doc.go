// Package oktajwtverifier holds a test only: Okta's own library for services that
// receive tokens, @okta/jwt-verifier, checks those of the emulator of package
// oktaemu. Run npm ci in this directory to have the test run.
package oktajwtverifier
