package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/crypto/ssh"

	"pschook/internal/browser"
	"pschook/internal/evidence"
	"pschook/internal/homologation"
	"pschook/internal/pagetest"
	"pschook/internal/testneed"
	"pschook/verify/report"
	"pschook/verify/words"
)

func at() time.Time { return time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC) }

func members() []evidence.Member {
	return []evidence.Member{
		{Name: "scenarios.json", Body: []byte(`{"verdict":"pass"}` + "\n")}, {Name: "amr-policy.yaml", Body: []byte("rules: []\n")}, {Name: "reports/one.json", Body: []byte("{}")},
	}
}

// newKey makes an OpenSSH key, with a line for allowed signers.
func newKey(t *testing.T, passphrase string) (private []byte, public string) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	public1, err := ssh.NewPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public1)))
}

// signed makes an archive and the signers who are believed.
func signed(t *testing.T) ([]byte, *evidence.AllowedSigners, string) {
	t.Helper()
	private, public := newKey(t, "")
	sign, _, err := evidence.Signer(private, nil)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := evidence.Pack(members(), at(), sign)
	if err != nil {
		t.Fatal(err)
	}
	line := `tester@example.org namespaces="pschook-evidence" ` + public + "\n"
	signers, err := evidence.ParseAllowedSigners([]byte("# who tests\n\n" + line))
	if err != nil {
		t.Fatal(err)
	}
	return archive, &signers, line
}

func check(archive []byte, signers *evidence.AllowedSigners) report.Report {
	return evidence.Check(archive, evidence.CheckOptions{Signers: signers, Now: at(), Language: words.English})
}

// TestPack holds that the same members, in any order, make the same bytes.
func TestPack(t *testing.T) {
	t.Parallel()
	one, err := evidence.Pack(members(), at(), nil)
	if err != nil {
		t.Fatal(err)
	}
	turned := members()
	turned[0], turned[2] = turned[2], turned[0]
	two, err := evidence.Pack(turned, at(), nil)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("in another order: other bytes, %v", err)
	}
	if _, err := evidence.Pack(members(), at(), func([]byte) ([]byte, error) { return nil, errors.New("no key") }); err == nil || err.Error() != "no key" {
		t.Errorf("a signer that fails: %v", err)
	}
}

// TestEveryBit flips one bit in every byte of an archive: no such archive passes, and one that is changed within a file
// names that file.
func TestEveryBit(t *testing.T) {
	t.Parallel()
	archive, signers, _ := signed(t)
	if found := check(archive, signers); found.Verdict != report.StatusPass {
		t.Fatalf("as it is: %v", found.Checks)
	}
	bodies := map[string]int{} // where each member's bytes begin
	for _, m := range members() {
		bodies[m.Name] = bytes.Index(archive, m.Body)
	}
	for i := range archive {
		altered := bytes.Clone(archive)
		altered[i] ^= 1 << (i % 8)
		found := check(altered, signers)
		if found.Verdict == report.StatusPass {
			t.Errorf("byte %d of %d is altered, and all passes", i, len(archive))
		}
		for _, m := range members() {
			inside := i >= bodies[m.Name] && i < bodies[m.Name]+len(m.Body)
			if c, ok := found.Check("file." + m.Name); inside && (!ok || c.Status != report.StatusFail) {
				t.Errorf("byte %d lies in %s: %s, %q", i, m.Name, c.Status, c.Actual)
			}
		}
	}
}

