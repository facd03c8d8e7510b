package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pschook/internal/config"
	"pschook/internal/shipped"
)

// row is one thing that is done to the service, and what it promises meanwhile.
type row struct {
	name    string
	promise string
	// try returns what was measured, and an error when the promise was not held.
	try func(ctx context.Context, w *world) (string, error)
}

// world is what rows share.
type world struct {
	program string // path of pschook
	self    string // path of this program, for its other roles
	dir     string // for files; removed at the end
	short   bool
	env     config.Source // what child processes inherit
	ca      *authority

	calm time.Duration // p99 without any fault, once measured
}

// pick returns full, or the figure for the short form.
func pick[T any](w *world, full, short T) T {
	if w.short {
		return short
	}
	return full
}

// chaos tries all rows and prints the table.
func chaos(ctx context.Context, opts options, env config.Source, stdout io.Writer) error {
	w, err := newWorld(ctx, opts, env)
	if err != nil {
		return err
	}
	t := &table{out: stdout}
	t.head()
	began := time.Now()
	err = w.all(ctx, opts, t)
	t.foot(time.Since(began), loadAverage())
	if t.failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d rows did not hold", t.failed, t.rows))
	}
	return errors.Join(err, os.RemoveAll(w.dir))
}

func newWorld(ctx context.Context, opts options, env config.Source) (*world, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pschook-chaos-")
	if err != nil {
		return nil, err
	}
	w := &world{program: opts.program, self: self, dir: dir, short: opts.short, env: config.Source{}}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} { // nothing of PSCHOOK_ or a proxy may leak in
		if value := env[name]; value != "" {
			w.env[name] = value
		}
	}
	if w.ca, err = newAuthority(); err != nil {
		return nil, err
	}
	if w.program != "" {
		return w, nil
	}
	w.program = filepath.Join(dir, "pschook")
	if err := shipped.Build(ctx, ".", w.program, "-s -w"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return w, nil
}

// together is how many of the rows about Okta's faults run at the same time in the
// short form. They wait, mostly.
const together = 4

// all tries the rows: first the one that others are compared with, then those about
// Okta, then the others one by one, as each wants the machine for itself.
func (w *world) all(ctx context.Context, opts options, t *table) error {
	if err := w.measureCalm(ctx); err != nil {
		return fmt.Errorf("without any fault: %w", err)
	}
	t.add(row{name: "no fault", promise: "the measure for the others"}, fmt.Sprintf("p99 %s", ms(w.calm)), nil)
	slots := make(chan struct{}, pick(w, 1, together))
	var wg sync.WaitGroup
	for _, r := range faultRows() {
		if !opts.only.MatchString(r.name) {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			t.try(ctx, w, r)
		})
	}
	wg.Wait()
	for _, r := range append(append(rotationRows(), attackRows()...), cacheRow()) {
		if opts.only.MatchString(r.name) {
			t.try(ctx, w, r)
		}
	}
	return ctx.Err()
}

// table prints rows as they are done. It is safe for concurrent use.
type table struct {
	out io.Writer

	mu           sync.Mutex
	rows, failed int
}

const layout = "%-38s %-4s  %-66s  %s\n"

func (t *table) head() {
	_, _ = fmt.Fprintf(t.out, layout, "what is done", "held", "what is promised", "what was measured")
}

func (t *table) foot(took time.Duration, busy string) {
	_, _ = fmt.Fprintf(t.out, "%d rows, %d did not hold, %s; load average of the machine %s\n", t.rows, t.failed, took.Round(time.Second), busy)
}

// loadAverage says how busy the machine was, the last 1, 5 and 15 minutes.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 3 {
		return strings.Join(fields[:3], " ")
	}
	return "unknown"
}

// try tries a row, in the short form once more if it did not hold: a build server does
// something else now and then, and what is really broken fails twice.
func (t *table) try(ctx context.Context, w *world, r row) {
	measured, err := r.try(ctx, w)
	if err != nil && w.short && ctx.Err() == nil {
		first := err
		if measured, err = r.try(ctx, w); err == nil {
			measured = fmt.Sprintf("%s; held only the second time, the first: %s", measured, first)
		}
	}
	t.add(r, measured, err)
}

func (t *table) add(r row, measured string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	held := "yes"
	if t.rows++; err != nil {
		held = "NO"
		t.failed++
	}
	_, _ = fmt.Fprintf(t.out, layout, r.name, held, r.promise, measured)
	if err != nil {
		_, _ = fmt.Fprintf(t.out, "    %s\n", err)
	}
}

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// until polls every few milliseconds, for startTime at most, and returns how long it took.
func until(ctx context.Context, done func() bool) (time.Duration, error) {
	begin := time.Now()
	for {
		switch took := time.Since(begin); {
		case done():
			return took, nil
		case took > startTime:
			return took, fmt.Errorf("not within %s", startTime)
		case ctx.Err() != nil:
			return took, ctx.Err()
		}
		pause(ctx, 5*time.Millisecond)
	}
}
