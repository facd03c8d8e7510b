package terraform_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"pschook/internal/golden"
	"pschook/internal/testneed"
)

// The chart and the kustomize base make the module's objects. What the module's tests hold of those therefore holds of
// these.

const chart = "../helm/pschook"

// valuesOf are the chart's values that say what the module's variables say: the same names, in camel case.
func valuesOf(variables map[string]cty.Value) map[string]any {
	values := map[string]any{}
	for name, value := range variables {
		values[camel(name)] = inCamelCase(plain(value))
	}
	return values
}

func inCamelCase(value any) any {
	snake := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	switch v := value.(type) {
	case map[string]any:
		tree := map[string]any{}
		for name, member := range v {
			if snake.MatchString(name) {
				name = camel(name)
			}
			tree[name] = inCamelCase(member)
		}
		return tree
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = inCamelCase(v[i])
		}
		return all
	}
	return value
}

// helm runs Helm on the chart with values that say what the variables say. The text is what it said.
func helm(t *testing.T, set map[string]cty.Value, args ...string) (text []byte, err error) {
	t.Helper()
	program := testneed.Need(t, "helm")
	variables := least()
	maps.Copy(variables, set)
	values, err := json.Marshal(valuesOf(variables))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, values, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, "--namespace", "pschook", "--values", file)...)
	cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir(), "KUBECONFIG="+os.DevNull)
	return cmd.CombinedOutput()
}

// charted are the objects that the chart makes.
func charted(t *testing.T, set map[string]cty.Value) []rendered {
	t.Helper()
	text, err := helm(t, set, "template", "pschook", chart)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, text)
	}
	return manifests(t, text)
}

// manifests decodes the objects of a file, strictly where Kubernetes itself has the type.
func manifests(t *testing.T, text []byte) []rendered {
	t.Helper()
	var all []rendered
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var tree map[string]any
		err := decoder.Decode(&tree)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if tree == nil {
			continue
		}
		r := rendered{tree: tree}
		r.address = r.String()
		for _, k := range kinds() {
			if k.name == tree["kind"] && k.version == tree["apiVersion"] {
				r.object = decode(t, r.address, tree, k.object())
			}
		}
		all = append(all, r)
	}
}

// alike are the objects by name, as JSON, without what tells who made them, and without the namespace itself, which is for
// Helm's and kustomize's callers to make.
func alike(t *testing.T, all []rendered) map[string]any {
	t.Helper()
	byName := map[string]any{}
	for _, r := range all {
		if r.tree["kind"] == "Namespace" {
			continue
		}
		var object any = r.tree
		if r.object != nil {
			object = r.object
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		for _, maker := range []string{"terraform", "Helm", "kustomize"} {
			text = bytes.ReplaceAll(text, []byte(`"app.kubernetes.io/managed-by":"`+maker+`"`), []byte(`"app.kubernetes.io/managed-by":"somebody"`))
		}
		text = regexp.MustCompile(`pschook-start-[0-9a-f]{10}`).ReplaceAll(text, []byte("pschook-start-x")) // Terraform's is another each time
		text = regexp.MustCompile(`"helm.sh/resource-policy":"keep",?`).ReplaceAll(text, nil)
		text = bytes.ReplaceAll(text, []byte(`"annotations":{},`), nil)
		text = bytes.ReplaceAll(text, []byte(`,}`), []byte(`}`))
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		name := regexp.MustCompile(`[0-9a-f]{10}$`).ReplaceAllString(r.String(), "x")
		if byName[name] != nil {
			t.Errorf("%v: twice", r)
		}
		byName[name] = tree
	}
	return byName
}

// variants are inputs that together go through every branch of module and chart.
func variants() map[string]map[string]cty.Value {
	everythingElsewhere := full()
	for _, name := range []string{"hook_secrets", "okta_api_token", "rp_htpasswd", "secret_environment"} {
		delete(everythingElsewhere, name)
	}
	everythingElsewhere["existing_secret"] = object(map[string]cty.Value{
		"name": text("vault"), "keys": list("okta-api-token", "rp-htpasswd"), "environment": list("OTEL_EXPORTER_OTLP_HEADERS", "PSCHOOK_RP_CLIENT_SECRET"), "revision": text("2"),
	})
	return map[string]map[string]cty.Value{
		"least":           nil,
		"full":            full(),
		"existing_secret": everythingElsewhere,
		"off": {
			"autoscaling": null(), "network_policy": null(), "probe": null(), "replicas": cty.NumberIntVal(1), "user_id": null(),
		},
		"access_tokens_only": {
			"hook_secrets": list(), "settings": settings(map[string]string{"PSCHOOK_HOOK_OAUTH_ISSUER": "https://example.okta.com/oauth2/aus1caller2server3"}),
			"ingress": full()["ingress"],
		},
		"gateway": {"gateway_route": object(map[string]cty.Value{"host": text("pschook.example.org"), "gateway_name": text("public")})},
		"openshift": {
			"user_id": null(),
			"network_policy": object(map[string]cty.Value{
				"dns_namespaces": list("openshift-dns"), "dns_ports": cty.TupleVal([]cty.Value{cty.NumberIntVal(5353)}), "ingress_namespaces": list(), "monitoring_namespaces": list(),
				"ingress_namespace_labels": cty.TupleVal([]cty.Value{object(map[string]cty.Value{"network.openshift.io/policy-group": text("ingress")})}),
				"okta_cidrs":               list("0.0.0.0/0", "::/0"),
			}),
		},
		"no_addresses": {"network_policy": object(map[string]cty.Value{"okta_cidrs": list()})},
		"probe":        {"probe": object(map[string]cty.Value{"url": text("https://pschook.example.org"), "cidrs": list("192.0.2.1/32"), "schedule": text("0 * * * *")})},
		"small":        {"resources": object(map[string]cty.Value{"memory_mib": cty.NumberIntVal(99), "cpu_limit": text("2")})},
	}
}

// whileScaled are the module's objects in a cluster that has the Deployment already: Terraform gives it a number of replicas when it is made, and leaves
// it to the autoscaler from then on. The base and the chart, where it sees no cluster, never say one.
func whileScaled(t *testing.T, set map[string]cty.Value) []rendered {
	t.Helper()
	result := kubernetesModuleIn(t, set, map[string]cty.Value{
		"data.kubernetes_resources.deployment[0]": object(map[string]cty.Value{"objects": cty.TupleVal([]cty.Value{cty.EmptyObjectVal})}),
	})
	if len(result.Refused) > 0 {
		t.Fatalf("refused: %q", result.Refused)
	}
	return render(t, result)
}

// TestChartMakesTheModulesObjects holds that chart and module make the same of the same inputs.
func TestChartMakesTheModulesObjects(t *testing.T) {
	t.Parallel()
	for name, set := range variants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := charted(t, set)
			if diff := cmp.Diff(alike(t, whileScaled(t, set)), alike(t, got)); diff != "" {
				t.Errorf("(-module +chart)\n%s", diff)
			}
			for _, r := range got {
				_, custom := map[any]bool{"HTTPRoute": true, "ServiceMonitor": true, "PrometheusRule": true}[r.tree["kind"]]
				if (r.object == nil) != custom {
					t.Errorf("%v: not decoded", r)
				}
			}
		})
	}
}

