package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"

	"pschook/internal/otlptest"
)

// These tests set the environment of the process, where OpenTelemetry's exporters look, so they do not run in
// parallel.

// sampledCall is a sign-in whose every personal value begins with "private", and the trace it comes with.
const (
	sampledCall = `{"eventId":"evt1","eventType":"com.okta.oauth2.tokens.transform","source":"http://127.0.0.1:1/oauth2/default/v1/token","data":{
		"context":{"request":{"id":"req1","ipAddress":"private-address"},"protocol":{"request":{"state":"private-state"},"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"},"client":{"id":"0oa1"}},
			"session":{"userId":"private-user","login":"private-login"},"user":{"id":"private-user","profile":{"login":"private-login","firstName":"private-name"}}},
		"identity":{"claims":{"sub":"private-user","name":"private-name","email":"private-mail","nonce":"private-nonce","jti":"private-jti","amr":["sc","pin","hwk"]}},
		"access":{"claims":{"uid":"private-user","sub":"private-login"}}}}`
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
)

// sendTraced makes a call as part of callersTrace.
func sendTraced(t *testing.T, client *http.Client, url, authorization, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/hooks/okta/token", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Traceparent", "00-"+callersTrace+"-00f067aa0ba902b7-00")
	req.Header.Set("Baggage", "user=private-login")
	req.Header.Set("User-Agent", "private-agent")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// A collector sees span, metric and log record of one call, tied together by the trace's id; so do the log line
// on standard error, the answer's debugContext and the exemplar on /metrics. No secret and nothing about the
// person is in any of them.
func TestOneCallByOTLP(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			receiver := otlptest.Start(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.HTTP)
			if protocol == "grpc" {
				t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.GRPC)
			}
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=private-api-key")
			s := startServe(t, map[string]string{"PSCHOOK_DEBUG_CONTEXT": "true", "PSCHOOK_HOOK_SECRETS": "private-hook-secret", "PSCHOOK_LOG_LEVEL": "debug"})
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			status, answer := sendTraced(t, client, s.url, "private-hook-secret", sampledCall)
			if debug := regexp.MustCompile(`"debugContext":\{"version":"[^"]+","outcome":"commands","rule":"cpx","tid_source":"static","trace_id":"` + callersTrace + `"\}`); status != 200 || !debug.MatchString(answer) {
				t.Errorf("answer: %d %s", status, answer)
			}
			_, refused := sendTraced(t, client, s.url, "private-wrong-secret", sampledCall)
			_, malformed := sendTraced(t, client, s.url, "private-hook-secret", sampledCall[:len(sampledCall)-20])
			text := openMetrics(t, s.admin)
			if !regexp.MustCompile(`pschook_hook_duration_seconds_bucket\{le="[^"]+"\} \d+ # \{[^}]*trace_id="` + callersTrace + `"`).MatchString(text) {
				t.Errorf("no exemplar leads to the trace:\n%s", regexp.MustCompile(`(?m)^pschook_hook_duration.*$`).FindAllString(text, -1))
			}
			if code := s.stop(); code != 0 {
				t.Errorf("exit %d", code)
			}
			checkReceived(t, receiver)
			logged := fmt.Sprint(s.log())
			if !strings.Contains(logged, "trace_id:"+callersTrace) {
				t.Errorf("the log on standard error does not name the trace: %s", logged)
			}
			_, debugContext, _ := strings.Cut(answer, `"debugContext"`)
			for _, told := range []string{receiver.Text(), text, logged, debugContext, refused, malformed} {
				if at := strings.Index(told, "private-"); at >= 0 {
					t.Errorf("told: %s", told[max(0, at-200):min(len(told), at+200)])
				}
			}
		})
	}
}

