package terraform_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"pschook/internal/config"
	"pschook/internal/tfmodule"
)

// hookSecret is one that Okta would send.
const hookSecret = "Basic cHNjOjdmM2s5ZDJtNXg4YzF2NmI="

// settings are the least that the service needs, with set laid over them.
func settings(set map[string]string) cty.Value {
	all := map[string]cty.Value{"PSCHOOK_OKTA_ORG_URL": text("https://example.okta.com")}
	for name, value := range set {
		all[name] = text(value)
	}
	return cty.MapVal(all)
}

// least is what the module cannot do without; everything is on with full laid over it.
func least() map[string]cty.Value {
	return map[string]cty.Value{
		"image": text("registry.example.org/pschook:1.0.0"), "settings": settings(nil), "hook_secrets": list(hookSecret),
	}
}

func full() map[string]cty.Value {
	return map[string]cty.Value{
		"labels":             object(map[string]cty.Value{"team": text("identity")}),
		"image":              text("registry.example.org/pschook@sha256:" + strings.Repeat("0a", 32)),
		"image_pull_secrets": list("registry"),
		"settings": settings(map[string]string{
			"PSCHOOK_CLIENT_IDS": "0oa1example2client3x4", "PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "https://example.okta.com/oauth2/default",
			"PSCHOOK_RP_CLIENT_ID": "0oa1example2client3x4", "PSCHOOK_RP_REDIRECT_URL": "https://pschook.example.org/rp/callback",
		}),
		"hook_secrets":   list(hookSecret, "the-one-that-comes-next"),
		"okta_api_token": text("00acme7f3k9d2m"),
		"rp_htpasswd":    text("testeur:$2y$10$0123456789012345678901uu0123456789012345678901234567890123456\n"),
		"amr_policy":     text("unmatched: pass\nrules:\n  - name: cpx\n    all: [sc, pin, hwk]\n    emit: [sc, pin, mfa, hwk]\n    attest: [mfa]\n"),
		"ingress": object(map[string]cty.Value{
			"host": text("pschook.example.org"), "class_name": text("nginx"), "tls_secret_name": text("pschook-tls"),
			"annotations": object(map[string]cty.Value{"cert-manager.io/cluster-issuer": text("letsencrypt")}),
		}),
		"network_policy": object(map[string]cty.Value{
			"okta_cidrs": list("198.51.100.0/24"), "dns_cidrs": list("169.254.20.10/32"),
			"extra_egress": cty.TupleVal([]cty.Value{object(map[string]cty.Value{"cidr": text("10.1.2.3/32"), "port": cty.NumberIntVal(3128)})}),
		}),
		"service_monitor":   object(map[string]cty.Value{"labels": object(map[string]cty.Value{"release": text("prometheus")})}),
		"grafana_dashboard": text(`{"title":"pschook"}`),
		"spread_strictly":   cty.True,
	}
}

// kubernetesModule evaluates the module with set laid over the least that it needs.
func kubernetesModule(t *testing.T, set map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	variables := least()
	maps.Copy(variables, set)
	result, err := load(t, "modules/kubernetes").Evaluate(tfmodule.Inputs{Schemas: facts(t), Variables: variables})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func objects(t *testing.T, set map[string]cty.Value) []rendered {
	t.Helper()
	result := kubernetesModule(t, set)
	if len(result.Refused) > 0 {
		t.Fatalf("refused: %q", result.Refused)
	}
	return render(t, result)
}

// TestKubernetesObjects holds the objects of the module to golden files, which are there to be read too.
func TestKubernetesObjects(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]map[string]cty.Value{"least": nil, "full": full()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			encoder := yaml.NewEncoder(&got)
			encoder.SetIndent(2)
			for _, r := range objects(t, set) {
				if err := encoder.Encode(r.tree); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join("testdata", "kubernetes-"+name+".yaml")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s is not what the module makes (go test ./deploy/terraform -update makes it anew):\n%s", path, diff)
			}
		})
	}
}

// TestKubernetesKeepsThePolicy holds that no input, as far as they are tried here, makes objects that break the policy.
func TestKubernetesKeepsThePolicy(t *testing.T) {
	t.Parallel()
	off := map[string]cty.Value{
		"create_namespace": cty.False, "autoscaling": null(), "network_policy": null(), "probe": null(), "replicas": cty.NumberIntVal(3),
	}
	for name, set := range map[string]map[string]cty.Value{"least": nil, "full": full(), "off": off} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, set)
			for _, violation := range violations(all, name != "off") {
				t.Error(violation)
			}
		})
	}
}

