// Checks tokens with @okta/jwt-verifier. Settings come as JSON in the first argument: issuer, client_id, access_token,
// id_token, nonce. Prints for each question the claims that were asked for, or why the token was refused.
import OktaJwtVerifier from '@okta/jwt-verifier'

const s = JSON.parse(process.argv[2])
const verifier = (more) => new OktaJwtVerifier({
  issuer: s.issuer, clientId: s.client_id, testing: { disableHttpsCheck: true }, ...more,
})
const answer = (promise, claims) => promise.then(
  (jwt) => Object.fromEntries(claims.map((name) => [name, jwt.claims[name]])),
  (err) => ({ refused: err.userMessage || err.message }),
)
const tampered = s.access_token.replace(/^([^.]+\.[^.]+\.)./, (_, head) => `${head}-`).replace(/-(.)/, (m, c) => (c === '-' ? '_-' : m))

console.log(JSON.stringify({
  access: await answer(verifier().verifyAccessToken(s.access_token, 'api://default'), ['sub', 'uid', 'cid', 'tid', 'oid', 'amr']),
  id: await answer(verifier().verifyIdToken(s.id_token, s.client_id, s.nonce), ['sub', 'tid', 'amr']),
  asserted: await answer(verifier({ assertClaims: { cid: s.client_id, 'scp.includes': ['openid'] } })
    .verifyAccessToken(s.access_token, 'api://default'), ['cid']),
  other_audience: await answer(verifier().verifyAccessToken(s.access_token, 'api://other'), []),
  other_client: await answer(verifier().verifyIdToken(s.id_token, '0oaother', s.nonce), []),
  other_nonce: await answer(verifier().verifyIdToken(s.id_token, s.client_id, 'other'), []),
  tampered: await answer(verifier().verifyAccessToken(tampered, 'api://default'), []),
}))
