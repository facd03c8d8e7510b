package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pschook/internal/telemetry"
)

func TestLogWriterKeepsLinesWhole(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	w := telemetry.NewLogWriter(&out)
	const writers, lines = 8, 500
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for j := range lines {
				if n, err := fmt.Fprintf(w, "line %d of %d\n", j, i); n == 0 || err != nil {
					t.Errorf("wrote %d bytes, %v", n, err)
				}
			}
		})
	}
	all.Wait()
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := [writers]int{}
	for line := range strings.Lines(out.String()) {
		var i, j int
		if _, err := fmt.Sscanf(line, "line %d of %d\n", &j, &i); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if next[i] != j {
			t.Fatalf("writer %d: line %d, want %d", i, j, next[i])
		}
		next[i]++
	}
	for i, n := range next {
		if n != lines {
			t.Errorf("writer %d: %d lines, want %d", i, n, lines)
		}
	}
}

// A reader that stops reading delays nobody. Lost lines are counted, and the other lines come out
// when it reads again.
func TestLogWriterDoesNotWait(t *testing.T) {
	t.Parallel()
	r, stuck := io.Pipe()
	w := telemetry.NewLogWriter(stuck)
	tel, err := telemetry.New(t.Context(), telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Observe(tel.MeterProvider()); err != nil {
		t.Fatal(err)
	}
	line := append(bytes.Repeat([]byte("x"), 999), '\n')
	const sent = 16_000 // 16 MB: several times what may be pending
	for range sent {
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := w.Close(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed although nobody reads: %v", err)
	}
	read := make(chan int)
	go func() {
		text, _ := io.ReadAll(r)
		read <- bytes.Count(text, []byte("\n"))
	}()
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := stuck.Close(); err != nil {
		t.Error(err)
	}
	came := <-read
	if came == 0 || came >= sent {
		t.Errorf("%d lines came out", came)
	}
	if text, want := scrape(t, tel, "text/plain"), fmt.Sprintf("\npschook_log_lines_dropped_total %d\n", sent-came); !strings.Contains(text, want) {
		t.Errorf("want %q in\n%s", want, text)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// breaking accepts a number of bytes, then nothing until it is repaired.
type breaking struct {
	lockedBuffer
	left atomic.Int64
	err  error // nil: it returns a short count without an error, which a writer should not do
}

func (b *breaking) Write(p []byte) (int, error) {
	left := int(b.left.Load())
	if left >= len(p) {
		b.left.Add(-int64(len(p)))
		return b.lockedBuffer.Write(p)
	}
	n, _ := b.lockedBuffer.Write(p[:left])
	b.left.Store(0)
	return n, b.err
}

// TestLogWriterCountsWhatIsNotTaken checks that each line is either written whole, or counted.
func TestLogWriterCountsWhatIsNotTaken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		left    int64
		err     error
		want    string
		dropped int
	}{
		{"closed pipe", 0, syscall.EPIPE, "after\n", 3},
		{"full disk", 0, syscall.ENOSPC, "after\n", 3},
		{"full after a line", 4, syscall.ENOSPC, "one\nafter\n", 2},
		{"full within a line", 6, syscall.ENOSPC, "one\ntw\nafter\n", 2},
		{"short without an error", 6, nil, "one\ntw\nafter\n", 2},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out := &breaking{err: tc.err}
			out.left.Store(tc.left)
			tel, err := telemetry.New(t.Context(), telemetry.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w := telemetry.NewLogWriter(out)
			if err := w.Observe(tel.MeterProvider()); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, "one\ntwo\nthree\n"); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("\npschook_log_lines_dropped_total %d\n", tc.dropped)
			for !strings.Contains(scrape(t, tel, "text/plain"), want) {
				runtime.Gosched() // go test stops a test that never gets there
			}
			out.left.Store(1 << 20) // repaired
			if _, err := io.WriteString(w, "after\n"); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tc.want {
				t.Errorf("%q came out, want %q", got, tc.want)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
