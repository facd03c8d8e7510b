// Signs in at the issuer with openid-client, refreshes, reads userinfo, introspects, revokes and logs out, and prints
// what it got as JSON. Settings come as JSON in the first argument: issuer, client_id, redirect_uri, logout_uri,
// persona. openid-client itself checks signatures, nonce, at_hash, state and the rest; this script throws where it does.
import * as oidc from 'openid-client'

const settings = JSON.parse(process.argv[2])
const config = await oidc.discovery(new URL(settings.issuer), settings.client_id, undefined, oidc.None(), {
  execute: [oidc.allowInsecureRequests],
})
oidc.enableNonRepudiationChecks(config) // verify ID token signatures by the published keys

const verifier = oidc.randomPKCECodeVerifier()
const state = oidc.randomState()
const nonce = oidc.randomNonce()
const authorization = oidc.buildAuthorizationUrl(config, {
  redirect_uri: settings.redirect_uri,
  scope: 'openid profile email offline_access',
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
const callback = await signIn(authorization)
const tokens = await oidc.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
})
const claims = tokens.claims()
const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token)
const introspection = await oidc.tokenIntrospection(config, refreshed.access_token)
await oidc.tokenRevocation(config, refreshed.refresh_token)
const afterRevocation = await oidc.tokenIntrospection(config, refreshed.refresh_token)
const logout = oidc.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: settings.logout_uri,
  state,
})
const loggedOut = await fetch(logout, { redirect: 'manual' })

console.log(JSON.stringify({
  claims,
  userinfo,
  refreshed: {
    claims: refreshed.claims(),
    rotated: refreshed.refresh_token !== tokens.refresh_token,
    newAccessToken: refreshed.access_token !== tokens.access_token,
  },
  introspection,
  active_after_revocation: afterRevocation.active,
  logout: { status: loggedOut.status, location: loggedOut.headers.get('location'), expected: `${settings.logout_uri}?state=${state}` },
}))

// signIn does what a browser does: it opens the page, presses the persona's button, and stops at the redirect URI.
async function signIn(url) {
  const page = await fetch(url)
  const action = /action="([^"]+)"/.exec(await page.text())
  if (page.status !== 200 || !action) throw new Error(`sign-in page: status ${page.status}`)
  const answer = await fetch(new URL(action[1], url), {
    method: 'POST',
    body: new URLSearchParams({ persona: settings.persona }),
    redirect: 'manual',
  })
  const location = answer.headers.get('location')
  if (!location) throw new Error(`sign-in: status ${answer.status}, no redirect`)
  return new URL(location)
}
