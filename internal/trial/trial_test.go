package trial_test

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pschook/internal/trial"
)

func TestParseTimes(t *testing.T) {
	t.Parallel()
	const stat = "cpu  100 20 30 1000 50 1 2 3 40 0\ncpu0 50 10 15 500 25 0 1 1 20 0\n"
	got, err := trial.ParseTimes(stat)
	if err != nil || got.Busy != 1560*time.Millisecond || got.All != 12_060*time.Millisecond || got.Stolen != 30*time.Millisecond {
		t.Errorf("got %+v, %v, want 156 ticks of 1206, 3 of them stolen", got, err)
	}
	for text, want := range map[string]string{"": "not what is expected", "cpu0 1 2 3 4 5 6 7 8 9 10\n": "not what is expected", "cpu a 2 3 4 5 6 7 8\n": `parsing "a"`} {
		if _, err := trial.ParseTimes(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestStolenSince(t *testing.T) {
	t.Parallel()
	before := trial.Times{All: 100 * time.Second, Stolen: time.Second}
	for after, want := range map[trial.Times]float64{
		{All: 104 * time.Second, Stolen: 2 * time.Second}: 0.25,
		{All: 104 * time.Second, Stolen: time.Second}:     0,
		before: 0,
	} {
		if got := after.StolenSince(before); math.Abs(got-want) > 1e-9 {
			t.Errorf("%+v: got %v, want %v", after, got, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i+1) * time.Millisecond
	}
	tests := []struct {
		name   string
		sorted []time.Duration
		q      float64
		want   time.Duration
	}{
		{name: "none", q: 0.5},
		{name: "median", sorted: hundred, q: 0.5, want: 50 * time.Millisecond},
		{name: "p99", sorted: hundred, q: 0.99, want: 99 * time.Millisecond},
		{name: "between_ranks", sorted: hundred, q: 0.991, want: 100 * time.Millisecond},
		{name: "least", sorted: hundred, q: 0, want: time.Millisecond},
		{name: "most", sorted: hundred, q: 1, want: 100 * time.Millisecond},
		{name: "p99_of_few", sorted: hundred[:3], q: 0.99, want: 3 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := trial.Quantile(tt.sorted, tt.q); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// virtual is time inside a synctest bubble.
type virtual struct{}

func (virtual) Now() time.Time         { return time.Now() }
func (virtual) SleepUntil(t time.Time) { <-time.After(time.Until(t)) }

// TestSteady holds that calls are due on time, that one that waits makes none less, and what ends a load.
func TestSteady(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	tests := []struct {
		name  string
		lasts time.Duration
		begin func(n int64, cancel func()) error
		begun []int // ms after the first at which calls begin, each due 10 ms after the one before
		err   error
	}{
		{name: "for a time", lasts: 35 * time.Millisecond, begun: []int{0, 10, 20, 30}},
		{name: "late", lasts: 50 * time.Millisecond, begin: func(n int64, _ func()) error {
			if n == 1 {
				<-time.After(25 * time.Millisecond)
			}
			return nil
		}, begun: []int{0, 10, 35, 35, 40}},
		{name: "context", begin: func(n int64, cancel func()) error {
			if n == 2 {
				cancel()
			}
			return nil
		}, begun: []int{0, 10, 20}},
		{name: "error", begin: func(n int64, _ func()) error {
			if n == 1 {
				return stop
			}
			return nil
		}, begun: []int{0, 10}, err: stop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				first := time.Now()
				var begun []int
				err := trial.Steady(ctx, virtual{}, 100, tt.lasts, func(n int64, due time.Time) error {
					begun = append(begun, int(time.Since(first).Milliseconds()))
					if want := first.Add(time.Duration(n) * 10 * time.Millisecond); !due.Equal(want) {
						t.Errorf("call %d is due at %v, want %v", n, due, want)
					}
					if tt.begin == nil {
						return nil
					}
					return tt.begin(n, cancel)
				})
				if !errors.Is(err, tt.err) || !slices.Equal(begun, tt.begun) {
					t.Errorf("begun at %v: %v; want %v: %v", begun, err, tt.begun, tt.err)
				}
			})
		})
	}
}

// TestCalls holds that failures are counted, and calls that go on when the load has ended waited for.
func TestCalls(t *testing.T) {
	t.Parallel()
	o := trial.Calls(t.Context(), 1000, 10*time.Millisecond, func(_ context.Context, n int64) error {
		if n%2 == 1 {
			return errors.New("odd")
		}
		return nil
	})
	if o.Sent != 10 || o.Failed != 5 || len(o.Failures) != 3 || !strings.HasSuffix(o.Failures[0], ": odd") || len(o.Latencies) != 10 || o.P99() != o.Latencies[9] {
		t.Errorf("%+v", o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := false
	o = trial.Calls(ctx, 1, 0, func(ctx context.Context, _ int64) error {
		cancel()
		ended = ctx.Err() == nil
		return nil
	})
	if o.Sent != 1 || !ended {
		t.Errorf("%+v; the call outlived the load: %v", o, ended)
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	const status = "Name:\tpschook\nVmHWM:\t   20480 kB\nVmRSS:\t   18204 kB\nRssAnon:\t 1 kB\n"
	for field, want := range map[string]int64{"VmRSS": 18204 << 10, "VmHWM": 20480 << 10} {
		if got, err := trial.ParseMemory(status, field); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", field, got, err, want)
		}
	}
	if _, err := trial.ParseMemory("Name:\tkthreadd\n", "VmRSS"); err == nil || !strings.Contains(err.Error(), "no VmRSS") {
		t.Errorf("a kernel thread: %v", err)
	}
	if _, err := trial.Memory(-1, "VmRSS"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no process: %v", err)
	}
}
