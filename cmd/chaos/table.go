package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"pschook/internal/config"
	"pschook/internal/pki"
	"pschook/internal/shipped"
	"pschook/internal/trial"
	"pschook/internal/wait"
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
	program  string // path of pschook
	self     string // path of this program, for its other roles
	dir      string // for files; removed at the end
	short    bool
	env      config.Source // what child processes inherit
	required string        // programs that must be there, separated by commas
	ca       *pki.Authority

	processorTime func() trial.Times // of the machine

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
	t := newTable(stdout)
	t.head()
	began, before := time.Now(), w.processorTime()
	err = w.all(ctx, opts, t)
	t.foot(time.Since(began), w.processorTime().StolenSince(before))
	return errors.Join(err, t.result(opts.short), os.RemoveAll(w.dir))
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
	w := &world{program: opts.program, self: self, dir: dir, short: opts.short, env: config.Source{}, required: env["PSCHOOK_TEST_REQUIRE"], processorTime: processorTime}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} { // nothing of PSCHOOK_ or a proxy may leak in
		if value := env[name]; value != "" {
			w.env[name] = value
		}
	}
	if w.ca, err = pki.NewAuthority("chaos"); err != nil {
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

// processorTime is the machine's; where it cannot be read, nothing was stolen.
func processorTime() trial.Times {
	t, _ := trial.ReadTimes()
	return t
}

// stolenShare is the share of processor time above which a row that did not hold says
// nothing of the service: the machine itself stood still, for seconds perhaps.
const stolenShare = 0.01

// together is how many of the rows about Okta's faults run at the same time in the
// short form. They wait, mostly.
const together = 4

// all tries the rows: first the one that others are compared with, then those about
// Okta, then the others one by one, as each wants the machine for itself.
func (w *world) all(ctx context.Context, opts options, t *table) error {
	if err := w.measureCalm(ctx); err != nil {
		return fmt.Errorf("without any fault: %w", err)
	}
	t.add(row{name: "no fault", promise: "the measure for the others"}, held, fmt.Sprintf("p99 %s", ms(w.calm)), nil)
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
	for _, r := range slices.Concat(rotationRows(), proxyRows(w.required), attackRows(), []row{depthRow(), cacheRow()}) {
		if opts.only.MatchString(r.name) {
			t.try(ctx, w, r)
		}
	}
	return ctx.Err()
}

// table prints rows as they are done. It is safe for concurrent use.
type table struct {
	out io.Writer

	mu    sync.Mutex
	count map[verdict]int
}

func newTable(out io.Writer) *table { return &table{out: out, count: map[verdict]int{}} }

const layout = "%-38s %-4s  %-66s  %s\n"

func (t *table) head() {
	_, _ = fmt.Fprintf(t.out, layout, "what is done", "held", "what is promised", "what was measured")
}

func (t *table) foot(took time.Duration, stolen float64) {
	_, _ = fmt.Fprintf(t.out, "%d rows: %d held, %d did not, %d could not be judged; %s; %.1f %% of the processor time was taken by other machines\n",
		t.rows(), t.count[held], t.count[broken], t.count[unclear], took.Round(time.Second), 100*stolen)
}

// tries is how often a row that does not hold is tried: what is really broken fails each
// time.
const tries = 3

// errWrong is in every error that no slow machine explains: a wrong answer, a credential
// let in that should not be, a damaged file that was believed.
var errWrong = errors.New("wrong, not late")

// verdict is what the table says of a row.
type verdict string

const (
	held    verdict = "yes"
	broken  verdict = "NO"
	unclear verdict = "?" // it did not hold, but the machine was kept from running meanwhile
)

// try tries a row. One that does not hold is tried again where that tells something: in
// the short form once, since build servers do something else now and then, and as long
// as the hypervisor took processor time away. Neither excuses what is wrong rather than late.
func (t *table) try(ctx context.Context, w *world, r row) {
	earlier := ""
	for n := 1; ; n++ {
		before := w.processorTime()
		measured, err := r.try(ctx, w)
		stolen := w.processorTime().StolenSince(before)
		switch {
		case err == nil:
			t.add(r, held, measured+earlier, nil)
			return
		case errors.Is(err, errWrong):
			t.add(r, broken, measured, err)
			return
		case ctx.Err() == nil && (n < tries && stolen > stolenShare || n == 1 && w.short):
			earlier = fmt.Sprintf("; held only at try %d, before: %s", n+1, err)
		case stolen > stolenShare:
			t.add(r, unclear, measured, fmt.Errorf("%w; other machines took %.0f %% of this one's processor time", err, 100*stolen))
			return
		default:
			t.add(r, broken, measured, err)
			return
		}
	}
}

func (t *table) add(r row, v verdict, measured string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[v]++
	_, _ = fmt.Fprintf(t.out, layout, r.name, v, r.promise, measured)
	if err != nil {
		_, _ = fmt.Fprintf(t.out, "    %s\n", err)
	}
}

// result is an error unless all rows held. The short form lets rows pass that could not
// be judged: a build cannot influence what the machine below it does.
func (t *table) result(short bool) error {
	switch {
	case t.count[broken] > 0:
		return fmt.Errorf("%d of %d rows did not hold", t.count[broken], t.rows())
	case t.count[unclear] > 0 && !short:
		return fmt.Errorf("%d of %d rows could not be judged: run it again on a machine with processors of its own", t.count[unclear], t.rows())
	}
	return nil
}

func (t *table) rows() int { return t.count[held] + t.count[broken] + t.count[unclear] }

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

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
		_ = wait.For(ctx, 5*time.Millisecond)
	}
}
