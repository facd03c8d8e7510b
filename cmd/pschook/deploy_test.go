package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/bcrypt"

	"pschook/internal/pki"
	"pschook/internal/testneed"
)

const (
	root          = "../../"
	alertsFile    = root + "deploy/prometheus/alerts.yaml"
	alertsTest    = root + "deploy/prometheus/alerts_test.yaml"
	dashboardFile = root + "deploy/grafana/pschook.json"
)

// alert is one rule of alertsFile.
type alert struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	text, err := os.ReadFile(alertsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []alert } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" { // else it records a series for others
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("no alerts")
	}
	return all
}

// queries are the expressions of the dashboard and of the alerts.
func queries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Definition string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			all = append(all, target.Expr)
		}
	}
	for _, v := range dashboard.Templating.List {
		if m := regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`).FindStringSubmatch(v.Definition); m != nil {
			all = append(all, "sum by ("+m[2]+") ("+m[1]+")")
		}
	}
	if len(all) < 20 {
		t.Fatalf("%d queries in the dashboard", len(all))
	}
	for _, a := range alerts(t) {
		all = append(all, a.Expr)
	}
	return all
}

// wanted adds the metrics of a PromQL expression, with the labels that are asked of any of them.
func wanted(expr string, metrics, labels map[string]bool) {
	expr = regexp.MustCompile(`\$__\w+`).ReplaceAllString(expr, "5m")
	for _, selector := range regexp.MustCompile(`\{[^}]*\}`).FindAllString(expr, -1) {
		for _, m := range regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`).FindAllStringSubmatch(selector, -1) {
			labels[m[1]] = true
		}
	}
	expr = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|"[^"]*"`).ReplaceAllString(expr, " ")
	grouping := regexp.MustCompile(`\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	for _, m := range grouping.FindAllStringSubmatch(expr, -1) {
		for _, label := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' }) {
			labels[label] = true
		}
	}
	expr = grouping.ReplaceAllString(expr, " ")
	for _, m := range regexp.MustCompile(`\b([a-zA-Z_:][\w:]*)\b(\s*\()?`).FindAllStringSubmatch(expr, -1) {
		if m[2] == "" && !slices.Contains([]string{"and", "or", "unless", "bool", "offset"}, m[1]) {
			metrics[m[1]] = true
		}
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	metrics, labels := map[string]bool{}, map[string]bool{}
	wanted(`sum by (le, a) (rate(one_bucket{x="by (no)", y=~"n{1}"}[$__rate_interval])) / on (b) group_left (c) two > bool 3 and day_of_week() >= 1 unless three offset 5m`, metrics, labels)
	if got := sorted(metrics); !slices.Equal(got, []string{"one_bucket", "three", "two"}) {
		t.Errorf("metrics %q", got)
	}
	if got := sorted(labels); !slices.Equal(got, []string{"a", "b", "c", "le", "x", "y"}) {
		t.Errorf("labels %q", got)
	}
}

func sorted(set map[string]bool) []string {
	var all []string
	for name := range set {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// series are the metrics in a scrape, and all labels they have.
func series(text string) (metrics, labels map[string]bool) {
	metrics, labels = map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		m := regexp.MustCompile(`^([a-zA-Z_:][\w:]*)(\{.*\})? `).FindStringSubmatch(line)
		if m == nil {
			continue
		}
		metrics[m[1]] = true
		for _, label := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(m[2], -1) {
			labels[label[1]] = true
		}
	}
	return metrics, labels
}

// full is a service on which everything that has a metric is switched on, and which has answered a call of
// every outcome. It returns what /metrics then says.
func full(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key := selfSigned(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("a password of the test"), bcrypt.DefaultCost)
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, map[string]string{
		"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "http://127.0.0.1:1", "PSCHOOK_RP_CLIENT_ID": "0oa", "PSCHOOK_RP_REDIRECT_URL": "http://127.0.0.1:1/rp/callback",
		"PSCHOOK_RP_BASIC_AUTH_FILE": write("users", "tester:"+string(hash)+"\n"), "PSCHOOK_RP_CLIENT_CERT_FILE": certificate, "PSCHOOK_RP_CLIENT_KEY_FILE": key,
		"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": write("secrets", "0123456789abcdef\n"),
		"PSCHOOK_TLS_CERT_FILE": certificate, "PSCHOOK_TLS_KEY_FILE": key,
		"PSCHOOK_AMR_POLICY_FILE": write("policy.yaml", "unmatched: deny\nrules:\n  - name: cpx\n    all: [sc, pin, hwk]\n    emit: [sc, pin, hwk]\n    level: eleve\n"),
		"PSCHOOK_OUTCOMES":        "log", "PSCHOOK_OKTA_API_TOKEN": "00token",
		"PSCHOOK_HOOK_OAUTH_ISSUER": "http://127.0.0.1:1", "PSCHOOK_HOOK_OAUTH_AUDIENCE": "hook", "PSCHOOK_HOOK_OAUTH_CLIENT_IDS": "0oaokta",
	})
	// Only with a limit is there a metric for it; in containers the service sets one itself.
	before := debug.SetMemoryLimit(math.MaxInt64 / 2)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	const (
		good   = "0123456789abcdef"
		jwt    = "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjEifQ.c2ln"
		signIn = `{"eventType":"com.okta.oauth2.tokens.transform","data":{"context":{"protocol":{"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"}}},"identity":{"claims":{"sub":"00u1","amr":["sc","pin","hwk"]}},"access":{"claims":{"uid":"00u1"}}}}`
	)
	for _, c := range []struct{ outcome, authorization, body string }{
		{"commands", good, signIn},
		{"empty", good, `{"eventType":"com.okta.oauth2.tokens.transform","data":{"context":{"protocol":{"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"},"request":{"grant_type":"client_credentials"}}},"access":{"claims":{"sub":"0oa1"}}}}`},
		{"denied", good, strings.Replace(signIn, `["sc","pin","hwk"]`, `["pwd"]`, 1)},
		{"unauthorized", "another-secret-0123", signIn},
		{"forbidden", good, strings.Replace(signIn, "http://127.0.0.1:1", "https://127.0.0.1:1", 1)},
		{"malformed", good, "{"},
		{"too_large", good, strings.Repeat(" ", 300<<10)},
		{"error", jwt, signIn}, // its keys cannot be fetched
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.Replace(s.url, "http:", "https:", 1)+"/hooks/okta/token", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", c.authorization)
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if _, metrics := ask(t, "GET", s.admin+"/metrics", ""); !strings.Contains(metrics, `pschook_hook_requests_total{outcome="`+c.outcome+`"} 1`) {
			t.Errorf("the call for outcome %q, answered with %d, did not count", c.outcome, res.StatusCode)
		}
	}
	_, metrics := ask(t, "GET", s.admin+"/metrics", "")
	return metrics
}

// Everything that dashboard and alerts ask for is at /metrics, with the labels that Prometheus adds.
func TestQueriedMetricsExist(t *testing.T) {
	text := full(t)
	metrics, labels := series(text)
	labels["instance"], labels["job"] = true, true
	askedMetrics, askedLabels := map[string]bool{}, map[string]bool{}
	for _, q := range queries(t) {
		wanted(q, askedMetrics, askedLabels)
	}
	for _, name := range sorted(askedMetrics) {
		if !metrics[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	for _, name := range sorted(askedLabels) {
		if !labels[name] {
			t.Errorf("there is no label %s", name)
		}
	}
	// Dashboard and alerts use every metric of ours except these, which explain what others show.
	for name := range metrics {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count"), "_bucket")
		if strings.HasPrefix(name, "pschook_") && !askedMetrics[name] && !askedMetrics[base+"_bucket"] && name != "pschook_oauth_key_fetches_total" {
			t.Errorf("neither dashboard nor alerts show %s", name)
		}
	}
	t.Run("promtool", func(t *testing.T) {
		promtool(t, text, "check", "metrics")
	})
}

// promtool runs a command of Prometheus' tool, which must find nothing.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testneed.Need(t, "promtool"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	// "check metrics" has an opinion on help texts and names of the Go runtime's metrics, which OpenTelemetry chose.
	var faults []string
	for line := range strings.Lines(string(out)) {
		if args[0] == "check" && args[1] == "metrics" && !strings.HasPrefix(line, "pschook_") {
			continue
		}
		faults = append(faults, line)
	}
	if args[1] == "metrics" {
		if len(faults) > 0 || (err != nil && !strings.Contains(string(out), "go_")) {
			t.Errorf("promtool %q: %v\n%s", args, err, out)
		}
		return
	}
	if err != nil {
		t.Errorf("promtool %q: %v\n%s", args, err, out)
	}
}

func TestAlertRules(t *testing.T) {
	t.Parallel()
	t.Run("check", func(t *testing.T) { t.Parallel(); promtool(t, "", "check", "rules", alertsFile) })
	t.Run("test", func(t *testing.T) { t.Parallel(); promtool(t, "", "test", "rules", alertsTest) })
	tests, err := os.ReadFile(alertsTest)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts(t) {
		fires := regexp.MustCompile(`alertname="` + a.Alert + `",alertstate="firing"\}\)'\n\s+exp_samples: \[\{`)
		silent := regexp.MustCompile(`alertname="` + a.Alert + `",alertstate="firing"\}\)'\n\s+exp_samples: \[\]`)
		if !fires.Match(tests) || !silent.Match(tests) {
			t.Errorf("%s: its test has no case that fires, or none that does not", a.Alert)
		}
	}
}