// TestChartLeavesReplicasToTheAutoscaler holds what Helm says of their number in a cluster: at first the least, then what is there.
func TestChartLeavesReplicasToTheAutoscaler(t *testing.T) {
	t.Parallel()
	empty := map[string]map[string]any{"/api/v1/namespaces/pschook/serviceaccounts/default": {"apiVersion": "v1", "kind": "ServiceAccount"}}
	scaled := map[string]map[string]any{"/apis/apps/v1/namespaces/pschook/deployments/pschook": {
		"apiVersion": "apps/v1", "kind": "Deployment", "spec": map[string]any{"replicas": 4}, "metadata": map[string]any{
			"labels":      map[string]any{"app.kubernetes.io/managed-by": "Helm"},
			"annotations": map[string]any{"meta.helm.sh/release-name": "pschook", "meta.helm.sh/release-namespace": "pschook"},
		},
	}}
	for name, test := range map[string]struct {
		set     map[string]cty.Value
		cluster map[string]map[string]any
		want    int32
	}{
		"first":  {cluster: empty, want: 2},
		"later":  {cluster: scaled, want: 4},
		"stands": {set: map[string]cty.Value{"autoscaling": null()}, cluster: scaled, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			s.objects = test.cluster
			text, err := helm(t, test.set, "template", "pschook", chart, "--dry-run=server", "--disable-openapi-validation", "--kube-apiserver", s.url)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if got := find[appsv1.Deployment](t, manifests(t, text), "").Spec.Replicas; got == nil || *got != test.want {
				t.Errorf("replicas %v, want %d", got, test.want)
			}
		})
	}
}

// TestChartSettingsBelongToTheRevision holds of the chart what TestKubernetesSettingsBelongToTheRevision holds of the
// module. What an upgrade no longer makes is gone at once, but for what is marked to be kept.
func TestChartSettingsBelongToTheRevision(t *testing.T) {
	t.Parallel()
	for name, upgrade := range upgrades() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			older := charted(t, upgrade.before)
			kept := slices.DeleteFunc(slices.Clone(older), func(r rendered) bool {
				s, ok := r.object.(*corev1.Secret)
				_, is := r.object.(*appsv1.Deployment)
				return !is && (!ok || s.Annotations["helm.sh/resource-policy"] != "keep")
			})
			newer := charted(t, upgrade.after)
			if _, _, err := start(t, upgraded(kept, newer), find[appsv1.Deployment](t, older, "").Spec.Template); err != nil {
				t.Fatalf("a pod of the revision before does not start any more: %v", err)
			}
			belongs(t, older, newer, upgrade.starts)
		})
	}
}

