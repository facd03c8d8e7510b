package authserver

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/hookanswer"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// minted are the tokens made.
type minted struct {
	idToken, accessToken string
	idJTI, accessJTI     string
	expiresIn            int // of the access token, seconds
}

// mint makes the tokens of a minting that [prepare] has prepared: it calls the hook of the rule, and
// signs. It must not hold the lock while it waits for the hook, so it takes no State, and stores
// everything at the end: the hook call, the tokens, and what end stores. end may be told of a fault,
// and returns it or one of its own.
func (srv *Server) mint(ctx context.Context, m store.Minting, p store.Plan, end func(*store.State, *wire.OAuthError) *wire.OAuthError) (minted, *wire.OAuthError) {
	draft := srv.draft(m, p)
	var call *store.HookCall
	var fault *wire.OAuthError
	if p.Hook != nil {
		draft, call, fault = srv.hooks.Mint(ctx, m, p, draft)
	}
	var out minted
	if fault == nil {
		out, fault = srv.sign(m, p, draft)
	}
	srv.store.Do(func(st *store.State) {
		if call != nil {
			st.AddHookCall(*call, m)
		}
		if fault == nil {
			fault = remember(st, m, draft, out)
		} else {
			logGrant(st, m, "", store.LogOutcome{Result: "FAILURE", Reason: fault.Code})
		}
		fault = end(st, fault)
	})
	return out, fault
}

// prepare collects what m and the call of its hook need of the org.
func prepare(st *store.State, m store.Minting) (store.Plan, *wire.OAuthError) {
	p, fault := plan(st, m)
	if fault != nil || p.Rule.Actions.Token.InlineHook == nil {
		return p, fault
	}
	if hook, ok := st.Hooks.Get(p.Rule.Actions.Token.InlineHook.ID); ok && hook.Active() {
		target := st.HookTarget(hook)
		p.Hook = &target
	}
	return p, nil
}

