package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
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

// A reader that stopped reading holds nobody up; what was lost is counted, what was not comes out when it goes on.
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
	const sent = 16_000 // 16 MB: several times what may wait
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