// checkReceived looks for what a collector must have got of the calls of TestOneCallByOTLP.
func checkReceived(t *testing.T, receiver *otlptest.Receiver) {
	t.Helper()
	var spanID []byte
	calls := map[string]bool{} // span ids of all calls
	for _, span := range receiver.Spans() {
		if span.GetName() != "okta token hook" {
			continue
		}
		calls[string(span.GetSpanId())] = true
		if fmt.Sprintf("%x", span.GetTraceId()) != callersTrace || fmt.Sprintf("%x", span.GetParentSpanId()) != "00f067aa0ba902b7" {
			t.Errorf("a span of trace %x below %x", span.GetTraceId(), span.GetParentSpanId())
		}
		if otlptest.Attribute(span.GetAttributes(), "pschook.outcome") == "commands" {
			spanID = span.GetSpanId()
			for key, want := range map[string]string{"okta.event_id": "evt1", "okta.client_id": "0oa1", "pschook.amr_rule": "cpx"} {
				if got := otlptest.Attribute(span.GetAttributes(), key); got != want {
					t.Errorf("span: %s = %q, want %q", key, got, want)
				}
			}
		}
	}
	if len(calls) != 3 {
		t.Errorf("%d spans of hook calls, want 3", len(calls))
	}
	found := false
	for _, record := range receiver.Records() {
		if record.GetBody().GetStringValue() == "hook call" && otlptest.Attribute(record.GetAttributes(), "outcome") == "commands" {
			found = true
			if fmt.Sprintf("%x", record.GetTraceId()) != callersTrace || string(record.GetSpanId()) != string(spanID) {
				t.Errorf("the log record belongs to trace %x, span %x; want %s, %x", record.GetTraceId(), record.GetSpanId(), callersTrace, spanID)
			}
		}
	}
	if !found {
		t.Error("no log record of the call")
	}
	if !slices.ContainsFunc(receiver.Metrics(), func(m *metrics.Metric) bool { return linked(m, calls) }) {
		t.Error("no measurement of the duration has a call's span as an exemplar")
	}
}

// linked reports whether m is the histogram of durations with an exemplar of one of the calls.
func linked(m *metrics.Metric, calls map[string]bool) bool {
	if m.GetName() != "pschook_hook_duration_seconds" {
		return false
	}
	for _, point := range m.GetHistogram().GetDataPoints() {
		for _, exemplar := range point.GetExemplars() {
			if fmt.Sprintf("%x", exemplar.GetTraceId()) == callersTrace && calls[string(exemplar.GetSpanId())] {
				return true
			}
		}
	}
	return false
}

// openMetrics fetches /metrics in the format that has exemplars.
func openMetrics(t *testing.T, admin string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A collector that takes connections and never answers costs the calls nothing, though its queues are soon full,
// and holds up the end of the service no longer than the time that is set for it.
func TestUnreachableCollectorCostsNothing(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+silent.Addr().String())
	for name, value := range map[string]string{"MAX_QUEUE_SIZE": "16", "MAX_EXPORT_BATCH_SIZE": "16", "SCHEDULE_DELAY": "1", "EXPORT_TIMEOUT": "3600000"} {
		t.Setenv("OTEL_BSP_"+name, value)
		t.Setenv("OTEL_BLRP_"+name, value)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000") // whatever waited for the collector would not end
	s := startServe(t, map[string]string{"PSCHOOK_SHUTDOWN_TIMEOUT": "1s"})
	client := &http.Client{Transport: &http.Transport{}}
	for range 500 {
		if status, answer := sendTraced(t, client, s.url, serviceSecret, sampledCall); status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	client.CloseIdleConnections()
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// A wrong value of one of OpenTelemetry's variables is reported like a fault of the configuration.
func TestServeRefusesABadOTELVariable(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "sometimes")
	code, _, stderr := call(t, map[string]string{
		"PSCHOOK_OKTA_ORG_URL": "http://127.0.0.1:1", "PSCHOOK_HOOK_SECRETS": serviceSecret, "PSCHOOK_LISTEN_ADDR": "127.0.0.1:0", "PSCHOOK_ADMIN_ADDR": "none",
	}, "serve")
	if code != 2 || !strings.HasPrefix(stderr, `pschook: telemetry: OTEL_TRACES_SAMPLER: got "sometimes", wanted always_on`) {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
