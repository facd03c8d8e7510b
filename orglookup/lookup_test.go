package orglookup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pschook/orglookup"
)

// scripted is a Source that gives its answers in turn and repeats the last one.
type scripted struct {
	name    string
	mu      sync.Mutex
	answers []scriptedAnswer
	asked   []time.Time
	active  atomic.Int32
	most    atomic.Int32 // greatest number of simultaneous questions
}

type scriptedAnswer struct {
	org   orglookup.Org
	err   error
	after time.Duration // how long the answer takes
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Org(ctx context.Context) (orglookup.Org, error) {
	s.most.Store(max(s.most.Load(), s.active.Add(1)))
	defer s.active.Add(-1)
	s.mu.Lock()
	a := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked = append(s.asked, time.Now())
	s.mu.Unlock()
	select {
	case <-time.After(a.after):
	case <-ctx.Done():
		return orglookup.Org{}, ctx.Err()
	}
	a.org.Source = s.name
	return a.org, a.err
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// gaps returns the times between two questions.
func (s *scripted) gaps() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gaps []time.Duration
	for i := range s.asked[1:] {
		gaps = append(gaps, s.asked[i+1].Sub(s.asked[i]))
	}
	return gaps
}

// again returns a new source with the same answers.
func (s *scripted) again() *scripted { return &scripted{name: s.name, answers: s.answers} }

func management(answers ...scriptedAnswer) *scripted {
	return &scripted{name: orglookup.SourceManagement, answers: answers}
}

func wellKnown(answers ...scriptedAnswer) *scripted {
	return &scripted{name: orglookup.SourceWellKnown, answers: answers}
}

func gives(id string, hosts ...string) scriptedAnswer {
	return scriptedAnswer{org: orglookup.Org{ID: id, Hosts: hosts}}
}

func fails(result orglookup.Result, retryAfter time.Duration) scriptedAnswer {
	return scriptedAnswer{err: &orglookup.Error{Source: "management", Op: "GET /", Result: result, RetryAfter: retryAfter}}
}

func slow(after time.Duration, a scriptedAnswer) scriptedAnswer {
	a.after = after
	return a
}

func acme() *url.URL { return &url.URL{Scheme: "https", Host: "acme.okta.com"} }

func noJitter() float64 { return 0 }

// newLookup sets the options that the test leaves out: no jitter, the org acme.
func newLookup(t testing.TB, opts orglookup.Options) *orglookup.Lookup {
	t.Helper()
	opts.OrgURL = acme()
	if opts.Jitter == nil {
		opts.Jitter = noJitter
	}
	l, err := orglookup.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs l until the test's bubble ends.
func run(t *testing.T, l *orglookup.Lookup) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func wantOrg(t *testing.T, l *orglookup.Lookup, id string, hosts ...string) {
	t.Helper()
	org, ok := l.Known()
	if !ok || org.ID != id || !slices.Equal(org.Hosts, hosts) {
		t.Errorf("known: %v %+v, want %q with hosts %q", ok, org, id, hosts)
	}
}

func TestThousandCallersMakeOneCall(t *testing.T) {
	t.Parallel()
	for _, refresher := range []bool{true, false} {
		t.Run(fmt.Sprintf("run=%v", refresher), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				source := management(slow(time.Second, gives(orgID)))
				l := newLookup(t, orglookup.Options{Source: source})
				if refresher {
					run(t, l)
				}
				var wg sync.WaitGroup
				for range 1000 {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
						defer cancel()
						if org, err := l.Org(ctx); err != nil || org.ID != orgID {
							t.Errorf("got %+v, %v", org, err)
						}
					})
				}
				wg.Wait()
				if source.count() != 1 {
					t.Errorf("%d calls for 1000 callers, want 1", source.count())
				}
			})
		})
	}
}