// environment is what the container gets from its config maps, with the files that it names written below a directory
// of the test's.
func environment(t *testing.T, all []rendered, pod *corev1.PodSpec) config.Source {
	t.Helper()
	dir := t.TempDir()
	source := config.Source{}
	for _, from := range pod.Containers[0].EnvFrom {
		for _, r := range all {
			if m, ok := r.object.(*corev1.ConfigMap); ok && m.Name == from.ConfigMapRef.Name {
				maps.Copy(source, m.Data)
			}
		}
	}
	for _, mount := range pod.Containers[0].VolumeMounts {
		content := volume(t, all, pod, mount.Name)
		if content == nil {
			continue
		}
		if !mount.ReadOnly {
			t.Errorf("volume %s: not read-only", mount.Name)
		}
		below := filepath.Join(dir, filepath.FromSlash(mount.MountPath))
		if err := os.MkdirAll(below, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, text := range content {
			if err := os.WriteFile(filepath.Join(below, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, value := range source {
		if strings.HasPrefix(value, "/") {
			source[name] = filepath.Join(dir, filepath.FromSlash(value))
		}
	}
	return source
}

// volume is the files of a volume; none for one that is empty at first.
func volume(t *testing.T, all []rendered, pod *corev1.PodSpec, name string) map[string][]byte {
	t.Helper()
	for _, v := range pod.Volumes {
		if v.Name != name || v.EmptyDir != nil {
			continue
		}
		files := map[string][]byte{}
		for _, r := range all {
			switch o := r.object.(type) {
			case *corev1.Secret:
				if v.Secret != nil && v.Secret.SecretName == o.Name {
					for _, item := range v.Secret.Items {
						files[item.Path] = o.Data[item.Key]
					}
				}
			case *corev1.ConfigMap:
				if v.ConfigMap != nil && v.ConfigMap.Name == o.Name {
					for file, text := range o.Data {
						files[file] = []byte(text)
					}
				}
			}
		}
		return files
	}
	return nil
}

// TestKubernetesConfiguresTheService holds that the service starts with what the module gives it, has nothing to warn
// of, and ends within the time that Kubernetes gives it.
func TestKubernetesConfiguresTheService(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		set    map[string]cty.Value
		source string
	}{
		{name: "least", source: config.SourceWellKnown},
		{name: "full", set: full(), source: config.SourceManagement},
		{
			name: "slow", source: config.SourceWellKnown,
			set: map[string]cty.Value{"drain_delay_seconds": cty.NumberIntVal(60), "shutdown_timeout_seconds": cty.NumberIntVal(120)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, test.set)
			deployment := find[appsv1.Deployment](t, all, "")
			pod := &deployment.Spec.Template.Spec
			c, warnings, err := config.Load(t.Context(), environment(t, all, pod))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range warnings {
				t.Errorf("warning: %v", w)
			}
			if c.TID.Source != test.source {
				t.Errorf("org id from %q, want %q", c.TID.Source, test.source)
			}
			if c.Hook.Secrets[0] != hookSecret {
				t.Error("the first secret is not the one that was given")
			}
			stop := c.DrainDelay + c.ShutdownTimeout
			if grace := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second; grace <= stop {
				t.Errorf("killed after %v, but may take %v to stop", grace, stop)
			}
			for _, port := range pod.Containers[0].Ports {
				address := map[string]string{"http": c.ListenAddr, "admin": c.AdminAddr}[port.Name]
				if _, number, _ := strings.Cut(address, ":"); number != words(cty.NumberIntVal(int64(port.ContainerPort))) {
					t.Errorf("port %s is %d, the service listens on %s", port.Name, port.ContainerPort, address)
				}
			}
		})
	}
}

// TestKubernetesSecretsStayOutOfSight holds that no secret is in an object that is not a Secret.
func TestKubernetesSecretsStayOutOfSight(t *testing.T) {
	t.Parallel()
	set := full()
	secrets := []string{"the-one-that-comes-next", "00acme7f3k9d2m", "$2y$10$"}
	found := 0
	for _, r := range objects(t, set) {
		text, err := yaml.Marshal(r.tree)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := r.object.(*corev1.Secret); ok {
			for _, secret := range secrets {
				for _, value := range s.Data {
					found += strings.Count(string(value), secret)
				}
			}
			continue
		}
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%v: shows %q", r, secret)
			}
		}
	}
	if found != len(secrets) {
		t.Errorf("the Secret holds %d secrets, want %d", found, len(secrets))
	}
	for _, v := range load(t, "modules/kubernetes").Variables {
		if want := slices.Contains([]string{"hook_secrets", "okta_api_token", "okta_private_key", "rp_htpasswd"}, v.Name); v.Sensitive != want {
			t.Errorf("variable %q: sensitive %t, want %t", v.Name, v.Sensitive, want)
		}
	}
}

// TestKubernetesReplacesReplicas holds when a change has the replicas replaced: when they would not see it otherwise,
// and not when the hook's secrets change, which the service reads by itself.
func TestKubernetesReplacesReplicas(t *testing.T) {
	t.Parallel()
	template := func(set map[string]cty.Value) string {
		text, err := yaml.Marshal(find[appsv1.Deployment](t, objects(t, set), "").Spec.Template)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := template(nil)
	tests := []struct {
		name string
		set  map[string]cty.Value
		want bool
	}{
		{name: "nothing"},
		{name: "hook_secrets", set: map[string]cty.Value{"hook_secrets": list("the-one-that-comes-next", hookSecret)}},
		{name: "autoscaling", set: map[string]cty.Value{"autoscaling": null()}},
		{name: "settings", set: map[string]cty.Value{"settings": settings(map[string]string{"PSCHOOK_SHADOW": "true"})}, want: true},
		{name: "okta_api_token", set: map[string]cty.Value{"okta_api_token": text("00acme7f3k9d2m")}, want: true},
		{name: "image", set: map[string]cty.Value{"image": text("registry.example.org/pschook:1.0.1")}, want: true},
	}
	for _, test := range tests {
		if got := template(test.set) != before; got != test.want {
			t.Errorf("%s: replicas replaced: %t, want %t", test.name, got, test.want)
		}
	}
	token := template(map[string]cty.Value{"okta_api_token": text("00acme7f3k9d2m")})
	if token == template(map[string]cty.Value{"okta_api_token": text("00another-token")}) {
		t.Error("another API token does not have the replicas replaced")
	}
}

// TestKubernetesNetwork holds who reaches the service and whom it reaches.
func TestKubernetesNetwork(t *testing.T) {
	t.Parallel()
	const server = "kubernetes_network_policy_v1.server[0]"
	reach := func(rules []networkingv1.NetworkPolicyEgressRule) []string {
		var all []string
		for _, rule := range rules {
			for _, to := range rule.To {
				for _, port := range rule.Ports {
					peer := "?"
					switch {
					case to.IPBlock != nil:
						peer = strings.Join(append([]string{to.IPBlock.CIDR}, to.IPBlock.Except...), "-")
					case to.NamespaceSelector != nil:
						peer = to.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]
					case to.PodSelector != nil:
						peer = to.PodSelector.MatchLabels["app.kubernetes.io/component"]
					}
					all = append(all, peer+" "+string(*port.Protocol)+" "+port.Port.String())
				}
			}
		}
		return all
	}
	enter := func(rules []networkingv1.NetworkPolicyIngressRule) []string {
		var all []string
		for _, rule := range rules {
			for _, from := range rule.From {
				peer := "?"
				switch {
				case from.NamespaceSelector != nil:
					peer = from.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]
				case from.PodSelector != nil:
					peer = from.PodSelector.MatchLabels["app.kubernetes.io/component"]
				}
				all = append(all, peer+" "+rule.Ports[0].Port.String())
			}
		}
		return all
	}
	everywhere := "0.0.0.0/0-10.0.0.0/8-172.16.0.0/12-192.168.0.0/16-100.64.0.0/10-169.254.0.0/16 TCP 443"
	all := objects(t, nil)
	policy := find[networkingv1.NetworkPolicy](t, all, server)
	if diff := cmp.Diff([]string{"ingress-nginx http", "monitoring admin"}, enter(policy.Spec.Ingress)); diff != "" {
		t.Errorf("who reaches the service:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"kube-system UDP 53", "kube-system TCP 53", everywhere}, reach(policy.Spec.Egress)); diff != "" {
		t.Errorf("whom the service reaches:\n%s", diff)
	}
	probe := find[networkingv1.NetworkPolicy](t, objects(t, map[string]cty.Value{
		"probe": object(map[string]cty.Value{"url": text("https://pschook.example.org"), "cidrs": list("192.0.2.1/32")}),
	}), "kubernetes_network_policy_v1.probe[0]")
	if diff := cmp.Diff([]string{
		"192.0.2.1/32 TCP 443", "ingress-nginx TCP 443", "ingress-nginx TCP 8443", "kube-system UDP 53", "kube-system TCP 53", everywhere,
	}, reach(probe.Spec.Egress)); diff != "" {
		t.Errorf("whom the probe reaches:\n%s", diff)
	}
	narrow := find[networkingv1.NetworkPolicy](t, objects(t, full()), server)
	want := []string{
		"kube-system UDP 53", "kube-system TCP 53", "169.254.20.10/32 UDP 53", "169.254.20.10/32 TCP 53",
		"198.51.100.0/24 TCP 443", "10.1.2.3/32 TCP 3128",
	}
	if diff := cmp.Diff(want, reach(narrow.Spec.Egress)); diff != "" {
		t.Errorf("whom the service reaches when narrowed:\n%s", diff)
	}
	closed := find[networkingv1.NetworkPolicy](t, objects(t, map[string]cty.Value{
		"network_policy": object(map[string]cty.Value{"monitoring_namespaces": list(), "ingress_namespaces": list()}),
	}), server)
	if diff := cmp.Diff([]string(nil), enter(closed.Spec.Ingress)); diff != "" {
		t.Errorf("who reaches the service with no namespaces:\n%s", diff)
	}
}

// TestKubernetesIngress holds that nothing but the hook is let in, and the relying party where it is on.
func TestKubernetesIngress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rp   string
		want []string
	}{
		{rp: "false", want: []string{"Exact /hooks/okta/token"}},
		{rp: "true", want: []string{"Exact /hooks/okta/token", "Prefix /rp"}},
	} {
		set := full()
		set["settings"] = settings(map[string]string{"PSCHOOK_RP_ENABLED": test.rp})
		ingress := find[networkingv1.Ingress](t, objects(t, set), "")
		var got []string
		for _, path := range ingress.Spec.Rules[0].HTTP.Paths {
			got = append(got, string(*path.PathType)+" "+path.Path)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("relying party %s:\n%s", test.rp, diff)
		}
		if tls := ingress.Spec.TLS; len(tls) != 1 || !slices.Equal(tls[0].Hosts, []string{ingress.Spec.Rules[0].Host}) || tls[0].SecretName == "" {
			t.Errorf("TLS %v for host %s", tls, ingress.Spec.Rules[0].Host)
		}
	}
}

