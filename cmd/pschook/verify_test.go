package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/oktaemu"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// newOrg starts an Okta org with the service beside it, so that its tokens carry
// what Pro Santé Connect wants.
func newOrg(t *testing.T) *oktaemu.Org {
	t.Helper()
	org, _ := startOrg(t, true)
	return org
}

// startOrg starts an org and a service for it, which the org's rule calls if registered, and returns the hook's URL.
func startOrg(t *testing.T, registered bool) (org *oktaemu.Org, url string) {
	t.Helper()
	const secret = "a secret of the test"
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url = "http://" + listener.Addr().String() + hook.Path
	var opts oktaemu.Options
	if registered {
		opts.Hook = oktaemu.Hook{URL: url, Secret: secret}
	}
	org, err = oktaemu.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	serveFor(t, org, listener, config.Source{"PSCHOOK_HOOK_SECRETS": secret})
	return org, url
}

// serveFor runs the service for an org until the test ends, then both stop.
func serveFor(t *testing.T, org *oktaemu.Org, listener net.Listener, set config.Source) {
	t.Helper()
	env := config.Source{"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_OKTA_API_TOKEN": org.APIToken(), "PSCHOOK_ADMIN_ADDR": "none", "PSCHOOK_DRAIN_DELAY": "0s"}
	maps.Copy(env, set)
	c, _, err := config.Load(t.Context(), env, server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	service, err := server.New(t.Context(), server.Options{
		Config: c, Listener: listener, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestVerifyScripts runs testdata/verify with tokens of an emulated org in files,
// and ISSUER, OTHER_ISSUER, CLIENT_ID and ORG_ID in the environment.
func TestVerifyScripts(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	other := otherIssuer(t, org)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/verify",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			env.Setenv("ISSUER", org.Issuer())
			env.Setenv("CLIENT_ID", org.ClientID())
			env.Setenv("ORG_ID", org.OrgID())
			env.Setenv("OTHER_ISSUER", other)
			for _, persona := range []string{"cpx", "totp", "password"} {
				tokens, err := org.SignIn(context.Background(), oktaemu.SignIn{Login: persona})
				if err != nil {
					return err
				}
				files := map[string]string{
					"id": tokens.IDToken, "access": tokens.AccessToken, "nonce": tokens.Nonce,
					"response": `{"token_type":"Bearer","access_token":"` + tokens.AccessToken + `","id_token":"` + tokens.IDToken + `"}`,
				}
				if err := writeForms(env.WorkDir, persona, files); err != nil {
					return err
				}
			}
			return writeForms(env.WorkDir, "provider", map[string]string{
				"json": `{"issuer":"` + org.Issuer() + `","authorization_endpoint":"` + org.Issuer() + `/v1/authorize","token_endpoint":"` + org.Issuer() +
					`/v1/token","jwks_uri":"` + org.Issuer() + `/v1/keys"}`,
				"yaml": "rules:\n  - {name: password, level: substantiel, all: [pwd], emit: [pwd]}\n",
				"user": `{"sub":"00usomeoneelse000000"}`,
			})
		},
	})
}

// writeForms writes each text as NAME.KEY, and again as editors and shells of Windows write it: with a byte order mark
// (.bom), and as UTF-16 of either byte order (.utf16le, .utf16be).
func writeForms(dir, name string, texts map[string]string) error {
	for key, text := range texts {
		text += "\n"
		units := utf16.Encode([]rune("\ufeff" + text))
		little, err := binary.Append(nil, binary.LittleEndian, units)
		if err != nil {
			return err
		}
		big, err := binary.Append(nil, binary.BigEndian, units)
		if err != nil {
			return err
		}
		for form, content := range map[string][]byte{"": []byte(text), ".bom": []byte("\ufeff" + text), ".utf16le": little, ".utf16be": big} {
			if err := os.WriteFile(filepath.Join(dir, name+"."+key+form), content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// manage calls the org's Management API and decodes the answer.
func manage(t *testing.T, org *oktaemu.Org, method, path string, body any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, org.URL()+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "SSWS "+org.APIToken())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := map[string]any{}
	if err := json.UnmarshalRead(resp.Body, &answer); err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: status %d, %v, %v", method, path, resp.StatusCode, answer, err)
	}
	return answer
}

// otherIssuer adds a second authorization server to the org.
func otherIssuer(t *testing.T, org *oktaemu.Org) string {
	t.Helper()
	made := manage(t, org, http.MethodPost, "/api/v1/authorizationServers", map[string]any{
		"name": "other", "description": "A second one", "audiences": []string{"api://other"},
	})
	return made["issuer"].(string)
}

// allowRedirect registers the redirect URL that an authorization request names,
// since its port is known only once verify listens.
func allowRedirect(t *testing.T, org *oktaemu.Org, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	app := manage(t, org, http.MethodGet, "/api/v1/apps/"+org.ClientID(), nil)
	client := app["settings"].(map[string]any)["oauthClient"].(map[string]any)
	client["redirect_uris"] = []string{u.Query().Get("redirect_uri")}
	manage(t, org, http.MethodPut, "/api/v1/apps/"+org.ClientID(), app)
}

// TestVerifyLogin signs in as a browser would: the address comes on standard
// error, the report on standard output.
func TestVerifyLogin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, persona string
		code          int
		verdict       report.Status
	}{
		{"card", "cpx", 0, report.StatusPass},
		{"password", "password", exitFailure, report.StatusFail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			org := newOrg(t)
			code, stdout, stderr := loginAs(t, org, tt.persona)
			var found report.Report
			if err := json.Unmarshal([]byte(stdout), &found); err != nil {
				t.Fatalf("exit %d, stdout %q, stderr %q: %v", code, stdout, stderr, err)
			}
			nonce, _ := found.Check("id.nonce")
			if code != tt.code || found.Verdict != tt.verdict || nonce.Status != report.StatusPass {
				t.Errorf("exit %d, verdict %s, id.nonce %s; want %d, %s, pass", code, found.Verdict, nonce.Status, tt.code, tt.verdict)
			}
		})
	}
}