// Many callers during an outage cause no more calls than the backoff allows.
func TestStormDuringOutage(t *testing.T) {
	t.Parallel()
	for _, refresher := range []bool{true, false} {
		t.Run(fmt.Sprintf("run=%v", refresher), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				source := management(fails(orglookup.ResultUnavailable, 0))
				l := newLookup(t, orglookup.Options{Source: source})
				if refresher {
					run(t, l)
				}
				started := time.Now()
				for time.Since(started) < time.Minute {
					var wg sync.WaitGroup
					for range 100 {
						wg.Go(func() {
							ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
							defer cancel()
							_, err := l.Org(ctx)
							var unknown *orglookup.NotKnownError
							if !errors.As(err, &unknown) {
								t.Errorf("error %v, want a *NotKnownError", err)
							}
						})
					}
					wg.Wait()
					time.Sleep(100 * time.Millisecond) // in the bubble's time
				}
				// 0, .5, 1.5, 3.5, 7.5, 15.5, 31.5 s, and 61.5 s is past the end.
				if n := source.count(); n != 7 {
					t.Errorf("%d calls in a minute of outage, want 7", n)
				}
				if most := source.most.Load(); most != 1 {
					t.Errorf("%d calls at the same time, want 1", most)
				}
			})
		})
	}
}

func TestOrgWaitsThroughFailuresUntilKnown(t *testing.T) {
	t.Parallel()
	for _, refresher := range []bool{true, false} {
		t.Run(fmt.Sprintf("run=%v", refresher), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				down := fails(orglookup.ResultNetwork, 0)
				l := newLookup(t, orglookup.Options{Source: management(down, down, gives(orgID))})
				if refresher {
					run(t, l)
				}
				started := time.Now()
				org, err := l.Org(t.Context())
				if took := time.Since(started); err != nil || org.ID != orgID || took != 1500*time.Millisecond {
					t.Errorf("got %+v, %v after %v, want the id after 0.5 s + 1 s", org, err, took)
				}
			})
		})
	}
}

func TestOrgEndsWithItsContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer scriptedAnswer
		cancel bool // ends the context without a deadline
		took   time.Duration
		is     error
		last   orglookup.Result
	}{
		{"hang", slow(time.Hour, gives(orgID)), false, 2 * time.Second, context.DeadlineExceeded, ""},
		{"caller_gone", slow(time.Hour, gives(orgID)), true, 2 * time.Second, context.Canceled, ""},
		// Attempts at 0, 0.5 and 1.5 s; the next, at 3.5 s, is past the deadline.
		{"down", fails(orglookup.ResultUnavailable, 0), false, 1500 * time.Millisecond, nil, orglookup.ResultUnavailable},
		{"rate_limited", fails(orglookup.ResultRateLimited, time.Minute), false, 0, nil, orglookup.ResultRateLimited},
		{"rate_limited_caller_gone", fails(orglookup.ResultRateLimited, time.Minute), true, 2 * time.Second, context.Canceled, orglookup.ResultRateLimited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLookup(t, orglookup.Options{Source: management(tt.answer)})
				run(t, l)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancel {
					time.AfterFunc(2*time.Second, cancel)
				} else {
					ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
					defer cancel()
				}
				started := time.Now()
				_, err := l.Org(ctx)
				if took := time.Since(started); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				var unknown *orglookup.NotKnownError
				if !errors.As(err, &unknown) || tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && unknown.Ended != nil {
					t.Fatalf("error %v, want a *NotKnownError because of %v", err, tt.is)
				}
				var last *orglookup.Error
				if errors.As(err, &last) != (tt.last != "") || last != nil && last.Result != tt.last {
					t.Errorf("last failure %v, want %q", last, tt.last)
				}
			})
		})
	}
}

