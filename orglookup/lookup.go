package orglookup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

const (
	defaultTTL = time.Hour
	minTTL     = time.Second
	// defaultTimeout bounds one attempt. Okta answers these documents within a
	// few hundred milliseconds.
	defaultTimeout = 5 * time.Second
)

// Options configure [New]. Source and OrgURL are required.
type Options struct {
	Source Source   // gives the id
	OrgURL *url.URL // URL of the org; the cache file belongs to it

	// WellKnown is asked for the hosts when Source does not tell them, and for the id when Okta
	// refuses Source's credential. With nil, nobody is asked. It is not needed when Source is a
	// *WellKnown itself.
	WellKnown Source

	TTL       time.Duration // time between refreshes, shortened at random by up to a tenth; 0: 1h; at least 1s
	Timeout   time.Duration // for one attempt; 0: 5s
	CacheFile string        // keeps the answer across restarts; its directory must exist; "": no file

	// ReadOnly never writes the cache file. It is for a program that runs beside the service.
	ReadOnly bool

	Logger        *slog.Logger         // nil: no log
	MeterProvider metric.MeterProvider // nil: no metrics
	Now           func() time.Time     // nil: time.Now
	Jitter        func() float64       // random number in [0,1), called by one goroutine at a time; nil: math/rand/v2
}

// Lookup knows the id and the hosts of one org. It is safe for concurrent use.
type Lookup struct {
	opts    Options
	log     *slog.Logger
	metrics *metrics

	known atomic.Pointer[Org]

	mu       sync.Mutex
	running  bool          // Run is active: no caller makes an attempt
	busy     bool          // an attempt is running
	due      time.Time     // time of the next attempt; zero: at once
	attempts int           // number of ended attempts
	endedAt  time.Time     // when the last attempt ended
	failures int           // attempts in a row that left a question unanswered
	last     [2]error      // errors of the last attempt, by want
	ended    chan struct{} // closed and renewed when an attempt ends, and when Run ends
}

// New checks opts and reads the cache file. It does not use the network: a nil error says that the
// options are well formed, not that Okta answers. With a [Static] source, or a good cache file, the
// id is known at once.
func New(opts Options) (*Lookup, error) {
	if opts.Source == nil {
		return nil, errors.New("orglookup: Options.Source is missing")
	}
	org, err := canonicalOrgURL(opts.OrgURL)
	if err != nil {
		return nil, err
	}
	opts.OrgURL = org
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	l := &Lookup{opts: opts, log: opts.Logger.With("org_url", org.String()), ended: make(chan struct{})}
	l.metrics, err = newMetrics(opts.MeterProvider, l.age, l.hostsKnown)
	if err != nil {
		return nil, err
	}
	l.start()
	return l, nil
}

