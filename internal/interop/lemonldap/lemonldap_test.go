package lemonldap_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/browser"
	"pschook/internal/interop/lemonldap"
	"pschook/internal/interop/oktaapp"
	"pschook/oktaemu"
)

// TestSignIn signs in to the portal by the emulator of package oktaemu, with both ways to send the secret. It skips
// without LemonLDAP::NG or Chromium; see testneed.RequireEnv.
func TestSignIn(t *testing.T) {
	t.Parallel()
	started := browser.Start(t)
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			portal := lemonldap.Listen(t)
			org, err := oktaemu.New(oktaemu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := org.Close(); err != nil {
					t.Error(err)
				}
			})
			id, secret := oktaapp.App{AuthMethod: method, RedirectURI: portal.RedirectURI}.Register(t, org)
			portal.Start(t, lemonldap.Provider{
				Issuer: org.Issuer(), ClientID: id, ClientSecret: secret, AuthMethod: method, Scope: "openid profile email",
				ACRValues: "phr", Exported: map[string]string{"mail": "email", "cn": "name", "login": "preferred_username"},
			})
			person := oktaemu.Personas()[4]
			tab := started.New(t)
			tab.Open(portal.URL)
			tab.Leave(portal.URL, browser.Button(`button[value="`+person.Name+`"]`))
			got := browser.Eval[map[string]any](tab, `fetch("/session/my/global").then((answer) => answer.json())`)
			want := map[string]any{"_user": person.UserID, "mail": person.Login, "cn": "Antoine Girard", "login": person.Login}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("session of the portal (-want +got):\n%s", diff)
			}
		})
	}
}
