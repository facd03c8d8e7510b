package terraform_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"pschook/internal/config"
	"pschook/internal/server"
)

// Starting a pod: what the kubelet would give the container, loaded as the service loads it.

var errContainer = errors.New("the container cannot be made")

// start loads the service's configuration in a pod of the template, among the objects of a cluster.
func start(t *testing.T, cluster []rendered, template corev1.PodTemplateSpec) (*config.Config, []config.Warning, error) {
	t.Helper()
	source, err := environment(t, cluster, template)
	if err != nil {
		return nil, nil, err
	}
	return config.Load(t.Context(), source, server.Checks()...)
}

// environment is that of the container, with the files that it names written below a directory of the test's.
func environment(t *testing.T, cluster []rendered, template corev1.PodTemplateSpec) (config.Source, error) {
	t.Helper()
	dir := t.TempDir()
	container := template.Spec.Containers[0]
	for _, mount := range container.VolumeMounts {
		files, err := volume(cluster, template, mount.Name)
		if err != nil {
			return nil, err
		}
		if files != nil && !mount.ReadOnly {
			t.Errorf("volume %s: not read-only", mount.Name)
		}
		below := filepath.Join(dir, filepath.FromSlash(mount.MountPath))
		if err := os.MkdirAll(below, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, text := range files {
			if err := os.WriteFile(filepath.Join(below, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	source := config.Source{}
	for _, variable := range container.Env {
		source[variable.Name] = strings.ReplaceAll(variable.Value, "https://example.okta.com", "https://hopital.okta.com") // the example stands for no org
		if strings.HasPrefix(variable.Value, "/") {
			source[variable.Name] = filepath.Join(dir, filepath.FromSlash(variable.Value))
		}
		if variable.ValueFrom != nil {
			text, err := secret(cluster, variable.ValueFrom.SecretKeyRef.Name, variable.ValueFrom.SecretKeyRef.Key)
			if err != nil {
				return nil, err
			}
			source[variable.Name] = string(text)
		}
	}
	return source, nil
}

// volume is the files of a volume; none for one that is empty at first, or not made by the module.
func volume(cluster []rendered, template corev1.PodTemplateSpec, name string) (map[string][]byte, error) {
	for _, v := range template.Spec.Volumes {
		if v.Name != name {
			continue
		}
		files := map[string][]byte{}
		switch {
		case v.Projected != nil:
			for _, source := range v.Projected.Sources {
				for _, item := range source.Secret.Items {
					text, err := secret(cluster, source.Secret.Name, item.Key)
					if err != nil {
						return nil, err
					}
					files[item.Path] = text
				}
			}
		case v.DownwardAPI != nil:
			for _, item := range v.DownwardAPI.Items {
				key := strings.TrimSuffix(strings.TrimPrefix(item.FieldRef.FieldPath, "metadata.annotations['"), "']")
				files[item.Path] = []byte(template.Annotations[key])
			}
		default:
			return nil, nil
		}
		return files, nil
	}
	return nil, fmt.Errorf("%w: no volume %q", errContainer, name)
}

func secret(cluster []rendered, name, key string) ([]byte, error) {
	for _, r := range cluster {
		if s, ok := r.object.(*corev1.Secret); ok && s.Name == name {
			if text, ok := s.Data[key]; ok {
				return text, nil
			}
		}
	}
	return nil, fmt.Errorf("%w: no key %q in a secret %q", errContainer, key, name)
}

// upgraded is the cluster while an upgrade is under way, or stuck: what the newer inputs make stands beside what is left
// of the older ones, and in place of what has the same name.
func upgraded(older, newer []rendered) []rendered {
	all := append([]rendered{}, newer...)
	for _, o := range older {
		taken := false
		for _, n := range newer {
			taken = taken || o.String() == n.String()
		}
		if !taken {
			all = append(all, o)
		}
	}
	return all
}

// upgrades are changes, with whether a pod starts with the newer inputs.
func upgrades() map[string]struct {
	before, after map[string]cty.Value
	starts        bool
} {
	one := func(name string, value cty.Value) map[string]cty.Value { return map[string]cty.Value{name: value} }
	client := func(secret string) cty.Value {
		return object(map[string]cty.Value{"PSCHOOK_RP_CLIENT_SECRET": text(secret)})
	}
	return map[string]struct {
		before, after map[string]cty.Value
		starts        bool
	}{
		"bad_setting":     {after: one("settings", settings(map[string]string{"PSCHOOK_HOOK_TIMEOUT": "forever"}))},
		"unknown_org":     {after: one("settings", settings(map[string]string{"PSCHOOK_OKTA_ORG_URL": "http://example.okta.com"}))},
		"bad_policy":      {before: one("amr_policy", full()["amr_policy"]), after: one("amr_policy", text("unmatched: perhaps\n"))},
		"bad_token":       {before: one("okta_api_token", text("00acme7f3k9d2m")), after: one("okta_api_token", text("00exa mple\x01"))},
		"bad_client":      {before: one("secret_environment", client("secret-of-the-relying-party")), after: one("secret_environment", client("a\x01b"))},
		"secret_gone":     {before: one("okta_api_token", text("00acme7f3k9d2m")), after: nil, starts: true},
		"rotation":        {after: one("hook_secrets", list("the-one-that-comes-next", hookSecret)), starts: true},
		"another_token":   {before: one("okta_api_token", text("00acme7f3k9d2m")), after: one("okta_api_token", text("00another-token")), starts: true},
		"another_setting": {after: one("settings", settings(map[string]string{"PSCHOOK_SHADOW": "true"})), starts: true},
	}
}

// TestKubernetesSettingsBelongToTheRevision holds that whatever an upgrade brings, a pod of the revision before, replaced
// while the upgrade is under way or rolled back to, starts with the settings that it had.
func TestKubernetesSettingsBelongToTheRevision(t *testing.T) {
	t.Parallel()
	for name, upgrade := range upgrades() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			belongs(t, objects(t, upgrade.before), objects(t, upgrade.after), upgrade.starts)
		})
	}
}

// belongs holds it for objects before and after an upgrade.
func belongs(t *testing.T, older, newer []rendered, starts bool) {
	t.Helper()
	cluster := upgraded(older, newer)
	was, _, err := start(t, older, find[appsv1.Deployment](t, older, "").Spec.Template)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = start(t, cluster, find[appsv1.Deployment](t, newer, "").Spec.Template)
	if (err == nil) != starts {
		t.Errorf("a new pod starts: %v", err)
	}
	is, _, err := start(t, cluster, find[appsv1.Deployment](t, older, "").Spec.Template)
	if err != nil {
		t.Fatalf("a pod of the revision before does not start any more: %v", err)
	}
	if is.Hook.Timeout != was.Hook.Timeout || is.Hook.Shadow != was.Hook.Shadow || is.Okta.OrgURL.String() != was.Okta.OrgURL.String() || is.Okta.APIToken != was.Okta.APIToken {
		t.Errorf("it has other settings: %+v, before %+v", is, was)
	}
}