// TestCheckFaults makes archives that are wrong in one way each.
func TestCheckFaults(t *testing.T) {
	t.Parallel()
	archive, signers, _ := signed(t)
	other, _, _ := signed(t)
	unsigned, err := evidence.Pack(members(), at(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		archive []byte
		signers *evidence.AllowedSigners
		check   string
		status  report.Status
		text    string
	}{
		{"good", archive, signers, "signature", report.StatusPass, "signed by tester@example.org (SHA256:"},
		{"nobody known", archive, nil, "signature", report.StatusWarn, "signed by SHA256:"},
		{"somebody else", other, signers, "signature", report.StatusFail, "signed by SHA256:"},
		{"not signed", unsigned, nil, "signature", report.StatusWarn, "not signed"},
		{"not signed, though known keys are asked for", unsigned, signers, "signature", report.StatusFail, "not signed"},
		{"no sums, so nothing to compare", repack(t, archive, "-SHA256SUMS"), signers, "file.amr-policy.yaml", report.StatusSkip, ""},
		{"not a zip file", []byte("PK"), signers, "archive", report.StatusFail, "not a zip file"},
		{"cut", archive[:len(archive)-30], signers, "archive", report.StatusFail, "not a zip file"},
		{"a file too many", repack(t, archive, "+evil.txt"), signers, "file.evil.txt", report.StatusFail, "the file is not listed"},
		{"a file less", repack(t, archive, "-amr-policy.yaml"), signers, "file.amr-policy.yaml", report.StatusFail, "the file is missing"},
		{"no sums", repack(t, archive, "-SHA256SUMS"), signers, "signature", report.StatusFail, "SHA256SUMS is missing or damaged"},
		{"packed anew, compressed", repack(t, archive, ""), signers, "archive", report.StatusWarn, "other bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := check(tt.archive, tt.signers)
			if c, ok := found.Check(tt.check); !ok || c.Status != tt.status || !strings.Contains(c.Actual, tt.text) {
				t.Errorf("%s: %s, %q; want %s, %q", tt.check, c.Status, c.Actual, tt.status, tt.text)
			}
		})
	}
}

// TestAllowedSigners reads lines as ssh-keygen does.
func TestAllowedSigners(t *testing.T) {
	t.Parallel()
	archive, _, line := signed(t)
	_, key, _ := strings.Cut(line, "ssh-ed25519")
	key = "ssh-ed25519" + key
	tests := []struct {
		name, text, identity string
		status               report.Status
		err                  string
	}{
		{"plain", "a@b.example " + key, "", report.StatusPass, ""},
		{"identity", "a@b.example,*@c.example " + key, "x@c.example", report.StatusPass, ""},
		{"another identity", "a@b.example " + key, "x@c.example", report.StatusFail, ""},
		{"excluded identity", "!x@c.example,*@c.example " + key, "x@c.example", report.StatusFail, ""},
		{"another use", `a@b.example namespaces="git,file" ` + key, "", report.StatusFail, ""},
		{"in time", `a@b.example valid-after="20260101Z",valid-before="202701010000Z" ` + key, "", report.StatusPass, ""},
		{"over", `a@b.example valid-before="20260101Z" ` + key, "", report.StatusFail, ""},
		{"not yet", `a@b.example valid-after="20270101000000Z" ` + key, "", report.StatusFail, ""},
		{"bad time", `a@b.example valid-after="tomorrow" ` + key, "", "", `line 1: "tomorrow" is no time as ssh-keygen has them`},
		{"authority", "a@b.example cert-authority " + key, "", "", `line 1: option "cert-authority" is not supported`},
		{"no key", "\na@b.example\n", "", "", "line 2: wanted principals"},
		{"empty", "# nobody\n", "", "", "it names no key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			signers, err := evidence.ParseAllowedSigners([]byte(tt.text))
			if tt.err != "" || err != nil {
				if err == nil || !strings.Contains(err.Error(), tt.err) || tt.err == "" {
					t.Errorf("%v, want %q", err, tt.err)
				}
				return
			}
			found := evidence.Check(archive, evidence.CheckOptions{Signers: &signers, Identity: tt.identity, Now: at()})
			if c, _ := found.Check("signature"); c.Status != tt.status {
				t.Errorf("%s, %q; want %s", c.Status, c.Actual, tt.status)
			}
		})
	}
}

// TestOpenSSH has ssh-keygen and sha256sum check an archive, as anybody can.
func TestOpenSSH(t *testing.T) {
	t.Parallel()
	keygen := testneed.Need(t, "ssh-keygen")
	archive, _, line := signed(t)
	dir := unpack(t, archive)
	if err := os.WriteFile(filepath.Join(dir, "keys"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, evidence.SumsName))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), keygen, "-Y", "verify", "-f", "keys", "-I", "tester@example.org", "-n", evidence.Namespace, "-s", evidence.SignatureName)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(sums)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v\n%s", err, out)
	}
	cmd = exec.CommandContext(t.Context(), testneed.Need(t, "sha256sum"), "--check", "--strict", evidence.SumsName)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

