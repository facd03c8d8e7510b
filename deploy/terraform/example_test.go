package terraform_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"pschook/internal/tfmodule"
)

// example evaluates the complete example with the values of its file, and set laid over them.
func example(t *testing.T, set map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	dir := filepath.FromSlash("examples/complete")
	variables, err := tfmodule.ParseVariables(filepath.Join(dir, "terraform.tfvars.example"))
	if err != nil {
		t.Fatal(err)
	}
	if len(variables) < 5 {
		t.Fatalf("terraform.tfvars.example sets %d variables only", len(variables))
	}
	maps.Copy(variables, set)
	result, err := load(t, dir).Evaluate(tfmodule.Inputs{Schemas: facts(t), Variables: variables, Computed: oktaOrg("module.okta.")})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Refused) > 0 {
		t.Fatalf("refused: %q", result.Refused)
	}
	return result
}

// TestExampleFitsTogether holds that with the example's values Okta calls the URL that the cluster serves, with a secret
// that the service accepts, and that the service starts.
func TestExampleFitsTogether(t *testing.T) {
	t.Parallel()
	const htpasswd = "testeur:$2y$10$0123456789012345678901uu0123456789012345678901234567890123456\n"
	for name, set := range map[string]map[string]cty.Value{
		"as_it_is":      nil,
		"relying_party": {"rp_htpasswd": text(htpasswd)},
		"api_token":     {"okta_read_token": text("00acme7f3k9d2m")},
		"two_secrets":   {"hook_secret_generations": list("2", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := example(t, set)
			all := render(t, result)
			for _, violation := range violations(all, true) {
				t.Error(violation)
			}
			c, warnings, err := start(t, all, find[appsv1.Deployment](t, all, "").Spec.Template)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range warnings {
				t.Errorf("warning: %v", w)
			}
			hook := at(t, result, "module.okta.okta_inline_hook.psc[0]")
			if sent := hook.GetAttr("auth").AsValueMap()["value"].AsString(); string(c.Hook.Secrets[0]) != sent {
				t.Errorf("Okta sends %q, the service takes %d others", sent, len(c.Hook.Secrets))
			}
			if header := hook.GetAttr("auth").AsValueMap()["key"].AsString(); c.Hook.AuthHeader != header {
				t.Errorf("Okta sends the header %s, the service reads %s", header, c.Hook.AuthHeader)
			}
			ingress := find[networkingv1.Ingress](t, all, "").Spec.Rules[0]
			if called, served := hook.GetAttr("channel").AsValueMap()["uri"].AsString(), "https://"+ingress.Host+ingress.HTTP.Paths[0].Path; called != served {
				t.Errorf("Okta calls %s, the cluster serves %s", called, served)
			}
			if c.RP.Enabled != (name == "relying_party") {
				t.Errorf("relying party enabled: %t", c.RP.Enabled)
			}
		})
	}
}

// TestExampleHoldsNoSecret holds that nobody is led to write secrets into the file of values.
func TestExampleHoldsNoSecret(t *testing.T) {
	t.Parallel()
	variables, err := tfmodule.ParseVariables(filepath.FromSlash("examples/complete/terraform.tfvars.example"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range load(t, "examples/complete").Variables {
		if _, set := variables[v.Name]; set && v.Sensitive {
			t.Errorf("%s is sensitive, and in terraform.tfvars.example", v.Name)
		}
	}
	for _, r := range render(t, example(t, nil)) {
		if m, ok := r.object.(*corev1.ConfigMap); ok {
			for name, value := range m.Data {
				if strings.Contains(value, "random_password") {
					t.Errorf("%v: %s shows the generated secret", r, name)
				}
			}
		}
	}
}
