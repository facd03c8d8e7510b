// Package management plays Okta's Management API: the objects of an org, read and
// changed by administrators' tools.
package management

import (
	"cmp"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/hookanswer"
	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// API serves the Management API of an org. It is safe for concurrent use.
type API struct {
	store    *store.Store
	hooks    *hookcall.Caller
	token    string              // the SSWS token
	reserved hookanswer.Reserved // names that no custom claim may have
}

// New returns the Management API of the org in st, open to the SSWS token.
func New(st *store.Store, hooks *hookcall.Caller, token string, reserved hookanswer.Reserved) *API {
	return &API{store: st, hooks: hooks, token: token, reserved: reserved}
}

// Routes adds the API's paths to mux.
func (api *API) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /.well-known/okta-organization", api.serveWellKnown)
	api.handle(mux, "GET /api/v1/org", "okta.orgs.read", (*call).readOrg)
	api.notPlayed(mux, "POST /api/v1/org", "changes of the org itself")
	api.notPlayed(mux, "PUT /api/v1/org", "changes of the org itself")
	api.hookRoutes(mux)
	api.hookKeyRoutes(mux)
	api.eventHookRoutes(mux)
	api.authServerRoutes(mux)
	api.appRoutes(mux)
	api.accessPolicyRoutes(mux)
	api.groupRoutes(mux)
	api.userRoutes(mux)
	api.schemaRoutes(mux)
	api.trustedOriginRoutes(mux)
	api.domainRoutes(mux)
	api.tokenRoutes(mux)
	api.sessionRoutes(mux)
	api.linkedObjectRoutes(mux)
	api.userTypeRoutes(mux)
	api.roleRoutes(mux, "/oauth2/v1/clients/{client}/roles", clientRoles())
	api.handle(mux, "GET /api/v1/logs", "okta.logs.read", (*call).listEvents)
}

// call is one call of the API inside the org's lock.
type call struct {
	*store.State
	api *API
	r   *http.Request
}

// answer is a good answer. A nil body is sent as no body.
type answer struct {
	status int
	body   any
	list   bool   // a page of a list
	note   string // not Okta's: what the emulator does otherwise, for a header
	next   string // query of the next page, for the Link header
}

func ok(body any) answer {
	_, list := body.([]any)
	return answer{status: http.StatusOK, body: body, list: list}
}

func noContent() answer { return answer{status: http.StatusNoContent} }

// handler does the work of one operation. What it returns is encoded after the lock
// is released, so it must not be changed later.
type handler func(*call) (answer, *wire.APIError)

// handle adds an operation, for an SSWS token or an OAuth access token with the scope.
func (api *API) handle(mux *http.ServeMux, pattern, scope string, do handler) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		reply, fault := store.Ask(api.store, func(st *store.State) (answer, *wire.APIError) {
			c := &call{st, api, r}
			if fault := c.authorize(scope); fault != nil {
				return answer{}, fault
			}
			return do(c)
		})
		if fault != nil {
			wire.WriteAPIError(w, fault)
			return
		}
		api.write(w, r, reply)
	})
}

// notPlayed answers an operation of Okta's that lies where the emulator has others, by saying that it does not play what.
func (api *API) notPlayed(mux *http.ServeMux, pattern, what string) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { wire.WriteAPIError(w, wire.ErrNotPlayed(what)) })
}

// write sends a good answer, with links to this page and the next one (Okta
// developer docs, "Link headers").
func (api *API) write(w http.ResponseWriter, r *http.Request, reply answer) {
	if reply.note != "" {
		w.Header().Set("X-Oktaemu-Note", reply.note)
	}
	if reply.list {
		w.Header().Add("Link", "<"+api.store.URL()+r.URL.RequestURI()+`>; rel="self"`)
	}
	if reply.next != "" {
		w.Header().Add("Link", "<"+api.store.URL()+r.URL.Path+"?"+reply.next+`>; rel="next"`)
	}
	if reply.body == nil {
		w.WriteHeader(reply.status)
		return
	}
	wire.WriteJSON(w, reply.status, reply.body)
}

// authorize checks the credential of a call.
func (c *call) authorize(scope string) *wire.APIError {
	scheme, credential, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if key, glued := strings.CutPrefix(scheme, "SSWS"); glued && key != "" { // Okta's SDK for Python 3.x writes no space
		scheme, credential = "SSWS", key
	}
	switch {
	case strings.EqualFold(scheme, "SSWS"):
		if subtle.ConstantTimeCompare([]byte(credential), []byte(c.api.token)) != 1 {
			return wire.ErrInvalidToken()
		}
		return nil
	case strings.EqualFold(scheme, "Bearer"):
		return c.authorizeBearer(credential, scope)
	case c.r.Method == http.MethodGet && c.r.URL.Path == "/api/v1/users/me" && c.signedIn().ID != "":
		return nil // who is signed in may read about themselves
	default:
		return wire.ErrInvalidToken()
	}
}

// authorizeBearer checks an access token of the org authorization server. A write
// scope (okta.x.manage) allows reading too.
func (c *call) authorizeBearer(token, scope string) *wire.APIError {
	claims, ok := c.Org.Keys.Published().Read(token)
	if !ok || !c.Issues(c.Org, claims.Issuer) || c.Now().Unix() >= claims.Expiry {
		return c.challenge(wire.ErrInvalidToken(), scope, "invalid_token", "The access token is invalid")
	}
	if _, ok := c.Tokens.Get(c.Now(), claims.JTI); !ok {
		return c.challenge(wire.ErrInvalidToken(), scope, "invalid_token", "The access token is invalid")
	}
	manage := strings.TrimSuffix(scope, ".read") + ".manage"
	if !slices.Contains(claims.Scopes, scope) && !slices.Contains(claims.Scopes, manage) {
		return c.challenge(wire.ErrForbidden(), scope, "insufficient_scope", "The access token provided does not contain the required scopes.")
	}
	return nil
}

// challenge adds to a fault how to get a good access token.
func (c *call) challenge(fault *wire.APIError, scope, code, description string) *wire.APIError {
	fault.Challenge = wire.Challenge(c.r, scope, code, description)
	return fault
}

// newID returns the id of an object that the call makes.
func (c *call) newID(prefix string) string { return cmp.Or(wire.GivenID(c.r), wire.NewID(prefix)) }

// readBody decodes the JSON body of the call.
func (c *call) readBody(into any) *wire.APIError { return wire.ReadJSON(c.r, into) }
