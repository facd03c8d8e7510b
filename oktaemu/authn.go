package oktaemu

import (
	"net/http"
)

// serveAuthn is primary authentication (Okta Authentication API): login and
// password become a session token. A persona's method counts as done.
func (o *Org) serveAuthn(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if fault := readBody(r, &request); fault != nil {
		writeAPIError(w, fault)
		return
	}
	o.mu.Lock()
	u, found := o.authenticate(request.Username, request.Password)
	if !found {
		o.logEvent(logEvent{EventType: "user.session.start", DisplayMessage: "User login to Okta",
			Outcome: logOutcome{Result: "FAILURE", Reason: "INVALID_CREDENTIALS"}}, o.origin(r, "authn"), "", "")
		o.mu.Unlock()
		writeAPIError(w, errAuthentication())
		return
	}
	s := o.newSession(u)
	token := "20111" + randomToken()
	expires := o.now().Add(sessionTokenLife)
	o.state.sessionTokens.put(o.now(), token, s, expires)
	o.logEvent(logEvent{EventType: "user.session.start", DisplayMessage: "User login to Okta",
		Outcome: logOutcome{Result: "SUCCESS"}}, o.origin(r, "authn"), u.ID, "")
	o.mu.Unlock()
	noStore(w)
	writeJSON(w, http.StatusOK, map[string]any{
		"status": "SUCCESS", "sessionToken": token, "expiresAt": stamp(expires),
		"_embedded": map[string]any{"user": map[string]any{
			"id": u.ID, "passwordChanged": u.PasswordChanged,
			"profile": map[string]any{
				"login": u.login(), "firstName": u.text("firstName"), "lastName": u.text("lastName"),
				"locale": u.text("locale"), "timeZone": u.text("timezone"),
			},
		}},
	})
}
