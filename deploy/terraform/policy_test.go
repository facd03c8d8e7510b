package terraform_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// violations are the places where the objects break the rules for what runs in a hospital's cluster: Kubernetes'
// restricted pod security standard, and what keeps a service up. One line each.
func violations(all []rendered, wantNetworkPolicy bool) []string {
	p := policy{all: all}
	for _, r := range all {
		switch o := r.object.(type) {
		case *appsv1.Deployment:
			p.pod(r, o.Spec.Template.Spec)
			p.service(r, o)
			p.covered(r, o.Spec.Template.Labels, wantNetworkPolicy)
		case *batchv1.CronJob:
			p.pod(r, o.Spec.JobTemplate.Spec.Template.Spec)
			p.job(r, o)
			p.covered(r, o.Spec.JobTemplate.Spec.Template.Labels, wantNetworkPolicy)
		case *corev1.Namespace:
			p.must(r, o.Labels["pod-security.kubernetes.io/enforce"] == "restricted", "does not enforce the restricted standard")
		case *corev1.ServiceAccount:
			p.must(r, isFalse(o.AutomountServiceAccountToken), "mounts a token")
		case *networkingv1.Ingress:
			p.must(r, len(o.Spec.TLS) > 0, "no TLS")
		}
	}
	return p.found
}

type policy struct {
	all   []rendered
	found []string
}

func (p *policy) must(r rendered, ok bool, format string, args ...any) {
	if !ok {
		p.found = append(p.found, fmt.Sprintf("%v: ", r)+fmt.Sprintf(format, args...))
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

func isFalse(b *bool) bool { return b != nil && !*b }

// pod holds for everything that runs.
func (p *policy) pod(r rendered, pod corev1.PodSpec) {
	p.must(r, isFalse(pod.AutomountServiceAccountToken), "mounts a token")
	p.must(r, !pod.HostNetwork && !pod.HostPID && !pod.HostIPC, "shares the host's namespaces")
	security := pod.SecurityContext
	if security == nil {
		security = &corev1.PodSecurityContext{}
	}
	p.must(r, isTrue(security.RunAsNonRoot) && security.RunAsUser != nil && *security.RunAsUser > 0, "may run as root")
	p.must(r, security.SeccompProfile != nil && security.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault, "no seccomp profile")
	for _, v := range pod.Volumes {
		p.must(r, v.Secret != nil || v.ConfigMap != nil || v.EmptyDir != nil || v.Projected != nil || v.DownwardAPI != nil, "volume %s: of a kind that is not allowed", v.Name)
		p.must(r, v.EmptyDir == nil || v.EmptyDir.SizeLimit != nil, "volume %s: without a limit", v.Name)
		p.must(r, v.Secret == nil || v.Secret.DefaultMode != nil && *v.Secret.DefaultMode&0o007 == 0, "volume %s: everybody may read it", v.Name)
		p.must(r, v.Projected == nil || v.Projected.DefaultMode != nil && *v.Projected.DefaultMode&0o007 == 0, "volume %s: everybody may read it", v.Name)
	}
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		p.container(r, c)
	}
}

func (p *policy) container(r rendered, c corev1.Container) {
	pinned := regexp.MustCompile(`(:[^:/@]+|@sha256:[0-9a-f]{64})$`)
	p.must(r, pinned.MatchString(c.Image) && !strings.HasSuffix(c.Image, ":latest"), "image %s: not a fixed version", c.Image)
	security := c.SecurityContext
	if security == nil {
		security = &corev1.SecurityContext{}
	}
	p.must(r, isTrue(security.ReadOnlyRootFilesystem), "may write its root file system")
	p.must(r, isFalse(security.AllowPrivilegeEscalation), "may gain privileges")
	p.must(r, !isTrue(security.Privileged), "privileged")
	drop := security.Capabilities
	p.must(r, drop != nil && slices.Contains(drop.Drop, "ALL") && len(drop.Add) == 0, "keeps capabilities")
	for _, resource := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, limit := c.Resources.Requests[resource], c.Resources.Limits[resource]
		p.must(r, !request.IsZero() && !limit.IsZero() && request.Cmp(limit) <= 0, "no request and limit of %s that fit", resource)
	}
}

