// Package authserver plays Okta's authorization servers: the authorization and token
// endpoints and what belongs to them, the sign-in page, sessions, primary
// authentication.
package authserver

import (
	"log/slog"
	"net/http"

	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/store"
)

// Server serves what browsers and OAuth clients use. It is safe for concurrent use.
type Server struct {
	store  *store.Store
	hooks  *hookcall.Caller
	logger *slog.Logger
}

// New returns the authorization servers of the org in st.
func New(st *store.Store, hooks *hookcall.Caller, logger *slog.Logger) *Server {
	return &Server{store: st, hooks: hooks, logger: logger}
}

// Routes adds the server's paths to mux.
func (srv *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", srv.serveHome)
	mux.HandleFunc("POST /api/v1/authn", srv.serveAuthn)
	mux.HandleFunc("POST /signin/{id}", srv.serveSignIn)
	mux.HandleFunc("GET /login/signout", srv.serveSignOut)
	mux.HandleFunc("GET /assets/form-post.js", serveFormPostScript)

	mux.HandleFunc("GET /.well-known/oauth-authorization-server", srv.serveOrgDiscovery)
	mux.HandleFunc("POST /oauth2/v1/token", srv.serveOrgToken)
	mux.HandleFunc("GET /oauth2/v1/keys", srv.serveOrgKeys)

	mux.HandleFunc("GET /oauth2/{as}/.well-known/openid-configuration", srv.serveDiscovery)
	mux.HandleFunc("GET /oauth2/{as}/.well-known/oauth-authorization-server", srv.serveDiscovery)
	mux.HandleFunc("GET /oauth2/{as}/v1/keys", srv.serveKeys)
	mux.HandleFunc("GET /oauth2/{as}/v1/authorize", srv.serveAuthorize)
	mux.HandleFunc("POST /oauth2/{as}/v1/authorize", srv.serveAuthorize)
	mux.HandleFunc("POST /oauth2/{as}/v1/token", srv.serveToken)
	mux.HandleFunc("GET /oauth2/{as}/v1/userinfo", srv.serveUserinfo)
	mux.HandleFunc("POST /oauth2/{as}/v1/userinfo", srv.serveUserinfo)
	mux.HandleFunc("POST /oauth2/{as}/v1/introspect", srv.serveIntrospect)
	mux.HandleFunc("POST /oauth2/{as}/v1/revoke", srv.serveRevoke)
	mux.HandleFunc("GET /oauth2/{as}/v1/logout", srv.serveLogout)
	mux.HandleFunc("POST /oauth2/{as}/v1/logout", srv.serveLogout)
}
