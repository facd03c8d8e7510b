package orglookup_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"pschook/orglookup"
)

// newMeter returns a meter provider and the registry that its Prometheus
// exporter fills.
func newMeter(t *testing.T) (*metric.MeterProvider, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		t.Fatal(err)
	}
	return metric.NewMeterProvider(metric.WithReader(exporter)), registry
}

// wantMetrics compares the whole text of /metrics, without the HELP lines.
func wantMetrics(t *testing.T, registry *prometheus.Registry, want ...string) {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var got []string
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "# HELP") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		provider, registry := newMeter(t)
		l := newLookup(t, orglookup.Options{
			Source:        management(fails(orglookup.ResultRefused, 0), fails(orglookup.ResultUnavailable, 0), gives(otherID)),
			WellKnown:     wellKnown(gives(orgID, "acme.okta.com")),
			MeterProvider: provider, TTL: time.Minute,
		})
		wantMetrics(t, registry, "# TYPE pschook_org_hosts_known gauge", "pschook_org_hosts_known 0",
			"# TYPE pschook_org_id_changed_total counter", "pschook_org_id_changed_total 0")

		run(t, l)
		time.Sleep(20 * time.Second)
		wantMetrics(t, registry,
			"# TYPE pschook_org_hosts_known gauge", "pschook_org_hosts_known 1",
			"# TYPE pschook_org_id_age_seconds gauge", "pschook_org_id_age_seconds 20",
			"# TYPE pschook_org_id_changed_total counter", "pschook_org_id_changed_total 0",
			"# TYPE pschook_org_lookup_total counter",
			`pschook_org_lookup_total{result="ok",source="well-known"} 1`,
			`pschook_org_lookup_total{result="refused",source="management"} 1`)

		time.Sleep(41 * time.Second) // unavailable at 60 s, another id at 60.5 s
		wantMetrics(t, registry,
			"# TYPE pschook_org_hosts_known gauge", "pschook_org_hosts_known 1",
			"# TYPE pschook_org_id_age_seconds gauge", "pschook_org_id_age_seconds 61",
			"# TYPE pschook_org_id_changed_total counter", "pschook_org_id_changed_total 1",
			"# TYPE pschook_org_lookup_total counter",
			`pschook_org_lookup_total{result="ok",source="management"} 1`,
			`pschook_org_lookup_total{result="ok",source="well-known"} 3`,
			`pschook_org_lookup_total{result="refused",source="management"} 1`,
			`pschook_org_lookup_total{result="unavailable",source="management"} 1`)
	})
}

func TestAgeOfStaticIsZero(t *testing.T) {
	t.Parallel()
	provider, registry := newMeter(t)
	static, err := orglookup.NewStatic("OKTA_CHU")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	now := start
	newLookup(t, orglookup.Options{Source: static, MeterProvider: provider, Now: func() time.Time { return now }})
	now = start.Add(24 * time.Hour)
	wantMetrics(t, registry,
		"# TYPE pschook_org_id_age_seconds gauge", "pschook_org_id_age_seconds 0",
		"# TYPE pschook_org_id_changed_total counter", "pschook_org_id_changed_total 0")
}

// Hosts that do not come in time count as a timeout. A question that ends because the service stops
// is neither counted nor logged.
func TestMetricsOfEndedQuestions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		wellKnown scriptedAnswer
		want      []string
	}{
		{"too_late", slow(6*time.Second, gives(orgID)), []string{
			`pschook_org_lookup_total{result="ok",source="management"} 1`,
			`pschook_org_lookup_total{result="timeout",source="well-known"} 1`,
		}},
		{"stopped", slow(900*time.Millisecond, gives(orgID)), []string{`pschook_org_lookup_total{result="ok",source="management"} 1`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				provider, registry := newMeter(t)
				l := newLookup(t, orglookup.Options{
					Source: management(gives(orgID)), WellKnown: wellKnown(tt.wellKnown), MeterProvider: provider,
					Logger: slog.New(slog.NewTextHandler(&log, nil)),
				})
				ctx, stop := context.WithCancel(t.Context())
				time.AfterFunc(5100*time.Millisecond, stop)
				if tt.name == "stopped" {
					time.AfterFunc(500*time.Millisecond, stop)
				}
				if err := l.Run(ctx); err != nil {
					t.Error(err)
				}
				wantMetrics(t, registry, append([]string{
					"# TYPE pschook_org_hosts_known gauge", "pschook_org_hosts_known 0",
					"# TYPE pschook_org_id_age_seconds gauge", "pschook_org_id_age_seconds " + map[string]string{"too_late": "0.1", "stopped": "0"}[tt.name],
					"# TYPE pschook_org_id_changed_total counter", "pschook_org_id_changed_total 0",
					"# TYPE pschook_org_lookup_total counter",
				}, tt.want...)...)
				if told := strings.Contains(log.String(), "hosts of the org not read"); told != (tt.name == "too_late") {
					t.Errorf("log:\n%s", &log)
				}
			})
		})
	}
}
