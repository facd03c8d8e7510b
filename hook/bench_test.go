package hook_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace/noop"

	"pschook/commands"
	"pschook/hook"
)

func BenchmarkDecode(b *testing.B) {
	body := benchSample(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := hook.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	auth, err := hook.NewHeaderSecrets("Authorization", []string{secret, "another-secret-of-the-hospital"})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, hook.Path, nil)
	r.Header.Set("Authorization", secret)
	b.ReportAllocs()
	for b.Loop() {
		if err := auth.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandler is a whole call, connection aside, with metrics and a log line.
func BenchmarkHandler(b *testing.B) {
	body := benchSample(b)
	builder, err := commands.New(commands.Options{})
	if err != nil {
		b.Fatal(err)
	}
	auth, err := hook.NewHeaderSecrets("Authorization", []string{secret})
	if err != nil {
		b.Fatal(err)
	}
	h, err := hook.New(hook.Options{
		Builder: builder, Lookup: known(orgID), Authenticate: auth, OrgURL: parseURL(b, "https://hopital.okta.com"),
		Logger: slog.New(slog.NewJSONHandler(struct{ io.Writer }{io.Discard}, nil)), Meter: sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())).Meter(hook.ScopeName),
		Tracer: noop.NewTracerProvider().Tracer(""), Decisions: hook.NewDecisions(time.Now), Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	e := echo.New()
	e.Any(hook.Path, h.Handle)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, hook.Path, bytes.NewReader(body))
		r.Header.Set("Authorization", secret)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}

// benchSample is a call without white space, as Okta sends it.
func benchSample(b *testing.B) []byte {
	b.Helper()
	body := jsontext.Value(sample(b, "authorization-code"))
	if err := body.Compact(); err != nil {
		b.Fatal(err)
	}
	return body
}