// service holds for what answers Okta.
func (p *policy) service(r rendered, d *appsv1.Deployment) {
	pod := d.Spec.Template.Spec
	for _, c := range pod.Containers {
		p.must(r, asks(c.LivenessProbe, "/healthz") && asks(c.ReadinessProbe, "/readyz") && asks(c.StartupProbe, "/healthz"), "lacks a probe")
	}
	update := d.Spec.Strategy.RollingUpdate
	p.must(r, update != nil && update.MaxUnavailable != nil && *update.MaxUnavailable == intstr.FromInt32(0), "an update may take replicas away first")
	p.must(r, pod.TerminationGracePeriodSeconds != nil && *pod.TerminationGracePeriodSeconds >= 15, "too little time to drain")
	p.must(r, d.Spec.Replicas == nil || *d.Spec.Replicas >= 2, "fewer than two replicas")
	p.spread(r, d)
	p.must(r, d.Spec.Selector != nil && selects(d.Spec.Selector.MatchLabels, d.Spec.Template.Labels), "does not select its own pods")
	budget, routed := false, false
	for _, other := range p.all {
		switch o := other.object.(type) {
		case *policyv1.PodDisruptionBudget:
			budget = budget || selects(o.Spec.Selector.MatchLabels, d.Spec.Template.Labels) && o.Spec.MaxUnavailable != nil && *o.Spec.MaxUnavailable == intstr.FromInt32(1)
		case *corev1.Service:
			routed = routed || selects(o.Spec.Selector, d.Spec.Template.Labels)
		}
	}
	p.must(r, budget, "no PodDisruptionBudget")
	p.must(r, routed, "no Service")
}

// spread holds that replicas go to different nodes, and zones where there are any. A node that lacks the label of one soft
// constraint makes the scheduler pay no heed to any of the pod's, so only the name of the node, which each has, may be one.
func (p *policy) spread(r rendered, d *appsv1.Deployment) {
	pod := d.Spec.Template.Spec
	ours := func(s *metav1.LabelSelector) bool { return s != nil && selects(s.MatchLabels, d.Spec.Template.Labels) }
	constraints := pod.TopologySpreadConstraints
	p.must(r, len(constraints) == 1 && constraints[0].TopologyKey == corev1.LabelHostname && ours(constraints[0].LabelSelector), "not spread over nodes, or not by the name of the node alone")
	zones := false
	if pod.Affinity != nil && pod.Affinity.PodAntiAffinity != nil {
		for _, w := range pod.Affinity.PodAntiAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
			zones = zones || w.Weight > 0 && w.PodAffinityTerm.TopologyKey == corev1.LabelTopologyZone && ours(w.PodAffinityTerm.LabelSelector)
		}
		p.must(r, len(pod.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) == 0, "needs as many zones as replicas")
	}
	p.must(r, zones, "not spread over zones")
}

func asks(probe *corev1.Probe, path string) bool {
	return probe != nil && probe.HTTPGet != nil && probe.HTTPGet.Path == path
}

func selects(selector, of map[string]string) bool {
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(of))
}

// job holds for what runs now and then.
func (p *policy) job(r rendered, c *batchv1.CronJob) {
	p.must(r, c.Spec.ConcurrencyPolicy == batchv1.ForbidConcurrent, "may run twice at once")
	p.must(r, c.Spec.JobTemplate.Spec.ActiveDeadlineSeconds != nil, "may run for ever")
	p.must(r, c.Spec.JobTemplate.Spec.Template.Spec.RestartPolicy == corev1.RestartPolicyNever, "starts again and again")
	for _, other := range p.all {
		if s, ok := other.object.(*corev1.Service); ok {
			p.must(r, !selects(s.Spec.Selector, c.Spec.JobTemplate.Spec.Template.Labels), "gets calls of Okta's")
		}
	}
}

