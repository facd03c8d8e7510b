package server

import (
	"crypto/x509"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/metric/noop"

	"pschook/commands"
	"pschook/internal/config"
	"pschook/internal/pki"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// writeCertificate writes a certificate with that serial number, and its key.
func writeCertificate(t *testing.T, c config.RP, serial int64, notAfter time.Time) {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.Issue(x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: notAfter})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{c.ClientCertFile: own.Cert, c.ClientKeyFile: own.Key} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The tester's client certificate follows its files. If the new one is unusable or expired, the old
// one stays in use.
func TestClientCertificateFollowsItsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := config.RP{ClientCertFile: filepath.Join(dir, "client.crt"), ClientKeyFile: filepath.Join(dir, "client.key")}
	writeCertificate(t, c, 1, time.Now().Add(time.Hour))
	s := &Server{opts: Options{Now: time.Now, Logger: slog.New(slog.DiscardHandler), MeterProvider: noop.NewMeterProvider()}}
	current, err := s.clientCertificate(c)
	if err != nil {
		t.Fatal(err)
	}
	files := &watcher{logger: s.opts.Logger, now: time.Now}
	want := func(when string, serial int64) {
		t.Helper()
		files.check(t.Context(), s.files[0], true)
		if got := current().Leaf.SerialNumber.Int64(); got != serial {
			t.Errorf("%s: certificate %d, want %d", when, got, serial)
		}
	}
	want("at first", 1)
	writeCertificate(t, c, 2, time.Now().Add(time.Hour))
	want("renewed", 2)
	writeCertificate(t, c, 3, time.Now().Add(-time.Minute))
	want("expired", 2)
	if err := os.WriteFile(c.ClientKeyFile, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("damaged", 2)
	writeCertificate(t, c, 4, time.Now().Add(time.Hour))
	want("mended", 4)
}

// A faulty certificate is found before the service starts.
func TestCheckClientCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &config.Config{RP: config.RP{ClientCertFile: filepath.Join(dir, "client.crt"), ClientKeyFile: filepath.Join(dir, "client.key")}}
	faults, _ := checkClientCertificate(c)
	if len(faults) != 1 || !strings.Contains(faults[0].Got, "PSCHOOK_RP_CLIENT_CERT_FILE: ") {
		t.Errorf("no file: %v", faults)
	}
	writeCertificate(t, c.RP, 1, time.Now().Add(-time.Minute))
	faults, warnings := checkClientCertificate(c)
	if len(faults) != 0 || len(warnings) != 1 || !strings.Contains(warnings[0].Text, "the provider will refuse it") {
		t.Errorf("expired: %v, %v", faults, warnings)
	}
	if err := os.WriteFile(c.RP.ClientKeyFile, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if faults, _ = checkClientCertificate(c); len(faults) != 1 || !strings.Contains(faults[0].Got, "PSCHOOK_RP_CLIENT_CERT_FILE and RP_CLIENT_KEY_FILE: ") {
		t.Errorf("no key: %v", faults)
	}
}

func TestAMRSetsFollowThePolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, policy string
		want         []verify.AMRSet
	}{
		{"a level of its own", "rules:\n  - {name: key, level: substantiel, all: [pop, mfa], emit: [pop, mfa]}\n",
			[]verify.AMRSet{{Name: "key", Level: "substantiel", Values: []string{"pop", "mfa"}}}},
		{"a set agreed for everybody", "rules:\n  - {name: card, all: [hwk, mfa, pin, sc], emit: [hwk, mfa, pin, sc]}\n",
			[]verify.AMRSet{{Name: "card", Level: "eleve", Values: []string{"hwk", "mfa", "pin", "sc"}}}},
		{"nothing agreed", "rules:\n  - {name: sms, all: [pwd, sms], emit: [pwd, sms]}\n", []verify.AMRSet{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _, err := commands.ParsePolicy(tt.name, []byte(tt.policy))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, AMRSets(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	builtIn := AMRSets(commands.DefaultPolicy())
	for i, s := range builtIn {
		builtIn[i] = verify.AMRSet{Level: s.Level}
	}
	if diff := cmp.Diff([]verify.AMRSet{{Level: "eleve"}, {Level: "substantiel"}}, builtIn); diff != "" {
		t.Errorf("built-in policy (-want +got):\n%s", diff)
	}
}

// Reports on the page say whether each means may be used, by the file as it is at that moment.
func TestHomologationsOnThePage(t *testing.T) {
	t.Parallel()
	if homologations("", nil) != nil {
		t.Error("without a file there are checks")
	}
	file := filepath.Join(t.TempDir(), "homologation.yaml")
	checks := homologations(file, []verify.AMRSet{{Name: "cpx", Level: verify.LevelHigh}})
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	entry := "establishment: Hospital\nmeans:\n  - {rule: cpx, name: Card, level: eleve, origin: homologation, reference: HOM-1, decided: 2026-01-01, expires: "
	for _, tt := range []struct {
		name, text, id string
		status         report.Status
		part           string
	}{
		{"no file", "", "homologation.file", report.StatusWarn, "pschook config --check"},
		{"faults", "establishment: [", "homologation.file", report.StatusWarn, "pschook config --check"},
		{"valid", entry + "2028-01-01}\n", "homologation.cpx", report.StatusPass, ""},
		{"ending", entry + "2026-12-01}\n", "homologation.cpx", report.StatusWarn, "ends soon"},
		{"ended", entry + "2026-10-01}\n", "homologation.cpx", report.StatusFail, "does not hold today"},
	} {
		if tt.text != "" {
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found := checks(now, words.English)
		if len(found) != 1 || found[0].ID != tt.id || found[0].Status != tt.status || !strings.Contains(found[0].Hint, tt.part) || strings.Contains(found[0].Actual+found[0].Hint, file) {
			t.Errorf("%s: %+v", tt.name, found)
		}
	}
}
