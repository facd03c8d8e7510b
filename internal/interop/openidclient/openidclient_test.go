package openidclient_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/interop/nodejs"
	"pschook/internal/interop/oktaapp"
	"pschook/oktaemu"
)

// TestCodeFlowRefreshUserinfoLogout lets openid-client go through a whole life of
// a sign-in. It skips without Node.js or node_modules; see testneed.RequireEnv.
func TestCodeFlowRefreshUserinfoLogout(t *testing.T) {
	t.Parallel()
	const redirect, logout = "http://localhost:9/cb", "http://localhost:9/bye"
	org, err := oktaemu.New(oktaemu.Options{RedirectURIs: []string{redirect}, PostLogoutRedirectURIs: []string{logout}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	check(t, nodejs.Run[life](t, "client.mjs", map[string]string{
		"issuer": org.Issuer(), "client_id": org.ClientID(), "redirect_uri": redirect, "logout_uri": logout, "persona": "cpx",
	}))
}

// life is what openid-client saw.
type life struct {
	Claims, Userinfo, Introspection map[string]any
	Refreshed                       struct {
		Claims                  map[string]any
		Rotated, NewAccessToken bool
	}
	Active bool `json:"active_after_revocation"`
	Logout struct {
		Status             int
		Location, Expected string
	}
}

// check compares what openid-client saw with what the persona "cpx" is.
func check(t *testing.T, got life) {
	t.Helper()
	person := oktaemu.Personas()[4]
	for name, claims := range map[string]map[string]any{"ID token": got.Claims, "refreshed ID token": got.Refreshed.Claims} {
		if diff := cmp.Diff([]any{"sc", "pin", "mfa", "hwk"}, claims["amr"]); diff != "" {
			t.Errorf("%s: amr (-want +got):\n%s", name, diff)
		}
		if claims["sub"] != person.UserID {
			t.Errorf("%s: sub %v, want %s", name, claims["sub"], person.UserID)
		}
	}
	if got.Userinfo["sub"] != person.UserID || got.Userinfo["email"] != person.Login {
		t.Errorf("userinfo %v", got.Userinfo)
	}
	if got.Introspection["active"] != true || got.Introspection["username"] != person.Login {
		t.Errorf("introspection %v", got.Introspection)
	}
	if !got.Refreshed.Rotated || !got.Refreshed.NewAccessToken {
		t.Errorf("refresh gave the same tokens again: %+v", got.Refreshed)
	}
	if got.Active {
		t.Error("the refresh token is active after it was revoked")
	}
	if got.Logout.Status != 302 || got.Logout.Location != got.Logout.Expected {
		t.Errorf("logout %+v", got.Logout)
	}
}

// TestPushedRequestAndDevice goes to the org authorization server, which calls no hook. It skips without Node.js or
// node_modules; see testneed.RequireEnv.
func TestPushedRequestAndDevice(t *testing.T) {
	t.Parallel()
	const redirect = "http://localhost:9/cb"
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: "http://127.0.0.1:1/"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	id, _ := oktaapp.App{
		AuthMethod: "none", RedirectURI: redirect, GrantTypes: []string{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"},
	}.Register(t, org)
	person := oktaemu.Personas()[4]
	got := nodejs.Run[map[string]any](t, "device.mjs", map[string]string{
		"issuer": org.URL(), "client_id": id, "redirect_uri": redirect, "persona": person.Name,
	})
	want := map[string]any{
		"parameters": []any{"client_id", "request_uri"}, "pushed": person.UserID, "device": person.UserID, "refreshed": person.UserID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("openid-client (-want +got):\n%s", diff)
	}
	if calls := org.HookCalls(); len(calls) != 0 {
		t.Errorf("%d hook calls, want none", len(calls))
	}
}
