package terraform_test

import (
	"bytes"
	"maps"
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
	"pschook/internal/golden"
	"pschook/internal/tfmodule"
)

// hookSecret is one that Okta would send.
const hookSecret = "Basic cHNjOjdmM2s5ZDJtNXg4YzF2NmI="

// alerts stand in for deploy/prometheus/alerts.yaml.
const alerts = "groups:\n  - name: pschook\n    rules:\n      - alert: PschookDown\n        expr: up == 0\n        for: 5m\n"

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
		"annotations":        object(map[string]cty.Value{"example.org/owner": text("identity")}),
		"pod_annotations":    object(map[string]cty.Value{"example.org/collect": text("true")}),
		"image":              text("registry.example.org/pschook@sha256:" + strings.Repeat("0a", 32)),
		"image_pull_secrets": list("registry"),
		"settings": settings(map[string]string{
			"PSCHOOK_CLIENT_IDS": "0oa1example2client3x4", "PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "https://example.okta.com/oauth2/default",
			"PSCHOOK_RP_CLIENT_ID": "0oa1example2client3x4", "PSCHOOK_RP_REDIRECT_URL": "https://pschook.example.org/rp/callback",
		}),
		"hook_secrets":   list(hookSecret, "the-one-that-comes-next"),
		"okta_api_token": text("00acme7f3k9d2m"),
		"secret_environment": object(map[string]cty.Value{
			"OTEL_EXPORTER_OTLP_HEADERS": text("authorization=Bearer%20of-the-collector"), "PSCHOOK_RP_CLIENT_SECRET": text("secret-of-the-relying-party"),
		}),
		"extra_environment": object(map[string]cty.Value{"HTTPS_PROXY": text("http://proxy.example.org:3128"), "SSL_CERT_DIR": text("/etc/ssl/hospital")}),
		"extra_volumes": cty.TupleVal([]cty.Value{
			object(map[string]cty.Value{"name": text("authorities"), "mount_path": text("/etc/ssl/hospital"), "config_map": text("authorities")}),
			object(map[string]cty.Value{"name": text("collector"), "mount_path": text("/etc/collector"), "secret": text("collector-key")}),
		}),
		"node_selector":       object(map[string]cty.Value{"pool": text("identity")}),
		"tolerations":         cty.TupleVal([]cty.Value{object(map[string]cty.Value{"key": text("dedicated"), "value": text("identity"), "effect": text("NoSchedule")})}),
		"priority_class_name": text("identity"),
		"rp_htpasswd":         text("testeur:$2y$10$0123456789012345678901uu0123456789012345678901234567890123456\n"),
		"amr_policy":          text("unmatched: pass\nrules:\n  - name: cpx\n    all: [sc, pin, hwk]\n    emit: [sc, pin, mfa, hwk]\n    attest: [mfa]\n"),
		"ingress": object(map[string]cty.Value{
			"host": text("pschook.example.org"), "class_name": text("nginx"), "tls_secret_name": text("pschook-tls"),
			"annotations": object(map[string]cty.Value{"cert-manager.io/cluster-issuer": text("letsencrypt")}),
		}),
		"network_policy": object(map[string]cty.Value{
			"okta_cidrs": list("198.51.100.0/24"), "dns_cidrs": list("169.254.20.10/32"),
			"ingress_cidrs": list("10.0.0.0/24"), "monitoring_cidrs": list("10.0.1.0/24"),
			"ingress_namespace_labels": cty.TupleVal([]cty.Value{object(map[string]cty.Value{"network.openshift.io/policy-group": text("ingress")})}),
			"extra_egress": cty.TupleVal([]cty.Value{
				object(map[string]cty.Value{"cidr": text("10.1.2.3/32"), "port": cty.NumberIntVal(3128)}),
				object(map[string]cty.Value{"namespace": text("telemetry"), "port": cty.NumberIntVal(4318)}),
			}),
		}),
		"gateway_route": object(map[string]cty.Value{
			"host": text("pschook.example.org"), "gateway_name": text("public"), "gateway_namespace": text("gateways"), "section_name": text("https"),
		}),
		"prometheus_rule":   object(map[string]cty.Value{"rules": text(alerts), "labels": object(map[string]cty.Value{"release": text("prometheus")})}),
		"service_monitor":   object(map[string]cty.Value{"labels": object(map[string]cty.Value{"release": text("prometheus")})}),
		"grafana_dashboard": text(`{"title":"pschook"}`),
		"spread_strictly":   cty.True,
	}
}

// kubernetesModule evaluates the module with set laid over the least that it needs.
func kubernetesModule(t *testing.T, set map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	return kubernetesModuleIn(t, set, nil)
}

