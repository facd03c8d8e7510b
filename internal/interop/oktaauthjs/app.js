// What the page can do; the test calls it. Nothing here checks a token: okta-auth-js does, and rejects where it must.

// make returns the library as an application would set it up.
const make = (options) => new OktaAuth({
  redirectUri: `${location.origin}/callback`,
  postLogoutRedirectUri: `${location.origin}/`,
  tokenManager: { autoRenew: false, syncStorage: false },
  ...options,
})

// keep stores tokens as an application does, and says whose they are.
const keep = (auth, { tokens }) => {
  auth.tokenManager.setTokens(tokens)
  return {
    sub: tokens.idToken?.claims.sub,
    amr: tokens.idToken?.claims.amr,
    login: tokens.accessToken && auth.token.decode(tokens.accessToken.accessToken).payload.sub,
    refresh: Boolean(tokens.refreshToken),
  }
}

const afterRedirect = async (auth) => keep(auth, await auth.token.parseFromUrl())

const withPassword = async (auth, username) => {
  const { status, sessionToken } = await auth.signInWithCredentials({ username, password: 'demo' })
  return { status, ...keep(auth, await auth.token.getWithoutPrompt({ sessionToken })) }
}

// withPopup is started by a click and ends in a window of its own: the answer waits in a variable.
let popup
const withPopup = (auth) => { popup = auth.token.getWithPopup({}).then((answer) => keep(auth, answer)) }

// fault is what a promise is rejected with.
const fault = (promise) => promise.then(
  (value) => `no fault but ${JSON.stringify(value)}`,
  (err) => err.errorCode || err.name,
)

// life is what an application does between sign-in and sign-out.
const life = async (auth) => {
  const before = await auth.tokenManager.getTokens()
  const user = await auth.getUser()
  const session = await auth.session.get()
  const introspected = await auth.token.introspect('accessToken', before.accessToken)
  const renewed = await auth.tokenManager.renew('accessToken')
  const again = await auth.token.getWithoutPrompt({ responseType: 'id_token', scopes: ['openid'] })
  const refreshed = await auth.session.refresh()
  const me = await session.user()
  await auth.revokeAccessToken()
  const revoked = await auth.token.introspect('accessToken', renewed)
  return {
    user: user.sub, email: user.email,
    session: session.status, login: session.login, refreshed: refreshed.status, me: me.id,
    active: introspected.active, username: introspected.username, client: introspected.client_id,
    renewed: renewed.accessToken !== before.accessToken.accessToken,
    again: again.tokens.idToken.claims.sub,
    revoked: revoked.active,
  }
}
