// Pushes an authorization request ahead, and lets a device wait for its user, with openid-client. Settings come as JSON
// in the first argument: issuer, client_id, redirect_uri, persona. Prints who signed in, both times.
import * as oidc from 'openid-client'

const settings = JSON.parse(process.argv[2])
const config = await oidc.discovery(new URL(settings.issuer), settings.client_id, undefined, oidc.None(), {
  execute: [oidc.allowInsecureRequests],
})
oidc.enableNonRepudiationChecks(config)

const verifier = oidc.randomPKCECodeVerifier()
const state = oidc.randomState()
const authorization = await oidc.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: settings.redirect_uri,
  scope: 'openid profile',
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})
const callback = await press(await fetch(authorization))
const pushed = await oidc.authorizationCodeGrant(config, new URL(callback.headers.get('location')), {
  pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true,
})

const device = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile offline_access' })
const form = await fetch(device.verification_uri, { method: 'POST', body: new URLSearchParams({ user_code: device.user_code }) })
await press(form)
const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 }) // its user has signed in

console.log(JSON.stringify({
  parameters: [...authorization.searchParams.keys()].sort(),
  pushed: pushed.claims().sub,
  device: tokens.claims().sub,
  refreshed: (await oidc.refreshTokenGrant(config, tokens.refresh_token)).claims().sub,
}))

// press does what a browser does on the sign-in page: it presses the persona's button.
async function press(page) {
  const action = /action="([^"]+)"/.exec(await page.text())
  if (page.status !== 200 || !action) throw new Error(`sign-in page: status ${page.status}`)
  return fetch(new URL(action[1], settings.issuer), {
    method: 'POST', body: new URLSearchParams({ persona: settings.persona }), redirect: 'manual',
  })
}
