package oktaemu_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// newOrg starts an emulator that ends with the test.
func newOrg(t testing.TB, opts oktaemu.Options) *oktaemu.Org {
	t.Helper()
	org, err := oktaemu.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	return org
}

// hookThatAnswers serves one answer to every call.
func hookThatAnswers(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	return hookServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func hookServer(t *testing.T, serve http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return server
}

// claimsOf verifies a token against the org's published keys and returns its claims.
func claimsOf(t *testing.T, org *oktaemu.Org, token string) map[string]any {
	t.Helper()
	return verified(t, org.Issuer()+"/v1/keys", token)
}

// verified returns the claims of a token that one of the published keys verifies.
func verified(t *testing.T, keysURL, token string) map[string]any {
	t.Helper()
	keys := oidc.NewRemoteKeySet(t.Context(), keysURL)
	payload, err := keys.VerifySignature(t.Context(), token)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestSignInPersonas(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	want := map[string][]any{
		"password": {"pwd"}, "okta-verify": {"pwd", "mfa", "okta_verify", "swk"}, "totp": {"pwd", "mfa", "okta_verify", "otp"},
		"fido2": {"pwd", "mfa", "pop"}, "cpx": {"sc", "pin", "mfa", "hwk"}, "cpx-nopin": {"sc", "hwk"},
	}
	people := oktaemu.Personas()
	if len(people) != len(want) {
		t.Fatalf("%d personas, want %d", len(people), len(want))
	}
	for _, p := range people {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: p.Login})
			if err != nil {
				t.Fatal(err)
			}
			id, access := claimsOf(t, org, tokens.IDToken), claimsOf(t, org, tokens.AccessToken)
			if diff := cmp.Diff(want[p.Name], id["amr"]); diff != "" {
				t.Errorf("amr (-want +got):\n%s", diff)
			}
			if id["sub"] != p.UserID || access["uid"] != p.UserID || access["sub"] != p.Login {
				t.Errorf("sub %v, uid %v, access sub %v; want %v, %v, %v", id["sub"], access["uid"], access["sub"], p.UserID, p.UserID, p.Login)
			}
			if id["nonce"] != tokens.Nonce {
				t.Errorf("nonce %v, want %v", id["nonce"], tokens.Nonce)
			}
		})
	}
}

func TestHookPatchesBothTokens(t *testing.T) {
	t.Parallel()
	hook := hookThatAnswers(t, 200, `{"commands":[
		{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"}]},
		{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"},{"op":"add","path":"/claims/amr","value":["swk","mfa"]}]}]}`)
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL, Secret: "0123456789abcdef"}})
	tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "okta-verify"})
	if err != nil {
		t.Fatal(err)
	}
	id, access := claimsOf(t, org, tokens.IDToken), claimsOf(t, org, tokens.AccessToken)
	if id["tid"] != "00o1" || access["tid"] != "00o1" {
		t.Errorf("tid %v and %v, want 00o1 in both", id["tid"], access["tid"])
	}
	if diff := cmp.Diff([]any{"swk", "mfa"}, access["amr"]); diff != "" {
		t.Errorf("access amr (-want +got):\n%s", diff)
	}
	calls := org.HookCalls()
	if len(calls) != 1 || calls[0].Outcome != oktaemu.HookApplied || calls[0].AccessTokenJTI != access["jti"] {
		t.Errorf("hook calls: %+v", calls)
	}
}
