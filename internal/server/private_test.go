package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"pschook/hook"
	"pschook/internal/telemetry"
)

// The values that the test sends and that must appear nowhere.
const (
	privateSub    = "00uPRIVATEsub0000001"
	privateUID    = "00uPRIVATEuid0000002"
	privateLogin  = "camille.private@hopital.example"
	privateName   = "Camille Privat"
	privateIP     = "203.0.113.77"
	privateNonce  = "private-nonce-value"
	privateState  = "private-state-value"
	privateJTI    = "ID.private-jti"
	wrongSecret   = "private-wrong-secret-0123456789"
	privateBearer = "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6InByaXZhdGUifQ.eyJpc3MiOiJwcml2YXRlIn0.cHJpdmF0ZQ"
	apiToken      = "00privateApiToken"
)

func privateValues() []string {
	return []string{
		secret, privateSub, privateUID, privateLogin, privateName, privateIP, privateNonce, privateState, privateJTI, wrongSecret,
		strings.TrimPrefix(privateBearer, "Bearer "), apiToken,
	}
}

// person returns a call about one person, with all members that Okta sends.
func person(sub, uid string) string {
	return fmt.Sprintf(`{"eventId":"evt1","eventType":"com.okta.oauth2.tokens.transform","source":"http://127.0.0.1:1/oauth2/default/v1/token","data":{
		"context":{"request":{"id":"req1","ipAddress":%q},"protocol":{"request":{"state":%q,"client_id":"0oaclient"},"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"},"client":{"id":"0oaclient"}},
			"session":{"id":"s1","userId":%q,"login":%q,"amr":["PASSWORD"]},"user":{"id":%q,"profile":{"login":%q,"firstName":%q}}},
		"identity":{"claims":{"sub":%q,"name":%q,"email":%q,"nonce":%q,"jti":%q,"amr":["pwd","mfa","swk"]}},
		"access":{"claims":{"uid":%q,"sub":%q,"jti":"AT.1"}}}}`,
		privateIP, privateState, uid, privateLogin, uid, privateLogin, privateName, sub, privateName, privateLogin, privateNonce, privateJTI, uid, privateLogin)
}

// everything collects all that is written. Several goroutines may write.
type everything struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (e *everything) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.Write(p)
}

func (e *everything) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.String()
}

// TestNothingPrivateIsTold runs the whole service with every output switched on and sends calls of
// every kind. It then looks for the sent values in logs of all levels, metrics, traces and error
// bodies.
func TestNothingPrivateIsTold(t *testing.T) {
	t.Parallel()
	told := &everything{}
	spans := tracetest.NewSpanRecorder()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	tel, err := telemetry.New(t.Context(), telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	secrets := filepath.Join(t.TempDir(), "secrets")
	writeFile(t, secrets, []byte(secret))
	set := map[string]string{
		"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": secrets, "PSCHOOK_TID_SOURCE": "management", "PSCHOOK_TID_VALUE": "",
		"PSCHOOK_OKTA_API_TOKEN": apiToken, "PSCHOOK_HOOK_TIMEOUT": "10ms", "PSCHOOK_LOG_LEVEL": "debug", "PSCHOOK_DEBUG_CONTEXT": "true",
		"PSCHOOK_HOOK_OAUTH_ISSUER": "http://127.0.0.1:1", "PSCHOOK_HOOK_OAUTH_AUDIENCE": "hook", "PSCHOOK_HOOK_OAUTH_CLIENT_IDS": "0oaokta",
	}
	opts := options(load(t, set))
	opts.Logger = telemetry.NewLogger(told, slog.LevelDebug, telemetry.FormatJSON)
	opts.MeterProvider, opts.TracerProvider, opts.Metrics, opts.Propagator = tel.MeterProvider(), tracers, tel.MetricsHandler(), tel.Propagator()
	failing := runWith(t, opts) // its Okta does not answer
	set["PSCHOOK_TID_SOURCE"], set["PSCHOOK_TID_VALUE"], set["PSCHOOK_OKTA_API_TOKEN"] = "static", "00o1vhQ8wLkZ3n0pQ0g4", ""
	opts.Config = load(t, set)
	working := runWith(t, opts)

	good := person(privateSub, privateSub)
	bodies := []string{
		good, person(privateSub, privateUID), good[:len(good)-30], good + good, strings.Replace(good, `"sub":"`, `"sub":"x","sub":"`, 1),
		strings.Replace(good, `"`+privateSub+`"`, `["`+privateSub+`"]`, 1), strings.Replace(good, "127.0.0.1:1/oauth2", privateName+"/"+privateLogin, 2),
		strings.Replace(good, "com.okta.oauth2.tokens.transform", privateLogin, 1), `{"` + privateLogin + `":1,"` + privateLogin + `":2}`,
		strings.Replace(good, `"amr":[`, `"amr":["`+strings.Repeat(privateName, 30)+`",`, 1), "\xff" + privateName,
		`{"error":"` + strings.Repeat(privateLogin, 10000) + `"}`,
	}
	sent := 0
	for _, r := range []*running{working, failing} {
		for _, authorization := range []string{secret, wrongSecret, privateBearer, ""} {
			for _, body := range bodies {
				send(t, r, authorization, body, told)
				sent++
			}
		}
		writeFile(t, secrets, []byte(secret+"\n\x01"+privateName))
		r.reload <- nil
		r.reload <- nil
		writeFile(t, secrets, []byte(secret))
		for _, path := range []string{"/metrics", "/readyz", "/admin/"} {
			_, _, text := fetch(t, client(t), "GET", "http://"+r.AdminAddr().String()+path, nil)
			_, _ = io.WriteString(told, text)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	}
	for _, span := range spans.Ended() {
		_, _ = fmt.Fprintln(told, span.Name(), span.SpanContext(), span.Attributes(), span.Events(), span.Status())
	}
	holds(t, told.text.String(), sent)
}

// send makes a call and keeps the header of the answer, and its body if it is an error.
func send(t *testing.T, r *running, authorization, body string, told io.Writer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.Addr().String()+hook.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", privateName)
	req.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	req.Header.Set("baggage", "user="+privateLogin)
	req.Header.Set("tracestate", "vendor="+privateSub)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintln(told, res.Status, res.Header)
	if !bytes.Contains(text, []byte(`"commands"`)) { // commands hold oid, which is for Okta
		_, _ = told.Write(text)
	}
}

// holds checks that expected text is present, so that the test does look at something, and that
// private text is absent.
func holds(t *testing.T, text string, sent int) {
	t.Helper()
	for _, must := range []string{
		`"msg":"hook call"`, `pschook_hook_requests_total{outcome="unauthorized"}`, `pschook_secret_reloads_total{result="failed"}`, "okta token hook",
		`"msg":"not reloaded`, `"debugContext":{"outcome":"unauthorized"`, "Live secrets", `"err":"orglookup:`, "UNAUTHORIZED", "TOO_MANY_FAILURES", "CONTRADICTION", "DUPLICATE_MEMBER", "FOREIGN_ISSUER", "Connexion impossible",
	} {
		if !strings.Contains(text, must) {
			t.Errorf("%q was not told: the run is not a full one", must)
		}
	}
	if n := strings.Count(text, "\nokta token hook"); n != sent-1 && n != sent {
		t.Errorf("%d spans for %d calls", n, sent)
	}
	for _, private := range privateValues() {
		if at := strings.Index(strings.ToLower(text), strings.ToLower(private)); at >= 0 {
			t.Errorf("%q is told: …%s…", private, text[max(0, at-300):min(len(text), at+300)])
		}
	}
}
