package orglookup_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// TestEnvironmentHasNoInfluence sets what okta-sdk-golang reads from its environment. It cannot run
// in parallel, because it changes the environment.
func TestEnvironmentHasNoInfluence(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".okta"), 0o700); err != nil {
		t.Fatal(err)
	}
	planted := "okta:\n  client:\n    orgUrl: https://planted.invalid\n    token: planted-by-file\n    authorizationMode: Bearer\n    cache:\n      enabled: true\n      defaultTtl: 600\n      defaultTti: 600\n"
	if err := os.WriteFile(filepath.Join(home, ".okta", "okta.yaml"), []byte(planted), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("OKTA_CLIENT_ORGURL", "https://planted.invalid")
	t.Setenv("OKTA_CLIENT_TOKEN", "planted-by-environment")
	t.Setenv("OKTA_CLIENT_AUTHORIZATIONMODE", "Bearer")
	t.Setenv("OKTA_CLIENT_CACHE_ENABLED", "true")
	t.Setenv("OKTA_CLIENT_PROXY_HOST", "proxy.planted.invalid")
	t.Setenv("OKTA_CLIENT_PROXY_PORT", "1")
	t.Setenv("HTTP_PROXY", "http://proxy.planted.invalid:1")
	t.Setenv("HTTPS_PROXY", "http://proxy.planted.invalid:1")

	control, err := okta.NewConfiguration()
	if err != nil || control.Okta.Client.Token != "planted-by-environment" {
		t.Fatalf("the SDK no longer reads the environment (%v): this test proves nothing", err)
	}
	fake := newFakeOkta(t)
	management, wellKnown := fake.management(t), fake.wellKnown(t)
	for range 2 { // twice: a cache would save the second call
		if org, err := management.Org(t.Context()); err != nil || org.ID != orgID {
			t.Fatalf("got %+v, %v", org, err)
		}
		if org, err := wellKnown.Org(t.Context()); err != nil || org.ID != orgID {
			t.Fatalf("got %+v, %v", org, err)
		}
	}
	for path, want := range map[string]string{orgPath: "SSWS " + apiToken, wellKnownPath: ""} {
		calls := fake.calls(path)
		if len(calls) != 2 {
			t.Errorf("%s: %d calls, want 2", path, len(calls))
		}
		for _, call := range calls {
			if call.authorization != want {
				t.Errorf("%s: the credential is not the one of the options", path)
			}
		}
	}
}
