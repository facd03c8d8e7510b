package telemetry

import (
	"bytes"
	"io"
	"testing"
)

// TestLogMemory checks that the memory of lines is used again, but that of a burst is not.
func TestLogMemory(t *testing.T) {
	t.Parallel()
	for size, kept := range map[int]bool{keptLog / 2: true, keptLog + 1: false, maxPendingLog: false} {
		w := &LogWriter{to: io.Discard, pending: bytes.Repeat([]byte{'\n'}, size)}
		if got := w.write(nil); (cap(got) >= size) != kept {
			t.Errorf("of %d bytes %d are kept", size, cap(got))
		}
	}
}
