package oktajwtverifier_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/interop/nodejs"
	"pschook/oktaemu"
)

// TestTokens has tokens checked that a hook added to. It skips without Node.js or node_modules; see
// testneed.RequireEnv.
func TestTokens(t *testing.T) {
	t.Parallel()
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"commands":[
			{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"tenant"},
				{"op":"add","path":"/claims/oid","value":"object"},{"op":"add","path":"/claims/amr","value":["sc","pin"]}]},
			{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"tenant"}]}]}`))
	}))
	t.Cleanup(hook.Close)
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	person := oktaemu.Personas()[4]
	tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: person.Login})
	if err != nil {
		t.Fatal(err)
	}
	got := nodejs.Run[map[string]map[string]any](t, "verify.mjs", map[string]string{
		"issuer": org.Issuer(), "client_id": org.ClientID(),
		"access_token": tokens.AccessToken, "id_token": tokens.IDToken, "nonce": tokens.Nonce,
	})
	want := map[string]map[string]any{
		"access": {
			"sub": person.Login, "uid": person.UserID, "cid": org.ClientID(), "tid": "tenant", "oid": "object", "amr": []any{"sc", "pin"},
		},
		"id":             {"sub": person.UserID, "tid": "tenant", "amr": []any{"sc", "pin", "mfa", "hwk"}},
		"asserted":       {"cid": org.ClientID()},
		"other_audience": {"refused": "audience claim api://default does not match expected audience: api://other"},
		"other_client":   {"refused": "audience claim " + org.ClientID() + " does not match expected client id: 0oaother"},
		"other_nonce":    {"refused": "nonce claim " + tokens.Nonce + " does not match expected nonce: other"},
		"tampered":       {"refused": "Signature verification failed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("@okta/jwt-verifier (-want +got):\n%s", diff)
	}
}