func TestRunRefreshesEachTTL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ttl    time.Duration
		jitter float64
		want   time.Duration
	}{
		{"default", 0, 0, time.Hour},
		{"least", time.Second, 0, time.Second},
		{"spread", 100 * time.Second, 0.5, 95 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				source := management(gives(orgID))
				l := newLookup(t, orglookup.Options{Source: source, TTL: tt.ttl, Jitter: func() float64 { return tt.jitter }})
				run(t, l)
				time.Sleep(tt.want*3 + tt.want/2)
				if got, want := source.gaps(), []time.Duration{tt.want, tt.want, tt.want}; !slices.Equal(got, want) {
					t.Errorf("refreshed after %v, want %v", got, want)
				}
				if org, _ := l.Known(); time.Since(org.FetchedAt) != tt.want/2 {
					t.Errorf("FetchedAt is %v ago, want %v", time.Since(org.FetchedAt), tt.want/2)
				}
			})
		})
	}
}

func TestBackoffWhileUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer scriptedAnswer
		jitter float64
		want   []time.Duration
	}{
		{"doubles_up_to_30s", fails(orglookup.ResultNetwork, 0), 0, []time.Duration{
			500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second,
		}},
		{"jitter_halves_at_most", fails(orglookup.ResultNetwork, 0), 0.5, []time.Duration{375 * time.Millisecond, 750 * time.Millisecond}},
		{"refused_too", fails(orglookup.ResultRefused, 0), 0, []time.Duration{500 * time.Millisecond, time.Second}},
		{"okta_asks_for_more", fails(orglookup.ResultRateLimited, 40*time.Second), 0, []time.Duration{40 * time.Second, 40 * time.Second}},
		{"okta_asks_for_more_jittered", fails(orglookup.ResultRateLimited, 40*time.Second), 0.5, []time.Duration{42 * time.Second}},
		{"okta_asks_for_less", fails(orglookup.ResultRateLimited, time.Millisecond), 0, []time.Duration{500 * time.Millisecond, time.Second}},
		{"okta_asks_for_nonsense", fails(orglookup.ResultRateLimited, 1000*time.Hour), 0, []time.Duration{5 * time.Minute}},
		{"hang", slow(time.Hour, gives(orgID)), 0, []time.Duration{5500 * time.Millisecond, 6 * time.Second}},
		{"no_id", gives(""), 0, []time.Duration{500 * time.Millisecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				source := management(tt.answer)
				l := newLookup(t, orglookup.Options{Source: source, Jitter: func() float64 { return tt.jitter }})
				run(t, l)
				var total time.Duration
				for _, gap := range tt.want {
					total += gap
				}
				time.Sleep(total + time.Millisecond)
				if got := source.gaps(); !slices.Equal(got, tt.want) {
					t.Errorf("asked again after %v, want %v", got, tt.want)
				}
				if _, ok := l.Known(); ok {
					t.Error("a failure was taken for an answer")
				}
			})
		})
	}
}

func TestKnownIDSurvivesOutageAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := fails(orglookup.ResultUnavailable, 0)
		source := management(gives(orgID, "acme.okta.com"), down, down, fails(orglookup.ResultNotFound, 0), gives(orgID, "id.acme.example"))
		l := newLookup(t, orglookup.Options{Source: source, TTL: time.Minute})
		run(t, l)
		time.Sleep(time.Minute + 3*time.Second) // refused at 60, 60.5 and 61.5 s
		wantOrg(t, l, orgID, "acme.okta.com")
		if source.count() != 4 {
			t.Errorf("%d calls, want 4", source.count())
		}
		time.Sleep(time.Second) // answered at 63.5 s
		wantOrg(t, l, orgID, "id.acme.example")
		time.Sleep(time.Minute - time.Second)
		if source.count() != 5 {
			t.Errorf("%d calls, want 5: after a success the TTL counts again", source.count())
		}
	})
}

func TestBackoffStartsAnewAfterSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := fails(orglookup.ResultUnavailable, 0)
		source := management(down, down, gives(orgID), down, gives(orgID))
		run(t, newLookup(t, orglookup.Options{Source: source, TTL: time.Minute}))
		time.Sleep(62*time.Second + time.Millisecond)
		want := []time.Duration{500 * time.Millisecond, time.Second, time.Minute, 500 * time.Millisecond}
		if got := source.gaps(); !slices.Equal(got, want) {
			t.Errorf("asked again after %v, want %v", got, want)
		}
	})
}

