package orglookup

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const scope = "pschook/orglookup"

// metrics have names for which the Prometheus exporter, which adds the unit and _total, writes
// pschook_org_lookup_total, pschook_org_id_age_seconds and pschook_org_id_changed_total.
type metrics struct {
	lookups metric.Int64Counter
	changed metric.Int64Counter
}

// newMetrics creates the instruments. age and hostsKnown are called at each collection;
// their second result says whether there is a value.
func newMetrics(provider metric.MeterProvider, age func() (float64, bool), hostsKnown func() (int64, bool)) (*metrics, error) {
	meter := provider.Meter(scope)
	lookups, err := meter.Int64Counter("pschook_org_lookup",
		metric.WithUnit("{lookup}"), metric.WithDescription("Questions for the org id, by source and result."))
	if err != nil {
		return nil, fmt.Errorf("orglookup: counter of lookups: %w", err)
	}
	changed, err := meter.Int64Counter("pschook_org_id_changed",
		metric.WithUnit("{change}"), metric.WithDescription("Answers whose org id differed from the known one. The known one was kept."))
	if err != nil {
		return nil, fmt.Errorf("orglookup: counter of changed ids: %w", err)
	}
	_, err = meter.Float64ObservableGauge("pschook_org_id_age",
		metric.WithUnit("s"), metric.WithDescription("Time since the org id was last confirmed. Absent while it is not known; 0 for an agreed one."),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			if seconds, ok := age(); ok {
				o.Observe(seconds)
			}
			return nil
		}))
	if err != nil {
		return nil, fmt.Errorf("orglookup: gauge of the id's age: %w", err)
	}
	_, err = meter.Int64ObservableGauge("pschook_org_hosts_known",
		metric.WithDescription("1 when the hosts of the org's issuers are known, else 0: calls on a custom domain then wait, and are answered as PSCHOOK_ON_FAILURE says."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			if value, ok := hostsKnown(); ok {
				o.Observe(value)
			}
			return nil
		}))
	if err != nil {
		return nil, fmt.Errorf("orglookup: gauge of the hosts: %w", err)
	}
	changed.Add(context.Background(), 0) // start with 0, so that the first change is an increase
	return &metrics{lookups: lookups, changed: changed}, nil
}

func (m *metrics) lookup(ctx context.Context, source string, result Result) {
	m.lookups.Add(ctx, 1, metric.WithAttributes(
		attribute.String("source", source), attribute.String("result", string(result))))
}
