package hook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/golden"
	"pschook/internal/telemetry"
	"pschook/oktaemu"
	"pschook/orglookup"
)

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// explaining turns on everything that explains how an answer was made.
func explaining(o *hook.Options) {
	o.DebugContext, o.Version, o.Propagator = true, "v1.2.3", propagation.TraceContext{}
	o.Lookup = orgLookup{orglookup.Org{ID: orgID, Hosts: []string{}, Source: orglookup.SourceManagement}}
}

func TestDebugContext(t *testing.T) {
	t.Parallel()
	deny := func(o *hook.Options) {
		explaining(o)
		outOfTime(o)
	}
	tests := []struct {
		name   string
		change func(*hook.Options)
		call   call
	}{
		{"commands", explaining, call{body: sample(t, "authorization-code-cpx")}},
		{"commands, no rule matches", explaining, call{body: sample(t, "authorization-code-password-only")}},
		{"commands without amr", func(o *hook.Options) {
			explaining(o)
			o.Builder = builder(t, commands.Options{AccessTokenClaims: []commands.Claim{commands.OID}, IDTokenClaims: []commands.Claim{}})
		}, call{body: sample(t, "authorization-code")}},
		{"no trace", explaining, call{body: sample(t, "authorization-code"), header: map[string]string{"traceparent": ""}}},
		{"no trace that can be read", explaining, call{body: sample(t, "authorization-code"), header: map[string]string{"traceparent": "00-jean.martin-1-01"}}},
		{"denied", deny, call{body: sample(t, "authorization-code")}},
		{"nothing to add", explaining, call{body: sample(t, "client-credentials")}},
		{"rehearsal", func(o *hook.Options) { explaining(o); o.Shadow = true }, call{body: sample(t, "authorization-code")}},
		{"malformed", explaining, call{body: "{"}},
		{"foreign issuer", func(o *hook.Options) { explaining(o); o.OrgURL = parseURL(t, "https://autre.okta.com") }, call{body: sample(t, "authorization-code")}},
		{"a stranger", explaining, call{body: sample(t, "authorization-code"), header: map[string]string{"Authorization": wrong}}},
		{"a stranger, wrong method", explaining, call{method: http.MethodPut}},
		{"off", nil, call{body: sample(t, "authorization-code-cpx")}},
		{"off, malformed", nil, call{body: "{"}},
	}
	var got bytes.Buffer
	for _, tt := range tests {
		if _, ok := tt.call.header["traceparent"]; !ok {
			if tt.call.header == nil {
				tt.call.header = map[string]string{}
			}
			tt.call.header["traceparent"] = traceparent
		}
		reply := start(t, tt.change).do(t, tt.call)
		var body struct {
			DebugContext json.RawMessage `json:"debugContext"`
		}
		if reply.body != "" {
			if err := json.Unmarshal([]byte(reply.body), &body); err != nil {
				t.Fatalf("%s: %v in %s", tt.name, err, reply.body)
			}
		}
		fmt.Fprintf(&got, "%-26s %d %s\n", tt.name, reply.status, body.DebugContext)
	}
	golden.Equal(t, "testdata/debugcontext.golden", got.Bytes())
}

// The rest of an answer is the same with debugContext as without.
func TestDebugContextChangesNothingElse(t *testing.T) {
	t.Parallel()
	with, without := start(t, explaining), start(t, nil)
	for _, k := range kinds() {
		request := call{body: sample(t, k.file)}
		a, b := with.do(t, request), without.do(t, request)
		cut := a.body
		if at := strings.Index(cut, `,"debugContext":`); at >= 0 {
			cut = cut[:at] + "}"
		}
		if a.status != b.status || cut != b.body || (b.body != "" && a.body == b.body) {
			t.Errorf("%s: %d %s, want %d %s and a debugContext", k.file, a.status, a.body, b.status, b.body)
		}
	}
}

