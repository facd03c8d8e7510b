package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"pschook/internal/config"
	"pschook/oktaemu"
)

const (
	// faultSlack is what a fault may add to the slowest calls once an id is known.
	faultSlack = 50 * time.Millisecond
	// calmP99 is what calls may take without a fault for the comparison to mean anything.
	calmP99 = 500 * time.Millisecond
	// coldSlack is what an answer without an id may take over the hook's timeout.
	coldSlack = 100 * time.Millisecond
	// attemptTime is how long the service gives one question to Okta.
	attemptTime = 5 * time.Second
	// recoverySlack is for the question itself, and for seeing its result.
	recoverySlack = 500 * time.Millisecond
)

// faultRate is the load during an outage, in calls a second.
func (w *world) faultRate() int { return pick(w, 200, 50) }

func (w *world) faultTime() time.Duration { return pick(w, 20*time.Second, 2*time.Second) }

// outage is a fault of the Management API, and of all else of the org unless only
// says otherwise.
type outage struct {
	name   string
	fault  oktaemu.Fault
	begin  func(*okta) error // instead of fault
	end    func(*okta)
	secure bool // https
	named  bool // https by a name

	falsified bool // answers are well formed, but not this org's: a cold start cannot tell
	fallback  bool // another document tells the id, so that a cold start finds it
	hangs     bool // an attempt that has begun lasts as long as it may
}

func outages() []outage {
	status := func(code int) oktaemu.Fault { return oktaemu.Fault{Status: code} }
	text := func(s string) *string { return &s }
	return []outage{
		{name: "Okta 401", fault: status(401)},
		{name: "Okta 403", fault: status(403)},
		{name: "Okta 401, well-known document fine", fault: oktaemu.Fault{PathPrefix: "/api", Status: 401}, fallback: true},
		{name: "Okta 404", fault: status(404)},
		{name: "Okta 429, reset in 2 s", fault: oktaemu.Fault{Status: 429, RetryAfterS: 2}},
		{name: "Okta 500", fault: status(500)},
		{name: "Okta 503", fault: status(503)},
		{name: "Okta hangs", fault: oktaemu.Fault{Hang: true}, hangs: true},
		{name: "Okta answers garbage", fault: oktaemu.Fault{Body: text("<html>bonjour</html>"), ContentType: "text/html"}},
		{name: "Okta answers as another org", fault: oktaemu.Fault{Body: text(`{"id":"00oANOTHERorg0000000","companyName":"other"}`)}, falsified: true},
		{name: "Okta cuts connections", fault: oktaemu.Fault{Cut: true}},
		{
			name: "DNS fails", named: true,
			begin: func(o *okta) error { o.dns.broken.Store(true); return nil }, end: func(o *okta) { o.dns.broken.Store(false) },
		},
		{
			name: "TLS fails: unknown authority", secure: true,
			begin: func(o *okta) error { o.stranger.Store(true); return nil }, end: func(o *okta) { o.stranger.Store(false) },
		},
	}
}

func faultRows() []row {
	var rows []row
	for i, f := range outages() {
		promise := fmt.Sprintf("right, p99 +%s at most; cold: not ready, %s, back in 1 step", faultSlack, hookTimeout+coldSlack)
		switch {
		case f.falsified:
			promise = fmt.Sprintf("right by the known id, p99 +%s at most; after a restart, too", faultSlack)
		case f.fallback:
			promise = fmt.Sprintf("right, p99 +%s at most; cold: ready by the other document", faultSlack)
		}
		onFailure := []string{config.OnFailureDeny, config.OnFailureOmit}[i%2]
		rows = append(rows, row{name: f.name, promise: promise, try: func(ctx context.Context, w *world) (string, error) { return f.try(ctx, w, onFailure) }})
	}
	return rows
}

func (f outage) org(ctx context.Context, w *world) (*okta, error) {
	if f.secure || f.named {
		return w.secureOrg(ctx, f.named)
	}
	return plainOrg()
}

func (f outage) inject(o *okta) error {
	if f.begin != nil {
		return f.begin(o)
	}
	return o.fault(f.fault)
}

func (f outage) clear(o *okta) {
	if f.end != nil {
		f.end(o)
		return
	}
	o.org.ClearFaults()
}

// measureCalm finds the p99 without a fault, once the machine is calm enough for it.
func (w *world) measureCalm(ctx context.Context) (err error) {
	for range tries {
		if w.calm, err = w.faultless(ctx); err != nil || w.calm <= calmP99 {
			return err
		}
	}
	return fmt.Errorf("p99 is %s: this machine is too slow, or too busy, to tell what a fault adds", ms(w.calm))
}

// faultless is the p99 without a fault.
func (w *world) faultless(ctx context.Context) (time.Duration, error) {
	o, err := plainOrg()
	if err != nil {
		return 0, err
	}
	defer o.close()
	s, err := o.start(ctx, w, nil)
	if err != nil {
		return 0, err
	}
	defer s.kill()
	if err := s.waitReady(ctx); err != nil {
		return 0, err
	}
	out := o.load(s, w.faultRate(), w.faultTime()).run(ctx)
	return out.P99(), out.check()
}

