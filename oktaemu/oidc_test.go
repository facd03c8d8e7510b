package oktaemu_test

import (
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"pschook/oktaemu"
)

const redirectURI = "http://localhost:8080/rp/callback"

// TestGoOIDC lets go-oidc and x/oauth2 go through sign-in by the page, code with
// PKCE, userinfo, refresh and logout.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	ctx := oidc.ClientContext(t.Context(), plainClient(t))
	provider, err := oidc.NewProvider(ctx, org.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: org.ClientID(), Endpoint: provider.Endpoint(), RedirectURL: redirectURI,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	surfer := newBrowser(t)
	answer := surfer.signIn(config.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce-1")),
		url.Values{"persona": {"okta-verify"}}).answer(t)
	if answer.Get("state") != "state-1" {
		t.Errorf("state %q", answer.Get("state"))
	}
	token, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: org.ClientID()}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	person := oktaemu.Personas()[1]
	if idToken.Nonce != "nonce-1" || idToken.Subject != person.UserID {
		t.Errorf("nonce %q, sub %q", idToken.Nonce, idToken.Subject)
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != person.UserID || info.Email != person.Login {
		t.Errorf("userinfo %+v, %v", info, err)
	}
	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		t.Fatal(err)
	}
	if refreshed.RefreshToken == token.RefreshToken || refreshed.AccessToken == token.AccessToken {
		t.Error("refresh: the tokens are the old ones")
	}
	logOut(t, org, surfer, raw, config.AuthCodeURL("state-2", oauth2.S256ChallengeOption(verifier), oidc.Nonce("n")))
}

// logOut ends the session, and sees that the next authorization asks to sign in again.
func logOut(t *testing.T, org *oktaemu.Org, surfer browser, idToken, again string) {
	t.Helper()
	if sso := surfer.get(again).answer(t); sso.Get("code") == "" {
		t.Errorf("the session does not sign in by itself: %v", sso)
	}
	query := url.Values{"id_token_hint": {idToken}, "post_logout_redirect_uri": {"http://localhost:8080/"}, "state": {"bye"}}
	left := surfer.get(org.Issuer() + "/v1/logout?" + query.Encode())
	if left.location == nil || left.location.String() != "http://localhost:8080/?state=bye" {
		t.Errorf("logout: status %d, location %v", left.status, left.location)
	}
	if shown := surfer.get(again); shown.location != nil {
		t.Errorf("after logout the session still signs in: %v", shown.location)
	}
}

// TestTokenShape looks at the claims as Okta's tokens have them.
func TestTokenShape(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "totp"})
	if err != nil {
		t.Fatal(err)
	}
	person := oktaemu.Personas()[2]
	id, access := claimsOf(t, org, tokens.IDToken), claimsOf(t, org, tokens.AccessToken)
	wantID := map[string]any{
		"sub": person.UserID, "ver": 1.0, "iss": org.Issuer(), "aud": org.ClientID(), "amr": []any{"pwd", "mfa", "okta_verify", "otp"},
		"idp": org.OrgID(), "nonce": tokens.Nonce, "name": "Karim Benali", "email": person.Login, "preferred_username": person.Login,
	}
	wantAccess := map[string]any{
		"sub": person.Login, "uid": person.UserID, "cid": org.ClientID(), "ver": 1.0, "iss": org.Issuer(), "aud": "api://default",
		"scp": []any{"openid", "profile", "email"},
	}
	for name, pair := range map[string][2]map[string]any{"ID token": {id, wantID}, "access token": {access, wantAccess}} {
		got := map[string]any{}
		for claim, value := range pair[0] {
			switch claim {
			case "iat", "exp", "auth_time", "jti", "at_hash":
			default:
				got[claim] = value
			}
		}
		if diff := cmp.Diff(pair[1], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for claim, prefix := range map[string]string{id["jti"].(string): "ID.", access["jti"].(string): "AT."} {
		if claim[:3] != prefix {
			t.Errorf("jti %q does not begin with %q", claim, prefix)
		}
	}
}
