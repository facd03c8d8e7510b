package telemetry

import (
	"context"
	"io"
	"sync"

	"go.opentelemetry.io/otel/metric"
)

// scopeName is the name of this package's OpenTelemetry instrumentation scope.
const scopeName = "pschook/internal/telemetry"

// maxPendingLog is how many bytes of log wait for whoever reads them: some 3,000
// lines, a second of more calls than an Okta org can make.
const maxPendingLog = 1 << 20

// LogWriter hands what is written to it on to another writer in the background.
// A log that nobody takes in any more, such as a full pipe, therefore holds up no
// call; beyond 1 MiB its lines are dropped and counted. Lines that come while others
// are being written go out together. It is safe for concurrent use.
type LogWriter struct {
	to    io.Writer
	wake  chan struct{} // holds a token when there is something to do
	ended chan struct{}

	mu      sync.Mutex
	pending []byte
	dropped int64
	closed  bool
}

// NewLogWriter returns a LogWriter in front of to, which [LogWriter.Close] ends.
func NewLogWriter(to io.Writer) *LogWriter {
	w := &LogWriter{to: to, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	go w.run()
	return w
}

// Write takes a line, which p is to be, and returns at once. It never fails.
func (w *LogWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.closed || len(w.pending)+len(p) > maxPendingLog {
		w.dropped++
	} else {
		w.pending = append(w.pending, p...)
	}
	w.mu.Unlock()
	w.notify()
	return len(p), nil
}

func (w *LogWriter) notify() {
	select {
	case w.wake <- struct{}{}:
	default: // there is a token already
	}
}

func (w *LogWriter) run() {
	defer close(w.ended)
	var batch []byte
	for {
		<-w.wake
		w.mu.Lock()
		batch, w.pending = w.pending, batch[:0]
		closed := w.closed
		w.mu.Unlock()
		if len(batch) > 0 {
			_, _ = w.to.Write(batch) // there is nowhere to complain
		}
		if closed {
			return
		}
	}
}

// Observe counts the dropped lines as pschook_log_lines_dropped_total.
func (w *LogWriter) Observe(meters metric.MeterProvider) error {
	_, err := meters.Meter(scopeName).Int64ObservableCounter("pschook_log_lines_dropped_total",
		metric.WithDescription("Lines of the log that were dropped because nobody took them in."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			to.Observe(w.dropped)
			return nil
		}))
	return err
}

// Close waits until all lines are written, or until ctx ends, whose error it then
// returns. Lines that come later are dropped.
func (w *LogWriter) Close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.notify()
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
