package authserver

import (
	"cmp"
	"context"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// endless stands for a refresh token without end (rule lifetime 0).
const endless = 100 * 365 * 24 * time.Hour

// newRefreshToken makes the refresh token of a grant, with the lifetimes of the
// rule that allowed it.
func newRefreshToken(st *store.State, m store.Minting, rule store.AccessRule) string {
	life := cmp.Or(time.Duration(rule.Actions.Token.RefreshMinutes)*time.Minute, endless)
	g := store.RefreshGrant{Minting: m, Issued: st.Now(), Expires: st.Now().Add(life)}
	return keepRefreshToken(st, wire.RandomToken(), g, rule)
}

// keepRefreshToken stores g under token. An unused token ends with the rule's
// window.
func keepRefreshToken(st *store.State, token string, g store.RefreshGrant, rule store.AccessRule) string {
	end := g.Expires
	if window := time.Duration(rule.Actions.Token.RefreshWindowMinutes) * time.Minute; window > 0 && g.Issued.Add(window).Before(end) {
		end = g.Issued.Add(window)
	}
	st.Refresh.Put(st.Now(), token, g, end)
	return token
}

// grantRefresh redeems a refresh token (RFC 6749, section 6). The hook sees no browser session.
func (srv *Server) grantRefresh(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	token := call.form.Get("refresh_token")
	var g store.RefreshGrant
	var m store.Minting
	var p store.Plan
	var fault *wire.OAuthError
	end := func(st *store.State, fault *wire.OAuthError) *wire.OAuthError {
		if fault != nil {
			st.Refresh.Update(token, g) // no token was given out, so it can be used again
			return fault
		}
		token, fault = nextRefreshToken(st, call, token, m, p.Rule)
		return fault
	}
	srv.store.Do(func(st *store.State) {
		var scopes []string
		if g, scopes, fault = claimRefreshToken(st, call, token); fault != nil {
			return
		}
		m = refreshed(g, call, scopes)
		if p, fault = prepare(st, m); fault != nil {
			fault = end(st, fault)
		}
	})
	if fault != nil {
		return TokenAnswer{}, fault
	}
	tokens, fault := srv.mint(ctx, m, p, end)
	if fault != nil {
		return TokenAnswer{}, fault
	}
	answer := answerOf(m, tokens)
	answer.RefreshToken = token
	return answer, nil
}

// claimRefreshToken checks a refresh token. If the client rotates its tokens, it marks the token as
// used, so that of two simultaneous requests one counts as reuse. A used token that comes back
// after the leeway ends the whole family (RFC 9700, section 4.14.2). It returns the grant as it
// was.
func claimRefreshToken(st *store.State, call tokenCall, token string) (store.RefreshGrant, []string, *wire.OAuthError) {
	g, ok := st.Refresh.Get(st.Now(), token)
	if !ok || g.Minting.ServerID != call.asID || g.Minting.ClientID != call.client.ID {
		return g, nil, errRefreshToken()
	}
	leeway := time.Duration(call.client.Refresh.Leeway) * time.Second
	if !g.Replaced.IsZero() && st.Now().Sub(g.Replaced) >= leeway {
		st.RevokeFamily(g.Minting.Family)
		return g, nil, errRefreshToken()
	}
	scopes, ok := narrowed(call.form.Get("scope"), g.Minting.Scopes)
	if !ok {
		return g, nil, wire.OAuthErr("invalid_scope", "One or more scopes were not granted before.")
	}
	if call.client.Rotates() && g.Replaced.IsZero() {
		used := g
		used.Replaced = st.Now()
		st.Refresh.Update(token, used)
	}
	return g, scopes, nil
}

func errRefreshToken() *wire.OAuthError {
	return wire.OAuthErr("invalid_grant", "The refresh token is invalid or expired.")
}

// refreshed returns the minting for a refresh: the first minting without the session.
func refreshed(g store.RefreshGrant, call tokenCall, scopes []string) store.Minting {
	m := g.Minting
	m.Original = &store.OriginalGrant{Authorization: m.Request, RefreshToken: store.HookTokenRef{JTI: m.RefreshJTI}}
	m.Request = store.ProtocolRequest{
		ClientID: call.client.ID, GrantType: "refresh_token", Scope: strings.Join(scopes, " "),
	}
	m.Session, m.Origin, m.Scopes, m.Nonce = nil, call.origin, scopes, ""
	m.IDToken = hasScope(scopes, "openid") && m.UserID != ""
	return m
}

// nextRefreshToken returns the refresh token for the next use: a new one if the client rotates its
// tokens, otherwise the same with a new window.
func nextRefreshToken(st *store.State, call tokenCall, token string, m store.Minting, rule store.AccessRule) (string, *wire.OAuthError) {
	g, ok := st.Refresh.Get(st.Now(), token)
	if !ok { // it was revoked during the minting
		st.RevokeFamily(m.Family)
		return "", errRefreshToken()
	}
	g.Issued, g.Replaced = st.Now(), time.Time{}
	if !call.client.Rotates() {
		return keepRefreshToken(st, token, g, rule), nil
	}
	return keepRefreshToken(st, wire.RandomToken(), g, rule), nil
}
