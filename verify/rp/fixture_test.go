package rp

import (
	"testing"

	"pschook/internal/jwks"
	"pschook/internal/tokentest"
	"pschook/verify"
)

// world holds the parts of one good sign-in.
type world struct {
	*tokentest.SignIn

	in verify.Input
}

type testCalls map[string]verify.HookCall

func (c testCalls) HookCall(jti string) (verify.HookCall, bool) {
	call, ok := c[jti]
	return call, ok
}

// goodWorld returns a sign-in that passes every check of the profile.
func goodWorld(t testing.TB, profile string) *world {
	t.Helper()
	p, err := verify.ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jwks.Parse(tokentest.JWKS(t))
	if err != nil {
		t.Fatal(err)
	}
	s := tokentest.Good(profile)
	w := &world{SignIn: s, in: verify.Input{
		Nonce: tokentest.Nonce, Issuer: tokentest.Issuer, ClientID: tokentest.Client, Now: tokentest.Now(), Profile: p, Keys: keys,
		Provider: &verify.Provider{PKCEMethods: []string{"S256"}}, ExpectedTID: s.ExpectedTID, Scopes: s.Scopes, ACRValues: s.ACRValues,
	}}
	return w
}

// setID changes a claim of the ID token.
func setID(name string, value any) func(*world) {
	return func(w *world) { w.ID.Claims[name] = value }
}

// input signs the tokens.
func (w *world) input(t testing.TB) verify.Input {
	t.Helper()
	in := w.in
	var userinfo []byte
	in.IDToken, in.AccessToken, userinfo = w.Signed(t)
	if in.UserInfo == nil {
		in.UserInfo = userinfo
	}
	return in
}
