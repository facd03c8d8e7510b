package oktaemu

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"pschook/oktaemu/internal/hookanswer"
)

// minting is one occasion on which tokens are made.
type minting struct {
	asID, clientID string
	userID         string // empty for client credentials
	grant          string // as policy rules name it: authorization_code, implicit, password, client_credentials
	scopes         []string
	idToken        bool
	accessToken    bool
	code           string // returned beside the tokens: its hash goes into the ID token
	nonce          string

	session  *session // nil where no browser session is involved
	authTime time.Time
	amr      []string
	idpType  string
	acr      string

	origin     callOrigin
	request    protocolRequest
	original   *originalGrant // on refresh
	refreshJTI string         // of the refresh token involved, if any
	family     string         // ties tokens together that are revoked together
}

// plan is what the org's objects say about a minting.
type mintPlan struct {
	client   client
	user     user
	groups   []group
	policyID string
	rule     accessRule
	hook     inlineHook
	hasHook  bool
	audience []string
	claims   []customClaim
	keys     *keyring
	scopeIDs map[string]string // of the requested scopes, by name
}

// minted are the tokens made.
type minted struct {
	idToken, accessToken string
	idJTI, accessJTI     string
	expiresIn            int // of the access token, seconds
}

// issued is a token that was handed out, for introspection, revocation and logout.
type issued struct {
	asID, clientID, userID string
	family                 string
	sessionID              string
}

// mint makes the tokens: it asks the policies, calls the hook of the rule, and
// signs. It calls another host, so the caller must not hold the lock.
func (o *Org) mint(ctx context.Context, m minting) (minted, *oauthError) {
	o.mu.Lock()
	p, fault := o.plan(m)
	o.mu.Unlock()
	if fault != nil {
		return minted{}, fault
	}
	draft := o.draft(m, p)
	if p.hasHook {
		patched, fault := o.callTokenHook(ctx, m, p, draft)
		if fault != nil {
			return minted{}, fault
		}
		draft = patched
	}
	return o.sign(m, p, draft)
}

// plan looks up what m needs and asks the policies. The caller holds the lock.
func (o *Org) plan(m minting) (mintPlan, *oauthError) {
	as, ok := o.state.authServerFor(m.asID)
	if !ok {
		return mintPlan{}, oauthErr("invalid_request", "The authorization server is inactive.")
	}
	target, ok := o.state.activeClient(m.clientID)
	if !ok {
		return mintPlan{}, oauthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	p := mintPlan{client: target.client, audience: as.Audiences, claims: as.claims.list(), keys: as.keys, scopeIDs: as.scopeIDs(m.scopes)}
	if m.userID != "" {
		if p.user, ok = o.state.users.get(m.userID); !ok || p.user.Status != "ACTIVE" {
			return mintPlan{}, oauthErr("access_denied", "The user is not active.")
		}
		p.groups = o.state.groupsOf(p.user)
		if !target.assignedTo(m.userID, groupIDs(p.groups)) {
			return mintPlan{}, oauthErr("access_denied", "User is not assigned to the client application.")
		}
	}
	policy, rule, ok := as.decide(tokenCase{
		clientID: m.clientID, grant: m.grant, scopes: m.scopes, userID: m.userID, groupIDs: groupIDs(p.groups),
	})
	if !ok {
		return mintPlan{}, oauthErr("access_denied", "Policy evaluation failed for this request, please check the policy configurations.")
	}
	p.policyID, p.rule = policy.ID, rule
	if ref := rule.Actions.Token.InlineHook; ref != nil {
		p.hook, ok = o.state.hooks.get(ref.ID)
		p.hasHook = ok && p.hook.active()
	}
	return p, nil
}

// draft builds the claims as they are before any hook.
func (o *Org) draft(m minting, p mintPlan) hookanswer.Minting {
	var d hookanswer.Minting
	if m.accessToken {
		d.Access = &hookanswer.Token{Claims: o.accessClaims(m, p), Lifetime: p.rule.Actions.Token.AccessMinutes * 60}
	}
	if m.idToken {
		d.Identity = &hookanswer.Token{Claims: o.identityClaims(m, p), Lifetime: idTokenSeconds}
	}
	return d
}

// sign turns claims into tokens and remembers them.
func (o *Org) sign(m minting, p mintPlan, d hookanswer.Minting) (minted, *oauthError) {
	now, key := o.now(), p.keys.active()
	var out minted
	var err error
	if d.Access != nil {
		d.Access.Claims["scp"] = m.scopes
		if out.accessToken, out.accessJTI, err = signToken(key, d.Access, now); err != nil {
			return minted{}, o.internalFault(err)
		}
		out.expiresIn = d.Access.Lifetime
	}
	if d.Identity != nil {
		if out.accessToken != "" {
			d.Identity.Claims["at_hash"] = halfHash(out.accessToken)
		}
		if m.code != "" {
			d.Identity.Claims["c_hash"] = halfHash(m.code)
		}
		if out.idToken, out.idJTI, err = signToken(key, d.Identity, now); err != nil {
			return minted{}, o.internalFault(err)
		}
	}
	return out, o.remember(m, d, out, now)
}

func (o *Org) internalFault(err error) *oauthError {
	o.opts.Logger.Error("cannot mint tokens", "err", err)
	return oauthErr("server_error", "The authorization server has an internal fault.")
}

// errRevoked is for a grant that was revoked while its tokens were being minted,
// as when a code comes a second time during a slow hook.
func errRevoked() *oauthError { return oauthErr("invalid_grant", "The grant has been revoked.") }

// remember keeps what introspection, revocation and logout need.
func (o *Org) remember(m minting, d hookanswer.Minting, out minted, now time.Time) *oauthError {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, revoked := o.state.families.get(now, m.family); revoked {
		return errRevoked()
	}
	record := issued{asID: m.asID, clientID: m.clientID, userID: m.userID, family: m.family}
	if m.session != nil {
		record.sessionID = m.session.id
	}
	for _, t := range []struct {
		jti   string
		token *hookanswer.Token
		event string
	}{{out.accessJTI, d.Access, "access_token"}, {out.idJTI, d.Identity, "id_token"}} {
		if t.token == nil {
			continue
		}
		o.state.tokens.put(now, t.jti, record, now.Add(time.Duration(t.token.Lifetime)*time.Second))
		o.logEvent(logEvent{EventType: "app.oauth2.as.token.grant." + t.event, DisplayMessage: "OAuth2 token grant",
			Outcome: logOutcome{Result: "SUCCESS"}}, m.origin, m.userID, m.clientID)
	}
	return nil
}

// signToken adds the times and returns the JWT and its jti.
func signToken(key signingKey, t *hookanswer.Token, now time.Time) (token, jti string, err error) {
	t.Claims["iat"] = now.Unix()
	t.Claims["exp"] = now.Unix() + int64(t.Lifetime)
	payload, err := json.Marshal(t.Claims)
	if err != nil {
		return "", "", err
	}
	jti, _ = t.Claims["jti"].(string)
	token, err = key.sign(payload)
	return token, jti, err
}

// halfHash is at_hash and c_hash for RS256: the left half of the SHA-256 digest
// (OpenID Connect Core 1.0, section 3.1.3.6).
func halfHash(value string) string {
	digest := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2])
}

func hasScope(scopes []string, name string) bool { return slices.Contains(scopes, name) }
