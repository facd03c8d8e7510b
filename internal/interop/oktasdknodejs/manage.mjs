// Sets up with okta-sdk-nodejs what a token hook needs, as an administrator's script would, and takes it away again.
// Settings come as JSON in the first argument: url, token, hook_url. Prints what the org then was.
import okta from '@okta/okta-sdk-nodejs'

const s = JSON.parse(process.argv[2])
const client = new okta.Client({ orgUrl: s.url, token: s.token })
const all = async (collection) => {
  const items = []
  await (await collection).each((item) => { items.push(item) })
  return items
}
const status = (promise) => promise.then(() => 200, (err) => err.status)

const hook = await client.inlineHookApi.createInlineHook({ inlineHook: {
  name: 'claims', type: 'com.okta.oauth2.tokens.transform', version: '1.0.0',
  channel: { type: 'HTTP', version: '1.0.0', config: {
    uri: s.hook_url, method: 'POST', headers: [], authScheme: { type: 'HEADER', key: 'Authorization', value: 'secret' },
  } },
} })
const server = await client.authorizationServerApi.createAuthorizationServer({ authorizationServer: {
  name: 'care', description: 'for tests', audiences: ['api://care'],
} })
const scope = await client.authorizationServerApi.createOAuth2Scope({ authServerId: server.id, oAuth2Scope: { name: 'care.read' } })
const claim = await client.authorizationServerApi.createOAuth2Claim({ authServerId: server.id, oAuth2Claim: {
  name: 'ward', status: 'ACTIVE', claimType: 'RESOURCE', valueType: 'EXPRESSION', value: '"icu"', conditions: { scopes: [] },
} })
const app = await client.applicationApi.createApplication({ application: {
  name: 'oidc_client', label: 'PSC', signOnMode: 'OPENID_CONNECT',
  credentials: { oauthClient: { token_endpoint_auth_method: 'none', autoKeyRotation: true } },
  settings: { oauthClient: {
    application_type: 'browser', grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: ['http://localhost:9/cb'],
  } },
} })
const policy = await client.authorizationServerApi.createAuthorizationServerPolicy({ authServerId: server.id, policy: {
  type: 'OAUTH_AUTHORIZATION_POLICY', name: 'PSC', description: 'PSC', priority: 1, status: 'ACTIVE', conditions: { clients: { include: [app.id] } },
} })
const rule = await client.authorizationServerApi.createAuthorizationServerPolicyRule({ authServerId: server.id, policyId: policy.id, policyRule: {
  type: 'RESOURCE_ACCESS', name: 'all', priority: 1, status: 'ACTIVE',
  conditions: { people: { groups: { include: ['EVERYONE'] } }, grantTypes: { include: ['authorization_code'] }, scopes: { include: ['*'] } },
  actions: { token: { accessTokenLifetimeMinutes: 10, refreshTokenLifetimeMinutes: 0, refreshTokenWindowMinutes: 10080, inlineHook: { id: hook.id } } },
} })
const group = await client.groupApi.createGroup({ group: { profile: { name: 'staff', description: 'staff' } } })
const user = await client.userApi.createUser({ activate: true, body: {
  profile: { login: 'ana@hopital.example', email: 'ana@hopital.example', firstName: 'Ana', lastName: 'Roux' },
  credentials: { password: { value: 'Correct-Horse-9' } },
} })
await client.groupApi.assignUserToGroup({ groupId: group.id, userId: user.id })
await client.applicationApi.assignGroupToApplication({ appId: app.id, groupId: group.id, applicationGroupAssignment: {} })
const preview = await client.inlineHookApi.executeInlineHook({ inlineHookId: hook.id, payloadData: {} })

console.log(JSON.stringify({
  org: (await client.orgSettingApi.getOrgSettings()).id,
  hooks: (await all(client.inlineHookApi.listInlineHooks())).map(({ name, status: is }) => `${name} ${is}`),
  rule: { hook: rule.actions.token.inlineHook.id === hook.id, minutes: rule.actions.token.accessTokenLifetimeMinutes },
  scopes: (await all(client.authorizationServerApi.listOAuth2Scopes({ authServerId: server.id }))).some(({ id }) => id === scope.id),
  claims: (await all(client.authorizationServerApi.listOAuth2Claims({ authServerId: server.id }))).some(({ id }) => id === claim.id),
  members: (await all(client.groupApi.listGroupUsers({ groupId: group.id }))).map(({ profile }) => profile.login),
  apps: (await all(client.applicationApi.listApplications({ q: 'PSC' }))).map(({ id }) => id).includes(app.id),
  preview: preview.commands.map(({ type }) => type),
  events: (await all(client.systemLogApi.listLogEvents({}))).length > 0,
  missing: await status(client.groupApi.getGroup({ groupId: '00gnone' })),
  refused: await status(new okta.Client({ orgUrl: s.url, token: 'wrong' }).groupApi.getGroup({ groupId: group.id })),
}))

await client.inlineHookApi.deactivateInlineHook({ inlineHookId: hook.id })
await client.authorizationServerApi.deleteAuthorizationServerPolicy({ authServerId: server.id, policyId: policy.id })
await client.inlineHookApi.deleteInlineHook({ inlineHookId: hook.id })
await client.authorizationServerApi.deactivateAuthorizationServer({ authServerId: server.id })
await client.authorizationServerApi.deleteAuthorizationServer({ authServerId: server.id })
await client.applicationApi.deactivateApplication({ appId: app.id })
await client.applicationApi.deleteApplication({ appId: app.id })
await client.groupApi.deleteGroup({ groupId: group.id })
