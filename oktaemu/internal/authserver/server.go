// Package authserver emulates Okta's authorization servers: the authorization and token endpoints
// and related endpoints, the sign-in page, sessions, primary authentication.
package authserver

import (
	"log/slog"
	"net/http"

	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/store"
)

// Server serves what browsers and OAuth clients use. It is safe for concurrent use.
type Server struct {
	store            *store.Store
	hooks            *hookcall.Caller
	logger           *slog.Logger
	strictClientAuth bool
	signInByHint     bool
}

// Options say how the servers differ from Okta's. The zero value means no difference.
type Options struct {
	StrictClientAuth bool // a client must send its secret in the registered way, as RFC 6749 requires
	SignInByHint     bool // sign in the persona that login_hint names, without the sign-in page
}

// New returns the authorization servers of the org in st.
func New(st *store.Store, hooks *hookcall.Caller, logger *slog.Logger, opts Options) *Server {
	return &Server{store: st, hooks: hooks, logger: logger, strictClientAuth: opts.StrictClientAuth, signInByHint: opts.SignInByHint}
}

// Routes adds the server's paths to mux.
func (srv *Server) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", srv.serveHome)
	mux.HandleFunc("POST /api/v1/authn", srv.serveAuthn)
	mux.HandleFunc("GET /api/v1/sessions/me", srv.serveSession)
	mux.HandleFunc("POST /api/v1/sessions/me/lifecycle/refresh", srv.serveSession)
	mux.HandleFunc("DELETE /api/v1/sessions/me", srv.serveSession)
	mux.HandleFunc("POST /signin/{id}", srv.serveSignIn)
	mux.HandleFunc("GET /login/signout", srv.serveSignOut)
	mux.HandleFunc("GET /login/sessionCookieRedirect", srv.serveSessionRedirect)
	mux.HandleFunc("GET /activate", srv.serveActivate)
	mux.HandleFunc("POST /activate", srv.serveActivate)
	mux.HandleFunc("GET /assets/form-post.js", serveScript(formPostScript))
	mux.HandleFunc("GET /assets/post-message.js", serveScript(postMessageScript))
	srv.serverRoutes(mux, "", "/oauth2/v1") // of the org itself
	srv.serverRoutes(mux, "/oauth2/{as}", "/oauth2/{as}/v1")
}

// serverRoutes adds the paths of authorization servers: documents below issuer, endpoints below base.
func (srv *Server) serverRoutes(mux *http.ServeMux, issuer, base string) {
	mux.HandleFunc("GET "+issuer+"/.well-known/openid-configuration", srv.serveDiscovery)
	mux.HandleFunc("GET "+issuer+"/.well-known/oauth-authorization-server", srv.serveDiscovery)
	mux.HandleFunc("GET "+base+"/keys", srv.serveKeys)
	mux.HandleFunc("GET "+base+"/authorize", srv.serveAuthorize)
	mux.HandleFunc("POST "+base+"/authorize", srv.serveAuthorize)
	mux.HandleFunc("POST "+base+"/par", srv.servePushed)
	mux.HandleFunc("POST "+base+"/device/authorize", srv.serveDeviceAuthorize)
	mux.HandleFunc("POST "+base+"/token", srv.serveToken)
	mux.HandleFunc("GET "+base+"/userinfo", srv.serveUserinfo)
	mux.HandleFunc("POST "+base+"/userinfo", srv.serveUserinfo)
	mux.HandleFunc("POST "+base+"/introspect", srv.serveIntrospect)
	mux.HandleFunc("POST "+base+"/revoke", srv.serveRevoke)
	mux.HandleFunc("GET "+base+"/logout", srv.serveLogout)
	mux.HandleFunc("POST "+base+"/logout", srv.serveLogout)
}
