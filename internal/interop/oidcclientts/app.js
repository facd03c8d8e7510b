// What the page can do; the test calls it. Nothing here checks a token: oidc-client-ts does, and rejects where it must.

const { UserManager, WebStorageStateStore } = oidc

const make = (options) => new UserManager({
  redirect_uri: `${location.origin}/callback`,
  silent_redirect_uri: `${location.origin}/silent`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile email',
  loadUserInfo: true,
  monitorSession: false,
  automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: localStorage }),
  ...options,
})

const told = (user) => ({
  sub: user.profile.sub, email: user.profile.email, name: user.profile.preferred_username,
  refresh: Boolean(user.refresh_token), token: user.access_token,
})

let popup
const withPopup = (manager) => { popup = manager.signinPopup().then(told) }

// The page of an iframe or of a popup hands its address to the page that opened it.
if (location.pathname === '/silent' && window.parent !== window) {
  new UserManager({ authority: 'x', client_id: 'x', redirect_uri: 'x' }).signinSilentCallback()
}
if (location.pathname === '/callback' && window.opener) {
  new UserManager({ authority: 'x', client_id: 'x', redirect_uri: 'x' }).signinPopupCallback()
}