// TestKubernetesScales holds that with autoscaling the number of replicas is left to it.
func TestKubernetesScales(t *testing.T) {
	t.Parallel()
	all := objects(t, nil)
	deployment, scaler := find[appsv1.Deployment](t, all, ""), find[autoscalingv2.HorizontalPodAutoscaler](t, all, "")
	if deployment.Spec.Replicas != nil {
		t.Errorf("replicas %d, which the autoscaler would have to fight for", *deployment.Spec.Replicas)
	}
	if target := scaler.Spec.ScaleTargetRef; target.Kind != "Deployment" || target.APIVersion != "apps/v1" || target.Name != deployment.Name {
		t.Errorf("autoscaler of %v, want of the deployment", target)
	}
	if *scaler.Spec.MinReplicas != 2 || scaler.Spec.MaxReplicas != 6 || *scaler.Spec.Metrics[0].Resource.Target.AverageUtilization != 70 {
		t.Errorf("autoscaler %v", scaler.Spec)
	}
	fixed := find[appsv1.Deployment](t, objects(t, map[string]cty.Value{"autoscaling": null(), "replicas": cty.NumberIntVal(3)}), "")
	if fixed.Spec.Replicas == nil || *fixed.Spec.Replicas != 3 {
		t.Errorf("replicas %v, want 3", fixed.Spec.Replicas)
	}
}