// While Run is active no caller makes an attempt, because the caller's context would end it.
func TestCallersDoNotLeadBesideRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := management(fails(orglookup.ResultNetwork, 0), slow(time.Second, gives(orgID)))
		l := newLookup(t, orglookup.Options{Source: source})
		run(t, l)
		synctest.Wait()
		var hasty sync.WaitGroup
		for range 100 {
			hasty.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
				defer cancel()
				if _, err := l.Org(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("hasty caller: %v", err)
				}
			})
		}
		hasty.Wait()
		time.Sleep(800 * time.Millisecond) // to 1.5 s: the second attempt has run for a second
		synctest.Wait()
		wantOrg(t, l, orgID)
		if source.count() != 2 {
			t.Errorf("%d calls, want 2", source.count())
		}
	})
}

// A caller that waits for Run's next attempt makes it itself when Run stops.
func TestCallerTakesOverFromStoppedRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLookup(t, orglookup.Options{Source: management(fails(orglookup.ResultNetwork, 10*time.Second), gives(orgID))})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		synctest.Wait()
		caller := make(chan error)
		started := time.Now()
		go func() {
			_, err := l.Org(t.Context())
			caller <- err
		}()
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopped Run: %v", err)
		}
		if err := <-caller; err != nil || time.Since(started) != 10*time.Second {
			t.Errorf("caller: %v after %v, want the id after 10s", err, time.Since(started))
		}
	})
}

// lockedBuffer may be read while it is written to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestFailedLookupSaysWhenItIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		source := management(fails(orglookup.ResultUnavailable, 20*time.Second), gives(orgID))
		run(t, newLookup(t, orglookup.Options{Source: source, Logger: slog.New(slog.NewTextHandler(&log, nil))}))
		synctest.Wait()
		m := regexp.MustCompile(`"org lookup failed".* retry_in=(2[0-2](\.\d{1,3})?s)\n`).FindStringSubmatch(log.String())
		if m == nil {
			t.Fatalf("the log says no wait in seconds and milliseconds: %s", &log)
		}
		wait, err := time.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait + time.Millisecond)
		synctest.Wait()
		if source.count() != 2 {
			t.Errorf("%d calls after %v, want the one that was said to come", source.count(), wait)
		}
	})
}

func TestChangedIDIsAnAlarm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		source := management(gives(orgID, "acme.okta.com"), gives(otherID, "evil.example"), gives(orgID, "acme.okta.com"))
		l := newLookup(t, orglookup.Options{Source: source, TTL: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		run(t, l)
		time.Sleep(time.Minute + time.Millisecond)
		synctest.Wait()
		wantOrg(t, l, orgID, "acme.okta.com")
		if got := log.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, otherID) || !strings.Contains(got, "remove the cache file and restart") {
			t.Errorf("log:\n%s", got)
		}
		time.Sleep(time.Second)
		if org, _ := l.Known(); source.count() != 3 || time.Since(org.FetchedAt) > time.Second {
			t.Errorf("%d calls, known %+v: want the id confirmed anew", source.count(), org)
		}
	})
}