// kubernetesModuleIn evaluates it in a cluster in which something is there already.
func kubernetesModuleIn(t *testing.T, set, cluster map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	variables := least()
	maps.Copy(variables, set)
	result, err := load(t, "modules/kubernetes").Evaluate(tfmodule.Inputs{Schemas: facts(t), Variables: variables, Computed: cluster})
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
			golden.Equal(t, path, got.Bytes())
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
			c, warnings, err := start(t, all, deployment.Spec.Template)
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
	secrets := []string{"the-one-that-comes-next", "00acme7f3k9d2m", "$2y$10$", "secret-of-the-relying-party", "of-the-collector"}
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
		if want := slices.Contains([]string{"hook_secrets", "okta_api_token", "okta_private_key", "rp_htpasswd", "secret_environment"}, v.Name); v.Sensitive != want {
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
		{name: "secret_environment", set: map[string]cty.Value{"secret_environment": object(map[string]cty.Value{"OTEL_EXPORTER_OTLP_HEADERS": text("a=b")})}, want: true},
		{name: "amr_policy", set: map[string]cty.Value{"amr_policy": text("unmatched: deny\nrules: []\n")}, want: true},
		{name: "image", set: map[string]cty.Value{"image": text("registry.example.org/pschook:1.0.1")}, want: true},
	}
	for _, test := range tests {
		if got := template(test.set) != before; got != test.want {
			t.Errorf("%s: replicas replaced: %t, want %t", test.name, got, test.want)
		}
	}
	for name, set := range map[string]func(value string) map[string]cty.Value{
		"okta_api_token": func(value string) map[string]cty.Value { return map[string]cty.Value{"okta_api_token": text(value)} },
		"existing_secret": func(value string) map[string]cty.Value {
			return map[string]cty.Value{"existing_secret": object(map[string]cty.Value{"name": text("vault"), "keys": list("okta-api-token"), "revision": text(value)})}
		},
		"secret_environment": func(value string) map[string]cty.Value {
			return map[string]cty.Value{"secret_environment": object(map[string]cty.Value{"OTEL_EXPORTER_OTLP_HEADERS": text(value)})}
		},
	} {
		if template(set("one-of-two")) == template(set("two-of-two")) {
			t.Errorf("%s: another value does not have the replicas replaced", name)
		}
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
				case from.IPBlock != nil:
					peer = from.IPBlock.CIDR
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
		"198.51.100.0/24 TCP 443", "10.1.2.3/32 TCP 3128", "telemetry TCP 4318",
	}
	if diff := cmp.Diff([]string{"ingress-nginx http", " http", "10.0.0.0/24 http", "monitoring admin", "10.0.1.0/24 admin"}, enter(narrow.Spec.Ingress)); diff != "" {
		t.Errorf("who reaches the service from addresses, too:\n%s", diff)
	}
	if diff := cmp.Diff(want, reach(narrow.Spec.Egress)); diff != "" {
		t.Errorf("whom the service reaches when narrowed:\n%s", diff)
	}
	openshift := find[networkingv1.NetworkPolicy](t, objects(t, map[string]cty.Value{"network_policy": object(map[string]cty.Value{
		"dns_namespaces": list("openshift-dns"), "dns_ports": cty.TupleVal([]cty.Value{cty.NumberIntVal(5353)}), "okta_cidrs": list("::/0"),
	})}), server)
	if diff := cmp.Diff([]string{"openshift-dns UDP 5353", "openshift-dns TCP 5353", "::/0-fc00::/7-fe80::/10 TCP 443"}, reach(openshift.Spec.Egress)); diff != "" {
		t.Errorf("whom the service reaches on OpenShift, by IPv6:\n%s", diff)
	}
	none := find[networkingv1.NetworkPolicy](t, objects(t, map[string]cty.Value{"network_policy": object(map[string]cty.Value{"okta_cidrs": list()})}), server)
	if diff := cmp.Diff([]string{"kube-system UDP 53", "kube-system TCP 53"}, reach(none.Spec.Egress)); diff != "" || len(none.Spec.Egress) != 1 {
		t.Errorf("whom the service reaches without addresses of Okta's, in %d rules:\n%s", len(none.Spec.Egress), diff)
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
	if deployment.Spec.Replicas == nil || *deployment.Spec.Replicas != 2 {
		t.Errorf("replicas %v at first, want 2: an apply would be content with one", deployment.Spec.Replicas)
	}
	later := find[appsv1.Deployment](t, whileScaled(t, nil), "")
	if later.Spec.Replicas != nil {
		t.Errorf("replicas %d once it is there, which the autoscaler would have to fight for", *later.Spec.Replicas)
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
		{name: "gateway", set: map[string]cty.Value{"gateway_route": full()["gateway_route"]}, want: "https://pschook.example.org/hooks/okta/token"},
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
			template := find[batchv1.CronJob](t, all, "").Spec.JobTemplate.Spec.Template
			if got := template.Spec.Containers[0].Args; !slices.Equal(got, []string{"probe", test.want}) {
				t.Errorf("arguments %q, want the URL %s", got, test.want)
			}
			c, _, err := start(t, all, template)
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
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
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
		if r.tree["kind"] != "ServiceMonitor" {
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

// refusal is an input that must be refused, or must not.
type refusal struct {
	name string
	set  map[string]cty.Value
	want string // beginning of the one message; empty: not refused
}

func kubernetesRefusals() []refusal {
	one := func(name string, value cty.Value) map[string]cty.Value { return map[string]cty.Value{name: value} }
	return []refusal{
		{name: "good"},
		{name: "everything", set: full()},
		{name: "latest", set: one("image", text("registry.example.org/pschook:latest")), want: "image:"},
		{name: "no_tag", set: one("image", text("registry.example.org/pschook")), want: "image:"},
		{name: "no_tag_but_a_port", set: one("image", text("registry.example.org:5000/pschook")), want: "image:"},
		{name: "name_with_capital", set: one("name", text("PSChook")), want: "name:"},
		{name: "one_replica", set: one("replicas", cty.NumberIntVal(1))},
		{name: "no_replica", set: one("replicas", cty.NumberIntVal(0)), want: "replicas:"},
		{name: "root", set: one("user_id", cty.NumberIntVal(0)), want: "user_id:"},
		{name: "user_of_the_platform", set: one("user_id", null())},
		{name: "fewer_at_most_than_at_least", set: one("replicas", cty.NumberIntVal(7)), want: "autoscaling:"},
		{name: "no_org", set: one("settings", cty.MapVal(map[string]cty.Value{"PSCHOOK_SHADOW": text("true")})), want: "settings: PSCHOOK_OKTA_ORG_URL"},
		{name: "other_variable", set: one("settings", settings(map[string]string{"PATH": "/bin"})), want: "settings: only names"},
		{name: "secret_among_settings", set: one("settings", settings(map[string]string{"PSCHOOK_HOOK_SECRETS": hookSecret})), want: "settings: secrets"},
		{name: "header_among_settings", set: one("settings", settings(map[string]string{"OTEL_EXPORTER_OTLP_LOGS_HEADERS": "a=b"})), want: "settings: secrets"},
		{name: "collector_with_a_password", set: one("settings", settings(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://user:password@collector:4318"})), want: "settings: a URL with a password"},
		{name: "secret_of_its_own_among_others", set: one("secret_environment", object(map[string]cty.Value{"PSCHOOK_OKTA_API_TOKEN": text("x")})), want: "secret_environment: hook_secrets"},
		{name: "secret_of_another_program", set: one("secret_environment", object(map[string]cty.Value{"PASSWORD": text("x")})), want: "secret_environment: only names"},
		{name: "proxy_with_a_password", set: one("extra_environment", object(map[string]cty.Value{"HTTPS_PROXY": text("http://user:password@proxy:3128")})), want: "extra_environment: a URL with a password"},
		{name: "setting_among_others", set: one("extra_environment", object(map[string]cty.Value{"PSCHOOK_SHADOW": text("true")})), want: "extra_environment: names"},
		{
			name: "volume_of_nothing", want: "extra_volumes: each",
			set: one("extra_volumes", cty.TupleVal([]cty.Value{object(map[string]cty.Value{"name": text("a"), "mount_path": text("/a")})})),
		},
		{
			name: "volume_over_the_secrets", want: "extra_volumes: mount_path",
			set: one("extra_volumes", cty.TupleVal([]cty.Value{object(map[string]cty.Value{"name": text("a"), "mount_path": text("/etc/pschook/secrets"), "secret": text("a")})})),
		},
		{name: "no_dns", set: one("network_policy", object(map[string]cty.Value{"dns_namespaces": list()})), want: "network_policy: dns_namespaces"},
		{
			name: "egress_to_nobody", want: "network_policy: each extra_egress",
			set: one("network_policy", object(map[string]cty.Value{"extra_egress": cty.TupleVal([]cty.Value{object(map[string]cty.Value{"port": cty.NumberIntVal(1)})})})),
		},
		{name: "rules_without_groups", set: one("prometheus_rule", object(map[string]cty.Value{"rules": text("alerts: []")})), want: "prometheus_rule:"},
		{name: "address_among_settings", set: one("settings", settings(map[string]string{"PSCHOOK_ADMIN_ADDR": "none"})), want: "settings: addresses"},
		{name: "no_secret", set: one("hook_secrets", list()), want: "hook_secrets: at least one"},
		{name: "short_secret", set: one("hook_secrets", list("0123456789abcde")), want: "hook_secrets: each at least 16"},
		{name: "secret_that_is_a_comment", set: one("hook_secrets", list("#0123456789abcdef", hookSecret)), want: "hook_secrets: each at least 16"},
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
}

// TestKubernetesRefuses holds what the module refuses at plan time, and that it says which variable is wrong.
func TestKubernetesRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range kubernetesRefusals() {
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

// TestKubernetesSecretRefuses holds what must not get into a Secret that changes in place: a pod that starts anew would not start with it.
func TestKubernetesSecretRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		secrets []string
		refused bool
	}{
		"one": {secrets: []string{hookSecret}}, "empty_line_at_the_end": {secrets: []string{hookSecret, ""}},
		"none": {refused: true}, "empty": {secrets: []string{""}, refused: true}, "short": {secrets: []string{hookSecret, "0123456789abcde"}, refused: true},
		"comment": {secrets: []string{"#0123456789abcdef"}, refused: true}, "carriage_return": {secrets: []string{hookSecret + "\r"}, refused: true},
	} {
		result, err := load(t, "modules/kubernetes-secret").Evaluate(tfmodule.Inputs{Schemas: facts(t), Variables: map[string]cty.Value{"hook_secrets": list(test.secrets...)}})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(result.Refused) > 0; got != test.refused {
			t.Errorf("%s: refused %q", name, result.Refused)
		}
	}
}

// TestKubernetesTakesASecretMadeElsewhere holds that Terraform then makes none, and the service gets its keys.
func TestKubernetesTakesASecretMadeElsewhere(t *testing.T) {
	t.Parallel()
	all := objects(t, map[string]cty.Value{
		"hook_secrets": list(), "existing_secret": object(map[string]cty.Value{
			"name": text("vault"), "keys": list("okta-api-token"), "environment": list("OTEL_EXPORTER_OTLP_HEADERS"),
		}),
	})
	for _, r := range all {
		if _, ok := r.object.(*corev1.Secret); ok {
			t.Errorf("%v: made all the same", r)
		}
	}
	pod := find[appsv1.Deployment](t, all, "").Spec.Template.Spec
	var keys []string
	for _, source := range pod.Volumes[0].Projected.Sources {
		for _, item := range source.Secret.Items {
			keys = append(keys, source.Secret.Name+" "+item.Key)
		}
	}
	if !slices.Equal(keys, []string{"vault hook-secrets", "vault okta-api-token"}) {
		t.Errorf("keys %v of the secret", keys)
	}
	for _, variable := range pod.Containers[0].Env {
		switch variable.Name {
		case "PSCHOOK_OKTA_API_TOKEN_FILE":
			if variable.Value != "/etc/pschook/secrets/okta-api-token" {
				t.Errorf("%v", variable)
			}
		case "OTEL_EXPORTER_OTLP_HEADERS":
			if from := variable.ValueFrom.SecretKeyRef; from.Name != "vault" || from.Key != variable.Name {
				t.Errorf("%v", variable)
			}
		}
	}
}

// TestKubernetesHasAWayForEverySecret holds that each of the service's secrets is refused among the settings, and can be
// given all the same.
func TestKubernetesHasAWayForEverySecret(t *testing.T) {
	t.Parallel()
	own := map[string]string{"PSCHOOK_HOOK_SECRETS": "hook_secrets", "PSCHOOK_OKTA_API_TOKEN": "okta_api_token"}
	for _, v := range config.Variables() {
		if !v.Secret {
			continue
		}
		if refused := kubernetesModule(t, map[string]cty.Value{"settings": settings(map[string]string{v.Name: hookSecret})}).Refused; len(refused) != 1 || !strings.HasPrefix(refused[0], "settings: secrets") {
			t.Errorf("%s among the settings: refused %q", v.Name, refused)
		}
		if own[v.Name] != "" {
			continue
		}
		if refused := kubernetesModule(t, map[string]cty.Value{"secret_environment": object(map[string]cty.Value{v.Name: text(hookSecret)})}).Refused; len(refused) > 0 {
			t.Errorf("%s in secret_environment: refused %q", v.Name, refused)
		}
	}
}
