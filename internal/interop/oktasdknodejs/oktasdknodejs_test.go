package oktasdknodejs_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/interop/nodejs"
	"pschook/oktaemu"
)

// TestManage sets up a hook and what it hangs on. It skips without Node.js or node_modules; see testneed.RequireEnv.
func TestManage(t *testing.T) {
	t.Setenv("OKTA_TESTING_DISABLEHTTPSCHECK", "true") // the library's own switch for http
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"t"}]}]}`))
	}))
	t.Cleanup(hook.Close)
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil { // which the System Log tells
		t.Fatal(err)
	}
	got := nodejs.Run[map[string]any](t, "manage.mjs", map[string]string{"url": org.URL(), "token": org.APIToken(), "hook_url": hook.URL})
	want := map[string]any{
		"org": org.OrgID(), "hooks": []any{"claims ACTIVE"}, "rule": map[string]any{"hook": true, "minutes": 10.0},
		"scopes": true, "claims": true, "members": []any{"ana@hopital.example"}, "apps": true,
		"preview": []any{"com.okta.access.patch"}, "events": true, "missing": 404.0, "refused": 401.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("okta-sdk-nodejs (-want +got):\n%s", diff)
	}
}