// TestChartIsLinted has Helm look at the chart.
func TestChartIsLinted(t *testing.T) {
	t.Parallel()
	for _, set := range []map[string]cty.Value{nil, full()} {
		if text, err := helm(t, set, "lint", "--strict", chart); err != nil {
			t.Errorf("helm lint: %v\n%s", err, text)
		}
	}
}

// TestChartRefuses holds that the chart refuses what the module refuses, one value at a time.
func TestChartRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range kubernetesRefusals() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, err := helm(t, test.set, "template", "pschook", chart)
			switch variable, _, _ := strings.Cut(test.want, ":"); {
			case test.want == "" && err != nil:
				t.Errorf("refused: %s", out)
			case test.want != "" && (err == nil || !strings.Contains(string(out), camel(variable))):
				t.Errorf("%v, wanted a message about %s:\n%s", err, camel(variable), out)
			}
		})
	}
}

// TestChartHasTheModulesInputs holds that neither has an input that the other lacks, and that values.yaml shows each.
func TestChartHasTheModulesInputs(t *testing.T) {
	t.Parallel()
	var schema struct{ Properties map[string]json.RawMessage }
	text, err := os.ReadFile(filepath.FromSlash(chart + "/values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(filepath.FromSlash(chart + "/values.yaml")); err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, v := range load(t, "modules/kubernetes").Variables {
		if !slices.Contains([]string{"namespace", "create_namespace", "wait_for_rollout"}, v.Name) { // Helm's own: --namespace, --create-namespace, --wait
			want = append(want, camel(v.Name))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(values))); diff != "" {
		t.Errorf("values.yaml (-module +chart):\n%s", diff)
	}
	delete(schema.Properties, "global") // Helm's own
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
		t.Errorf("values.schema.json (-module +chart):\n%s", diff)
	}
}

const base = "../kustomize/base/pschook.yaml"

// baseVariables are the module's inputs of which the kustomize base is made: placeholders for an overlay to replace, and
// no secret.
func baseVariables() map[string]cty.Value {
	return map[string]cty.Value{
		"hook_secrets":    list(),
		"existing_secret": object(map[string]cty.Value{"name": text("pschook")}),
		"ingress": object(map[string]cty.Value{
			"host": text("pschook.example.org"), "class_name": text("nginx"), "tls_secret_name": text("pschook-tls"),
		}),
	}
}

// TestKustomizeBaseHasTheModulesObjects holds the base to the module, and that there is no secret in it.
func TestKustomizeBaseHasTheModulesObjects(t *testing.T) {
	t.Parallel()
	all := whileScaled(t, baseVariables())
	if golden.Update() {
		var text bytes.Buffer
		text.WriteString("# The objects of the Terraform module, made by go test ./deploy/terraform -update.\n")
		encoder := yaml.NewEncoder(&text)
		encoder.SetIndent(2)
		for _, r := range all {
			if err := encoder.Encode(r.tree); err != nil {
				t.Fatal(err)
			}
		}
		made := strings.ReplaceAll(text.String(), "app.kubernetes.io/managed-by: terraform", "app.kubernetes.io/managed-by: kustomize")
		if err := os.WriteFile(filepath.FromSlash(base), []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.FromSlash(base))
	if err != nil {
		t.Fatal(err)
	}
	got := manifests(t, text)
	if diff := cmp.Diff(alike(t, all), alike(t, got)); diff != "" {
		t.Errorf("%s (-module +base; go test ./deploy/terraform -update makes it anew):\n%s", base, diff)
	}
	for _, r := range got {
		if r.tree["kind"] == "Secret" {
			t.Errorf("%v: in the base", r)
		}
	}
	for _, violation := range violations(got, true) {
		t.Error(violation)
	}
}

// TestKustomizeOverlay builds the example, and holds that the service starts with what it says.
func TestKustomizeOverlay(t *testing.T) {
	t.Parallel()
	kubectl := testneed.Need(t, "kubectl")
	text, err := exec.CommandContext(t.Context(), kubectl, "kustomize", "../kustomize/overlays/example").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := manifests(t, text)
	for _, violation := range violations(all, true) {
		t.Error(violation)
	}
	made := manifests(t, []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: pschook}\ndata: {hook-secrets: QmFzaWMgY0hOak9qZG1NMnM1WkRKdE5YZzRZekYyTm1JPQ==}\n"))
	cluster := slices.Concat(all, made)
	deployment := find[appsv1.Deployment](t, all, "")
	c, warnings, err := start(t, cluster, deployment.Spec.Template)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("the service does not start: %v %v", err, warnings)
	}
	if c.Okta.OrgURL.Host != "hopital.okta.com" || len(c.Hook.ClientIDs) != 1 || c.Hook.Secrets[0] != hookSecret {
		t.Errorf("configuration %+v", c)
	}
	if image := deployment.Spec.Template.Spec.Containers[0].Image; image != "registry.hopital.example/pschook:1.0.0" {
		t.Errorf("image %s", image)
	}
}
