package main

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"pschook/internal/config"
	"pschook/oktaemu"
)

const homologationFile = `establishment: CH de l'Exemple
means:
  - {rule: cpx, name: Carte CPx, level: eleve, origin: ans}
  - {rule: okta-verify, name: Okta Verify, level: substantiel, origin: homologation, reference: HOM-7, decided: 2026-01-15, expires: 2999-12-31}
`

// writeFiles writes files into a new directory and returns it.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sshKey makes a key of OpenSSH and a file of allowed signers.
func sshKey(t *testing.T) (private, allowed string) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), "tester@example.org " + string(ssh.MarshalAuthorizedKey(line))
}

// members are the files in an archive.
func members(t *testing.T, name string) map[string]string {
	t.Helper()
	r, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	all := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(body)
	}
	return all
}

// withoutTimes takes out points in time and durations.
func withoutTimes(text string) string {
	return regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?|\d+(\.\d+)?\x{a0}m?s`).ReplaceAllString(text, "TIME")
}

// TestEvidence makes two archives of an emulated org, with doctor, scenarios that need no time to pass, and a report of each person's sign-in,
// checks them, and looks in every file for everybody.
func TestEvidence(t *testing.T) {
	t.Parallel()
	org, hook := startOrg(t, true)
	private, allowed := sshKey(t)
	files := map[string]string{
		"key": private, "allowed": allowed, "pseudonyms": "0123456789abcdef0123456789abcdef", "homologation.yaml": homologationFile,
		"secret": "a secret of the test",
	}
	env := config.Source{
		"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_OKTA_API_TOKEN": org.APIToken(), "PSCHOOK_HOOK_SECRETS": "a secret of the test",
		"PSCHOOK_RP_ISSUER": org.Issuer(), "PSCHOOK_RP_CLIENT_ID": org.ClientID(), "PSCHOOK_RP_EXPECTED_TID": org.OrgID(),
	}
	var reports []string
	for _, p := range oktaemu.Personas() {
		tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: p.Login})
		if err != nil {
			t.Fatal(err)
		}
		dir := writeFiles(t, map[string]string{"id": tokens.IDToken, "access": tokens.AccessToken})
		_, report, stderr := call(t, env, "verify", "--id-token", filepath.Join(dir, "id"), "--access-token", filepath.Join(dir, "access"), "--format", "json")
		if report == "" {
			t.Fatal(stderr)
		}
		name := "person" + string(rune('1'+len(reports))) + ".json"
		files[name] = report
		reports = append(reports, name)
	}
	dir := writeFiles(t, files)
	create := func(output string) map[string]string {
		args := []string{
			"evidence", "create", "--scenario", "sign-in,refresh,refresh-no-openid,prompt-none,wrong-redirect,replayed-code,two-clients,renamed-user,key-rotation", "--as", "cpx@hopital.example", "--redirect-url", "http://127.0.0.1:8080/rp/callback", "--hook-url", strings.TrimSuffix(hook, "/hooks/okta/token"), "--allow-changes",
			"--homologation", filepath.Join(dir, "homologation.yaml"), "--sign-key", filepath.Join(dir, "key"), "--pseudonym-key-file", filepath.Join(dir, "pseudonyms"), "-o", filepath.Join(dir, output),
		}
		for _, r := range reports {
			args = append(args, "--report", filepath.Join(dir, r))
		}
		code, stdout, stderr := call(t, env, args...)
		if code != exitFailure || !strings.Contains(stdout, output) || !strings.Contains(stderr, "the archive is written, and something fails in it: ") {
			t.Fatalf("exit %d, %q, %s; want 1, since people of one factor fail", code, stdout, stderr)
		}
		return members(t, filepath.Join(dir, output))
	}
	one, two := create("one.zip"), create("two.zip")
	holdsWhatItShould(t, one)
	for name, text := range one {
		holdsNobody(t, name, text)
		changes := slices.Contains([]string{"summary.en.html", "summary.fr.html", "keys.json", "doctor.json", "doctor.xml", "SHA256SUMS", "SHA256SUMS.sig"}, name) // the key was rotated, and the System Log grows
		if !changes && withoutTimes(text) != withoutTimes(two[name]) {
			t.Errorf("%s is not the same twice: %s", name, cmp.Diff(withoutTimes(text), withoutTimes(two[name])))
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "one.zip"))
	if err != nil {
		t.Fatal(err)
	}
	holdsNobody(t, "the whole archive", string(raw))
	if bytes.Contains(raw, []byte(files["pseudonyms"])) || bytes.Contains(raw, []byte("a secret of the test")) || bytes.Contains(raw, []byte(org.APIToken())) {
		t.Error("the archive holds a secret")
	}
	checksArchive(t, dir, raw)
}

// holdsWhatItShould looks for what each file is for.
func holdsWhatItShould(t *testing.T, all map[string]string) {
	t.Helper()
	for name, want := range map[string]string{
		"scenarios.json": `"id": "key-rotation.old"`, "scenarios.xml": "<testsuites>", "doctor.json": `"id": "org.`, "homologation.json": "homologation.cpx",
		"amr-policy.yaml": "attest: [mfa]", "homologation.yaml": "HOM-7", "configuration.json": `"PSCHOOK_HOOK_SECRETS"`, "provider.json": `"jwks_uri"`, "keys.json": `"thumbprint"`,
		"version.json": `"platform"`, "sbom.cdx.json": `"bomFormat": "CycloneDX"`, "manifest.json": `"created"`, "reports/person5.json": `"amr_level": "eleve"`,
		"summary.fr.html": "Carte CPx", "summary.en.html": "Signed by the key SHA256:", "SHA256SUMS": "  scenarios.json\n", "SHA256SUMS.sig": "-----BEGIN SSH SIGNATURE-----",
	} {
		if !strings.Contains(all[name], want) {
			t.Errorf("%s: no %q in %.300q", name, want, all[name])
		}
	}
	for _, lang := range []string{"fr", "en"} {
		if text := all["summary."+lang+".html"]; strings.Count(text, `<td class="skip">`) != 1 || strings.Count(text, `<td class="pass">`) < 8 {
			t.Errorf("summary.%s.html: scenarios are missing (one is skipped, for want of a second client)", lang)
		}
	}
}

