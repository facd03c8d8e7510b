package oktaemu

import "net/http"

// routes maps Okta's paths, and the emulator's own under /_emu, to handlers.
func (o *Org) routes() *http.ServeMux {
	mux := http.NewServeMux()
	o.protocolRoutes(mux)
	o.managementRoutes(mux)
	mux.HandleFunc("GET /_emu/hook-calls", o.serveHookCalls)
	mux.HandleFunc("GET /_emu/faults", o.faults.serveList)
	mux.HandleFunc("PUT /_emu/faults", o.faults.serveAdd)
	mux.HandleFunc("DELETE /_emu/faults", o.faults.serveClear)
	mux.HandleFunc("GET /{$}", o.serveHome)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { serveUnknown(mux, w, r) })
	return mux
}

// protocolRoutes are what browsers and OAuth clients use.
func (o *Org) protocolRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /.well-known/okta-organization", o.serveWellKnown)
	mux.HandleFunc("POST /api/v1/authn", o.serveAuthn)
	mux.HandleFunc("POST /signin/{id}", o.serveSignIn)
	mux.HandleFunc("GET /login/signout", o.serveSignOut)
	mux.HandleFunc("GET /assets/form-post.js", serveFormPostScript)

	mux.HandleFunc("GET /.well-known/oauth-authorization-server", o.serveOrgDiscovery)
	mux.HandleFunc("POST /oauth2/v1/token", o.serveOrgToken)
	mux.HandleFunc("GET /oauth2/v1/keys", o.serveOrgKeys)

	mux.HandleFunc("GET /oauth2/{as}/.well-known/openid-configuration", o.serveDiscovery)
	mux.HandleFunc("GET /oauth2/{as}/.well-known/oauth-authorization-server", o.serveDiscovery)
	mux.HandleFunc("GET /oauth2/{as}/v1/keys", o.serveKeys)
	mux.HandleFunc("GET /oauth2/{as}/v1/authorize", o.serveAuthorize)
	mux.HandleFunc("POST /oauth2/{as}/v1/authorize", o.serveAuthorize)
	mux.HandleFunc("POST /oauth2/{as}/v1/token", o.serveToken)
	mux.HandleFunc("GET /oauth2/{as}/v1/userinfo", o.serveUserinfo)
	mux.HandleFunc("POST /oauth2/{as}/v1/userinfo", o.serveUserinfo)
	mux.HandleFunc("POST /oauth2/{as}/v1/introspect", o.serveIntrospect)
	mux.HandleFunc("POST /oauth2/{as}/v1/revoke", o.serveRevoke)
	mux.HandleFunc("GET /oauth2/{as}/v1/logout", o.serveLogout)
	mux.HandleFunc("POST /oauth2/{as}/v1/logout", o.serveLogout)
}

// managementRoutes are the Management API.
func (o *Org) managementRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/org", o.managed("okta.orgs.read", o.readOrg))
	o.hookRoutes(mux)
	o.hookKeyRoutes(mux)
	o.authServerRoutes(mux)
	o.appRoutes(mux)
	o.accessPolicyRoutes(mux)
	o.groupRoutes(mux)
	o.userRoutes(mux)
	mux.HandleFunc("GET /api/v1/logs", o.managed("okta.logs.read", o.listEvents))
}

// serveUnknown answers what no route matches: 405 where another method would
// do, else 501.
func serveUnknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := mux.Handler(probe); pattern != "/" && pattern != "" {
			writeAPIError(w, errMethod())
			return
		}
	}
	writeAPIError(w, errUnknownPath(r))
}