// plan looks up what m needs and asks the policies.
func plan(st *store.State, m store.Minting) (store.Plan, *wire.OAuthError) {
	as, ok := st.AuthServerFor(m.ServerID)
	if !ok {
		return store.Plan{}, wire.OAuthErr("invalid_request", "The authorization server is inactive.")
	}
	target, ok := st.ActiveClient(m.ClientID)
	if !ok {
		return store.Plan{}, wire.OAuthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	p := store.Plan{Client: target.Client, Issuer: st.IssuerAsked(as, m.Origin.Org), Audience: as.Audiences, Claims: as.Claims.List(), Key: as.Keys.Active(), ScopeIDs: as.ScopeIDs(m.Scopes)}
	if m.UserID != "" {
		if p.User, ok = st.Users.Get(m.UserID); !ok || p.User.Status != "ACTIVE" {
			return store.Plan{}, wire.OAuthErr("access_denied", "The user is not active.")
		}
		p.Groups = st.GroupsOf(p.User)
		if !target.AssignedTo(m.UserID, store.GroupIDs(p.Groups)) {
			return store.Plan{}, wire.OAuthErr("access_denied", "User is not assigned to the client application.")
		}
	}
	policy, rule, ok := as.Decide(store.TokenCase{
		ClientID: m.ClientID, Grant: m.Grant, Scopes: m.Scopes, UserID: m.UserID, GroupIDs: store.GroupIDs(p.Groups),
	})
	if !ok {
		return store.Plan{}, wire.OAuthErr("access_denied", "Policy evaluation failed for this request, please check the policy configurations.")
	}
	p.PolicyID, p.Rule = policy.ID, rule
	return p, nil
}

// draft builds the claims as they are before any hook.
func (srv *Server) draft(m store.Minting, p store.Plan) hookanswer.Minting {
	var d hookanswer.Minting
	if m.AccessToken {
		d.Access = &hookanswer.Token{Claims: srv.accessClaims(m, p), Lifetime: p.Rule.Actions.Token.AccessMinutes * 60}
	}
	if m.IDToken {
		d.Identity = &hookanswer.Token{Claims: srv.identityClaims(m, p), Lifetime: idTokenSeconds}
	}
	return d
}

// sign turns claims into tokens.
func (srv *Server) sign(m store.Minting, p store.Plan, d hookanswer.Minting) (minted, *wire.OAuthError) {
	now := srv.store.Now()
	var out minted
	var err error
	if d.Access != nil {
		d.Access.Claims["scp"] = m.Scopes
		if out.accessToken, out.accessJTI, err = p.Key.SignToken(d.Access.Claims, d.Access.Lifetime, now); err != nil {
			return minted{}, srv.internalFault(err)
		}
		out.expiresIn = d.Access.Lifetime
	}
	if d.Identity != nil {
		if out.accessToken != "" {
			d.Identity.Claims["at_hash"] = halfHash(out.accessToken)
		}
		if m.Code != "" {
			d.Identity.Claims["c_hash"] = halfHash(m.Code)
		}
		if out.idToken, out.idJTI, err = p.Key.SignToken(d.Identity.Claims, d.Identity.Lifetime, now); err != nil {
			return minted{}, srv.internalFault(err)
		}
	}
	return out, nil
}

func (srv *Server) internalFault(err error) *wire.OAuthError {
	srv.logger.Error("cannot mint tokens", "err", err)
	return wire.OAuthErr("server_error", "The authorization server has an internal fault.")
}

// errRevoked says that a grant was revoked while its tokens were being minted, for example because
// a code was sent a second time during a slow hook.
func errRevoked() *wire.OAuthError {
	return wire.OAuthErr("invalid_grant", "The grant has been revoked.")
}

// remember keeps what introspection, revocation and logout need.
func remember(st *store.State, m store.Minting, d hookanswer.Minting, out minted) *wire.OAuthError {
	now := st.Now()
	if _, revoked := st.Families.Get(now, m.Family); revoked {
		return errRevoked()
	}
	record := store.Issued{ServerID: m.ServerID, ClientID: m.ClientID, UserID: m.UserID, Family: m.Family}
	if m.Session != nil {
		record.SessionID = m.Session.ID
	}
	for _, t := range []struct {
		jti   string
		token *hookanswer.Token
		event string
	}{{out.accessJTI, d.Access, "access_token"}, {out.idJTI, d.Identity, "id_token"}} {
		if t.token == nil {
			continue
		}
		st.Tokens.Put(now, t.jti, record, now.Add(time.Duration(t.token.Lifetime)*time.Second))
		logGrant(st, m, "."+t.event, store.LogOutcome{Result: "SUCCESS"})
	}
	return nil
}

// eventType returns the System Log's event type for an authorization server. Events of the org
// authorization server have types of their own.
func eventType(serverID, what string) string {
	if serverID == store.OrgServer {
		return "app.oauth2." + what
	}
	return "app.oauth2.as." + what
}

// logGrant logs a minted token, or with an empty suffix a failed minting. The client is the actor.
func logGrant(st *store.State, m store.Minting, suffix string, outcome store.LogOutcome) {
	event := store.Event{EventType: eventType(m.ServerID, "token.grant"+suffix), DisplayMessage: "OAuth2 token grant", Outcome: outcome}
	scopes := strings.Join(m.Scopes, ",")
	event.DebugContext.DebugData = map[string]any{
		"authorizationServer": m.ServerID, "grantType": m.Grant, "requestedScopes": scopes, "grantedScopes": scopes,
		"requestId": m.Origin.RequestID, "requestUri": m.Origin.URL,
	}
	st.Log(event, m.Origin, "", m.ClientID)
}

// halfHash returns at_hash or c_hash for RS256: the left half of the SHA-256 digest (OpenID Connect
// Core 1.0, section 3.1.3.6).
func halfHash(value string) string {
	digest := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2])
}

func hasScope(scopes []string, name string) bool { return slices.Contains(scopes, name) }