// loginAs runs verify --login and plays the browser.
func loginAs(t *testing.T, org *oktaemu.Org, persona string) (code int, stdout, stderr string) {
	t.Helper()
	return login(t, t.Context(), org, nil, func(address string) {
		allowRedirect(t, org, address)
		visitAs(t, org, persona, address)
	})
}

// login runs verify --login at the org; see loginAt.
func login(t *testing.T, ctx context.Context, org *oktaemu.Org, flags []string, browse func(address string)) (code int, stdout, stderr string) {
	t.Helper()
	return loginAt(t, ctx, org.Issuer(), append([]string{"--client-id", org.ClientID(), "--expected-tid", org.OrgID()}, flags...), browse)
}

// loginAt runs verify --login with further flags; browse gets the address to sign in at.
func loginAt(t *testing.T, ctx context.Context, issuer string, flags []string, browse func(address string)) (code int, stdout, stderr string) {
	t.Helper()
	progress, say := io.Pipe()
	var out strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{
			"verify", "--login", "--no-browser", "--issuer", issuer, "--client-id", "0oaclient",
			"--redirect-url", "http://127.0.0.1:0/callback", "--format", "json",
		}, flags...), nil, streams{in: strings.NewReader(""), out: &out, err: say})
		_ = say.Close()
	}()
	var lines []string
	scanner := bufio.NewScanner(progress)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
		if strings.HasPrefix(scanner.Text(), "http") {
			go browse(scanner.Text()) // what it brings about is to be read meanwhile
		}
	}
	return <-ended, out.String(), strings.Join(lines, "\n")
}

// Answers that do not belong to the sign-in are told of in the terminal at once, in the language that was asked for.
func TestVerifyLoginTellsOfRefusals(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	code, _, stderr := login(t, t.Context(), org, []string{"--lang", "fr"}, func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			t.Error(err)
			return
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(u.Query().Get("redirect_uri") + "?code=c&state=guess")
		if err != nil {
			t.Error(err)
			return
		}
		_ = resp.Body.Close()
		allowRedirect(t, org, address)
		visitAs(t, org, "cpx", address)
	})
	const want = `Connectez-vous à cette adresse.:
http://[^\n]+
Refusé, l’attente continue. La réponse appartient à une autre connexion. .*
Connexion faite.; vérification des jetons.$`
	if !regexp.MustCompile(want).MatchString(stderr) || code != 0 {
		t.Errorf("exit %d, standard error:\n%s", code, stderr)
	}
}

// What the provider answers ends the sign-in, with a remedy.
func TestVerifyLoginRefusedByProvider(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	code, stdout, stderr := login(t, t.Context(), org, []string{"--scopes", "openid nonsense"}, func(address string) {
		allowRedirect(t, org, address)
		visitAs(t, org, "cpx", address)
	})
	if code != exitFailure || stdout != "" || !strings.Contains(stderr, "pschook: the provider's authorization endpoint answered invalid_scope: ") || !strings.Contains(stderr, "(The provider does not know a scope") {
		t.Errorf("exit %d, stdout %q, standard error:\n%s", code, stdout, stderr)
	}
}

