package telemetry

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// scopeName is the name of this package's OpenTelemetry instrumentation scope.
const scopeName = "pschook/internal/telemetry"

// maxPendingLog is how many bytes of log wait for whoever reads them: some 12,000
// lines.
const maxPendingLog = 4 << 20

// keptLog is how much memory for lines is used again: that of 10 ms under full load. What was
// needed beyond, while nobody read, is given back; the heap would else be larger for good.
const keptLog = 256 << 10

// logDelay is how long a line may wait for others to be written with it: under load
// that is one system call for hundreds of them. It is what a crash may lose.
const logDelay = 10 * time.Millisecond

// LogWriter hands what is written to it on to another writer in the background.
// A log that nobody takes in any more, such as a full pipe, therefore holds up no
// call; beyond 4 MiB its lines are dropped. Lines that the other writer does not take, for
// whatever reason, are dropped too. All dropped lines are counted. Lines of the same 10 ms
// are written at once. It is safe for concurrent use.
type LogWriter struct {
	to     io.Writer
	cut    bool          // the last thing written was a part of a line; used by run only
	wake   chan struct{} // holds a token when lines are pending
	closed chan struct{}
	ended  chan struct{}
	close  sync.Once

	mu      sync.Mutex
	pending []byte
	dropped int64
}

// NewLogWriter returns a LogWriter in front of to, which [LogWriter.Close] ends.
func NewLogWriter(to io.Writer) *LogWriter {
	w := &LogWriter{to: to, wake: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

// Write takes a line, which p is to be, and returns at once. It never fails.
func (w *LogWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	first := len(w.pending) == 0
	if len(w.pending)+len(p) <= maxPendingLog {
		w.pending = append(w.pending, p...)
	} else {
		w.dropped++
	}
	w.mu.Unlock()
	if first {
		select {
		case w.wake <- struct{}{}:
		default: // there is a token already
		}
	}
	return len(p), nil
}

func (w *LogWriter) run() {
	defer close(w.ended)
	var batch []byte
	for {
		select {
		case <-w.wake:
			select {
			case <-time.After(logDelay):
			case <-w.closed:
			}
		case <-w.closed:
			w.write(batch)
			return
		}
		batch = w.write(batch)
	}
}

// write writes what is pending, and returns it for its memory to be used again, if it is not
// too much; what spare holds is pending from then on.
func (w *LogWriter) write(spare []byte) []byte {
	w.mu.Lock()
	batch := w.pending
	w.pending = spare[:0]
	w.mu.Unlock()
	if len(batch) == 0 {
		return batch
	}
	if w.cut { // so that the next line does not go on where the last one broke off
		if n, _ := w.to.Write([]byte{'\n'}); n == 1 {
			w.cut = false
		}
	}
	n, _ := w.to.Write(batch) // why it failed does not matter: there is nowhere to complain
	if n = max(0, n); n < len(batch) {
		w.cut = w.cut || n > 0 && batch[n-1] != '\n'
		w.mu.Lock()
		w.dropped += int64(bytes.Count(batch[n:], []byte{'\n'})) // the one that was cut is one of them
		w.mu.Unlock()
	}
	if cap(batch) > keptLog {
		return nil
	}
	return batch
}

// Observe counts the dropped lines as pschook_log_lines_dropped_total.
func (w *LogWriter) Observe(meters metric.MeterProvider) error {
	_, err := meters.Meter(scopeName).Int64ObservableCounter("pschook_log_lines_dropped_total",
		metric.WithDescription("Lines of the log that were lost because whatever takes in the log did not take them."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			to.Observe(w.dropped)
			return nil
		}))
	return err
}

// Close waits until all lines so far are written, or until ctx ends, whose error it
// then returns. Lines that come later may be lost.
func (w *LogWriter) Close(ctx context.Context) error {
	w.close.Do(func() { close(w.closed) })
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
