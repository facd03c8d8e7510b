// Signs in with passport-openidconnect. Settings come as JSON in the first argument: issuer, client_id, client_secret,
// redirect_uri, persona. Prints who signed in. The library itself checks the ID token; this script throws where it
// refuses.
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'

const s = JSON.parse(process.argv[2])
const strategy = new OpenIDConnectStrategy({
  issuer: s.issuer,
  authorizationURL: `${s.issuer}/v1/authorize`,
  tokenURL: `${s.issuer}/v1/token`,
  userInfoURL: `${s.issuer}/v1/userinfo`,
  clientID: s.client_id,
  clientSecret: s.client_secret,
  callbackURL: s.redirect_uri,
  scope: ['profile', 'email'],
}, (issuer, profile, context, idToken, accessToken, refreshToken, verified) => verified(null, {
  issuer, id: profile.id, name: profile.displayName, username: profile.username, email: profile.emails[0].value,
}))
const session = {}

// visit shows the application one request of the browser. It ends in a redirect, or in a user.
const visit = (url) => new Promise((resolve, reject) => {
  const request = { url, method: 'GET', headers: {}, query: Object.fromEntries(new URL(url).searchParams), session, connection: {} }
  Object.assign(Object.create(strategy), {
    redirect: (location) => resolve({ location }),
    success: (user) => resolve({ user }),
    fail: (challenge) => reject(new Error(`refused: ${JSON.stringify(challenge)}`)),
    error: reject,
  }).authenticate(request, {})
})

// signIn does what a browser does: it opens the page, presses the persona's button, and stops at the redirect URI.
async function signIn(url) {
  const page = await fetch(url)
  const action = /action="([^"]+)"/.exec(await page.text())
  if (page.status !== 200 || !action) throw new Error(`sign-in page: status ${page.status}`)
  const answer = await fetch(new URL(action[1], url), {
    method: 'POST', body: new URLSearchParams({ persona: s.persona }), redirect: 'manual',
  })
  return answer.headers.get('location')
}

passport.use(strategy)
const { location } = await visit(s.redirect_uri)
const { user } = await visit(await signIn(location))
console.log(JSON.stringify(user))