// covered holds that a NetworkPolicy says both who reaches the pods and whom they reach.
func (p *policy) covered(r rendered, pod map[string]string, want bool) {
	ok := !want
	for _, other := range p.all {
		if o, is := other.object.(*networkingv1.NetworkPolicy); is && selects(o.Spec.PodSelector.MatchLabels, pod) {
			ok = ok || len(o.Spec.PolicyTypes) == 2
			for _, rule := range o.Spec.Egress {
				p.must(other, len(rule.To) > 0 && len(rule.Ports) > 0, "lets out to anywhere, or on any port")
			}
			for _, rule := range o.Spec.Ingress {
				p.must(other, len(rule.From) > 0 && len(rule.Ports) > 0, "lets in from anywhere, or on any port")
			}
		}
	}
	p.must(r, ok, "no NetworkPolicy")
}

// TestPolicyFindsViolations breaks the objects at one place at a time, and holds that the policy says so, and only that.
func TestPolicyFindsViolations(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	type broken struct {
		deployment *appsv1.Deployment
		pod        *corev1.PodSpec
		container  *corev1.Container
		job        *batchv1.CronJob
		ingress    *networkingv1.Ingress
		all        *[]rendered
	}
	without := func(all *[]rendered, part string) {
		*all = slices.DeleteFunc(*all, func(r rendered) bool { return strings.Contains(r.address, part) })
	}
	tests := []struct {
		name  string
		spoil func(b broken)
		want  string // empty: no violation
	}{
		{name: "nothing", spoil: func(broken) {}},
		{name: "root", spoil: func(b broken) { b.pod.SecurityContext.RunAsNonRoot = &no }, want: "may run as root"},
		{name: "no_user", spoil: func(b broken) { b.pod.SecurityContext.RunAsUser = nil }, want: "may run as root"},
		{name: "seccomp", spoil: func(b broken) { b.pod.SecurityContext.SeccompProfile.Type = corev1.SeccompProfileTypeUnconfined }, want: "no seccomp profile"},
		{name: "token", spoil: func(b broken) { b.pod.AutomountServiceAccountToken = nil }, want: "mounts a token"},
		{name: "host_network", spoil: func(b broken) { b.pod.HostNetwork = true }, want: "shares the host's namespaces"},
		{name: "host_path", spoil: func(b broken) {
			b.pod.Volumes = append(b.pod.Volumes, corev1.Volume{Name: "host", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
		}, want: "volume host: of a kind that is not allowed"},
		{name: "boundless", spoil: func(b broken) { b.pod.Volumes[1].EmptyDir.SizeLimit = nil }, want: "volume cache: without a limit"},
		{name: "readable", spoil: func(b broken) { mode := int32(0o444); b.pod.Volumes[0].Projected.DefaultMode = &mode }, want: "volume secrets: everybody may read it"},
		{name: "latest", spoil: func(b broken) { b.container.Image = "registry.example.org/pschook:latest" }, want: "image registry.example.org/pschook:latest: not a fixed version"},
		{name: "no_tag", spoil: func(b broken) { b.container.Image = "registry.example.org:5000/pschook" }, want: "image registry.example.org:5000/pschook: not a fixed version"},
		{name: "writable", spoil: func(b broken) { b.container.SecurityContext.ReadOnlyRootFilesystem = nil }, want: "may write its root file system"},
		{name: "escalation", spoil: func(b broken) { b.container.SecurityContext.AllowPrivilegeEscalation = nil }, want: "may gain privileges"},
		{name: "privileged", spoil: func(b broken) { b.container.SecurityContext.Privileged = &yes }, want: "privileged"},
		{name: "capability", spoil: func(b broken) {
			b.container.SecurityContext.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
		}, want: "keeps capabilities"},
		{name: "capabilities", spoil: func(b broken) { b.container.SecurityContext.Capabilities = nil }, want: "keeps capabilities"},
		{name: "memory", spoil: func(b broken) { delete(b.container.Resources.Limits, "memory") }, want: "no request and limit of memory that fit"},
		{name: "cpu", spoil: func(b broken) { delete(b.container.Resources.Requests, "cpu") }, want: "no request and limit of cpu that fit"},
		{name: "readiness", spoil: func(b broken) { b.container.ReadinessProbe = nil }, want: "lacks a probe"},
		{name: "liveness", spoil: func(b broken) { b.container.LivenessProbe.HTTPGet.Path = "/readyz" }, want: "lacks a probe"},
		{name: "one_replica", spoil: func(b broken) { one := int32(1); b.deployment.Spec.Replicas = &one }, want: "fewer than two replicas"},
		{name: "recreate", spoil: func(b broken) { b.deployment.Spec.Strategy.RollingUpdate = nil }, want: "an update may take replicas away first"},
		{name: "grace", spoil: func(b broken) { ten := int64(10); b.pod.TerminationGracePeriodSeconds = &ten }, want: "too little time to drain"},
		{name: "nodes", spoil: func(b broken) { b.pod.TopologySpreadConstraints = nil }, want: "not spread over nodes, or not by the name of the node alone"},
		{name: "a_label_that_nodes_may_lack", spoil: func(b broken) {
			zone := *b.pod.TopologySpreadConstraints[0].DeepCopy()
			zone.TopologyKey = corev1.LabelTopologyZone
			b.pod.TopologySpreadConstraints = append(b.pod.TopologySpreadConstraints, zone)
		}, want: "not spread over nodes, or not by the name of the node alone"},
		{name: "zones", spoil: func(b broken) { b.pod.Affinity = nil }, want: "not spread over zones"},
		{name: "strict_zones", spoil: func(b broken) {
			a := b.pod.Affinity.PodAntiAffinity
			a.RequiredDuringSchedulingIgnoredDuringExecution = []corev1.PodAffinityTerm{a.PreferredDuringSchedulingIgnoredDuringExecution[0].PodAffinityTerm}
		}, want: "needs as many zones as replicas"},
		{name: "budget", spoil: func(b broken) { without(b.all, "disruption_budget") }, want: "no PodDisruptionBudget"},
		{name: "service", spoil: func(b broken) { without(b.all, "kubernetes_service_v1") }, want: "no Service"},
		{name: "network", spoil: func(b broken) { without(b.all, "network_policy_v1.server") }, want: "no NetworkPolicy"},
		{name: "network_of_the_probe", spoil: func(b broken) { without(b.all, "network_policy_v1.probe") }, want: "no NetworkPolicy"},
		{name: "plain_http", spoil: func(b broken) { b.ingress.Spec.TLS = nil }, want: "no TLS"},
		{name: "twice", spoil: func(b broken) { b.job.Spec.ConcurrencyPolicy = batchv1.AllowConcurrent }, want: "may run twice at once"},
		{name: "endless", spoil: func(b broken) { b.job.Spec.JobTemplate.Spec.ActiveDeadlineSeconds = nil }, want: "may run for ever"},
		{name: "again", spoil: func(b broken) {
			b.job.Spec.JobTemplate.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyOnFailure
		}, want: "starts again and again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := objects(t, map[string]cty.Value{"ingress": full()["ingress"]})
			deployment, job := find[appsv1.Deployment](t, all, ""), find[batchv1.CronJob](t, all, "")
			pod := &deployment.Spec.Template.Spec
			test.spoil(broken{deployment: deployment, pod: pod, container: &pod.Containers[0], job: job, ingress: find[networkingv1.Ingress](t, all, ""), all: &all})
			got := violations(all, true)
			switch {
			case test.want == "" && len(got) > 0:
				t.Errorf("violations %q", got)
			case test.want != "" && (len(got) != 1 || !strings.HasSuffix(got[0], ": "+test.want)):
				t.Errorf("violations %q, want %q alone", got, test.want)
			}
		})
	}
}