// try breaks Okta under a service that knows the id, then starts one that does not,
// then repairs Okta.
func (f outage) try(ctx context.Context, w *world, onFailure string) (string, error) {
	o, err := f.org(ctx, w)
	if err != nil {
		return "", err
	}
	defer o.close()
	cache := filepath.Join(w.dir, fmt.Sprintf("org-%s.json", strings.ReplaceAll(f.name, " ", "-")))
	warm, err := f.warm(ctx, w, o, cache)
	if err != nil {
		return warm, err
	}
	set := map[string]string{"PSCHOOK_ON_FAILURE": onFailure}
	if f.falsified {
		set["PSCHOOK_ORG_CACHE_FILE"] = cache
	}
	s, err := o.start(ctx, w, set)
	if err != nil {
		return warm, err
	}
	defer s.kill()
	if f.falsified || f.fallback {
		if err := s.waitReady(ctx); err != nil {
			return warm, err
		}
		out := o.load(s, 10, time.Second).run(ctx)
		return warm + "; cold: ready, all right", out.check()
	}
	slowest, err := f.cold(ctx, o, s, onFailure)
	measured := fmt.Sprintf("%s; cold: %s in %s", warm, onFailure, ms(slowest))
	if err != nil {
		return measured, err
	}
	took, most, err := f.recover(ctx, o, s)
	return fmt.Sprintf("%s, back in %.1f s (step %.1f s)", measured, took.Seconds(), most.Seconds()), err
}

// warm loads a service that has learnt the id before the fault.
func (f outage) warm(ctx context.Context, w *world, o *okta, cache string) (string, error) {
	s, err := o.start(ctx, w, map[string]string{"PSCHOOK_ORG_CACHE_FILE": cache})
	if err != nil {
		return "", err
	}
	defer s.kill()
	if err := s.waitReady(ctx); err != nil {
		return "", err
	}
	if err := f.inject(o); err != nil {
		return "", err
	}
	lasts := w.faultTime()
	if f.hangs {
		lasts = max(lasts, attemptTime+2*time.Second) // so that a question ends meanwhile
	}
	out := o.load(s, w.faultRate(), lasts).run(ctx)
	measured := fmt.Sprintf("%d calls, %d wrong, p99 %s", out.Sent, out.Failed, ms(out.P99()))
	if err := out.check(); err != nil {
		return measured, err
	}
	if p99 := out.P99(); p99 > w.calm+faultSlack {
		return measured, fmt.Errorf("p99 is %s, without the fault %s", ms(p99), ms(w.calm))
	}
	if !s.ready(ctx) {
		return measured, fmt.Errorf("the service that knows the id is not ready")
	}
	return measured, f.met(ctx, s)
}

// met makes sure that the service has run into the fault: otherwise the row shows nothing.
func (f outage) met(ctx context.Context, s *service) error {
	all, err := s.metric(ctx, "pschook_org_lookup_total")
	if err != nil {
		return err
	}
	good, err := s.metric(ctx, "pschook_org_lookup_total", `result="ok"`)
	if err != nil {
		return err
	}
	changed, err := s.metric(ctx, "pschook_org_id_changed_total")
	if err == nil && all == good && changed == 0 {
		err = fmt.Errorf("of %v lookups none met the fault", all)
	}
	return err
}

// cold asks a service that cannot learn the id, and returns the slowest answer.
func (f outage) cold(ctx context.Context, o *okta, s *service, onFailure string) (time.Duration, error) {
	var slowest time.Duration
	for n := range int64(4) {
		if s.ready(ctx) {
			return slowest, fmt.Errorf("it says that it is ready")
		}
		c := call{issuer: o.issuer(), n: n}
		begin := time.Now()
		status, body, err := post(ctx, s.client, s.url, hookSecret, c.body())
		took := time.Since(begin)
		slowest = max(slowest, took)
		right := body == c.answer() // without tid
		if onFailure == config.OnFailureDeny {
			right = strings.HasPrefix(body, `{"error":{"errorSummary":"Connexion impossible`)
		}
		switch {
		case err != nil:
			return slowest, err
		case status != http.StatusOK || !right:
			return slowest, fmt.Errorf("%w: answered %d %s", errWrong, status, body)
		case took > hookTimeout+coldSlack:
			return slowest, fmt.Errorf("an answer took %s", took)
		}
	}
	return slowest, nil
}

// recover ends the fault and returns how long the service took to be ready, and the
// longest that it may.
func (f outage) recover(ctx context.Context, o *okta, s *service) (took, most time.Duration, err error) {
	before := s.lastRetry()
	f.clear(o)
	took, err = until(ctx, func() bool { return s.ready(ctx) })
	if err != nil {
		return took, most, fmt.Errorf("not ready again: %w: %s", err, s.lines())
	}
	most = max(before, s.lastRetry()) // a question may have been under way, and failed
	if f.hangs {
		most += attemptTime // that question hangs on, then comes the step
	}
	if took > most+recoverySlack {
		return took, most, fmt.Errorf("ready only after %s", took)
	}
	out := o.load(s, 10, time.Second).run(ctx)
	return took, most, out.check()
}
