package terraform_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/internal/tfmodule"
)

// exampleValues are those of the file of an example that its user copies.
func exampleValues(t *testing.T, dir string) map[string]cty.Value {
	t.Helper()
	variables, err := tfmodule.ParseVariables(filepath.Join(filepath.FromSlash(dir), "terraform.tfvars.example"))
	if err != nil {
		t.Fatal(err)
	}
	if len(variables) < 4 {
		t.Fatalf("terraform.tfvars.example sets %d variables only", len(variables))
	}
	return variables
}

// example evaluates an example with the values of its file, and set laid over them.
func example(t *testing.T, dir string, set map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	variables := exampleValues(t, dir)
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
			result := example(t, "examples/complete", set)
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

// TestKubernetesExampleStartsTheService holds that the cluster alone is enough for a service that takes the secret which
// Okta is given by hand.
func TestKubernetesExampleStartsTheService(t *testing.T) {
	t.Parallel()
	result := example(t, "examples/kubernetes-only", map[string]cty.Value{"hook_secrets": list(hookSecret)})
	all := render(t, result)
	for _, violation := range violations(all, true) {
		t.Error(violation)
	}
	c, warnings, err := start(t, all, find[appsv1.Deployment](t, all, "").Spec.Template)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v %v", err, warnings)
	}
	if string(c.Hook.Secrets[0]) != hookSecret || !slices.Equal(c.Hook.ClientIDs, []string{"0oa1example2client3x4"}) {
		t.Errorf("the service takes %d secrets, and clients %q", len(c.Hook.Secrets), c.Hook.ClientIDs)
	}
	ingress := find[networkingv1.Ingress](t, all, "").Spec.Rules[0]
	if said, served := result.Outputs["hook_url"].AsString(), "https://"+ingress.Host+ingress.HTTP.Paths[0].Path; said != served {
		t.Errorf("the output says %s, the cluster serves %s", said, served)
	}
}

// TestOktaExampleFitsTheServer holds that its outputs, put into the files that they are for, are what the service takes.
func TestOktaExampleFitsTheServer(t *testing.T) {
	t.Parallel()
	result := example(t, "examples/okta-only", map[string]cty.Value{"hook_secret_generations": list("2", "1")})
	file := filepath.Join(t.TempDir(), "hook-secrets")
	if err := os.WriteFile(file, []byte(result.Outputs["hook_secrets"].AsString()), 0o600); err != nil {
		t.Fatal(err)
	}
	source := config.Source{"PSCHOOK_HOOK_SECRETS_FILE": file}
	for line := range strings.Lines(result.Outputs["environment"].AsString()) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		source[name] = strings.ReplaceAll(value, "https://example.okta.com", "https://hopital.okta.com") // the example stands for no org
	}
	c, warnings, err := config.Load(t.Context(), source, server.Checks()...)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("%v %v", err, warnings)
	}
	hook := at(t, result, "module.okta.okta_inline_hook.psc[0]")
	if sent := hook.GetAttr("auth").AsValueMap()["value"].AsString(); len(c.Hook.Secrets) != 2 || string(c.Hook.Secrets[0]) != sent {
		t.Errorf("Okta sends %q, the service takes %d others", sent, len(c.Hook.Secrets))
	}
	if rule := at(t, result, "module.okta.okta_auth_server_policy_rule.psc"); !rule.GetAttr("inline_hook_id").IsNull() && rule.GetAttr("inline_hook_id").AsString() != "" {
		t.Errorf("the rule calls the hook before the service is there: %v", rule.GetAttr("inline_hook_id"))
	}
}

// TestExamplesHoldNoSecret holds that nobody is led to write secrets into the file of values.
func TestExamplesHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"examples/complete", "examples/okta-only", "examples/kubernetes-only"} {
		variables := exampleValues(t, dir)
		for _, v := range load(t, dir).Variables {
			if _, set := variables[v.Name]; set && v.Sensitive {
				t.Errorf("%s: %s is sensitive, and in terraform.tfvars.example", dir, v.Name)
			}
		}
	}
	for _, r := range render(t, example(t, "examples/complete", nil)) {
		if m, ok := r.object.(*corev1.ConfigMap); ok {
			for name, value := range m.Data {
				if strings.Contains(value, "random_password") {
					t.Errorf("%v: %s shows the generated secret", r, name)
				}
			}
		}
	}
}