// holdsNobody looks for everybody of the emulated org: login, id, names.
func holdsNobody(t *testing.T, name, text string) {
	t.Helper()
	people := []string{"Camille", "Roux", "Hélène", "Marchand", "Karim", "Benali", "Sophie", "Lefèvre", "Antoine", "Girard", "Léa", "Fontaine"}
	for _, p := range oktaemu.Personas() {
		people = append(people, p.Login, p.UserID)
	}
	for _, word := range people {
		if strings.Contains(text, word) || strings.Contains(text, strings.ReplaceAll(word, "è", `\u00e8`)) {
			t.Errorf("%s names %q", name, word)
		}
	}
}

// checksArchive has evidence verify judge the archive, and one with a bit changed.
func checksArchive(t *testing.T, dir string, raw []byte) {
	t.Helper()
	code, stdout, stderr := call(t, nil, "evidence", "verify", filepath.Join(dir, "one.zip"), "--allowed-signers", filepath.Join(dir, "allowed"), "--identity", "tester@example.org")
	if code != 0 || !strings.HasPrefix(stdout, "Pass (evidence)") {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	i := bytes.Index(raw, []byte("Okta Verify, level"))
	if i < 0 {
		t.Fatal("homologation.yaml is not readable in the archive")
	}
	raw[i] ^= 1
	if err := os.WriteFile(filepath.Join(dir, "altered.zip"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ = call(t, nil, "evidence", "verify", filepath.Join(dir, "altered.zip"))
	if code != exitFailure || !strings.Contains(stdout, "fail     file.homologation.yaml") || strings.Count(stdout, "\nfail ") != 1 {
		t.Errorf("altered: exit %d, %s", code, stdout)
	}
}

// TestEvidenceUsage: wrong usage is reported before any request is sent.
func TestEvidenceUsage(t *testing.T) {
	t.Parallel()
	private, _ := sshKey(t)
	dir := writeFiles(t, map[string]string{"short": "abc", "empty": "\n", "bad.yaml": "establishment: A\nmeans: 3\n", "key": private, "taken.zip": ""})
	org := newOrg(t)
	env := config.Source{"PSCHOOK_RP_ISSUER": org.Issuer(), "PSCHOOK_RP_CLIENT_ID": org.ClientID()}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"create", "--pseudonym-key-file", "short"}, "the key for pseudonyms has 3 bytes"},
		{[]string{"create", "--sign-key", "short"}, "--sign-key: not a private key of OpenSSH"},
		{[]string{"create", "--sign-key-passphrase-file", "short"}, "--sign-key-passphrase-file goes with --sign-key"},
		{[]string{"create", "--scenario", "none", "--homologation", "bad.yaml"}, "bad.yaml:2:8: means: wanted a list"},
		{[]string{"create", "--scenario", "none", "--report", "short"}, "is no report of pschook verify --format json"},
		{[]string{"create", "--scenario", "none", "-o", "taken.zip"}, "taken.zip\" exists: remove it, or name another file"},
		{[]string{"create", "--scenario", "none", "-o", "nowhere/new.zip"}, "no such file or directory): name a file in a directory that exists"},
		{[]string{"create", "--scenario", "none", "--pseudonym-key-file", "empty"}, "empty\" is empty"},
		{[]string{"create", "--scenario", "nap"}, `--scenario: unknown scenario "nap"`},
		{[]string{"verify", "nowhere.zip"}, "nowhere.zip"},
		{[]string{"verify", "short", "--identity", "x"}, "--identity goes with --allowed-signers"},
		{[]string{"verify", "short", "--allowed-signers", "short"}, "line 1: wanted principals"},
	} {
		args := []string{"evidence"}
		for _, arg := range tt.args {
			if _, err := os.Stat(filepath.Join(dir, arg)); err == nil && !strings.HasPrefix(arg, "-") {
				arg = filepath.Join(dir, arg)
			}
			args = append(args, arg)
		}
		if code, _, stderr := call(t, env, args...); code != exitUsage || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit %d, %s; want 2, %q", tt.args, code, stderr, tt.want)
		}
	}
}