// Each alert has its runbook, in both languages, and each runbook its alert; a runbook says what it means, what people
// feel, how to check and how to fix it.
func TestAlertsHaveRunbooks(t *testing.T) {
	t.Parallel()
	languages := []struct {
		annotation, dir, alert string
		parts                  []string
	}{
		{"runbook", "docs/en/runbooks/", "Alert", []string{"What it means", "What users feel", "How to check", "How to mend"}},
		{"runbook_fr", "docs/fr/runbooks/", "Alerte", []string{"Ce que cela signifie", "Ce que ressentent les utilisateurs", "Comment vérifier", "Comment réparer"}},
	}
	for _, lang := range languages {
		alertsHaveRunbooks(t, lang.annotation, lang.dir, lang.alert, lang.parts)
	}
}

// alertsHaveRunbooks looks at the runbooks in dir, which the alerts name in an annotation.
func alertsHaveRunbooks(t *testing.T, annotation, dir, alert string, parts []string) {
	t.Helper()
	used := map[string]bool{}
	for _, a := range alerts(t) {
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" || !slices.Contains([]string{"critical", "warning"}, a.Labels["severity"]) {
			t.Errorf("%s: summary, description or severity is missing", a.Alert)
		}
		name, ok := strings.CutPrefix(a.Annotations[annotation], dir)
		if !ok || used[name] {
			t.Errorf("%s: %s %q, want one of its own in %s", a.Alert, annotation, a.Annotations[annotation], dir)
			continue
		}
		used[name] = true
		text, err := os.ReadFile(filepath.Join(root, dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if line := alert + " `" + a.Alert + "`."; !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("%s%s: %q is missing", dir, name, line)
		}
		for _, part := range parts {
			if !strings.Contains(string(text), "\n## "+part+"\n\n") {
				t.Errorf("%s%s: the part %q is missing", dir, name, part)
			}
		}
	}
	files, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("%s is the runbook of no alert", f.Name())
		}
	}
	if dashboard, err := os.ReadFile(dashboardFile); err != nil {
		t.Error(err)
	} else {
		for _, m := range regexp.MustCompile(`Runbook: ([a-z0-9-]+)`).FindAllStringSubmatch(string(dashboard), -1) {
			if !used[m[1]+".md"] {
				t.Errorf("the dashboard names the runbook %q, which does not exist", m[1])
			}
		}
	}
}

// selfSigned writes a certificate for loopback and its key.
func selfSigned(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.Issue(x509.Certificate{})
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for path, content := range map[string][]byte{certificate: own.Cert, key: own.Key} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}