func TestRefusedCredentialFallsBackToWellKnown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		management orglookup.Result
		wellKnown  scriptedAnswer
		want       string
	}{
		{"refused", orglookup.ResultRefused, gives(orgID, "acme.okta.com"), orgID},
		{"refused_twice", orglookup.ResultRefused, fails(orglookup.ResultRefused, 0), ""},
		{"not_found", orglookup.ResultNotFound, gives(orgID, "acme.okta.com"), ""},
		{"unavailable", orglookup.ResultUnavailable, gives(orgID, "acme.okta.com"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				source := management(fails(tt.management, 0))
				l := newLookup(t, orglookup.Options{
					Source: source, WellKnown: wellKnown(tt.wellKnown), Logger: slog.New(slog.NewTextHandler(&log, nil)),
				})
				run(t, l)
				time.Sleep(time.Minute)
				synctest.Wait()
				if org, _ := l.Known(); org.ID != tt.want || tt.want != "" && (org.Source != "well-known" || len(org.Hosts) != 1) {
					t.Errorf("known %+v, want id %q", org, tt.want)
				}
				if told := strings.Contains(log.String(), "credential refused"); told != (tt.want != "") {
					t.Errorf("log:\n%s", &log)
				}
				if tt.want != "" && source.count() != 1 {
					t.Errorf("%d calls with a refused credential, want 1 per TTL", source.count())
				}
			})
		})
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	down := fails(orglookup.ResultUnavailable, 0)
	tests := []struct {
		name       string
		management []scriptedAnswer
		wellKnown  []scriptedAnswer
		wait       time.Duration
		want       []string
	}{
		{"joined", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{gives(orgID, "a.example")}, 0, []string{"a.example"}},
		{"first_id_waits_a_little", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{slow(900*time.Millisecond, gives(orgID, "a.example"))}, 900 * time.Millisecond, []string{"a.example"}},
		{"first_id_does_not_wait_long", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{slow(time.Hour, gives(orgID, "a.example"))}, time.Second, nil},
		{"retried", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{down, gives(orgID, "a.example")}, 500 * time.Millisecond, []string{"a.example"}},
		{"kept", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{gives(orgID, "a.example"), down}, 2 * time.Hour, []string{"a.example"}},
		{"of_another_org", []scriptedAnswer{gives(orgID)}, []scriptedAnswer{gives(otherID, "evil.example")}, 0, nil},
		{"while_the_id_fails", []scriptedAnswer{down, gives(orgID)}, []scriptedAnswer{gives(orgID, "a.example")}, 500 * time.Millisecond, []string{"a.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLookup(t, orglookup.Options{Source: management(tt.management...), WellKnown: wellKnown(tt.wellKnown...)})
				run(t, l)
				time.Sleep(tt.wait)
				synctest.Wait()
				wantOrg(t, l, orgID, tt.want...)
			})
		})
	}
}

// Hosts that cannot be read are asked for less and less often, down to once per TTL.
func TestHostsBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hosts := wellKnown(fails(orglookup.ResultNotFound, 0))
		var log bytes.Buffer
		l := newLookup(t, orglookup.Options{
			Source: management(gives(orgID)), WellKnown: hosts, TTL: 4 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		run(t, l)
		time.Sleep(12 * time.Second)
		synctest.Wait()
		want := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second}
		if got := hosts.gaps(); !slices.Equal(got, want) {
			t.Errorf("asked again after %v, want %v", got, want)
		}
		if strings.Count(log.String(), "level=WARN msg=\"hosts of the org not read\"") != 1 || strings.Count(log.String(), "level=") != 2 { // the line also says that the id is known
			t.Errorf("log:\n%s", &log)
		}
	})
}

func TestStaticIsKnownAtOnceAndLearnsHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		static, err := orglookup.NewStatic("OKTA_CHU")
		if err != nil {
			t.Fatal(err)
		}
		hosts := wellKnown(fails(orglookup.ResultNetwork, 0), gives(orgID, "acme.okta.com"))
		l := newLookup(t, orglookup.Options{Source: static, WellKnown: hosts})
		wantOrg(t, l, "OKTA_CHU")
		if hosts.count() != 0 {
			t.Error("New used the network")
		}
		run(t, l)
		time.Sleep(time.Second)
		wantOrg(t, l, "OKTA_CHU", "acme.okta.com")
	})
}

