package oktaemu

import (
	"context"
	"time"
)

// endless stands for a refresh token without end (rule lifetime 0).
const endless = 100 * 365 * 24 * time.Hour

// refreshGrant is what a refresh token stands for.
type refreshGrant struct {
	minting  minting // how its tokens were minted first
	issued   time.Time
	expires  time.Time // of the grant as a whole
	replaced time.Time // when rotation put another token in its place; zero: it is current
}

// newRefreshToken makes the refresh token of a grant, with the lifetimes of the
// rule that allowed it.
func (o *Org) newRefreshToken(m minting) (string, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, fault := o.plan(m)
	if fault != nil {
		return "", fault
	}
	now := o.now()
	if _, revoked := o.state.families.get(now, m.family); revoked {
		return "", errRevoked()
	}
	life := time.Duration(p.rule.Actions.Token.RefreshMinutes) * time.Minute
	setDefault(&life, endless)
	g := refreshGrant{minting: m, issued: now, expires: now.Add(life)}
	return o.keepRefreshToken(randomToken(), g, p.rule), nil
}

// keepRefreshToken stores g under token. An unused token ends with the rule's
// window. The caller holds the lock.
func (o *Org) keepRefreshToken(token string, g refreshGrant, rule accessRule) string {
	end := g.expires
	if window := time.Duration(rule.Actions.Token.RefreshWindowMinutes) * time.Minute; window > 0 && g.issued.Add(window).Before(end) {
		end = g.issued.Add(window)
	}
	o.state.refresh.put(o.now(), token, g, end)
	return token
}

// grantRefresh redeems a refresh token (RFC 6749, section 6). The browser's
// session plays no part: a hook sees none.
func (o *Org) grantRefresh(ctx context.Context, call tokenCall) (tokenAnswer, *oauthError) {
	token := call.form.Get("refresh_token")
	o.mu.Lock()
	g, scopes, fault := o.claimRefreshToken(call, token)
	o.mu.Unlock()
	if fault != nil {
		return tokenAnswer{}, fault
	}
	m := g.refreshed(call, scopes)
	tokens, fault := o.mint(ctx, m)
	if fault != nil {
		o.mu.Lock()
		o.state.refresh.update(token, g) // nothing was given out: it is good for another attempt
		o.mu.Unlock()
		return tokenAnswer{}, fault
	}
	answer := m.answer(tokens)
	answer.RefreshToken, fault = o.nextRefreshToken(call, token, m)
	return answer, fault
}

// claimRefreshToken checks a refresh token, and marks it used where the client
// rotates, so that of two requests at the same time one is reuse. A used token
// that comes back after the leeway ends the whole family (RFC 9700, section
// 4.14.2). It returns the grant as it was. The caller holds the lock.
func (o *Org) claimRefreshToken(call tokenCall, token string) (refreshGrant, []string, *oauthError) {
	g, ok := o.state.refresh.get(o.now(), token)
	if !ok || g.minting.asID != call.asID || g.minting.clientID != call.client.id {
		return g, nil, errRefreshToken()
	}
	leeway := time.Duration(call.client.Refresh.Leeway) * time.Second
	if !g.replaced.IsZero() && o.now().Sub(g.replaced) >= leeway {
		o.revokeFamily(g.minting.family)
		return g, nil, errRefreshToken()
	}
	scopes, ok := narrowed(call.form.Get("scope"), g.minting.scopes)
	if !ok {
		return g, nil, oauthErr("invalid_scope", "One or more scopes were not granted before.")
	}
	if call.client.rotates() && g.replaced.IsZero() {
		used := g
		used.replaced = o.now()
		o.state.refresh.update(token, used)
	}
	return g, scopes, nil
}

func errRefreshToken() *oauthError {
	return oauthErr("invalid_grant", "The refresh token is invalid or expired.")
}

// refreshed is the minting of a refresh: the first one's, less the session.
func (g refreshGrant) refreshed(call tokenCall, scopes []string) minting {
	m := g.minting
	m.original = &originalGrant{Authorization: m.request, RefreshToken: hookTokenRef{m.refreshJTI}}
	m.request = protocolRequest{
		ClientID: call.client.id, GrantType: "refresh_token", Scope: joinWords(scopes),
	}
	m.session, m.origin, m.scopes, m.nonce = nil, call.origin, scopes, ""
	m.idToken = hasScope(scopes, "openid") && m.userID != ""
	return m
}

// nextRefreshToken returns the refresh token to use from now on: a new one where
// the client rotates, else the same with a new window.
func (o *Org) nextRefreshToken(call tokenCall, token string, m minting) (string, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g, ok := o.state.refresh.get(o.now(), token)
	if !ok { // revoked while the tokens were minted
		o.revokeFamily(m.family)
		return "", errRefreshToken()
	}
	p, fault := o.plan(m)
	if fault != nil {
		return "", fault
	}
	g.issued, g.replaced = o.now(), time.Time{}
	if !call.client.rotates() {
		return o.keepRefreshToken(token, g, p.rule), nil
	}
	return o.keepRefreshToken(randomToken(), g, p.rule), nil
}
