package outcomes

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Observe publishes the totals of ledger at each collection, and those of reader unless it is nil.
// Without a reader, totals of what only the log tells are not published while they are 0, because
// nobody knows whether they are.
func Observe(meter metric.Meter, ledger *Ledger, reader *Reader) error {
	if err := observeLedger(meter, ledger, reader != nil); err != nil || reader == nil {
		return err
	}
	_, err := meter.Float64ObservableGauge("pschook_okta_log_lag_seconds", metric.WithUnit("s"),
		metric.WithDescription("How long ago the end of Okta's System Log was last reached."),
		metric.WithFloat64Callback(func(_ context.Context, to metric.Float64Observer) error {
			to.Observe(reader.Lag().Seconds())
			return nil
		}))
	if err != nil {
		return err
	}
	return observeCounter(meter, "pschook_okta_log_reads_total", "Reads of Okta's System Log by how they ended.", func(to metric.Int64Observer) {
		for _, result := range readResults() {
			to.Observe(count(reader.reads[result].Load()), label("result", string(result)))
		}
	})
}

func observeLedger(meter metric.Meter, ledger *Ledger, logRead bool) error {
	totals := []struct {
		name, description string
		logOnly           bool // event hooks do not tell it
		of                func(Counts) uint64
	}{
		{"pschook_okta_asked_total", "Hook calls of the clients served that this process answered.", false, func(c Counts) uint64 { return c.Asked }},
		{"pschook_okta_mintings_total", "Transactions of Okta in which tokens were minted for the clients served: every replica reads all of them, take the maximum.", true, func(c Counts) uint64 { return c.Minted }},
		{"pschook_okta_joined_total", "Of the mintings, those whose hook call this process answered: sum over the replicas.", true, func(c Counts) uint64 { return c.Joined }},
		{"pschook_okta_unreadable_total", "Events of Okta that could not be read: they may tell of failures.", false, func(c Counts) uint64 { return c.Unclear }},
	}
	for _, total := range totals {
		if err := observeCounter(meter, total.name, total.description, func(to metric.Int64Observer) {
			if n := total.of(ledger.Counts()); n > 0 || logRead || !total.logOnly {
				to.Observe(count(n))
			}
		}); err != nil {
			return err
		}
	}
	err := observeCounter(meter, "pschook_okta_outcomes_total", "What Okta said it did with answers of the hook; success may be silent.", func(to metric.Int64Observer) {
		for result, n := range ledger.Counts().Results {
			if n > 0 || logRead || result == ResultFailed {
				to.Observe(count(n), label("result", string(result)))
			}
		}
	})
	if err != nil {
		return err
	}
	return observeCounter(meter, "pschook_okta_changes_total", "Changes of policy rules and inline hooks: the hook may have gone from its rule.", func(to metric.Int64Observer) {
		c := ledger.Counts()
		to.Observe(count(c.Rules), label("object", "rule"))
		to.Observe(count(c.Hooks), label("object", "hook"))
	})
}

func observeCounter(meter metric.Meter, name, description string, observe func(metric.Int64Observer)) error {
	_, err := meter.Int64ObservableCounter(name, metric.WithDescription(description),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			observe(to)
			return nil
		}))
	return err
}

func label(name, value string) metric.ObserveOption {
	return metric.WithAttributeSet(attribute.NewSet(attribute.String(name, value)))
}

func count(n uint64) int64 { return int64(n) } //nolint:gosec // no process counts that far