// TestKubernetesProbe holds that the probe calls the URL that it is given, else the Ingress's, with the service's own
// configuration.
func TestKubernetesProbe(t *testing.T) {
	t.Parallel()
	url := object(map[string]cty.Value{"url": text("https://other.example.org/hooks/okta/token")})
	ingress := full()["ingress"]
	for _, test := range []struct {
		name string
		set  map[string]cty.Value
		want string // empty: no probe
	}{
		{name: "ingress", set: map[string]cty.Value{"ingress": ingress}, want: "https://pschook.example.org/hooks/okta/token"},
		{name: "url", set: map[string]cty.Value{"probe": url}, want: "https://other.example.org/hooks/okta/token"},
		{name: "both", set: map[string]cty.Value{"ingress": ingress, "probe": url}, want: "https://other.example.org/hooks/okta/token"},
		{name: "neither"},
		{name: "off", set: map[string]cty.Value{"ingress": ingress, "probe": null()}},
		{name: "without_a_secret", set: map[string]cty.Value{
			"ingress": ingress, "hook_secrets": list(),
			"settings": settings(map[string]string{"PSCHOOK_HOOK_OAUTH_ISSUER": "https://example.okta.com/oauth2/aus1caller2server3"}),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, test.set)
			if test.want == "" {
				for _, r := range all {
					if strings.Contains(r.address, "probe") {
						t.Errorf("%v: made all the same", r)
					}
				}
				return
			}
			pod := find[batchv1.CronJob](t, all, "").Spec.JobTemplate.Spec.Template.Spec
			if got := pod.Containers[0].Args; !slices.Equal(got, []string{"probe", test.want}) {
				t.Errorf("arguments %q, want the URL %s", got, test.want)
			}
			c, _, err := config.Load(t.Context(), environment(t, all, &pod))
			if err != nil || c.Hook.Secrets[0] != hookSecret {
				t.Errorf("the probe does not get the secret: %v", err)
			}
		})
	}
}