// Ctrl-C is no fault of the provider's, whatever it interrupts.
func TestVerifyLoginCancelled(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"/.well-known/openid-configuration", "waiting", "refused", "/token", "/userinfo", "/keys"} {
		for lang, want := range map[string]string{"en": "pschook: the sign-in was cancelled: nothing was checked", "fr": "pschook: la connexion a été annulée\u00a0: rien n’a été vérifié"} {
			t.Run(stage+"/"+lang, func(t *testing.T) {
				t.Parallel()
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				issuer := newSlowProvider(t, stage, interrupt)
				code, stdout, stderr := loginAt(t, ctx, issuer, []string{"--lang", lang}, func(address string) {
					u, err := url.Parse(address)
					if err != nil {
						t.Error(err)
						return
					}
					answer := "?code=c&state=" + u.Query().Get("state")
					switch stage {
					case "waiting":
						interrupt()
						return
					case "refused":
						defer interrupt()
						answer = "?code=c&state=guess"
					}
					resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(u.Query().Get("redirect_uri") + answer)
					if err == nil { // else the program has ended before it answered
						_ = resp.Body.Close()
					}
				})
				if code != exitCancelled || stdout != "" || !strings.HasSuffix("\n"+stderr, "\n"+want) {
					t.Errorf("exit %d, stdout %q, standard error:\n%s", code, stdout, stderr)
				}
			})
		}
	}
}

// newSlowProvider is a provider that does not answer at one path, and interrupts when it is asked there.
func newSlowProvider(t *testing.T, slow string, interrupt func()) (issuer string) {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == slow {
			interrupt()
			<-t.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		var answer any
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			answer = map[string]any{
				"issuer": server.URL, "authorization_endpoint": server.URL + "/authorize", "token_endpoint": server.URL + "/token",
				"userinfo_endpoint": server.URL + "/userinfo", "jwks_uri": server.URL + "/keys",
			}
		case "/token":
			const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJzIn0.AAAA" // {"alg":"RS256","kid":"k1"}.{"sub":"s"}
			answer = map[string]any{"token_type": "Bearer", "id_token": jwt, "access_token": jwt}
		case "/userinfo":
			answer = map[string]any{"sub": "s"}
		}
		_ = json.MarshalWrite(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A provider that is slow is not a person who does not come.
func TestLoginFailure(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		context.DeadlineExceeded: "nobody signed in within",
		&rp.UnavailableError{Issuer: "https://op.example", Err: context.DeadlineExceeded}: `provider "https://op.example": no answer came in time`,
	} {
		if got := loginFailure(fmt.Errorf("signing in: %w", err), words.English); !strings.Contains(got.Error(), want) {
			t.Errorf("%v, want %q", got, want)
		}
	}
}

// visitAs visits the address as a person who is signed in at the org already.
func visitAs(t *testing.T, org *oktaemu.Org, persona, address string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	body := `{"username":"` + persona + `@hopital.example","password":"` + oktaemu.PersonaPassword + `"}`
	resp, err := client.Post(org.URL()+"/api/v1/authn", "application/json", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	var session struct {
		Token string `json:"sessionToken"`
	}
	err = json.UnmarshalRead(resp.Body, &session)
	_ = resp.Body.Close()
	if err != nil || session.Token == "" {
		t.Errorf("no session token: %v", err)
		return
	}
	resp, err = client.Get(address + "&sessionToken=" + url.QueryEscape(session.Token))
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the browser ended with status %d", resp.StatusCode)
	}
}

func TestListenLoopback(t *testing.T) {
	t.Parallel()
	for redirect, want := range map[string]string{
		"https://127.0.0.1:0/callback":   "wanted http://127.0.0.1:PORT/PATH",
		"http://127.0.0.1/callback":      "wanted http://127.0.0.1:PORT/PATH",
		"http://192.0.2.1:8976/callback": "is not a loopback address",
		"http://example.org:80/callback": "is not a loopback address",
		"http://127.0.0.1:70000/":        "--redirect-url:",
	} {
		if _, _, err := listenLoopback(t.Context(), redirect); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", redirect, err, want)
		}
	}
	listener, redirect, err := listenLoopback(t.Context(), "http://127.0.0.1:0/callback")
	if err != nil {
		t.Fatal(err)
	}
	if redirect != "http://"+listener.Addr().String()+"/callback" {
		t.Errorf("redirect URL %s, listening at %s", redirect, listener.Addr())
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