func (o *Options) setDefaults() error {
	if o.TTL == 0 {
		o.TTL = defaultTTL
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.TTL < minTTL {
		return fmt.Errorf("orglookup: Options.TTL is %v, at least %v is needed", o.TTL, minTTL)
	}
	if o.Timeout < 0 {
		return fmt.Errorf("orglookup: Options.Timeout is %v, it must be positive", o.Timeout)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MeterProvider == nil {
		o.MeterProvider = noop.NewMeterProvider()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return nil
}

// start publishes what is known without the network.
func (l *Lookup) start() {
	cached, found := l.readCache()
	if s, ok := l.opts.Source.(*Static); ok {
		l.known.Store(&Org{ID: s.id, Hosts: cached.Hosts, Source: SourceStatic, FetchedAt: l.opts.Now()})
	} else if found {
		l.known.Store(&cached)
	}
}

// want is what a caller waits for.
type want int

const (
	wantID want = iota
	wantHosts
)

// Known returns the org if its id is known. Its hosts may still be unknown. It never waits.
func (l *Lookup) Known() (Org, bool) {
	if org := l.known.Load(); org != nil {
		return *org, true
	}
	return Org{}, false
}

// Org returns the org at once when its id is known. Otherwise it waits for the running attempt, or
// for later ones, until ctx ends. While [Lookup.Run] is not active, one of the callers makes the
// attempt itself. Org gives up early only when the next attempt comes after ctx's deadline. The
// error is a [*NotKnownError].
func (l *Lookup) Org(ctx context.Context) (Org, error) { return l.wait(ctx, wantID) }

// Hosts returns the hosts of the org's issuers. It waits for them as [Lookup.Org] waits for the id.
// They may become known later than the id. With a [Static] source, only the hosts are asked for.
// The error is a [*NotKnownError].
func (l *Lookup) Hosts(ctx context.Context) ([]string, error) {
	org, err := l.wait(ctx, wantHosts)
	return org.Hosts, err
}

// renewWait is the least time between an attempt and one that [Lookup.Renew] asks for.
const renewWait = time.Minute

// Renew returns the hosts of the org's issuers, for a caller that has found an unknown host: an
// administrator may just have added a custom domain. It asks again and waits as [Lookup.Hosts] does.
// It does not ask within a minute after the last attempt, nor before the next attempt is due after a
// failure. The error is a [*NotKnownError]: nobody knows at present whether the host is the org's.
func (l *Lookup) Renew(ctx context.Context) ([]string, error) {
	l.mu.Lock()
	target := l.attempts
	switch {
	case l.busy:
		target++
	case l.failures == 0 && l.asksHosts() && l.opts.Now().Sub(l.endedAt) >= renewWait:
		target++
		l.due = time.Time{}
		l.wake() // Run waits for a later time
	}
	l.mu.Unlock()
	behind := func() bool { return l.attempts < target }
	for {
		l.mu.Lock()
		waits, last := behind(), l.last[wantHosts]
		l.mu.Unlock()
		switch org, _ := l.Known(); {
		case !waits && last == nil:
			return org.Hosts, nil
		case !waits:
			return nil, &NotKnownError{What: wantHosts.String(), Last: last}
		}
		if ended := l.step(ctx, behind, false); ended != nil {
			return nil, l.notKnown(ended, wantHosts)
		}
	}
}

// HostsFailure returns why the last attempt did not bring the hosts. It returns nil when they are
// known or have never been asked for.
func (l *Lookup) HostsFailure() error {
	if _, ok := l.has(wantHosts); ok {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last[wantHosts]
}

// has returns the org if the wanted part of it is known.
func (l *Lookup) has(w want) (Org, bool) {
	org, ok := l.Known()
	return org, ok && (w == wantID || org.Hosts != nil)
}

func (l *Lookup) wait(ctx context.Context, w want) (Org, error) {
	if org, ok := l.has(w); ok {
		return org, nil
	}
	for {
		if err := l.hopeless(ctx, w); err != nil {
			return Org{}, err
		}
		ended := l.step(ctx, func() bool { _, known := l.has(w); return !known }, false)
		if org, ok := l.has(w); ok {
			return org, nil
		}
		if ended != nil {
			return Org{}, l.notKnown(ended, w)
		}
	}
}

// Run asks and refreshes until ctx ends, then returns nil. It returns an error at once if another
// Run is active on l.
func (l *Lookup) Run(ctx context.Context) error {
	l.mu.Lock()
	if l.running {
		l.mu.Unlock()
		return errors.New("orglookup: Run is running already")
	}
	l.running = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.running = false
		l.wake()
	}()
	for l.step(ctx, func() bool { return true }, true) == nil {
	}
	return nil
}

// step makes an attempt if one is due and this caller may make it. Otherwise it waits for the first
// of these: the running attempt ends, an attempt is due, ctx ends. needed says whether the caller
// still needs an attempt; it is called with l.mu held. step returns ctx's error.
func (l *Lookup) step(ctx context.Context, needed func() bool, refresher bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.mu.Lock()
	leads := !l.busy && (refresher || !l.running)
	wait := l.due.Sub(l.opts.Now())
	ended := l.ended
	if leads && wait <= 0 && needed() { // the answer may have come since the caller looked
		l.busy = true
		l.mu.Unlock()
		l.attempt(ctx)
		return ctx.Err()
	}
	l.mu.Unlock()
	var due <-chan time.Time
	if leads {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ended:
	case <-due:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// wake makes all waiting goroutines look again. l.mu is held.
func (l *Lookup) wake() {
	close(l.ended)
	l.ended = make(chan struct{})
}

// hopeless returns an error when the next attempt comes after ctx's deadline, so that waiting is
// useless. (While an attempt runs, due is in the past.)
func (l *Lookup) hopeless(ctx context.Context, w want) error {
	if w == wantHosts && !l.asksHosts() {
		return &NotKnownError{What: "hosts", Last: errNobodyAsked}
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last[w] == nil || l.due.Sub(l.opts.Now()) < time.Until(deadline) {
		return nil
	}
	return &NotKnownError{What: w.String(), Last: l.last[w]}
}

func (l *Lookup) notKnown(ended error, w want) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &NotKnownError{What: w.String(), Ended: ended, Last: l.last[w]}
}

// errNobodyAsked says why the hosts stay unknown when no source tells them.
var errNobodyAsked = errors.New("no source is asked for them")

// asksHosts reports whether some source tells the hosts.
func (l *Lookup) asksHosts() bool {
	_, itself := l.opts.Source.(*WellKnown)
	return itself || l.opts.WellKnown != nil
}

// String names what is wanted.
func (w want) String() string {
	if w == wantHosts {
		return "hosts"
	}
	return "id"
}

// hostsKnown is the value of a gauge: 1 when the hosts are known, else 0. ok is false when no
// source tells them.
func (l *Lookup) hostsKnown() (value int64, ok bool) {
	if _, known := l.has(wantHosts); known {
		return 1, true
	}
	return 0, l.asksHosts()
}

// age is the value of a gauge: seconds since the id was last confirmed.
func (l *Lookup) age() (float64, bool) {
	org, ok := l.Known()
	if !ok || org.Source == SourceStatic {
		return 0, ok
	}
	return max(0, l.opts.Now().Sub(org.FetchedAt).Seconds()), true
}