// A caller that waits for the hosts gets them as soon as they are known, however late. It gets an
// error as soon as no attempt can bring them in time.
func TestHostsAreWaitedFor(t *testing.T) {
	t.Parallel()
	static, err := orglookup.NewStatic("OKTA_CHU")
	if err != nil {
		t.Fatal(err)
	}
	doc := gives(orgID, "acme.okta.com", "login.hopital.example")
	tests := []struct {
		name      string
		source    orglookup.Source
		wellKnown *scripted
		took      time.Duration
		want      string // part of the error; "": the hosts
	}{
		{"at once", management(gives(orgID)), wellKnown(doc), 0, ""},
		{"later than the id", management(gives(orgID)), wellKnown(slow(1500*time.Millisecond, doc)), 1500 * time.Millisecond, ""},
		{"beside a fixed id", static, wellKnown(slow(1500*time.Millisecond, doc)), 1500 * time.Millisecond, ""},
		{"at the second try", static, wellKnown(fails(orglookup.ResultNetwork, 0), doc), 500 * time.Millisecond, ""},
		{"told while the id is not", management(slow(time.Second, gives(orgID))), wellKnown(doc), time.Second, ""},
		{"never", static, wellKnown(slow(time.Hour, doc)), 2 * time.Second, "the org hosts are not known"},
		{"not for long", static, wellKnown(fails(orglookup.ResultRateLimited, time.Minute)), 0, "the org hosts are not known: orglookup: management: GET /: over the rate limit"},
		{"of another org", management(gives(orgID)), wellKnown(gives(otherID, "acme.okta.com")), 1500 * time.Millisecond, "two documents name two orgs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, running := range []bool{true, false} {
					source := tt.source
					if s, ok := source.(*scripted); ok {
						source = s.again()
					}
					l := newLookup(t, orglookup.Options{Source: source, WellKnown: tt.wellKnown.again()})
					if running {
						run(t, l)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
					begin := time.Now()
					hosts, err := l.Hosts(ctx)
					cancel()
					if took := time.Since(begin); took != tt.took {
						t.Errorf("running %v: it took %v, want %v", running, took, tt.took)
					}
					switch {
					case tt.want == "" && (err != nil || len(hosts) != 2 || l.HostsFailure() != nil):
						t.Errorf("running %v: %v, %v", running, hosts, err)
					case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
						t.Errorf("running %v: %v, %v", running, hosts, err)
					}
				}
			})
		})
	}
}

// Known hosts are asked for again when a caller finds an unknown one: at most once a minute, and not
// before the next attempt is due after a failure. All callers share the answer.
func TestRenew(t *testing.T) {
	t.Parallel()
	before, after := gives(orgID, "acme.okta.com"), gives(orgID, "acme.okta.com", "login.hopital.example")
	for _, running := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			source := wellKnown(before, slow(time.Second, after), slow(time.Second, fails(orglookup.ResultUnavailable, 0)), slow(time.Hour, after))
			l := newLookup(t, orglookup.Options{Source: management(gives(orgID)), WellKnown: source})
			if running {
				run(t, l)
			}
			renew := func(timeout time.Duration, took time.Duration, hosts int, part string) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				begin := time.Now()
				got, err := l.Renew(ctx)
				if len(got) != hosts || (err == nil) != (part == "") || err != nil && !strings.Contains(err.Error(), part) || time.Since(begin) != took {
					t.Errorf("running %v: %v, %v after %v; want %d hosts, %q, after %v", running, got, err, time.Since(begin), hosts, part, took)
				}
			}
			if _, err := l.Hosts(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-time.After(59 * time.Second)
			renew(2*time.Second, 0, 1, "") // the first attempt was less than a minute ago
			<-time.After(time.Second)
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() { renew(2*time.Second, time.Second, 2, "") })
			}
			all.Wait()
			renew(2*time.Second, 0, 2, "")
			<-time.After(time.Minute)
			renew(2*time.Second, time.Second, 0, "unavailable")
			renew(2*time.Second, 0, 0, "unavailable") // Okta is asked again in its time
			if n := source.count(); n != 3 {
				t.Errorf("running %v: asked %d times, want 3", running, n)
			}
		})
	}
}

// Where nobody tells the hosts, nobody waits for them.
func TestHostsThatNobodyTells(t *testing.T) {
	t.Parallel()
	l := newLookup(t, orglookup.Options{Source: management(gives(orgID))})
	if _, err := l.Hosts(t.Context()); err == nil || !strings.Contains(err.Error(), "the org hosts are not known: no source is asked for them") {
		t.Errorf("error %v", err)
	}
}

