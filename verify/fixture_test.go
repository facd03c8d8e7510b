package verify

import (
	"context"
	"testing"
	"time"

	"pschook/internal/jwks"
	"pschook/internal/tokentest"
)

// world holds the parts of one good sign-in.
type world struct {
	*tokentest.SignIn

	in    Input
	calls testCalls
}

type testCalls map[string]HookCall

func (c testCalls) HookCall(jti string) (HookCall, bool) {
	call, ok := c[jti]
	return call, ok
}

// failingKeys is a key set that cannot be read.
type failingKeys struct{ err error }

func (f failingKeys) Keys(context.Context, string) ([]jwks.Key, error) { return nil, f.err }

// goodWorld returns a sign-in that passes every check of the profile.
func goodWorld(t testing.TB, profile string) *world {
	t.Helper()
	p, err := ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jwks.Parse(tokentest.JWKS(t))
	if err != nil {
		t.Fatal(err)
	}
	s := tokentest.Good(profile)
	w := &world{SignIn: s, in: Input{
		Nonce: tokentest.Nonce, Issuer: tokentest.Issuer, ClientID: tokentest.Client, Now: tokentest.Now(), Profile: p, Keys: keys,
		Provider: &Provider{PKCEMethods: []string{"S256"}}, ExpectedTID: s.ExpectedTID, Scopes: s.Scopes, ACRValues: s.ACRValues,
	}}
	if profile == "psc" {
		w.calls = testCalls{"AT.1": {
			At: w.in.Now.Add(-800 * time.Millisecond), Took: 2 * time.Millisecond, Outcome: "commands",
			IDTokenClaims: []string{"tid"}, AccessTokenClaims: []string{"oid", "tid", "amr"},
		}}
	}
	return w
}

// input signs the tokens.
func (w *world) input(t testing.TB) Input {
	t.Helper()
	in := w.in
	var userinfo []byte
	in.IDToken, in.AccessToken, userinfo = w.Signed(t)
	if in.UserInfo == nil {
		in.UserInfo = userinfo
	}
	if w.calls != nil {
		in.HookCalls = w.calls
	}
	return in
}
