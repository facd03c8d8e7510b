package passportoidc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/interop/nodejs"
	"pschook/internal/interop/oktaapp"
	"pschook/oktaemu"
)

// TestSignIn signs in to an application that sends its secret in the body, whichever way it is registered with. It
// skips without Node.js or node_modules; see testneed.RequireEnv.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const redirect = "http://localhost:9/cb"
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	person := oktaemu.Personas()[4]
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			id, secret := oktaapp.App{AuthMethod: method, RedirectURI: redirect}.Register(t, org)
			got := nodejs.Run[map[string]any](t, "client.mjs", map[string]string{
				"issuer": org.Issuer(), "client_id": id, "client_secret": secret, "redirect_uri": redirect, "persona": person.Name,
			})
			want := map[string]any{
				"issuer": org.Issuer(), "id": person.UserID, "name": "Antoine Girard", "username": person.Login, "email": person.Login,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
		})
	}
}
