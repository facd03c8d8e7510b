package orglookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// answer is the outcome of one question.
type answer struct {
	asked bool
	org   Org
	err   error
}

func (a answer) good() bool { return a.asked && a.err == nil }

var errAborted = errors.New("orglookup: the attempt broke off")

// attempt asks the open questions and records the outcome. The caller has set l.busy, and no other
// goroutine may make an attempt until attempt returns.
func (l *Lookup) attempt(ctx context.Context) {
	id, hosts := answer{asked: true, err: errAborted}, answer{}
	// Deferred, because a panic in a source must not leave l busy for ever.
	defer func() { l.finish(ctx, id, hosts) }()
	id, hosts = l.ask(ctx)
}

// ask asks for the id and for the hosts at the same time, if there is a source for each.
func (l *Lookup) ask(ctx context.Context) (id, hosts answer) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	if l.opts.WellKnown == nil {
		return l.question(ctx, l.opts.Source), answer{}
	}
	var wg sync.WaitGroup
	wg.Go(func() { hosts = l.question(ctx, l.opts.WellKnown) })
	id = l.question(ctx, l.opts.Source)
	if id.good() && l.known.Load() == nil {
		l.first(ctx, id.org) // callers that wait for the id need not wait for the hosts
	}
	wg.Wait()
	return id, hosts
}

// first publishes the first id while the hosts are still being fetched.
func (l *Lookup) first(ctx context.Context, org Org) {
	_ = l.publish(ctx, org, answer{}) // without hosts, publish reports no fault
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

func (l *Lookup) question(ctx context.Context, source Source) answer {
	org, err := source.Org(ctx)
	if err == nil {
		err = checkAgreedID(org.ID)
	}
	result := resultOf(err)
	if result == ResultCanceled && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		result = ResultTimeout
	}
	if result != ResultCanceled {
		l.metrics.lookup(ctx, source.Name(), result)
	}
	return answer{asked: true, org: org, err: err}
}

// finish publishes the answers and sets the time of the next attempt.
func (l *Lookup) finish(ctx context.Context, id, hosts answer) {
	if resultOf(id.err) == ResultRefused && hosts.good() {
		l.log.WarnContext(ctx, "credential refused, org id taken from the well-known document", "err", id.err, "org_id", hosts.org.ID)
		id = hosts
	}
	if id.err == nil {
		id.err = l.checkUnchanged(ctx, id.org)
	}
	if known, ok := l.Known(); id.err == nil {
		hosts.err = l.publish(ctx, id.org, hosts)
	} else if ok && hosts.good() {
		hosts.err = l.publish(ctx, known, hosts)
	}
	wait := l.schedule(id.err, hosts.err)
	l.report(ctx, id.err, hosts.err, wait)
	if id.err == nil {
		l.writeCache(ctx) // last, so that nobody who waits for the id waits for the disk
	}
}

// checkUnchanged raises the alarm when org has another id than the known one. The known id stays.
// Otherwise tokens with two different tid would come from one org, and anyone who can change the
// answer could change tid.
func (l *Lookup) checkUnchanged(ctx context.Context, org Org) error {
	known, ok := l.Known()
	if !ok || known.ID == org.ID {
		return nil
	}
	l.metrics.changed.Add(ctx, 1)
	return &Error{
		Source: org.Source, Op: "compare ids", Result: ResultChanged,
		Err: fmt.Errorf("the known id is %q, the answer says %q; the known id stays in use; if the change is intended, remove the cache file and restart",
			known.ID, org.ID),
	}
}

// publish makes org the known one. Its hosts are those of the well-known document, or those that
// were known before. It returns what is wrong with the hosts.
func (l *Lookup) publish(ctx context.Context, org Org, hosts answer) error {
	err := hosts.err
	if hosts.good() {
		// An agreed id may be an alias, which no document holds, so it is not compared.
		if org.Source != SourceStatic && hosts.org.ID != org.ID {
			err = &Error{
				Source: hosts.org.Source, Op: "compare ids", Result: ResultMismatch,
				Err: fmt.Errorf("the well-known document names %q, %s says %q; its hosts are not used", hosts.org.ID, org.Source, org.ID),
			}
		} else {
			org.Hosts = hosts.org.Hosts
		}
	}
	known, ok := l.Known()
	if ok && org.Hosts == nil {
		org.Hosts = known.Hosts
	}
	if org.FetchedAt.IsZero() {
		org.FetchedAt = l.opts.Now()
	}
	l.known.Store(&org)
	if !ok || known.Hosts == nil && org.Hosts != nil {
		l.log.InfoContext(ctx, "org known", "org_id", org.ID, "hosts", org.Hosts, "source", org.Source)
	}
	return err
}

// schedule ends the attempt and returns the wait until the next.
func (l *Lookup) schedule(idErr, hostsErr error) time.Duration {
	jitter := l.opts.Jitter()
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.opts.TTL - time.Duration(jitter*ttlSpread*float64(l.opts.TTL))
	if idErr == nil && hostsErr == nil {
		l.failures = 0
	} else {
		l.failures++
		limit := min(maxBackoff, l.opts.TTL)
		if _, known := l.has(wantHosts); known && (idErr == nil || resultOf(idErr) == ResultChanged) {
			limit = l.opts.TTL // no caller waits for it, so asking once per TTL is enough
		}
		asked := max(retryAfterOf(idErr), retryAfterOf(hostsErr))
		wait = backoff(l.failures, limit, jitter)
		wait = max(wait, asked+time.Duration(jitter*float64(asked)/10))
	}
	l.attempts++
	l.endedAt = l.opts.Now()
	l.due = l.endedAt.Add(wait)
	l.last = [2]error{wantID: idErr, wantHosts: cmp.Or(hostsErr, idErr)}
	l.busy = false
	l.wake()
	return wait
}

// hostsLevel is the log level of a failure to read the hosts. It is a warning once, because without
// hosts nobody can tell whether an issuer on a custom domain belongs to this org.
func (l *Lookup) hostsLevel(known Org) slog.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case known.Hosts != nil:
		return slog.LevelInfo
	case l.failures == 1:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func retryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return min(e.RetryAfter, maxRetryAfter)
	}
	return 0
}

func (l *Lookup) report(ctx context.Context, idErr, hostsErr error, wait time.Duration) {
	known, ok := l.Known()
	retryIn := wait.Round(time.Millisecond).String() // slog would write nanoseconds without a unit
	switch {
	case (idErr != nil || hostsErr != nil) && errors.Is(ctx.Err(), context.Canceled): // the service is stopping: nothing is wrong
	case resultOf(idErr) == ResultChanged:
		l.log.ErrorContext(ctx, "org id changed", "err", idErr, "org_id", known.ID, "retry_in", retryIn)
	case idErr != nil:
		l.log.WarnContext(ctx, "org lookup failed", "err", idErr, "known", ok, "retry_in", retryIn)
	case resultOf(hostsErr) == ResultMismatch:
		l.log.ErrorContext(ctx, "hosts of the org refused", "err", hostsErr, "retry_in", retryIn)
	case hostsErr != nil:
		l.log.Log(ctx, l.hostsLevel(known), "hosts of the org not read", "err", hostsErr, "known", known.Hosts != nil, "retry_in", retryIn)
	default:
		l.log.DebugContext(ctx, "org id confirmed", "org_id", known.ID, "source", known.Source)
	}
}
