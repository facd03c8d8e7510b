package authserver

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
	"pschook/verify/words"
)

// The times of a waiting device (Okta developer docs, guides/device-authorization-grant).
const (
	deviceLife     = 10 * time.Minute
	deviceInterval = 5 * time.Second // between two requests of the device
)

// userCodeLength is how many letters and digits people type.
const userCodeLength = 8

// serveDeviceAuthorize gives a device the code that its user types in a browser on another machine
// (RFC 8628, section 3.1).
func (srv *Server) serveDeviceAuthorize(w http.ResponseWriter, r *http.Request) {
	call, fault := srv.readTokenCall(r)
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	deviceCode, userCode := wire.RandomToken(), rand.Text()[:userCodeLength]
	srv.store.Do(func(st *store.State) { fault = keepDevice(st, call, deviceCode, userCode) })
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	page := wire.Org(r) + "/activate"
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, map[string]any{
		"device_code": deviceCode, "user_code": userCode, "verification_uri": page,
		"verification_uri_complete": page + "?" + url.Values{"user_code": {userCode}}.Encode(),
		"expires_in":                int(deviceLife.Seconds()), "interval": int(deviceInterval.Seconds()),
	})
}

// keepDevice stores the device, if its client may make the request.
func keepDevice(st *store.State, call tokenCall, deviceCode, userCode string) *wire.OAuthError {
	if !call.client.AllowsGrant(store.DeviceGrantType) {
		return wire.OAuthErr("unauthorized_client", "The client is not authorized to use the provided grant type '%s'.", store.DeviceGrantType)
	}
	as, ok := st.AuthServerFor(call.asID)
	if !ok {
		return errNoServer()
	}
	scopes, fault := grantScopes(as, spaced(call.form.Get("scope")))
	if fault != nil {
		return fault
	}
	end := st.Now().Add(deviceLife)
	// Keep it twice as long, so that a device that asks too late is told so.
	st.Devices.Put(st.Now(), deviceCode, store.DeviceGrant{
		ServerID: call.asID, ClientID: call.client.ID, Scopes: scopes, UserCode: userCode, Expires: end,
	}, end.Add(deviceLife))
	st.UserCodes.Put(st.Now(), userCode, deviceCode, end)
	return nil
}

// serveActivate asks for the code that the device shows, and signs its user in.
func (srv *Server) serveActivate(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		srv.servePageError(w, r, http.StatusBadRequest, "the form cannot be read")
		return
	}
	typed := r.Form.Get("user_code")
	if r.Method == http.MethodGet {
		writePage(w, http.StatusOK, activatePage(readerOf(r), typed, words.Text{}))
		return
	}
	var next step
	var found bool
	srv.store.Do(func(st *store.State) {
		next, found = activate(st, r, typed)
		next = next.prepared(st)
	})
	if !found {
		writePage(w, http.StatusBadRequest, activatePage(readerOf(r), typed, words.Say("This code is unknown or too old", "Code inconnu ou trop ancien")))
		return
	}
	srv.proceed(w, r, next)
}

// activate finds the device of the code. Its user is that of the browser's session; without a
// session, a sign-in follows.
func activate(st *store.State, r *http.Request, typed string) (next step, found bool) {
	userCode := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
	next.auth = store.Authorization{ID: wire.RandomToken(), Origin: wire.OriginOf(r, "device")}
	if next.auth.Device, found = st.UserCodes.Get(st.Now(), userCode); !found {
		return next, false
	}
	device, _ := st.Devices.Get(st.Now(), next.auth.Device)
	next.auth.ClientID = device.ClientID
	if next.session, next.signedIn = browserSession(st, r); next.signedIn {
		approve(st, next.auth.Device, next.session)
		return next, true
	}
	st.Authorizations.Put(st.Now(), next.auth.ID, next.auth, st.Now().Add(deviceLife))
	return next, true
}

// approve gives the device its user. The code can be used once.
func approve(st *store.State, deviceCode string, s store.Session) {
	device, ok := st.Devices.Get(st.Now(), deviceCode)
	if !ok {
		return
	}
	device.Session = &s
	st.Devices.Update(deviceCode, device)
	st.UserCodes.Delete(device.UserCode)
}

func (srv *Server) serveActivated(w http.ResponseWriter, r *http.Request) {
	srv.serveMessage(w, r, http.StatusOK, words.Say("Device activated", "Appareil activé"), words.Say("You can close this page.", "Vous pouvez fermer cette page."))
}

// grantDevice gives the device its tokens after its user has signed in (RFC 8628, section 3.4). The
// hook sees the user, but no session, because the session belongs to the browser and not to the
// device.
func (srv *Server) grantDevice(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	g, fault := store.Ask(srv.store, func(st *store.State) (store.DeviceGrant, *wire.OAuthError) { return claimDevice(st, call) })
	if fault != nil {
		return TokenAnswer{}, fault
	}
	m := store.Minting{
		ServerID: call.asID, ClientID: call.client.ID, UserID: g.Session.UserID, Grant: store.DeviceGrantType, Scopes: g.Scopes,
		IDToken: hasScope(g.Scopes, "openid"), AccessToken: true,
		AuthTime: g.Session.AuthTime, AMR: g.Session.Method.AMR, IDPType: g.Session.Method.IDPType,
		Origin: call.origin, Request: call.protocolRequest(g.Scopes), Family: wire.NewID(wire.IDGrant),
	}
	return srv.finish(ctx, m, call.client)
}

// claimDevice returns a device with its user. Before the user has signed in, it returns why the
// device must wait (RFC 8628, section 3.5).
func claimDevice(st *store.State, call tokenCall) (store.DeviceGrant, *wire.OAuthError) {
	code := call.form.Get("device_code")
	g, ok := st.Devices.Get(st.Now(), code)
	switch {
	case !ok, g.ServerID != call.asID, g.ClientID != call.client.ID:
		return g, wire.OAuthErr("invalid_grant", "The device code is invalid or has expired.")
	case !st.Now().Before(g.Expires):
		return g, wire.OAuthErr("expired_token", "The device code has expired.")
	case g.Session != nil:
		st.Devices.Delete(code)
		return g, nil
	}
	asked := g.Polled
	g.Polled = st.Now()
	st.Devices.Update(code, g)
	if !asked.IsZero() && st.Now().Sub(asked) < deviceInterval {
		return g, wire.OAuthErr("slow_down", "The device asks too often: at most every %v.", deviceInterval)
	}
	return g, wire.OAuthErr("authorization_pending", "The device authorization is pending. Please try again later.")
}