// serviceMonitor is what the module uses of the Prometheus operator's resource.
type serviceMonitor struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `json:"matchLabels"`
		} `json:"selector"`
		Endpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"endpoints"`
	} `json:"spec"`
}

// TestKubernetesServiceMonitor holds that the custom resource selects the Service and names one of its ports.
func TestKubernetesServiceMonitor(t *testing.T) {
	t.Parallel()
	all := objects(t, full())
	service := find[corev1.Service](t, all, "")
	for _, r := range all {
		if r.object != nil {
			continue
		}
		var monitor serviceMonitor
		decode(t, r.address, r.tree, &monitor)
		if monitor.Kind != "ServiceMonitor" || monitor.Metadata.Labels["release"] != "prometheus" || monitor.Metadata.Namespace != service.Namespace {
			t.Errorf("%v", monitor)
		}
		for label, value := range monitor.Spec.Selector.MatchLabels {
			if service.Labels[label] != value {
				t.Errorf("selects %s=%s, the Service has %q", label, value, service.Labels[label])
			}
		}
		endpoint := monitor.Spec.Endpoints[0]
		if endpoint.Path != "/metrics" || !slices.ContainsFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return p.Name == endpoint.Port }) {
			t.Errorf("endpoint %v is no port of the Service", endpoint)
		}
		return
	}
	t.Error("no ServiceMonitor")
}

// TestKubernetesRefuses holds what the module refuses at plan time, and that it says which variable is wrong.
func TestKubernetesRefuses(t *testing.T) {
	t.Parallel()
	one := func(name string, value cty.Value) map[string]cty.Value { return map[string]cty.Value{name: value} }
	tests := []struct {
		name string
		set  map[string]cty.Value
		want string // beginning of the one message; empty: not refused
	}{
		{name: "good"},
		{name: "everything", set: full()},
		{name: "latest", set: one("image", text("registry.example.org/pschook:latest")), want: "image:"},
		{name: "no_tag", set: one("image", text("registry.example.org/pschook")), want: "image:"},
		{name: "no_tag_but_a_port", set: one("image", text("registry.example.org:5000/pschook")), want: "image:"},
		{name: "name_with_capital", set: one("name", text("PSChook")), want: "name:"},
		{name: "one_replica", set: one("replicas", cty.NumberIntVal(1)), want: "replicas:"},
		{name: "fewer_at_most_than_at_least", set: one("replicas", cty.NumberIntVal(7)), want: "autoscaling:"},
		{name: "no_org", set: one("settings", cty.MapVal(map[string]cty.Value{"PSCHOOK_SHADOW": text("true")})), want: "settings: PSCHOOK_OKTA_ORG_URL"},
		{name: "other_variable", set: one("settings", settings(map[string]string{"PATH": "/bin"})), want: "settings: only names"},
		{name: "secret_among_settings", set: one("settings", settings(map[string]string{"PSCHOOK_HOOK_SECRETS": hookSecret})), want: "settings: secrets"},
		{name: "address_among_settings", set: one("settings", settings(map[string]string{"PSCHOOK_ADMIN_ADDR": "none"})), want: "settings: addresses"},
		{name: "no_secret", set: one("hook_secrets", list()), want: "hook_secrets: at least one"},
		{name: "short_secret", set: one("hook_secrets", list("0123456789abcde")), want: "hook_secrets: each at least 16"},
		{name: "secret_of_two_lines", set: one("hook_secrets", list("0123456789abcdef\n0123456789abcdef")), want: "hook_secrets: each at least 16"},
		{
			name: "secret_made_elsewhere",
			set:  map[string]cty.Value{"hook_secrets": list(), "existing_secret": object(map[string]cty.Value{"name": text("vault")})},
		},
		{
			name: "key_that_nobody_reads", want: "existing_secret:",
			set: one("existing_secret", object(map[string]cty.Value{"name": text("vault"), "keys": list("token")})),
		},
		{name: "impatient", set: one("shutdown_timeout_seconds", cty.NumberIntVal(2)), want: "shutdown_timeout_seconds:"},
		{name: "hasty", set: one("drain_delay_seconds", cty.NumberIntVal(1)), want: "drain_delay_seconds:"},
		{name: "access_tokens_only", set: map[string]cty.Value{
			"hook_secrets": list(), "settings": settings(map[string]string{"PSCHOOK_HOOK_OAUTH_ISSUER": "https://example.okta.com/oauth2/aus1caller2server3"}),
		}},
		{name: "little_memory", set: one("resources", object(map[string]cty.Value{"memory_mib": cty.NumberIntVal(32)})), want: "resources:"},
		{name: "probe_in_the_clear", set: one("probe", object(map[string]cty.Value{"url": text("http://pschook.pschook.svc/hooks/okta/token")})), want: "probe:"},
		{name: "dashboard_of_yaml", set: one("grafana_dashboard", text("title: pschook")), want: "grafana_dashboard:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			refused := kubernetesModule(t, test.set).Refused
			switch {
			case test.want == "" && len(refused) > 0:
				t.Errorf("refused: %q", refused)
			case test.want != "" && (len(refused) != 1 || !strings.HasPrefix(refused[0], test.want)):
				t.Errorf("refused: %q, want one message that begins with %q", refused, test.want)
			}
		})
	}
}

// TestKubernetesTakesASecretMadeElsewhere holds that Terraform then makes none, and the service gets its keys.
func TestKubernetesTakesASecretMadeElsewhere(t *testing.T) {
	t.Parallel()
	all := objects(t, map[string]cty.Value{
		"hook_secrets": list(), "existing_secret": object(map[string]cty.Value{"name": text("vault"), "keys": list("okta-api-token")}),
	})
	for _, r := range all {
		if _, ok := r.object.(*corev1.Secret); ok {
			t.Errorf("%v: made all the same", r)
		}
	}
	pod := find[appsv1.Deployment](t, all, "").Spec.Template.Spec
	var keys []string
	for _, v := range pod.Volumes {
		if v.Secret != nil && v.Secret.SecretName == "vault" {
			for _, item := range v.Secret.Items {
				keys = append(keys, item.Key)
			}
		}
	}
	if !slices.Equal(keys, []string{"hook-secrets", "okta-api-token"}) {
		t.Errorf("keys %v of the secret", keys)
	}
	environment := find[corev1.ConfigMap](t, all, "kubernetes_config_map_v1.environment").Data
	if got := environment["PSCHOOK_OKTA_API_TOKEN_FILE"]; got != "/etc/pschook/secrets/okta-api-token" {
		t.Errorf("PSCHOOK_OKTA_API_TOKEN_FILE=%q", got)
	}
}
