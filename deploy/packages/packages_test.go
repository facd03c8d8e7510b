package packages_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/internal/testneed"
)

// contents are the files of a package.
type contents []struct {
	Src      string `yaml:"src"`
	Dst      string `yaml:"dst"`
	Packager string `yaml:"packager"`
	Type     string `yaml:"type"`
	FileInfo struct {
		Mode int `yaml:"mode"`
	} `yaml:"file_info"`
}

// packaging is what nfpm.yaml and .goreleaser.yaml both say.
type packaging struct {
	Section, Priority, Maintainer, Description, License string

	Umask    int
	Contents contents
	Scripts  map[string]string
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func nfpm(t *testing.T) packaging {
	t.Helper()
	var p packaging
	parse(t, "nfpm.yaml", &p)
	return p
}

// TestReleasesMakeTheSamePackages compares what nfpm and goreleaser pack, the program apart, which goreleaser adds itself.
func TestReleasesMakeTheSamePackages(t *testing.T) {
	t.Parallel()
	var release struct {
		NFPMs []struct {
			packaging `yaml:",inline"`

			Dependencies []string
			BinDir       string
		}
	}
	parse(t, "../../.goreleaser.yaml", &release)
	if len(release.NFPMs) != 1 || release.NFPMs[0].BinDir != "/usr/bin" || !slices.Equal(release.NFPMs[0].Dependencies, []string{"ca-certificates"}) {
		t.Fatalf("nfpms: %+v", release.NFPMs)
	}
	want := nfpm(t)
	if want.Contents[0].Dst != "/usr/bin/pschook" {
		t.Fatalf("the first is %s", want.Contents[0].Dst)
	}
	want.Contents = want.Contents[1:]
	if diff := cmp.Diff(want, release.NFPMs[0].packaging); diff != "" {
		t.Errorf("packages (-nfpm.yaml +.goreleaser.yaml):\n%s", diff)
	}
}

// TestChecksumsNameAllButTheirSignature holds that SHA256SUMS names the archives, packages and bills of materials by their
// ids: without ids goreleaser adds the signature of the file to the file, after it was signed.
func TestChecksumsNameAllButTheirSignature(t *testing.T) {
	t.Parallel()
	type named struct{ ID string }
	var release struct {
		Archives, NFPMs, SBOMs []named
		Checksum               struct{ IDs []string }
	}
	parse(t, "../../.goreleaser.yaml", &release)
	var want []string
	for _, n := range slices.Concat(release.Archives, release.NFPMs, release.SBOMs) {
		want = append(want, n.ID)
	}
	if len(want) != 3 || !slices.Equal(release.Checksum.IDs, want) {
		t.Errorf("the checksums are of %q, there are %q", release.Checksum.IDs, want)
	}
}

// TestContents holds that what is packed exists, and that upgrades keep all that lies in /etc.
func TestContents(t *testing.T) {
	t.Parallel()
	for _, c := range nfpm(t).Contents {
		if _, err := os.Stat("../../" + c.Src); c.Src != "" && c.Src != "${BINARY}" && !strings.HasPrefix(c.Src, "bin/share/") && err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(c.Dst, "/etc/") && c.Type != "dir" && c.Type != "config|noreplace" {
			t.Errorf("%s: an upgrade would replace it", c.Dst)
		}
		if strings.HasPrefix(c.Dst, "/etc/") && c.FileInfo.Mode&0o007 != 0 {
			t.Errorf("%s: everybody may read it (mode %o)", c.Dst, c.FileInfo.Mode)
		}
	}
}

// TestEnvironmentFileLoads loads the shipped environment, as it is and once the org is filled in.
func TestEnvironmentFileLoads(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("pschook.env")
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir() + "/hook-secrets"
	if err := os.WriteFile(secrets, []byte("7f3k9d2m5x8c1v6b0q4w"+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	shipped := strings.NewReplacer("/etc/pschook/hook-secrets", secrets, "example.okta.com", "hopital.okta.com").Replace(string(text))
	if _, _, err := config.Load(t.Context(), config.Environ(strings.Split(shipped, "\n")), server.Checks()...); err == nil || !strings.Contains(err.Error(), "1 fault in the environment:\n  PSCHOOK_OKTA_ORG_URL: got nothing") {
		t.Errorf("without an org: %v", err)
	}
	commented := regexp.MustCompile(`(?m)^# (PSCHOOK_[A-Z_]+=)`)
	all := strings.Replace(commented.ReplaceAllString(shipped, "$1"), "https://example.okta.com", "https://hopital.okta.com", 1) // the example stands for no org
	c, warnings, err := config.Load(t.Context(), config.Environ(strings.Split(all, "\n")), server.Checks()...)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("with everything commented in: %v %v", warnings, err)
	}
	if c.Okta.OrgURL.Host != "hopital.okta.com" || len(c.Hook.Secrets) != 1 {
		t.Errorf("loaded %+v", c)
	}
}

// TestUnits has systemd look at the units: no setting that it does not know, and an exposure below 2.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze := testneed.Need(t, "systemd-analyze")
	exposure := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)
	for _, unit := range []string{"pschook.service", "pschook-probe.service"} {
		out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "../systemd/"+unit).CombinedOutput()
		m := exposure.FindSubmatch(out)
		if err != nil || m == nil || strings.Contains(string(out), "Unknown") {
			t.Fatalf("%s: %v\n%s", unit, err, out)
		}
		if score, err := strconv.ParseFloat(string(m[1]), 64); err != nil || score >= 2 {
			t.Errorf("%s: exposure %s, wanted less than 2.0", unit, m[1])
		}
	}
}

