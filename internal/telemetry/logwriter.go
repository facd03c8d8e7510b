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

// maxPendingLog is how many bytes of log may wait to be written: about 12,000 lines.
const maxPendingLog = 4 << 20

// keptLog is how much memory for lines is used again: that of 10 ms under full load. Memory above
// that, which was needed while nobody read the log, is freed; otherwise the heap would stay larger.
const keptLog = 256 << 10

// logDelay is how long a line may wait for others to be written together with it. Under load, one
// system call then writes hundreds of lines. A crash may lose the lines of that time.
const logDelay = 10 * time.Millisecond

// LogWriter writes to another writer in the background. So a reader that does not read its log,
// such as that of a full pipe, delays no call. Above 4 MiB of pending lines, it drops lines. It
// also drops lines that the other writer does not accept, for any reason. It counts all dropped
// lines. It writes the lines of 10 ms together. It is safe for concurrent use.
type LogWriter struct {
	to     io.Writer
	cut    bool          // the last write ended within a line; only run uses it
	wake   chan struct{} // holds a token when lines are pending
	closed chan struct{}
	ended  chan struct{}
	close  sync.Once

	mu      sync.Mutex
	pending []byte
	dropped int64
}

// NewLogWriter returns a LogWriter that writes to to, until [LogWriter.Close].
func NewLogWriter(to io.Writer) *LogWriter {
	w := &LogWriter{to: to, wake: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{})}
	go w.run()
	return w
}

// Write takes a line and returns at once. p must be one line. It never fails.
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
		default: // there already is a token
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

// write writes the pending lines. spare becomes the new pending buffer. It returns the old buffer
// to be used again, or nil if it is too large.
func (w *LogWriter) write(spare []byte) []byte {
	w.mu.Lock()
	batch := w.pending
	w.pending = spare[:0]
	w.mu.Unlock()
	if len(batch) == 0 {
		return batch
	}
	if w.cut { // so that the next line does not continue the broken one
		if n, _ := w.to.Write([]byte{'\n'}); n == 1 {
			w.cut = false
		}
	}
	n, _ := w.to.Write(batch) // the error cannot be reported anywhere
	if n = max(0, n); n < len(batch) {
		w.cut = w.cut || n > 0 && batch[n-1] != '\n'
		w.mu.Lock()
		w.dropped += int64(bytes.Count(batch[n:], []byte{'\n'})) // the broken line is one of them
		w.mu.Unlock()
	}
	if cap(batch) > keptLog {
		return nil
	}
	return batch
}

// Observe publishes the number of dropped lines as pschook_log_lines_dropped_total.
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

// Close waits until all lines so far are written, or until ctx ends; it then returns ctx's error.
// Later lines may be lost.
func (w *LogWriter) Close(ctx context.Context) error {
	w.close.Do(func() { close(w.closed) })
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
