package authserver

import (
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveAuthn is primary authentication (Okta Authentication API): it exchanges login and password
// for a session token. It treats the persona's method as done.
func (srv *Server) serveAuthn(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if fault := wire.ReadJSON(r, &request); fault != nil {
		wire.WriteAPIError(w, fault)
		return
	}
	origin := wire.OriginOf(r, "authn")
	var u store.User
	var found bool
	token, expires := "20111"+wire.RandomToken(), srv.store.Now().Add(sessionTokenLife)
	srv.store.Do(func(st *store.State) {
		u, found = authenticate(st, request.Username, request.Password)
		if found {
			st.SessionTokens.Put(st.Now(), token, newSession(st, u), expires)
		}
		logSignIn(st, origin, u.ID, "", found)
	})
	if !found {
		wire.WriteAPIError(w, wire.ErrAuthentication())
		return
	}
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, map[string]any{
		"status": "SUCCESS", "sessionToken": token, "expiresAt": wire.Stamp(expires),
		"_embedded": map[string]any{"user": map[string]any{
			"id": u.ID, "passwordChanged": u.PasswordChanged,
			"profile": map[string]any{
				"login": u.Login(), "firstName": u.Text("firstName"), "lastName": u.Text("lastName"),
				"locale": u.Text("locale"), "timeZone": u.Text("timezone"),
			},
		}},
	})
}