// TestProbeIsAsConfined holds that both units have the same confinement.
func TestProbeIsAsConfined(t *testing.T) {
	t.Parallel()
	service, probe := confinement(t, "pschook.service"), confinement(t, "pschook-probe.service")
	if diff := cmp.Diff(service, probe); diff != "" {
		t.Errorf("confinement (-service +probe):\n%s", diff)
	}
	if len(service) < 20 {
		t.Errorf("only %d settings", len(service))
	}
}

// confinement are the lines from CapabilityBoundingSet on, up to the next section.
func confinement(t *testing.T, unit string) []string {
	t.Helper()
	text, err := os.ReadFile("../systemd/" + unit)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nCapabilityBoundingSet=")
	rest, _, _ = strings.Cut(rest, "\n[Install]")
	return strings.Fields(rest)
}

// TestUpgradeChecksBeforeItRestarts runs the script that comes after an upgrade, with a systemctl that starts the unit
// of the check and notes what it is asked for. The former program is only stopped if the new one takes the settings.
func TestUpgradeChecksBeforeItRestarts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("postinstall.sh")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "daemon-reload\nis-active --quiet pschook.service\n"
	const check = "cat pschook.service\ndaemon-reload\nstart pschook-check.service\ndaemon-reload\n"
	tests := []struct {
		name, active, program string
		says                  string
		failure               string // of the script; empty: none
		asked                 string
	}{
		{"settings that it takes", "true", "exit 0", "", "", begin + check + "try-restart pschook.service\n"},
		{"settings that it goes on with", "true", "echo warning: PSCHOOK_X: easy to guess >&2", "warning: PSCHOOK_X: easy to guess\n", "", begin + check + "try-restart pschook.service\n"},
		{"settings that it refuses", "true", "echo PSCHOOK_X: got nothing >&2; exit 2", "PSCHOOK_X: got nothing\npschook: the new version refuses these settings. The former one was not stopped", "exit status 1", begin + check},
		{"a service that is stopped", "false", "exit 2", "", "", begin},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(name, text string) string {
				path := dir + "/" + name
				if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
				return path
			}
			for _, name := range []string{"system", "bin", "etc"} {
				if err := os.Mkdir(dir+"/"+name, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			write("etc/hook-secrets", "x")
			write("bin/systemd-sysusers", "#!/bin/sh\n")
			write("bin/chgrp", "#!/bin/sh\n")
			program := write("bin/pschook", "#!/bin/sh\n[ \"$*\" = config ] || exit 9\n"+tc.program+"\n")
			write("bin/systemctl", `#!/bin/sh
echo "$*" >>"`+dir+`/asked"
case $1 in
is-active) exec `+tc.active+` ;;
cat) printf '[Service]\nUser=pschook\nExecStart=/usr/bin/pschook serve\n' ;;
start) command=$(sed -n 's/^ExecStart=//p' "`+dir+`/system/pschook-check.service" | tail -n 1)
  exec $command 2>"`+dir+`/log" ;;
esac
`)
			script := strings.NewReplacer("/run/systemd/system", dir+"/system", "/run/pschook-check.log", dir+"/log", "/usr/bin/pschook", program, "/etc/pschook", dir+"/etc").Replace(string(text))
			cmd := exec.CommandContext(t.Context(), "sh", write("postinstall.sh", script), "configure", "0.0.1")
			cmd.Env = []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH")} //nolint:forbidigo // for the tools of the script
			out, err := cmd.CombinedOutput()
			failure := ""
			if err != nil {
				failure = err.Error()
			}
			if failure != tc.failure || !strings.HasPrefix(string(out), tc.says) || tc.says == "" && len(out) > 0 {
				t.Errorf("it ends with %q and says\n%s", failure, out)
			}
			asked, err := os.ReadFile(dir + "/asked")
			if err != nil {
				t.Fatal(err)
			}
			if string(asked) != tc.asked {
				t.Errorf("systemctl was asked for\n%swant\n%s", asked, tc.asked)
			}
			if _, err := os.Stat(dir + "/system/pschook-check.service"); err == nil {
				t.Error("the unit of the check is left")
			}
		})
	}
}
