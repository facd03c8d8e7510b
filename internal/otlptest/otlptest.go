// Package otlptest receives telemetry in tests. It is an OTLP collector in the test's process, by
// gRPC and by HTTP (OpenTelemetry Protocol specification, OTLP/gRPC and OTLP/HTTP), that keeps what
// it receives.
//
// otlptest is for tests only and imports no other package of this module.
package otlptest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	collectorlogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Receiver is a collector on loopback. It is safe for concurrent use.
type Receiver struct {
	GRPC string // URL for OTLP/gRPC
	HTTP string // URL for OTLP/HTTP

	mu      sync.Mutex
	spans   []*trace.Span
	metrics []*metrics.Metric
	records []*logs.LogRecord
	raw     strings.Builder
}

// Start returns a receiver that runs until the test ends.
func Start(tb testing.TB) *Receiver {
	tb.Helper()
	r := &Receiver{}

	rpc := grpc.NewServer()
	collectortrace.RegisterTraceServiceServer(rpc, traceService{r: r})
	collectormetrics.RegisterMetricsServiceServer(rpc, metricsService{r: r})
	collectorlogs.RegisterLogsServiceServer(rpc, logsService{r: r})
	forRPC, forWeb := listen(tb), listen(tb)
	r.GRPC, r.HTTP = "http://"+forRPC.Addr().String(), "http://"+forWeb.Addr().String()
	served := make(chan error, 2)
	go func() { served <- rpc.Serve(forRPC) }()
	web := &http.Server{Handler: r.handler(), ReadHeaderTimeout: time.Second}
	go func() { served <- web.Serve(forWeb) }()

	tb.Cleanup(func() {
		rpc.Stop()
		_ = web.Close()
		for range 2 {
			if err := <-served; err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
				tb.Errorf("otlptest: %v", err)
			}
		}
	})
	return r
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return listener
}

// Spans returns the spans received so far.
func (r *Receiver) Spans() []*trace.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*trace.Span(nil), r.spans...)
}

// Metrics returns the metrics received so far; a metric that was sent several times is there
// several times.
func (r *Receiver) Metrics() []*metrics.Metric {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*metrics.Metric(nil), r.metrics...)
}

// Records returns the log records received so far.
func (r *Receiver) Records() []*logs.LogRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*logs.LogRecord(nil), r.records...)
}

// Text returns everything received so far, as JSON, so that a test can search it for what must not
// be there.
func (r *Receiver) Text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String()
}

// Attribute returns the value of a text attribute; "" if there is none.
func Attribute(attributes []*common.KeyValue, key string) string {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

func (r *Receiver) keep(message proto.Message, add func()) {
	text := protojson.Format(message)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.WriteString(text)
	add()
}

type traceService struct {
	collectortrace.UnimplementedTraceServiceServer

	r *Receiver
}

// Export implements OTLP/gRPC.
func (s traceService) Export(_ context.Context, in *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	s.r.keep(in, func() {
		for _, resource := range in.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				s.r.spans = append(s.r.spans, scope.GetSpans()...)
			}
		}
	})
	return &collectortrace.ExportTraceServiceResponse{}, nil
}

type metricsService struct {
	collectormetrics.UnimplementedMetricsServiceServer

	r *Receiver
}

// Export implements OTLP/gRPC.
func (s metricsService) Export(_ context.Context, in *collectormetrics.ExportMetricsServiceRequest) (*collectormetrics.ExportMetricsServiceResponse, error) {
	s.r.keep(in, func() {
		for _, resource := range in.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				s.r.metrics = append(s.r.metrics, scope.GetMetrics()...)
			}
		}
	})
	return &collectormetrics.ExportMetricsServiceResponse{}, nil
}

type logsService struct {
	collectorlogs.UnimplementedLogsServiceServer

	r *Receiver
}

// Export implements OTLP/gRPC.
func (s logsService) Export(_ context.Context, in *collectorlogs.ExportLogsServiceRequest) (*collectorlogs.ExportLogsServiceResponse, error) {
	s.r.keep(in, func() {
		for _, resource := range in.GetResourceLogs() {
			for _, scope := range resource.GetScopeLogs() {
				s.r.records = append(s.r.records, scope.GetLogRecords()...)
			}
		}
	})
	return &collectorlogs.ExportLogsServiceResponse{}, nil
}

// handler serves OTLP/HTTP with binary protobuf.
func (r *Receiver) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/traces", unary(traceService{r: r}.Export))
	mux.Handle("POST /v1/metrics", unary(metricsService{r: r}.Export))
	mux.Handle("POST /v1/logs", unary(logsService{r: r}.Export))
	return mux
}

// unary serves a method of OTLP/gRPC over OTLP/HTTP.
func unary[In any, PIn interface {
	*In
	proto.Message
}, Out proto.Message](export func(context.Context, PIn) (Out, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		in := PIn(new(In))
		if err == nil {
			err = proto.Unmarshal(body, in)
		}
		if err != nil || req.Header.Get("Content-Type") != "application/x-protobuf" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		out, err := export(req.Context(), in)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answer, err := proto.Marshal(out)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(answer)
	})
}