// Once an id is known, the hosts do not depend on the Management API.
func TestHostsAreLearnedWhileTheIDIsNotConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLookup(t, orglookup.Options{
			Source:    management(gives(orgID), fails(orglookup.ResultUnavailable, 0)),
			WellKnown: wellKnown(fails(orglookup.ResultNetwork, 0), gives(orgID, "acme.okta.com")),
		})
		run(t, l)
		time.Sleep(time.Second)
		wantOrg(t, l, orgID, "acme.okta.com")
	})
}

func TestSecondRunIsRefusedAndRunCanRestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := management(slow(3*time.Second, gives(orgID)))
		l := newLookup(t, orglookup.Options{Source: source})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- l.Run(ctx) }()
		synctest.Wait()
		if err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "is running already") {
			t.Errorf("second Run: %v", err)
		}
		// When Run stops, a waiting caller takes over.
		caller := make(chan error)
		go func() {
			_, err := l.Org(t.Context())
			caller <- err
		}()
		time.Sleep(time.Second)
		stop()
		if err := <-done; err != nil {
			t.Errorf("stopped Run: %v", err)
		}
		if err := <-caller; err != nil {
			t.Errorf("caller: %v", err)
		}
		if source.count() != 2 || source.most.Load() != 1 {
			t.Errorf("%d calls, %d at a time; want 2, one after the other", source.count(), source.most.Load())
		}
		run(t, l)
	})
}

// When a caller's time ends during its own attempt, another caller takes over.
func TestLeaderHandsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLookup(t, orglookup.Options{Source: management(slow(time.Hour, gives(orgID)), gives(orgID))})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		hasty := make(chan error)
		go func() {
			_, err := l.Org(short)
			hasty <- err
		}()
		synctest.Wait()
		patient := make(chan error)
		go func() {
			_, err := l.Org(t.Context())
			patient <- err
		}()
		if err := <-hasty; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hasty caller: %v", err)
		}
		if err := <-patient; err != nil {
			t.Errorf("patient caller: %v", err)
		}
	})
}

func TestPanicInSourceDoesNotBlockLaterCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &panicking{scripted: management(gives(orgID))}
		l := newLookup(t, orglookup.Options{Source: source})
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_, _ = l.Org(t.Context())
		}()
		if org, err := l.Org(t.Context()); err != nil || org.ID != orgID {
			t.Errorf("got %+v, %v", org, err)
		}
	})
}

type panicking struct {
	*scripted
	once atomic.Bool
}

func (p *panicking) Org(ctx context.Context) (orglookup.Org, error) {
	if p.once.CompareAndSwap(false, true) {
		panic("first call")
	}
	return p.scripted.Org(ctx)
}

func TestKnownOrgCostsNothing(t *testing.T) {
	static, err := orglookup.NewStatic(orgID)
	if err != nil {
		t.Fatal(err)
	}
	l := newLookup(t, orglookup.Options{Source: static})
	ctx := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		if org, err := l.Org(ctx); err != nil || org.ID != orgID {
			t.Fatalf("got %+v, %v", org, err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := orglookup.Options{Source: management(gives(orgID)), OrgURL: acme()}
	tests := []struct {
		name   string
		change func(*orglookup.Options)
		want   string
	}{
		{"no_source", func(o *orglookup.Options) { o.Source = nil }, "Options.Source is missing"},
		{"no_url", func(o *orglookup.Options) { o.OrgURL = nil }, "has no host"},
		{"short_ttl", func(o *orglookup.Options) { o.TTL = time.Second - 1 }, "at least 1s is needed"},
		{"negative_timeout", func(o *orglookup.Options) { o.Timeout = -1 }, "must be positive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := good
			tt.change(&opts)
			if _, err := orglookup.New(opts); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := orglookup.New(good); err != nil {
		t.Errorf("good options: %v", err)
	}
}
