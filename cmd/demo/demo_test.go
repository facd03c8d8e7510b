package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"pschook/internal/config"
	"pschook/oktaemu"
	"pschook/verify/words"
)

func TestMain(m *testing.M) {
	// The SDK's client starts a cache janitor that cannot be stopped, one for each client.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

// demo runs the program and returns what it wrote.
func demo(t *testing.T, env config.Source, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, env, &out, &errs)
	return code, out.String(), errs.String()
}

func TestCheck(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := demo(t, nil, "-check")
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	id, access, ok := strings.Cut(stdout, "\naccess token\n")
	if !ok {
		t.Fatalf("no access token: %s", stdout)
	}
	for _, want := range []string{"\n  tid  \"" + oktaemu.DefaultOrgID() + "\"\n"} {
		if !strings.Contains(id, want) {
			t.Errorf("ID token lacks %q: %s", want, id)
		}
	}
	for _, want := range []string{"  oid  \"00u", "\n  tid  \"" + oktaemu.DefaultOrgID() + "\"\n", "\n  amr  [\"swk\",\"mfa\",\"pwd\",\"okta_verify\"]\n", "\nPass: "} {
		if !strings.Contains(access, want) {
			t.Errorf("access token lacks %q: %s", want, access)
		}
	}
}

func TestCheckFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  config.Source
		args []string
		code int
		want string // on stderr
	}{
		{"Okta sends a wrong secret", nil, []string{"-okta-secret", "not-the-right-one"}, 1, "the hook refused the call with status 401 (the credential is wrong: compare the hook's Authentication in Okta with this service's secrets): the tokens came unmodified"},
		{"shadow mode", config.Source{"PSCHOOK_SHADOW": "true"}, nil, 1, "the hook added nothing: the tokens came unmodified"},
		{"password alone", nil, []string{"-persona", "password"}, 1, "the tokens are not ready for Pro Santé Connect: 1 check failed"},
		{"nobody", nil, []string{"-persona", "nobody"}, 1, "Authentication failed"},
		{"bad configuration", config.Source{"PSCHOOK_LOG_LEVEL": "loud"}, nil, 1, "PSCHOOK_LOG_LEVEL"},
		{"unknown flag", nil, []string{"-chek"}, 2, "flag provided but not defined"},
		{"argument", nil, []string{"now"}, 2, `unexpected argument "now"`},
		{"address", nil, []string{"-addr", "8080"}, 1, "missing port"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := tt.args
			if tt.name != "address" && tt.code != 2 {
				args = append([]string{"-check"}, args...)
			}
			code, stdout, stderr := demo(t, tt.env, args...)
			if code != tt.code || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit %d, stderr %q; want %d with %q\n%s", code, stderr, tt.code, tt.want, stdout)
			}
		})
	}
}

// What the page promises of each persona is what happens.
func TestExpectationsHold(t *testing.T) {
	t.Parallel()
	p, err := start(t.Context(), options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	expected := expectations()
	if len(expected) != len(oktaemu.Personas()) {
		t.Errorf("%d expectations for %d personas", len(expected), len(oktaemu.Personas()))
	}
	for _, who := range oktaemu.Personas() {
		tokens, err := p.org.SignIn(t.Context(), oktaemu.SignIn{Login: who.Login})
		if err != nil {
			t.Fatal(err)
		}
		e := expected[who.Name]
		if report := p.report(t.Context(), tokens); report.Verdict != e.verdict {
			t.Errorf("%s: verdict %s, the page promises %s", who.Name, report.Verdict, e.verdict)
		}
		for _, lang := range []words.Language{words.English, words.French} {
			if e.why.In(lang) == "" {
				t.Errorf("%s: nothing said in %s", who.Name, lang)
			}
		}
	}
	checkPages(t, p)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

// checkPages reads the home page in both languages after sign-ins.
func checkPages(t *testing.T, p *pair) {
	t.Helper()
	for lang, words := range map[string][]string{
		"en": {`<html lang="en">`, "Who can sign in", "cpx@hopital.example", "applied", "ID token: tid · access token: oid, tid, amr", ">pass<", ">warning<", ">fail<"},
		"fr": {`<html lang="fr">`, "Qui peut se connecter", "carte CPx", "appliqué", ">conforme<", ">attention<", ">échec<"},
	} {
		page := get(t, p.url+"/?lang="+lang)
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s page lacks %q", lang, word)
			}
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, res.StatusCode, err)
	}
	return strings.ReplaceAll(string(text), "<wbr>", "") // where a line may end
}

// Ports that are taken are passed over, and the reader is told.
func TestServeTakesTheNextFreePort(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelWriter{at: "Ctrl-C stops both.", cancel: cancel}
	code := run(ctx, []string{"-addr", taken.Addr().String(), "-okta-addr", taken.Addr().String()}, nil, out, io.Discard)
	if text := out.String(); code != 0 || strings.Count(text, taken.Addr().String()+" is taken, so ") != 2 || !strings.HasSuffix(text, "Stopped.\n") {
		t.Errorf("exit %d: %s", code, text)
	}
}

// cancelWriter ends the program once it has written a certain text.
type cancelWriter struct {
	bytes.Buffer
	at     string
	cancel context.CancelFunc
}

func (w *cancelWriter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.at) {
		w.cancel()
	}
	return n, err
}
