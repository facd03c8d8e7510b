// An OpenID provider that knows nothing of pschook, with the claims that an Okta org with the hook would give.
// It takes one argument, JSON: {redirect_uri, amr, access_amr, oid, alg, userinfo}. Its first line on standard output is
// {issuer, client_id}; it serves until standard input ends.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);
const user = '00uindependent00000';
const tenant = '00oindependent00000';

const jwk = (kid, alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig',
});

const configuration = {
  clients: [{
    client_id: 'independent',
    token_endpoint_auth_method: 'none',
    redirect_uris: [settings.redirect_uri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    id_token_signed_response_alg: settings.alg,
  }],
  jwks: { keys: [jwk('rsa-1', 'RS256', 'rsa', { modulusLength: 2048 }), jwk('ec-1', 'ES256', 'ec', { namedCurve: 'P-256' })] },
  cookies: { keys: ['a key for the test'] },
  conformIdTokenClaims: false, // claims of scopes go into the ID token too
  claims: { openid: ['sub', 'tid', 'amr', 'auth_time'], profile: ['name', 'preferred_username'], email: ['email'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, tid: tenant, amr: settings.amr, name: 'Camille Roux', preferred_username: 'camille', email: 'camille@hopital.example',
    }),
  }),
  extraTokenClaims: () => ({ uid: user, cid: 'independent', oid: settings.oid || user, tid: tenant, amr: settings.access_amr }),
  features: {
    devInteractions: { enabled: false },
    userinfo: { enabled: settings.userinfo }, // which refuses access tokens that are meant for an API
    resourceIndicators: { // makes access tokens JWTs for an audience
      enabled: true,
      defaultResource: () => 'api://default',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'openid profile email', audience: 'api://default', accessTokenFormat: 'jwt', jwt: { sign: { alg: settings.alg } },
      }),
    },
  },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  loadExistingGrant: async (ctx) => { // everybody has consented
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    grant.addResourceScope('api://default', 'openid profile email');
    await grant.save();
    return grant;
  },
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on('request', (req, res) => {
    if (req.url.startsWith('/sign-in/')) {
      provider.interactionFinished(req, res, { login: { accountId: user, amr: settings.amr } })
        .catch((err) => { res.statusCode = 500; res.end(String(err)); });
      return;
    }
    answer(req, res);
  });
  console.log(JSON.stringify({ issuer, client_id: 'independent' }));
});
process.stdin.resume().on('end', () => process.exit(0));
