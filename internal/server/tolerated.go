package server

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"pschook/internal/config"
)

// tolerated counts, by variable, the settings with which only a running service may go on
// ([config.Strict]). The zero value counts none. It is safe for concurrent use.
type tolerated struct {
	mu    sync.Mutex
	count map[string]int64
}

// set replaces the counts of the variables with those of warnings.
func (t *tolerated) set(warnings []config.Warning, variables ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == nil {
		t.count = map[string]int64{}
	}
	for _, name := range variables {
		delete(t.count, name)
	}
	for _, w := range warnings {
		if w.Fault != nil {
			t.count[w.Variable]++
		}
	}
}

func (t *tolerated) observe(m metric.Meter) error {
	_, err := m.Int64ObservableGauge("pschook_config_faults",
		metric.WithDescription("Settings that the service goes on with although pschook config --check refuses them, by variable. Absent for none."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			t.mu.Lock()
			defer t.mu.Unlock()
			for name, n := range t.count {
				to.Observe(n, metric.WithAttributes(attribute.String("variable", name)))
			}
			return nil
		}))
	return err
}

// reread logs the warnings about a variable whose file was read again, and counts them again.
func (s *Server) reread(variable string, warnings []config.Warning) {
	s.tolerated.set(warnings, variable)
	for _, w := range warnings {
		s.opts.Logger.Warn("configuration", "variable", w.Variable, "warning", w.Text)
	}
}
