package terraform_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// standIn plays an API server with what Terraform's provider asks of one: it keeps the objects that it is sent, decodes them
// strictly, and adds nothing to them. It plays the Deployment controller, too: a rollout ends well if a pod of the template
// starts among the objects that are there then, and stops at the first new replica if not.
type standIn struct {
	t   *testing.T
	url string

	mu      sync.Mutex
	objects map[string]map[string]any // by path
	version int                       // of the last change
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{t: t, objects: map[string]map[string]any{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// resources of each group and version, with their kind.
func resources() map[string]map[string]string {
	return map[string]map[string]string{
		"v1":                   {"namespaces": "Namespace", "secrets": "Secret", "serviceaccounts": "ServiceAccount", "services": "Service", "configmaps": "ConfigMap"},
		"apps/v1":              {"deployments": "Deployment"},
		"batch/v1":             {"cronjobs": "CronJob"},
		"networking.k8s.io/v1": {"ingresses": "Ingress", "networkpolicies": "NetworkPolicy"},
		"autoscaling/v2":       {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
		"policy/v1":            {"poddisruptionbudgets": "PodDisruptionBudget"},

		"apiextensions.k8s.io/v1": {"customresourcedefinitions": "CustomResourceDefinition"}, // there are none
	}
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, answer := s.answer(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
}

func (s *standIn) answer(r *http.Request) (int, any) {
	if found := discovery(strings.TrimSuffix(r.URL.Path, "/")); found != nil {
		return http.StatusOK, found
	}
	var body map[string]any
	var patch []map[string]any
	var err error
	switch r.Method {
	case http.MethodPost, http.MethodPut:
		body, err = received(r.Body)
	case http.MethodPatch:
		err = json.NewDecoder(r.Body).Decode(&patch)
	}
	if err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	object := s.objects[r.URL.Path]
	switch {
	case r.Method == http.MethodPost:
		name, _ := body["metadata"].(map[string]any)["name"].(string)
		return http.StatusCreated, s.keep(r.URL.Path+"/"+name, body)
	case r.Method == http.MethodGet && resourceOf(r.URL.Path):
		return http.StatusOK, s.list(r.URL.Path, strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name="))
	case object == nil:
		return http.StatusNotFound, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": http.StatusNotFound}
	case r.Method == http.MethodPut:
		return http.StatusOK, s.keep(r.URL.Path, body)
	case r.Method == http.MethodPatch:
		return http.StatusOK, s.keep(r.URL.Path, patched(s.t, object, patch))
	case r.Method == http.MethodDelete:
		delete(s.objects, r.URL.Path)
	}
	return http.StatusOK, object
}

// received is an object as JSON. Clients of Kubernetes send those of its own types by its protobuf envelope.
func received(body io.Reader) (map[string]any, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if envelope, ok := bytes.CutPrefix(text, []byte("k8s\x00")); ok {
		var unknown runtime.Unknown
		if err := unknown.Unmarshal(envelope); err != nil {
			return nil, err
		}
		for _, k := range kinds() {
			object, ok := k.object().(interface{ Unmarshal(data []byte) error })
			if k.name != unknown.Kind || k.version != unknown.APIVersion || !ok {
				continue
			}
			if err := object.Unmarshal(unknown.Raw); err != nil {
				return nil, err
			}
			if text, err = json.Marshal(object); err != nil {
				return nil, err
			}
		}
		var tree map[string]any
		if err := json.Unmarshal(text, &tree); err != nil {
			return nil, err
		}
		tree["kind"], tree["apiVersion"] = unknown.Kind, unknown.APIVersion
		return tree, nil
	}
	var tree map[string]any
	err = json.Unmarshal(text, &tree)
	return tree, err
}

// discovery says which groups and resources there are; nil for other paths.
func discovery(path string) any {
	switch path {
	case "/version":
		return map[string]any{"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
	case "/openapi/v2": // what the provider's data source wants to know of the kind that it lists
		text := map[string]any{"type": "string"}
		return map[string]any{"swagger": "2.0", "info": map[string]any{"title": "Kubernetes", "version": "v1.34.0"}, "paths": map[string]any{}, "definitions": map[string]any{
			"io.k8s.api.apps.v1.Deployment": map[string]any{
				"type":                            "object",
				"properties":                      map[string]any{"apiVersion": text, "kind": text, "metadata": map[string]any{"type": "object", "properties": map[string]any{"name": text}}},
				"x-kubernetes-group-version-kind": []any{map[string]any{"group": "apps", "version": "v1", "kind": "Deployment"}},
			},
		}}
	case "/api":
		return map[string]any{"kind": "APIVersions", "versions": []string{"v1"}}
	case "/apis":
		var groups []any
		for _, name := range slices.Sorted(maps.Keys(resources())) {
			if group, version, ok := strings.Cut(name, "/"); ok {
				v := map[string]any{"groupVersion": name, "version": version}
				groups = append(groups, map[string]any{"name": group, "versions": []any{v}, "preferredVersion": v})
			}
		}
		return map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
	}
	version := strings.TrimPrefix(strings.TrimPrefix(path, "/apis/"), "/api/")
	kinds, ok := resources()[version]
	if !ok {
		return nil
	}
	var all []any
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		all = append(all, map[string]any{"name": name, "kind": kinds[name], "namespaced": name != "namespaces" && name != "customresourcedefinitions", "verbs": []string{"create", "delete", "get", "list", "patch"}})
	}
	return map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": all}
}

// resourceOf reports whether the path is that of a list of objects.
func resourceOf(path string) bool {
	last := path[strings.LastIndex(path, "/")+1:]
	for _, kinds := range resources() {
		if kinds[last] != "" {
			return true
		}
	}
	return false
}

func (s *standIn) list(path, name string) any {
	items := []any{}
	for _, at := range slices.Sorted(maps.Keys(s.objects)) {
		if parent, last := at[:strings.LastIndex(at, "/")], at[strings.LastIndex(at, "/")+1:]; parent == path && (name == "" || name == last) {
			items = append(items, s.objects[at])
		}
	}
	kind := "List"
	if strings.HasSuffix(path, "/deployments") {
		kind = "DeploymentList"
	}
	return map[string]any{"kind": kind, "apiVersion": "apps/v1", "metadata": map[string]any{"resourceVersion": strconv.Itoa(s.version)}, "items": items}
}

// keep stores the object, and has the Deployment controller look at it.
func (s *standIn) keep(path string, object map[string]any) map[string]any {
	s.version++
	if given, ok := object["stringData"].(map[string]any); ok { // of Secrets: written only
		data := map[string]any{}
		for key, value := range given {
			data[key] = base64.StdEncoding.EncodeToString([]byte(value.(string)))
		}
		object["data"] = data
		delete(object, "stringData")
	}
	metadata := object["metadata"].(map[string]any)
	before := s.objects[path]
	generation := 1
	if before != nil {
		generation = int(before["metadata"].(map[string]any)["generation"].(float64))
		if !cmp.Equal(before["spec"], object["spec"]) {
			generation++
		}
	}
	metadata["resourceVersion"], metadata["generation"] = strconv.Itoa(s.version), float64(generation)
	metadata["uid"], metadata["creationTimestamp"] = "uid-"+path, "2026-01-01T00:00:00Z"
	for _, k := range kinds() {
		if k.name == object["kind"] && k.version == object["apiVersion"] {
			typed := decode(s.t, path, object, k.object())
			s.objects[path] = object
			if d, ok := typed.(*appsv1.Deployment); ok {
				object["status"] = s.rollout(d)
			}
			return object
		}
	}
	s.t.Errorf("%s: a kind that is not known here: %v", path, object["kind"])
	return object
}

// rollout is the status of the Deployment once its controller has done what it can.
func (s *standIn) rollout(d *appsv1.Deployment) map[string]any {
	replicas := int32(1)
	if d.Spec.Replicas != nil {
		replicas = *d.Spec.Replicas
	}
	if _, _, err := start(s.t, s.all(), d.Spec.Template); err != nil {
		s.t.Logf("a pod of generation %d does not start: %v", d.Generation, err)
		return map[string]any{
			"observedGeneration": d.Generation, "replicas": replicas + 1, "updatedReplicas": 1, "readyReplicas": replicas, "availableReplicas": replicas, "unavailableReplicas": 1,
			"conditions": []any{map[string]any{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": err.Error()}},
		}
	}
	return map[string]any{
		"observedGeneration": d.Generation, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
		"conditions": []any{map[string]any{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}},
	}
}

// all are the objects that are there.
func (s *standIn) all() []rendered {
	var all []rendered
	for _, path := range slices.Sorted(maps.Keys(s.objects)) {
		r := rendered{address: path, tree: s.objects[path]}
		for _, k := range kinds() {
			if k.name == r.tree["kind"] {
				r.object = decode(s.t, path, r.tree, k.object())
			}
		}
		all = append(all, r)
	}
	return all
}

// deployment is the one that is there.
func (s *standIn) deployment() appsv1.Deployment {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return *find[appsv1.Deployment](s.t, s.all(), "")
}

// change has somebody else change the Deployment: kubectl, the autoscaler.
func (s *standIn) change(with func(spec map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, object := range s.objects {
		if object["kind"] != "Deployment" {
			continue
		}
		text, err := json.Marshal(object)
		var copied map[string]any
		if err == nil {
			err = json.Unmarshal(text, &copied)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		with(copied["spec"].(map[string]any))
		s.keep(path, copied)
	}
}

// patched applies a JSON patch (RFC 6902) of additions, replacements and removals in objects.
func patched(t *testing.T, object map[string]any, patch []map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Error(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Error(err)
	}
	for _, operation := range patch {
		steps := strings.Split(strings.TrimPrefix(fmt.Sprint(operation["path"]), "/"), "/")
		parent := tree
		for _, step := range steps[:len(steps)-1] {
			next, ok := parent[step].(map[string]any)
			if !ok {
				next = map[string]any{}
				parent[step] = next
			}
			parent = next
		}
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(steps[len(steps)-1])
		if operation["op"] == "remove" {
			delete(parent, name)
		} else {
			parent[name] = operation["value"]
		}
	}
	return tree
}

// TestKubernetesModuleIsApplied applies the module with the real provider, and changes it as people do.
func TestKubernetesModuleIsApplied(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	w := newWorkspace(t, fmt.Sprintf(`
provider "kubernetes" {
  host = %q
}

variable "set" {
  type    = any
  default = {}
}

module "it" {
  source         = "./modules/kubernetes"
  image          = "registry.example.org/pschook:1.0.0"
  settings       = merge({ PSCHOOK_OKTA_ORG_URL = "https://example.okta.com" }, lookup(var.set, "settings", {}))
  hook_secrets   = lookup(var.set, "secrets", [%q])
  okta_api_token = lookup(var.set, "token", null)
  amr_policy     = lookup(var.set, "policy", null)
  ingress        = { host = "pschook.example.org", class_name = "nginx", tls_secret_name = "pschook-tls" }
}
`, s.url, hookSecret))
	apply := func(set string) ([]byte, error) {
		return w.try(t, "apply", "-auto-approve", "-input=false", "-var", "set="+set)
	}
	settled := func(set, what string) {
		t.Helper()
		if out, err := w.try(t, "plan", "-detailed-exitcode", "-input=false", "-var", "set="+set); err != nil {
			t.Errorf("%s, planned: %v\n%s", what, err, out)
		}
	}
	const good = `{token="00acme7f3k9d2m"}`
	if out, err := apply(good); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	settled(good, "applied")
	if d := s.deployment(); *d.Spec.Replicas != 2 {
		t.Errorf("%d replicas at first", *d.Spec.Replicas)
	}
	s.change(func(spec map[string]any) {
		template := spec["template"].(map[string]any)["metadata"].(map[string]any)
		template["annotations"] = map[string]any{"kubectl.kubernetes.io/restartedAt": "2026-01-02T00:00:00Z"}
	})
	settled(good, "after kubectl rollout restart")
	s.change(func(spec map[string]any) { spec["replicas"] = float64(4) })
	settled(good, "scaled by the autoscaler")

	before := s.deployment()
	for _, bad := range []string{`{token="00acme7f3k9d2m",settings={PSCHOOK_HOOK_TIMEOUT="forever"}}`, `{token="00acme7f3k9d2m",policy="unmatched: perhaps"}`, `{token="00é"}`} {
		if out, err := apply(bad); err == nil || !regexp.MustCompile(`exceeded its progress\s+deadline`).MatchString(oneLine(out)) {
			t.Errorf("with %s: %v, want an apply that says that the rollout does not go on\n%s", bad, err, out)
		}
		s.mu.Lock()
		if _, _, err := start(t, s.all(), before.Spec.Template); err != nil {
			t.Errorf("with %s: a pod of the revision before does not start any more: %v", bad, err)
		}
		s.mu.Unlock()
	}
	if out, err := apply(good); err != nil {
		t.Fatalf("mended: %v\n%s", err, out)
	}
	settled(good, "mended")
	if d := s.deployment(); *d.Spec.Replicas != 4 || d.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] == "" {
		t.Errorf("mending took the autoscaler's replicas or the mark of a restart away: %d, %v", *d.Spec.Replicas, d.Spec.Template.Annotations)
	}

	generation := s.deployment().Generation
	const rotated = `{token="00acme7f3k9d2m",secrets=["9x2k4v7c1m5d8f3b","7f3k9d2m5x8c1v6b"]}`
	if out, err := apply(rotated); err != nil {
		t.Fatalf("rotated: %v\n%s", err, out)
	}
	if d := s.deployment(); d.Generation != generation {
		t.Error("another hook secret had the replicas replaced")
	}
	now := s.deployment().Spec.Template
	s.mu.Lock()
	c, _, err := start(t, s.all(), now)
	s.mu.Unlock()
	if err != nil || c.Hook.Secrets[0] != "9x2k4v7c1m5d8f3b" {
		t.Errorf("the new secret does not reach the pods: %v", err)
	}
	if out, err := apply(`{token="00acme8g4l0e3n"}`); err != nil || s.deployment().Generation == generation {
		t.Errorf("another token does not have the replicas replaced: %v\n%s", err, out)
	}
	w.run(t, "destroy", "-auto-approve", "-input=false")
	s.mu.Lock()
	defer s.mu.Unlock()
	if left := slices.Sorted(maps.Keys(s.objects)); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
