package outcomes

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fakeLog is a System Log of n events that answers as Okta does. Its pages are numbered by their
// position in the log.
type fakeLog struct {
	events []string
	fault  func(calls int) (status int, header http.Header, body string) // status 0: none
	calls  int
	now    func() time.Time // Okta's clock
	since  time.Time        // of the last query that had it
}

func (f *fakeLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.calls++
	w.Header().Set("Date", f.now().UTC().Format(http.TimeFormat))
	if since, err := time.Parse(time.RFC3339, r.URL.Query().Get("since")); err == nil {
		f.since = since
	}
	if f.fault != nil {
		status, header, body := f.fault(f.calls)
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		if status != 0 {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	from = min(from, len(f.events))
	to := min(from+limit, len(f.events))
	w.Header().Add("Link", `<http://elsewhere.example/api/v1/logs?after=0>; rel="self"`)
	w.Header().Add("Link", fmt.Sprintf(`<http://elsewhere.example/api/v1/logs?limit=%d&after=%d>; rel="next"`, limit, to))
	_, _ = fmt.Fprintf(w, "[%s]", strings.Join(f.events[from:to], ","))
}

// reading is a reader of a fake log. Its clock stands still unless the test moves it.
type reading struct {
	*Reader

	log    *fakeLog
	ledger *Ledger
	now    time.Time
	waited time.Duration
	lines  bytes.Buffer
}

func newReading(t *testing.T, log *fakeLog) *reading {
	t.Helper()
	return newReadingAt(t, log, publishedAt())
}

func newReadingAt(t *testing.T, log *fakeLog, now time.Time) *reading {
	t.Helper()
	server := httptest.NewServer(log)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{log: log, now: now}
	clock := func() time.Time { return r.now }
	if log.now == nil {
		log.now = clock
	}
	r.ledger = NewLedger(Options{Now: clock})
	r.Reader = NewReader(ReaderOptions{
		Ledger: r.ledger, Client: server.Client(), OrgURL: address, Clients: []string{"0oaclient"}, Every: time.Minute,
		Now: clock, After: r.pass, Logger: slog.New(slog.NewTextHandler(&r.lines, nil)),
	})
	return r
}

// pass is a clock that goes on as soon as somebody waits, and counts how long was waited.
func (r *reading) pass(d time.Duration) <-chan time.Time {
	r.waited += d
	over := make(chan time.Time, 1)
	over <- r.now
	return over
}

// The log has a hundred thousand events, an outage, a lost position, rate limits and a page that is
// no log. Every tenth event comes twice. Each event counts once.
func TestReadsALongLog(t *testing.T) {
	t.Parallel()
	const transactions = 30_000
	log := &fakeLog{}
	want := Counts{Minted: transactions, Bare: transactions / 10, Results: map[Result]uint64{ResultDropped: transactions / 10, ResultFailed: transactions / 10}}
	for i := range transactions {
		log.events = append(log.events, logged(i, "app.oauth2.as.token.grant.id_token", "SUCCESS", ""),
			strings.Replace(logged(i, "app.oauth2.as.token.grant.access_token", "SUCCESS", ""), `"u-`, `"u-a`, 1),
			strings.Replace(logged(i, "user.session.start", "SUCCESS", ""), `"u-`, `"u-s`, 1))
		switch i % 10 {
		case 0:
			log.events = append(log.events, strings.Replace(logged(i, "inline_hook.response.processed", "FAILURE", "reserved"), `"u-`, `"u-d`, 1))
		case 1:
			failed := strings.Replace(logged(i, "inline_hook.executed", "FAILURE", "timeout"), `"u-`, `"u-f`, 1)
			log.events = append(log.events, failed, failed, `{"eventType":7}`)
		}
	}
	log.fault = func(calls int) (int, http.Header, string) {
		switch calls % 9 {
		case 2:
			return http.StatusTooManyRequests, http.Header{"X-Rate-Limit-Reset": {strconv.FormatInt(publishedAt().Unix()+30, 10)}, "Date": {publishedAt().Format(http.TimeFormat)}}, ""
		case 4:
			return http.StatusBadGateway, nil, "<html>"
		case 6:
			return http.StatusOK, nil, "{"
		case 8:
			return 0, http.Header{"X-Rate-Limit-Limit": {"100"}, "X-Rate-Limit-Remaining": {"3"}, "X-Rate-Limit-Reset": {strconv.FormatInt(publishedAt().Unix()+30, 10)}}, ""
		}
		return 0, nil, ""
	}
	r := newReading(t, log)
	r.now = r.now.Add(transactions * time.Second)
	for range 200 {
		r.now = r.now.Add(r.Poll(t.Context()))
	}
	lag := r.Lag()
	r.now = r.now.Add(time.Hour)
	want.Unclear = 1 // the same one always
	sameCounts(t, r.ledger.Counts(), want)
	t.Logf("%d events in %d calls", len(log.events), log.calls)
	if least := time.Duration(len(log.events)/stretch) * breath; r.waited < least {
		t.Errorf("read without giving way: waited %v, want at least %v", r.waited, least)
	}
	if lag > 2*time.Minute {
		t.Errorf("lag %s", lag)
	}
}

// A position in the log that Okta no longer knows is found again by time, and nothing counts twice.
func TestLostPlace(t *testing.T) {
	t.Parallel()
	log := &fakeLog{events: []string{logged(1, "inline_hook.executed", "FAILURE", "timeout")}}
	r := newReading(t, log)
	r.Poll(t.Context())
	log.fault = func(int) (int, http.Header, string) { return http.StatusBadRequest, nil, `{"errorCode":"E0000031"}` }
	r.Poll(t.Context())
	if since, _ := time.Parse(time.RFC3339, r.query.Get("since")); !since.Equal(publishedAt().Add(time.Second-overlap)) || r.query.Get("after") != "" {
		t.Errorf("goes on with %v", r.query)
	}
	log.fault = nil
	r.Poll(t.Context())
	sameCounts(t, r.ledger.Counts(), Counts{Results: map[Result]uint64{ResultFailed: 1}})
}

func TestWaits(t *testing.T) {
	t.Parallel()
	reset := http.Header{"X-Rate-Limit-Reset": {strconv.FormatInt(publishedAt().Unix()+90, 10)}, "Date": {publishedAt().Format(http.TimeFormat)}}
	low := reset.Clone()
	low.Set("X-Rate-Limit-Limit", "100")
	low.Set("X-Rate-Limit-Remaining", "24")
	far := http.Header{"X-Rate-Limit-Reset": {"99999999999"}}
	tests := []struct {
		name   string
		status int
		header http.Header
		want   time.Duration
		result ReadResult
		line   string // of the log; empty: none
	}{
		{"all read", 0, nil, time.Minute, ReadOK, ""},
		{"little is left", 0, low, 91 * time.Second, ReadLimited, ""},
		{"limited", http.StatusTooManyRequests, reset, 91 * time.Second, ReadLimited, ""},
		{"limited for years", http.StatusTooManyRequests, far, maxWait, ReadLimited, ""},
		{"limited, nobody says how long", http.StatusTooManyRequests, nil, time.Minute, ReadLimited, ""},
		{"no right", http.StatusForbidden, nil, time.Minute, ReadRefused, "okta.logs.read"},
		{"wrong token", http.StatusUnauthorized, nil, time.Minute, ReadRefused, "status 401"},
		{"down", http.StatusServiceUnavailable, nil, time.Minute, ReadUnreachable, "status 503"},
		{"gone", http.StatusGone, nil, time.Minute, ReadUnreadable, "status 410"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newReading(t, &fakeLog{fault: func(int) (int, http.Header, string) { return tt.status, tt.header, "" }})
			got, again := r.Poll(t.Context()), r.Poll(t.Context())
			if got != tt.want || again != tt.want || r.reads[tt.result].Load() != 2 {
				t.Errorf("waits %s, then %s, want %s; counted %d", got, again, tt.want, r.reads[tt.result].Load())
			}
			if lines := strings.Count(r.lines.String(), "\n"); tt.line == "" && lines != 0 || tt.line != "" && (lines != 1 || !strings.Contains(r.lines.String(), tt.line)) {
				t.Errorf("log:\n%s", &r.lines)
			}
		})
	}
}

// Mintings from before the start belong to calls of another process and do not count. Failures from
// before the start are reported.
func TestBeforeTheStart(t *testing.T) {
	t.Parallel()
	r := newReading(t, &fakeLog{events: []string{
		logged(-60, "inline_hook.executed", "FAILURE", "connection refused"),
		logged(-59, "app.oauth2.as.token.grant.id_token", "SUCCESS", ""),
		logged(-58, "policy.rule.update", "SUCCESS", ""),
	}})
	r.Poll(t.Context())
	sameCounts(t, r.ledger.Counts(), Counts{Results: map[Result]uint64{ResultFailed: 1}})
}

// Run goes on after a fault and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	var polls atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	r := newReading(t, &fakeLog{fault: func(calls int) (int, http.Header, string) { return []int{http.StatusBadGateway, 0}[calls%2], nil, "" }})
	r.opts.After = func(time.Duration) <-chan time.Time {
		if polls.Add(1) == 4 {
			cancel()
			return nil
		}
		fired := make(chan time.Time, 1)
		fired <- publishedAt()
		return fired
	}
	if err := r.Run(ctx); err != nil {
		t.Error(err)
	}
	if ok := r.reads[ReadOK].Load(); ok != 2 {
		t.Errorf("%d reads went well, want 2", ok)
	}
}

// A live log is read once, from since to its end, through a rate limit.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	log := &fakeLog{}
	for i := range 2*pageSize + 1 {
		log.events = append(log.events, logged(i, "inline_hook.executed", "FAILURE", "timeout"))
	}
	log.fault = func(calls int) (int, http.Header, string) {
		if calls == 2 {
			return http.StatusTooManyRequests, nil, ""
		}
		return 0, nil, ""
	}
	r := newReading(t, log)
	waited := make(chan time.Time, 1)
	r.opts.After = func(time.Duration) <-chan time.Time {
		waited <- publishedAt()
		return waited
	}
	s, err := Read(t.Context(), r.opts, publishedAt().Add(-time.Hour), Options{})
	if err != nil || s.Events != 2*pageSize+1 || s.Results[ResultFailed] != 2*pageSize+1 {
		t.Errorf("%d events, %v, error %v", s.Events, s.Results, err)
	}
	log.fault = func(int) (int, http.Header, string) { return http.StatusForbidden, nil, "" }
	if _, err := Read(t.Context(), r.opts, publishedAt(), Options{}); err == nil || !strings.Contains(err.Error(), "okta.logs.read") {
		t.Errorf("error %v", err)
	}
}
