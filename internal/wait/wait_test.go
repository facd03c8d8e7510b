package wait_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pschook/internal/wait"
)

func TestFor(t *testing.T) {
	t.Parallel()
	if err := wait.For(t.Context(), time.Nanosecond); err != nil {
		t.Errorf("after the time: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait.For(ended, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v, want %v", err, context.Canceled)
	}
}
