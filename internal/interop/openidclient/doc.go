// Package openidclient holds a test only: openid-client, a certified OpenID
// Connect client for Node.js, signs in at the emulator of package oktaemu without
// either knowing of the other. Run npm ci in this directory to have the test run.
package openidclient