func TestSigner(t *testing.T) {
	t.Parallel()
	locked, _ := newKey(t, "open sesame")
	for name, tt := range map[string]struct {
		key, passphrase []byte
		want            string
	}{
		"locked":           {locked, nil, "the key is protected by a passphrase, and none is given"},
		"wrong passphrase": {locked, []byte("open"), "or a wrong passphrase"},
		"no key":           {[]byte("x"), nil, "not a private key of OpenSSH"},
		"opened":           {locked, []byte("open sesame"), ""},
	} {
		if _, _, err := evidence.Signer(tt.key, tt.passphrase); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestPseudonyms holds what is replaced, and that a key makes the same ones again.
func TestPseudonyms(t *testing.T) {
	t.Parallel()
	p, err := evidence.NewPseudonyms([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	const claims = `{"sub":"00uemucpx00000000000","given_name":"Léa","family_name":"Fontaine","amr":["sc"],"groups":["Bloc 7"],"n":{"RPPS":10001234567},"tid":"00oorg","x":true}`
	r := report.Tokens("psc", words.English, []report.Check{
		{ID: "oid.not_login", Status: report.StatusFail, Actual: `Léa Fontaine <lea.fontaine@hopital.example> is 00uemucpx00000000000, RPPS 10001234567 of "Bloc 7"; Léandre stays`},
	}, &report.Token{Header: []byte(`{"kid":"k"}`), Claims: []byte(claims)}, nil, "none")
	out, err := p.Report(r, words.English)
	if err != nil {
		t.Fatal(err)
	}
	text, err := out.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"Fontaine", "Léa ", `"Léa"`, "00uemucpx", "Bloc", "10001234567", "hopital"} {
		if bytes.Contains(text, []byte(gone)) {
			t.Errorf("%q is still there: %s", gone, text)
		}
	}
	for _, stays := range []string{`"sc"`, "00oorg", "Léandre stays", p.Of("00uemucpx00000000000"), "oid.not_login"} {
		if !bytes.Contains(text, []byte(stays)) {
			t.Errorf("%q is gone: %s", stays, text)
		}
	}
	again, err := evidence.NewPseudonyms([]byte("0123456789abcdef"))
	if err != nil || again.Of("x") != p.Of("x") {
		t.Errorf("the same key makes another pseudonym, %v", err)
	}
	other, err := evidence.NewPseudonyms(nil)
	if err != nil || other.Of("x") == p.Of("x") {
		t.Errorf("another key makes the same pseudonym, %v", err)
	}
	if _, err := evidence.NewPseudonyms([]byte("short")); err == nil || !strings.Contains(err.Error(), "has 5 bytes, wanted at least 16") {
		t.Errorf("a short key: %v", err)
	}
}

// TestKeys holds the thumbprint of the example of RFC 7638 §3.1, and keys that cannot be read.
func TestKeys(t *testing.T) {
	t.Parallel()
	const set = `{"keys":[{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"},{"kty":"odd","kid":"o"}]}`
	keys, err := evidence.Keys([]byte(set))
	if err != nil {
		t.Fatal(err)
	}
	want := []evidence.Key{{KeyID: "2011-04-29", Algorithm: "RS256", Thumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}, {KeyID: "o"}}
	if len(keys) != 2 || keys[0] != want[0] || keys[1] != want[1] {
		t.Errorf("keys %v, want %v", keys, want)
	}
	if _, err := evidence.Keys([]byte(`[]`)); err == nil || err.Error() != "the provider's keys are no JWK set" {
		t.Errorf("no set: %v", err)
	}
}

// summary is a full one, with text from outside everywhere that it can come from.
func summary(text string) evidence.Summary {
	s := evidence.Summary{
		Establishment: text, Issuer: text, ClientID: text, TID: text, Profile: text, Version: text, At: at(), Signer: text, Attention: []string{text},
		Keys: []evidence.Key{{Thumbprint: text}, {Thumbprint: text}}, Absent: []words.Text{words.Literal(text)},
	}
	for range 30 {
		s.Scenarios = append(s.Scenarios, evidence.Proof{Title: words.Literal(text), Status: report.StatusPass})
		s.Proofs = append(s.Proofs, evidence.Proof{Title: words.Literal(text), File: text, Status: report.StatusWarn, Pass: 100, Fail: 100, Warn: 100, Skip: 100})
		s.Attention = append(s.Attention, "reports/one: amr.psc_approved")
		s.Means = append(s.Means, evidence.Means{
			Rule: text, Level: "substantiel", Emit: []string{"swk", "mfa", "pwd", "okta_verify"}, Attest: []string{"swk", text}, State: homologation.StateEnding,
			Homologation: homologation.Means{Name: text, Origin: homologation.OriginHomologated, Reference: text, Decided: at(), Expires: at()},
		})
	}
	return s
}

// TestSummary holds the words of the ANS, and that texts from outside stay texts.
func TestSummary(t *testing.T) {
	t.Parallel()
	s := summary("x")
	s.Means[1].State, s.Means[2].State, s.Means[3].Overstated = homologation.StateMissing, homologation.StateExpired, true
	for lang, want := range map[words.Language][]string{
		words.French:  {"Preuve de conformité", "Traçabilité", "Moyens d’identification électronique (MIE) et niveaux", "Homologation", "substantiel", "non renseignée", "prend bientôt fin", "n’est pas en vigueur", "du 26/11/2026", "jusqu’au 26/11/2026"},
		words.English: {"Proof of conformity", "Traceability", "Means of identification (MIE) and levels", "not stated", "ends soon", "does not hold", "ssh-keygen -Y verify -f KEYS -I IDENTITY -n pschook-evidence"},
	} {
		text, err := s.HTML(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !bytes.Contains(text, []byte(w)) {
				t.Errorf("%s: no %q", lang, w)
			}
		}
	}
	pagetest.HoldsText(t, func(text string) string {
		out, err := summary(text).HTML(words.English)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	})
}

// TestSummaryOfProofs holds that proofs about the org come first, that what is left out is said, and how counts are said.
func TestSummaryOfProofs(t *testing.T) {
	t.Parallel()
	s := evidence.Summary{At: at(), Profile: "psc", Rules: words.Say("Rules of PSC", "Règles de PSC")}
	for i := range 7 {
		s.Proofs = append(s.Proofs, evidence.Proof{Title: words.Literal("person"), File: fmt.Sprintf("reports/person%d.json", i), Status: report.StatusFail, Pass: 2, Fail: 1})
	}
	s.Proofs = append(s.Proofs, evidence.Proof{Title: words.Literal("Doctor"), File: "doctor.json", Status: report.StatusWarn, Pass: 1, Warn: 1, Skip: 3})
	for lang, want := range map[words.Language][]string{
		words.English: {"Rules of PSC <code>psc</code>", "1 pass, 1 warning, 3 not checked", "doctor.json", "2 pass, 1 fail<", "2 further ones: see manifest.json"},
		words.French:  {"Règles de PSC <code>psc</code>", "1 conforme, 1 point d’attention, 3 non vérifiés", "doctor.json", "2 conformes, 1 échec<", "2 autres\u00a0: voir manifest.json"},
	} {
		text, err := s.HTML(lang)
		if err != nil {
			t.Fatal(err)
		}
		rest := string(text)
		for _, part := range want {
			_, after, there := strings.Cut(rest, part)
			if !there {
				t.Errorf("%s: no %q, in this order: %s", lang, part, text)
			}
			rest = after
		}
	}
}

// TestSummaryPrints prints the summary, at its longest and at its shortest, as a browser does: two pages.
func TestSummaryPrints(t *testing.T) {
	t.Parallel()
	tab, dir := browser.Start(t).New(t), t.TempDir()
	longest := summary(strings.Repeat("Établissement ", 20))
	for name, s := range map[string]evidence.Summary{"longest": longest, "shortest": {At: at(), Issuer: "https://x.example"}} {
		for i := range s.Scenarios { // these two are our own
			s.Scenarios[i].Title, s.Proofs[i].Title = words.Literal("A session that is too weak, of usual length"), words.Literal("State of the Okta org (doctor)")
		}
		for _, lang := range []words.Language{words.English, words.French} {
			text, err := s.HTML(lang)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, name+string(lang)+".html")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			tab.Open("file://" + file)
			pdf := browser.Get(tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
			if pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); pages != 2 {
				t.Errorf("%s, %s: %d pages, want 2", name, lang, pages)
			}
		}
	}
}
