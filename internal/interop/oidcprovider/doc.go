// Package oidcprovider holds a test only: oidc-provider, a certified OpenID
// provider for Node.js, signs people in through the relying party of package
// verify without either knowing of the other. Run npm ci in this directory to
// have the test run.
package oidcprovider
