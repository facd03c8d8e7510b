package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/internal/testneed"
)

// composeFile is what this test reads of compose.yaml; the form is that of https://github.com/compose-spec/compose-spec.
type composeFile struct {
	Services map[string]struct {
		Command     []string
		Environment map[string]string
		Ports       []string
		Volumes     []string
	}
	Secrets map[string]struct{ File string }
}

func read(t *testing.T) composeFile {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c composeFile
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestServiceStarts holds that the service takes its environment, and the secret is the one that the emulator sends.
func TestServiceStarts(t *testing.T) {
	t.Parallel()
	c := read(t)
	source := config.Source{}
	for name, value := range c.Services["pschook"].Environment {
		source[name] = strings.Replace(value, "/run/secrets/hook", c.Secrets["hook"].File, 1)
	}
	loaded, _, err := config.Load(t.Context(), source, server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	sent := c.Services["okta"].Command
	if i := slices.Index(sent, "-hook-secret"); string(loaded.Hook.Secrets[0]) != sent[i+1] {
		t.Errorf("the emulator sends %q, which the service does not take", sent[i+1])
	}
	if loaded.AdminAddr != "127.0.0.1:9090" {
		t.Errorf("admin listener at %s, where Prometheus does not look", loaded.AdminAddr)
	}
}

// TestEmulatorTakesItsFlags has the emulator read its command line.
func TestEmulatorTakesItsFlags(t *testing.T) {
	t.Parallel()
	command := read(t).Services["okta"].Command
	if command[0] != "/oktaemu" {
		t.Fatalf("command %q", command)
	}
	args := append([]string{"run", "../../cmd/oktaemu"}, command[1:]...)
	out, err := exec.CommandContext(t.Context(), "go", append(args, "-help")...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "-hook-url") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestOnlyLoopbackIsPublished holds that whatever is tried out here is not offered to the network.
func TestOnlyLoopbackIsPublished(t *testing.T) {
	t.Parallel()
	for name, service := range read(t).Services {
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s", name, port)
			}
		}
	}
}

// TestPrometheusTakesItsFiles has promtool look at the files where the containers have them.
func TestPrometheusTakesItsFiles(t *testing.T) {
	t.Parallel()
	promtool := testneed.Need(t, "promtool")
	dir := t.TempDir()
	for _, mount := range read(t).Services["prometheus"].Volumes {
		from, to, _ := strings.Cut(mount, ":")
		text, err := os.ReadFile(filepath.FromSlash(from))
		if err != nil {
			t.Fatal(err)
		}
		to, _, _ = strings.Cut(to, ":")
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(to)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "config", filepath.Join(dir, "prometheus.yml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