// Okta applies the commands of an answer with a debugContext, and shows the debugContext in its
// System Log.
func TestEmulatorTakesDebugContext(t *testing.T) {
	t.Parallel()
	var handler atomic.Pointer[echo.Echo]
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.Load().ServeHTTP(w, r) }))
	defer front.Close()
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: front.URL + hook.Path, Secret: secret}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = org.Close() }()
	h := handlerOf(t, func(o *hook.Options) {
		explaining(o)
		o.OrgURL = parseURL(t, org.URL())
	})
	handler.Store(h)
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
		t.Fatal(err)
	}
	calls := org.HookCalls()
	if len(calls) != 1 || calls[0].Outcome != oktaemu.HookApplied {
		t.Fatalf("calls %+v", calls)
	}
	if want := `{"version":"v1.2.3","outcome":"commands","rule":"cpx","tid_source":"management"}`; string(calls[0].DebugContext) != want {
		t.Errorf("debugContext %s, want %s", calls[0].DebugContext, want)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		call   call
		want   map[string]string
		status string
	}{
		{
			"commands", call{body: sample(t, "authorization-code-cpx")},
			map[string]string{"pschook.outcome": "commands", "pschook.amr_rule": "cpx", "okta.event_id": "*", "okta.client_id": "*"}, "",
		},
		{
			"nothing to add", call{body: sample(t, "client-credentials")},
			map[string]string{"pschook.outcome": "empty", "pschook.reason": "no_user", "okta.event_id": "*", "okta.client_id": "*"}, "",
		},
		{"malformed", call{body: "{"}, map[string]string{"pschook.outcome": "malformed"}, "NOT_JSON"},
		{"a stranger", call{body: "{}", header: map[string]string{"Authorization": wrong}}, map[string]string{"pschook.outcome": "unauthorized"}, "UNAUTHORIZED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			recorder := tracetest.NewSpanRecorder()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
			s := start(t, func(o *hook.Options) {
				explaining(o)
				o.Tracer = provider.Tracer(hook.ScopeName)
				o.Logger = telemetry.NewLogger(new(bytes.Buffer), slog.LevelInfo, telemetry.FormatJSON)
			})
			if tt.call.header == nil {
				tt.call.header = map[string]string{}
			}
			tt.call.header["traceparent"] = traceparent
			s.do(t, tt.call)
			ended := recorder.Ended()
			if len(ended) != 1 {
				t.Fatalf("%d spans", len(ended))
			}
			span := ended[0]
			if span.SpanKind().String() != "server" || span.SpanContext().TraceID().String() != traceID || span.Parent().SpanID().String() != "00f067aa0ba902b7" {
				t.Errorf("a %v span of trace %v below %v", span.SpanKind(), span.SpanContext().TraceID(), span.Parent().SpanID())
			}
			if span.Status().Description != tt.status {
				t.Errorf("status %+v, want %q", span.Status(), tt.status)
			}
			for _, a := range span.Attributes() {
				want, ok := tt.want[string(a.Key)]
				if got := a.Value.AsString(); !ok || got == "" || (want != "*" && got != want) {
					t.Errorf("%s = %q, want %q", a.Key, got, want)
				}
				delete(tt.want, string(a.Key))
			}
			if len(tt.want) > 0 {
				t.Errorf("missing: %v", tt.want)
			}
		})
	}
}

func TestTallies(t *testing.T) {
	t.Parallel()
	at := newClock()
	h := handlerFor(t, func(o *hook.Options) { o.Now = at.Now })
	e := echo.New()
	e.Any(hook.Path, h.Handle)
	for range 2 {
		e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, hook.Path, nil))
		at.Advance(time.Minute)
	}
	for _, tally := range h.Tallies() {
		want := hook.Tally{Outcome: tally.Outcome}
		if tally.Outcome == "malformed" {
			want.Count, want.Last = 2, at.Now().Add(-time.Minute)
		}
		if tally.Count != want.Count || !tally.Last.Equal(want.Last) {
			t.Errorf("%+v, want %+v", tally, want)
		}
	}
	if n := len(h.Tallies()); n != 8 {
		t.Errorf("%d outcomes", n)
	}
}

// Spans cost nothing while tracing is off, and little while it samples. The figures are upper
// bounds; go test -bench Tracing shows the real ones.
func TestTracingAllocations(t *testing.T) {
	off := callAllocations(t, nil)
	unsampled := callAllocations(t, func(o *hook.Options) {
		o.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer(hook.ScopeName)
	})
	sampled := callAllocations(t, func(o *hook.Options) {
		o.Tracer = sdktrace.NewTracerProvider().Tracer(hook.ScopeName)
	})
	t.Logf("allocations of a call: %v without tracing, %v when its trace is not recorded, %v when it is", off, unsampled, sampled)
	if unsampled > off+5 || sampled > off+20 {
		t.Errorf("allocations of a call: %v without tracing, %v when its trace is not recorded, %v when it is", off, unsampled, sampled)
	}
}

func callAllocations(t *testing.T, change func(*hook.Options)) float64 {
	t.Helper()
	e := handlerOf(t, change)
	body := []byte(sample(t, "authorization-code"))
	return testing.AllocsPerRun(200, func() {
		r := httptest.NewRequest(http.MethodPost, hook.Path, bytes.NewReader(body))
		r.Header.Set("Authorization", secret)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if e.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	})
}
