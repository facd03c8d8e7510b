package terraform_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pschook/internal/oktaread"
	"pschook/internal/register"
	"pschook/oktaemu"
)

// registered makes an org by pschook register and returns what it exports.
func registered(t *testing.T, org *oktaemu.Org, set func(*register.Spec)) string {
	t.Helper()
	u, err := url.Parse(org.URL())
	if err != nil {
		t.Fatal(err)
	}
	spec := register.Defaults()
	if spec.Hook.URL, err = url.Parse("https://pschook.example.org/hooks/okta/token"); err != nil {
		t.Fatal(err)
	}
	spec.Hook.Header, spec.Hook.Secret = "Authorization", "a-secret-of-the-hospital-0123456789"
	spec.Groups, spec.App.RedirectURIs = []string{"Professionnels"}, []string{"https://auth.example.org/auth/realms/esante-wallet/broker/OKTA_hopital/endpoint"}
	set(&spec)
	opts := register.Options{
		Okta: oktaread.Client{OrgURL: u, HTTP: &http.Client{Transport: sswsTransport{org.APIToken()}}, Now: time.Now}, Spec: spec, Journal: filepath.Join(t.TempDir(), "journal"), Now: time.Now,
	}
	if _, err := register.Apply(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	plan, err := register.MakePlan(t.Context(), opts)
	if err != nil || plan.Changes() > 0 || plan.Conflicts() > 0 {
		t.Fatalf("%v: %d changes, %d conflicts", err, plan.Changes(), plan.Conflicts())
	}
	var out strings.Builder
	if err := plan.WriteTerraform(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestExportLeavesNothingToChange imports with each version of the real provider what pschook register exports, and holds
// that the plan has imports only, and that nothing is left to change after them.
func TestExportLeavesNothingToChange(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*register.Spec){
		"least": func(*register.Spec) {},
		"most": func(s *register.Spec) {
			s.App.RefreshTokens, s.App.LogoutURIs, s.KCIDPHint, s.Scopes = true, []string{"https://auth.example.org/bye"}, "OKTA_hopital", append(s.Scopes, "partner_profil")
		},
		"web":                func(s *register.Spec) { s.App.Web = true },
		"an existing server": func(s *register.Spec) { s.Server.Existing = "default" },
	}
	for _, version := range oktaVersions(t) {
		for name, set := range tests {
			t.Run(version+"/"+name, func(t *testing.T) {
				t.Parallel()
				org, _ := bareOrg(t, "Professionnels")
				text := registered(t, org, set)
				w := newWorkspace(t, oktaProvider(org.URL(), org.APIToken(), version)+text)
				before := inventory(t, org)
				out := w.run(t, "plan", "-input=false")
				if !strings.Contains(string(out), " to import, 0 to add, 0 to change, 0 to destroy.") {
					t.Fatalf("the plan changes something:\n%s\n%s", out, text)
				}
				w.run(t, "apply", "-auto-approve", "-input=false")
				if out, err := w.try(t, "plan", "-detailed-exitcode", "-input=false"); err != nil {
					t.Errorf("planned again: %v\n%s", err, out)
				}
				if after := inventory(t, org); after != before {
					t.Errorf("objects before %s, after %s", before, after)
				}
				if state, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate")); err != nil || strings.Contains(string(state), "a-secret-of-the-hospital") {
					t.Errorf("the state holds the secret, or cannot be read: %v", err)
				}
			})
		}
	}
}
