package terraform_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	sigsjson "sigs.k8s.io/json"

	"pschook/internal/tfmodule"
)

// The Kubernetes provider's typed resources are the API's objects with other names: snake case, the singular for lists
// of blocks, a list of one block for an object, strings for numbers. Here they are turned back, and the result must
// decode strictly, so that a name that is turned wrongly does not go unseen.

// kind is what a resource type makes, with the Go type of the API's objects.
type kind struct {
	version, name string
	object        func() any
}

func kinds() map[string]kind {
	return map[string]kind{
		"kubernetes_namespace_v1":                 {"v1", "Namespace", func() any { return new(corev1.Namespace) }},
		"kubernetes_service_account_v1":           {"v1", "ServiceAccount", func() any { return new(corev1.ServiceAccount) }},
		"kubernetes_secret_v1":                    {"v1", "Secret", func() any { return new(corev1.Secret) }},
		"kubernetes_config_map_v1":                {"v1", "ConfigMap", func() any { return new(corev1.ConfigMap) }},
		"kubernetes_service_v1":                   {"v1", "Service", func() any { return new(corev1.Service) }},
		"kubernetes_deployment_v1":                {"apps/v1", "Deployment", func() any { return new(appsv1.Deployment) }},
		"kubernetes_cron_job_v1":                  {"batch/v1", "CronJob", func() any { return new(batchv1.CronJob) }},
		"kubernetes_horizontal_pod_autoscaler_v2": {"autoscaling/v2", "HorizontalPodAutoscaler", func() any { return new(autoscalingv2.HorizontalPodAutoscaler) }},
		"kubernetes_pod_disruption_budget_v1":     {"policy/v1", "PodDisruptionBudget", func() any { return new(policyv1.PodDisruptionBudget) }},
		"kubernetes_network_policy_v1":            {"networking.k8s.io/v1", "NetworkPolicy", func() any { return new(networkingv1.NetworkPolicy) }},
		"kubernetes_ingress_v1":                   {"networking.k8s.io/v1", "Ingress", func() any { return new(networkingv1.Ingress) }},
	}
}

// parts of a resource that are part of the object; the others are the provider's own.
func parts() []string {
	return []string{"metadata", "spec", "data", "type", "immutable", "automount_service_account_token"}
}

// plural are names of blocks that the API has in the plural.
func plural() map[string]string {
	return map[string]string{
		"container": "containers", "metric": "metrics", "path": "paths", "port": "ports", "rule": "rules",
		"toleration": "tolerations", "topology_spread_constraint": "topologySpreadConstraints", "volume": "volumes", "volume_mount": "volumeMounts",
	}
}

// rendered is an object of the API.
type rendered struct {
	address string
	tree    map[string]any // as JSON
	object  any            // as Go type; nil for a custom resource
}

// render turns what the module would make into objects of the API, and decodes them strictly.
func render(t *testing.T, r *tfmodule.Result) []rendered {
	t.Helper()
	schemas := facts(t)
	var all []rendered
	for _, instance := range r.Instances {
		if instance.Type == "kubernetes_manifest" {
			all = append(all, rendered{address: instance.Address, tree: plain(instance.Value.GetAttr("manifest")).(map[string]any)})
			continue
		}
		k, ok := kinds()[instance.Type]
		if !ok {
			continue // not Kubernetes'
		}
		tree := map[string]any{"apiVersion": k.version, "kind": k.name}
		whole := block(schemas.Resources[instance.Type], instance.Value)
		for _, name := range parts() {
			if part, ok := whole[camel(name)]; ok {
				tree[camel(name)] = part
			}
		}
		if data, ok := tree["data"].(map[string]any); ok && k.name == "Secret" {
			for name, value := range data {
				data[name] = base64.StdEncoding.EncodeToString([]byte(value.(string)))
			}
		}
		all = append(all, rendered{address: instance.Address, tree: tree, object: decode(t, instance.Address, tree, k.object())})
	}
	if len(all) == 0 {
		t.Fatal("the module makes no Kubernetes objects")
	}
	return all
}

// decode is what the API server would do: no unknown fields, no wrong types.
func decode(t *testing.T, address string, tree map[string]any, into any) any {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	strict, err := sigsjson.UnmarshalStrict(text, into)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	for _, fault := range strict {
		t.Errorf("%s: %v", address, fault)
	}
	return into
}

// block is an object: what is not set is left out.
func block(schema *tfmodule.Block, value cty.Value) map[string]any {
	tree := map[string]any{}
	for name := range schema.Attributes {
		if field := value.GetAttr(name); !field.IsNull() {
			tree[camel(name)] = scalar(name, field)
		}
	}
	for name, nested := range schema.Blocks {
		items := value.GetAttr(name)
		if nested.Mode == "single" || items.IsNull() || items.LengthInt() == 0 {
			continue
		}
		var objects []any
		for it := items.ElementIterator(); it.Next(); {
			_, item := it.Element()
			objects = append(objects, block(&nested.Block, item))
		}
		switch {
		case nested.Max == 1, name == "label_selector", name == "secret", name == "secret_key_ref", name == "projected":
			tree[camel(name)] = objects[0]
		case plural()[name] != "":
			tree[plural()[name]] = objects
		default:
			tree[camel(name)] = objects
		}
	}
	return tree
}

// scalar is the value of an attribute, as the API's type of that name.
func scalar(name string, value cty.Value) any {
	if value.Type() != cty.String {
		return plain(value)
	}
	text := value.AsString()
	switch name {
	case "default_mode": // octal
		if mode, err := strconv.ParseInt(text, 8, 32); err == nil {
			return mode
		}
	case "replicas", "run_as_user", "run_as_group", "fs_group", // whole numbers
		"port", "target_port", "max_surge", "max_unavailable": // or names, or percentages
		if number, err := strconv.ParseInt(text, 10, 64); err == nil {
			return number
		}
	}
	return text
}

// plain is the value as JSON has it. Null members of objects are left out, as Terraform does in manifests.
func plain(value cty.Value) any {
	switch {
	case value.IsNull():
		return nil
	case value.Type() == cty.String:
		return value.AsString()
	case value.Type() == cty.Bool:
		return value.True()
	case value.Type() == cty.Number:
		number, _ := value.AsBigFloat().Int64()
		return number
	case value.Type().IsMapType(), value.Type().IsObjectType():
		tree := map[string]any{}
		for name, member := range value.AsValueMap() {
			if !member.IsNull() {
				tree[name] = plain(member)
			}
		}
		return tree
	}
	var all []any
	for it := value.ElementIterator(); it.Next(); {
		_, item := it.Element()
		all = append(all, plain(item))
	}
	return all
}

func camel(snake string) string {
	if snake == "downward_api" {
		return "downwardAPI"
	}
	head, rest, _ := strings.Cut(snake, "_")
	for word := range strings.SplitSeq(rest, "_") {
		if word != "" {
			head += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return head
}

// find is the only object of that Go type, or with that address where one is given.
func find[T any](t *testing.T, all []rendered, address string) *T {
	t.Helper()
	var found []*T
	for _, r := range all {
		if object, ok := r.object.(*T); ok && (address == "" || r.address == address) {
			found = append(found, object)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects %T %s, want one", len(found), *new(T), address)
	}
	return found[0]
}

// String names the object.
func (r rendered) String() string {
	metadata, _ := r.tree["metadata"].(map[string]any)
	return fmt.Sprintf("%v %v", r.tree["kind"], metadata["name"])
}
