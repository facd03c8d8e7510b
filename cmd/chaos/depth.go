package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"pschook/internal/trial"
	"pschook/oktaemu"
)

const (
	// depthCalls is how many calls the service in this row answers at a time.
	depthCalls = 4
	// depthAnswer is the time within which further calls get their 503. A hook call keeps a
	// transaction of the org open, and everybody's sign-ins share the limit on these (75 at
	// a time; Okta developer docs, reference/rl2-concurrency): failing at once is better
	// than making Okta wait.
	depthAnswer = 50 * time.Millisecond
)

// depthRow fills all places with calls that must wait, and sends more calls meanwhile.
func depthRow() row {
	return row{
		name:    "out of its depth: all places are taken",
		promise: fmt.Sprintf("calls beyond: 503, p99 < %s; the others within %s", depthAnswer, hookTimeout+coldSlack),
		try:     tryDepth,
	}
}

func tryDepth(ctx context.Context, w *world) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	if err := o.fault(oktaemu.Fault{Hang: true}); err != nil { // so that each call waits for the org id
		return "", err
	}
	s, err := o.start(ctx, w, map[string]string{"PSCHOOK_HOOK_MAX_CONCURRENT": fmt.Sprint(depthCalls)})
	if err != nil {
		return "", err
	}
	defer s.kill()
	d := &depths{}
	l := o.load(s, 100, pick(w, 10*time.Second, 2*time.Second))
	trial.Calls(ctx, l.rate, l.lasts, func(ctx context.Context, n int64) error {
		d.note(l.answered(ctx, n))
		return nil
	})
	return d.judge()
}

// answered sends a call and measures how long its answer takes.
func (l load) answered(ctx context.Context, n int64) (status int, took time.Duration, err error) {
	begin := time.Now()
	status, _, err = post(ctx, l.client, l.url, l.secret(), call{issuer: l.issuer, orgID: l.orgID, n: n}.body())
	return status, time.Since(begin), err
}

// depths are the times that answers took: at once with 503, or after waiting. It is safe
// for concurrent use.
type depths struct {
	mu           sync.Mutex
	busy, waited []time.Duration
	failed       error
}

func (d *depths) note(status int, took time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil:
		d.failed = err
	case status == http.StatusServiceUnavailable:
		d.busy = append(d.busy, took)
	case status == http.StatusOK:
		d.waited = append(d.waited, took)
	default:
		d.failed = fmt.Errorf("%w: status %d", errWrong, status)
	}
}

func (d *depths) judge() (string, error) {
	slices.Sort(d.busy)
	p99 := trial.Quantile(d.busy, 0.99)
	measured := fmt.Sprintf("%d got 503, p99 %s; %d waited", len(d.busy), ms(p99), len(d.waited))
	err := d.failed
	switch {
	case len(d.busy) == 0 || len(d.waited) == 0:
		err = errors.Join(err, errors.New("the service was not out of its depth"))
	case p99 > depthAnswer:
		err = errors.Join(err, fmt.Errorf("p99 of calls beyond is %s", ms(p99)))
	case slices.Max(d.waited) > hookTimeout+coldSlack:
		err = errors.Join(err, fmt.Errorf("a call waited %s", ms(slices.Max(d.waited))))
	}
	return measured, err
}
