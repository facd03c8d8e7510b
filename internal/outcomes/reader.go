package outcomes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of reading.
const (
	pageSize     = 1000            // the most that Okta gives at once
	maxPageBytes = 16 << 20        // 1000 events of 16 KiB
	maxPages     = 50              // in one poll: when an org logs more than that in a minute, the next poll follows at once
	lookBack     = 5 * time.Minute // before the start: shows what failed while the service was down
	overlap      = 5 * time.Minute // read again when the position in the log is lost
	skewed       = time.Minute     // by more than that the clocks of Okta and of the service differ
	maxWait      = 5 * time.Minute // even if a rate limit asks for more: Okta counts by the minute
	keepFree     = 0.25            // part of the rate limit that is left to other readers of the log
	maxClients   = 20              // in the filter, because Okta bounds the length of URLs
	callTime     = 30 * time.Second

	// While the service runs it reads at most 1,000 events a second, as many as Okta gives on a page, and a few at a time: the
	// calls of the hook find a core free, and their p99 stays the same. That is far above what an org logs about its hook.
	stretch = 5
	breath  = 5 * time.Millisecond
)

// ReadResult is how a read of the log ended, as counted in pschook_okta_log_reads_total.
type ReadResult string

// All results of a read.
const (
	ReadOK          ReadResult = "ok"
	ReadLimited     ReadResult = "limited"     // 429, or almost
	ReadRefused     ReadResult = "refused"     // 401, 403: the credential lacks okta.logs.read
	ReadUnreachable ReadResult = "unreachable" // no answer, 5xx
	ReadUnreadable  ReadResult = "unreadable"  // an answer that is not a log
)

func readResults() []ReadResult {
	return []ReadResult{ReadOK, ReadLimited, ReadRefused, ReadUnreachable, ReadUnreadable}
}

// ReaderOptions are those of [NewReader]. All fields but Clients are required.
type ReaderOptions struct {
	Ledger  *Ledger
	Client  *http.Client // sends a credential that has okta.logs.read
	OrgURL  *url.URL
	Clients []string      // clients whose mintings are read; empty: all clients
	Every   time.Duration // time between reads
	Now     func() time.Time
	After   func(time.Duration) <-chan time.Time
	Logger  *slog.Logger
}

// Reader polls the System Log as Okta recommends: a query without an end, oldest first, following
// the next link for ever (System Log API, "Polling requests"). It never delays a hook call. Run it
// in one goroutine. Only [Reader.ReadNow] may be called from other goroutines.
type Reader struct {
	opts    ReaderOptions
	begun   time.Time  // by the service's clock
	started time.Time  // the same by Okta's clock, as soon as Okta has answered
	synced  bool       // Okta has answered
	query   url.Values // query of the next page
	newest  time.Time  // by Okta's clock: up to here the log was read
	failing bool
	limited bool // the last read met the rate limit

	wanted   chan chan struct{}        // each channel is closed after a read that began later
	caughtUp atomic.Pointer[time.Time] // when the end of the log was last reached
	reads    map[ReadResult]*atomic.Uint64
}

// NewReader returns a Reader. It sends nothing.
func NewReader(opts ReaderOptions) *Reader {
	now := opts.Now()
	r := &Reader{opts: opts, begun: now, started: now.Truncate(time.Second), newest: now.Truncate(time.Second).Add(-lookBack), reads: make(map[ReadResult]*atomic.Uint64), wanted: make(chan chan struct{})}
	for _, result := range readResults() {
		r.reads[result] = new(atomic.Uint64)
	}
	r.caughtUp.Store(&now)
	r.query = r.queryFrom(r.newest)
	return r
}

// Run reads until ctx ends, and returns nil. It logs a fault once, counts it, and tries again.
func (r *Reader) Run(ctx context.Context) error {
	var asked chan struct{} // closed by Run after this read, for the caller that waits
	for ctx.Err() == nil {
		wait := r.Poll(ctx)
		if asked != nil {
			close(asked)
		}
		asked = r.rest(ctx, wait)
	}
	return nil
}

// rest waits for the next turn, or until somebody wants a read now. After a fault or at a rate
// limit, nobody can shorten the wait.
func (r *Reader) rest(ctx context.Context, wait time.Duration) (asked chan struct{}) {
	turn := r.opts.After(wait)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-turn:
			return nil
		case asked := <-r.wanted:
			if wait == r.opts.Every && !r.failing && !r.limited {
				return asked
			}
			close(asked)
		}
	}
}

// ReadNow makes Run read the log now, unless Run is waiting after a fault or for a rate limit. It
// returns when the read has ended or ctx ends. It is safe for concurrent use while Run runs.
func (r *Reader) ReadNow(ctx context.Context) {
	done := make(chan struct{})
	select {
	case r.wanted <- done:
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Lag returns how long ago the end of the log was last reached. A clock that is set back does not
// make it shorter, if Now has a monotonic reading.
func (r *Reader) Lag() time.Duration {
	return max(0, r.opts.Now().Sub(*r.caughtUp.Load()))
}

// CaughtUp returns when the end of the log was last reached; false when it never was.
func (r *Reader) CaughtUp() (at time.Time, ever bool) {
	at = *r.caughtUp.Load()
	return at, at != r.begun
}

// Poll reads what is new and returns how long to wait before the next poll.
func (r *Reader) Poll(ctx context.Context) time.Duration {
	begin, end := r.newest, logEnd{recent: r.opts.Every}
	for range maxPages {
		p, err := r.opts.page(ctx, r.query, r.giveWay)
		if err != nil {
			return r.failed(ctx, err)
		}
		if r.sync(p.date) {
			continue
		}
		ended := end.reached(p, r.query)
		r.take(ctx, p)
		r.recovered(ctx)
		if ended {
			r.reachedEnd(p.date)
		}
		switch r.limited = p.wait > 0; {
		case r.limited && ended:
			return max(p.wait, r.opts.Every)
		case r.limited:
			return p.wait
		case ended:
			return r.opts.Every
		}
	}
	if !r.newest.After(begin) {
		return r.failed(ctx, &readError{result: ReadUnreadable, lost: true, err: fmt.Errorf("%d pages without anything new", maxPages)})
	}
	return 0
}

// sync learns from the first answer what the time is at Okta. It reports whether the clocks differ
// so much that the log must be read from another time.
func (r *Reader) sync(date time.Time) (again bool) {
	if r.synced {
		return false
	}
	r.synced = true
	skew := date.Sub(r.opts.Now())
	if skew.Abs() <= skewed {
		return false
	}
	r.started = r.begun.Add(skew).Truncate(time.Second)
	r.newest = r.started.Add(-lookBack)
	r.query = r.queryFrom(r.newest)
	return true
}

// reachedEnd notes that there is nothing more to read. date is the time at Okta.
func (r *Reader) reachedEnd(date time.Time) {
	now := r.opts.Now()
	r.caughtUp.Store(&now)
	if date.After(r.newest) {
		r.newest = date
	}
	r.query.Set("limit", strconv.Itoa(pageSize)) // it may have been less for pages that were too long
}

// giveWay lets the calls of the hook have the cores for a moment.
func (r *Reader) giveWay(ctx context.Context) error {
	select {
	case <-r.opts.After(breath):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take passes on a page. It does not count mintings from before the start: another process answered
// their calls, so they would lower the coverage. Failures do count, and refusals say which drops
// were asked for.
func (r *Reader) take(ctx context.Context, p page) {
	for _, e := range p.kept {
		if e.Kind != Failed && e.Kind != Dropped && e.Kind != Refused && e.Kind != Unreadable && e.At.Before(r.started) {
			continue
		}
		r.opts.Ledger.Heard(e)
	}
	if p.unreadable > 0 {
		r.opts.Logger.WarnContext(ctx, "events of the System Log cannot be read: they may tell of failures", "events", p.unreadable)
	}
	if p.newest.After(r.newest) {
		r.newest = p.newest
	}
	switch {
	case p.next != nil:
		r.query = p.next
	case p.full(r.query):
		r.query = r.queryFrom(r.newest) // Okta always names the next page; if it does not, continue by time
	}
	r.reads[ReadOK].Add(1)
	if p.wait > 0 {
		r.reads[ReadLimited].Add(1)
	}
}

func (r *Reader) failed(ctx context.Context, err error) time.Duration {
	fault, ok := errors.AsType[*readError](err)
	if !ok {
		fault = &readError{result: ReadUnreachable, err: err}
	}
	if ctx.Err() != nil {
		return r.opts.Every
	}
	r.reads[fault.result].Add(1)
	r.limited = fault.result == ReadLimited
	if fault.lost {
		r.query = r.queryFrom(r.newest.Add(-overlap))
	}
	if limit := limitOf(r.query); fault.tooLong && limit > 1 {
		r.query.Set("limit", strconv.Itoa(limit/10))
	}
	if !r.failing && !r.limited {
		r.failing = true
		r.opts.Logger.ErrorContext(ctx, "the System Log cannot be read: what Okta does with answers is not known", "err", err)
	}
	return max(fault.wait, r.opts.Every)
}

func (r *Reader) recovered(ctx context.Context) {
	if r.failing {
		r.failing = false
		r.opts.Logger.InfoContext(ctx, "the System Log is read again")
	}
}

func (r *Reader) queryFrom(since time.Time) url.Values { return queryFrom(since, r.opts.Clients) }

func queryFrom(since time.Time, clients []string) url.Values {
	return url.Values{
		"since": {since.UTC().Format("2006-01-02T15:04:05.000Z")}, "sortOrder": {"ASCENDING"},
		"limit": {strconv.Itoa(pageSize)}, "filter": {Filter(clients)},
	}
}

// maxReadPages bounds what [Read] asks for: 200,000 events that concern the hook.
const maxReadPages = 200

// Read reads the log of a live org once, from since to its end, and returns a summary. It does not use
// Ledger, Every and Logger of the options. It waits for rate limits. The error says why the log
// cannot be read, or that it is longer than maxReadPages.
func Read(ctx context.Context, opts ReaderOptions, since time.Time, what Options) (Summary, error) {
	s, query, end := newSummary(what), queryFrom(since, opts.Clients), logEnd{recent: time.Minute}
	for range maxReadPages {
		p, err := opts.page(ctx, query, nil)
		if fault, ok := errors.AsType[*readError](err); ok && fault.result == ReadLimited {
			p = page{next: query, wait: fault.wait} // try again later
		} else if err != nil {
			return Summary{}, err
		}
		for _, e := range p.kept {
			s.add(e)
		}
		s.summary.Events += p.events
		s.summary.Unreadable += p.unreadable
		if err == nil && (end.reached(p, query) || p.next == nil) {
			return s.end(), nil
		}
		query = p.next
		if p.wait > 0 {
			select {
			case <-ctx.Done():
				return Summary{}, ctx.Err()
			case <-opts.After(p.wait):
			}
		}
	}
	return s.end(), fmt.Errorf("GET /api/v1/logs: more than %d events since %s: choose a shorter time", maxReadPages*pageSize, since.UTC().Format(time.RFC3339))
}

// Filter returns the filter expression for events that concern the hook and these clients.
func Filter(clients []string) string {
	grants := `eventType sw "app.oauth2.as.token.grant" or eventType sw "app.oauth2.as.authorize.implicit"`
	if len(clients) > 0 && len(clients) <= maxClients {
		var actors []string
		for _, id := range clients {
			actors = append(actors, `actor.id eq `+strconv.Quote(id), `client.id eq `+strconv.Quote(id))
		}
		grants = "(" + grants + ") and (" + strings.Join(actors, " or ") + ")"
	}
	return `eventType sw "inline_hook." or eventType sw "policy.rule." or eventType sw "policy.lifecycle." or ` + grants // "and" binds more tightly
}

// page is one answer of the log.
type page struct {
	date       time.Time // of the answer, by Okta's clock
	events     int       // on the page
	unreadable int
	kept       []Event       // those that concern the hook, and the unreadable ones
	newest     time.Time     // published of the newest event, unless it lies in the future
	next       url.Values    // query of the next page; nil: none was named
	wait       time.Duration // wait that the rate limit asks for
}

// full reports whether the page has as many events as were asked for.
func (p *page) full(query url.Values) bool { return p.events >= limitOf(query) }

// logEnd finds the end of the log. Each page names a next one, also the last, and a page that is not
// full may be followed by others.
type logEnd struct {
	recent time.Duration // an event that is younger is among the last
	empty  int           // pages so far
}

// reached reports whether nothing follows the page that was requested with query.
func (l *logEnd) reached(p page, query url.Values) bool {
	place := query.Get("after")
	switch {
	case p.full(query):
		return false
	case p.events > 0:
		return p.next == nil || p.newest.After(p.date.Add(-l.recent))
	}
	l.empty++
	return p.next == nil || place == "" || place == p.next.Get("after") || l.empty == 2
}

func limitOf(query url.Values) int {
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 {
		return pageSize
	}
	return limit
}

// readError says why the log was not read.
type readError struct {
	result  ReadResult
	wait    time.Duration
	lost    bool // the position in the log is no longer known
	tooLong bool // fewer events may fit, or come in time
	err     error
}

func (e *readError) Error() string { return "GET /api/v1/logs: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// page requests one page of the log. It calls giveWay after each stretch of events; nil: it reads
// without a pause.
func (r *ReaderOptions) page(ctx context.Context, query url.Values, giveWay func(context.Context) error) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	address := *r.OrgURL
	address.Path, address.RawQuery = "/api/v1/logs", query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return page{}, err
	}
	req.Header.Set("Accept", "application/json")
	client := *r.Client
	client.Timeout = 0 // callTime bounds the call
	resp, err := client.Do(req)
	if err != nil {
		return page{}, &readError{result: ReadUnreachable, err: withoutAddress(err)}
	}
	defer resp.Body.Close()
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		date = r.Now()
	}
	if resp.StatusCode != http.StatusOK {
		return page{}, refusal(resp, date)
	}
	p := page{date: date}
	if err := p.read(ctx, resp.Body, giveWay); err != nil {
		return page{}, err
	}
	p.heed(resp.Header)
	return p, nil
}

// withoutAddress removes the URL from an error of net/http, because it holds the position in the
// log.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// refusal says what an answer without a page means. date is its time.
func refusal(resp *http.Response, date time.Time) error {
	e := &readError{result: ReadUnreachable, err: fmt.Errorf("status %d", resp.StatusCode)}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		e.result, e.wait = ReadLimited, untilReset(resp.Header, date)
	case http.StatusUnauthorized, http.StatusForbidden:
		e.result, e.err = ReadRefused, fmt.Errorf("status %d (grant okta.logs.read to the app, or give the token's user a role that may read the log)", resp.StatusCode)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone:
		e.result, e.lost = ReadUnreadable, true // such as a position in the log that is too old
	}
	return e
}

// read takes the events that concern the hook. It reads one after the other, so that memory never
// holds a whole page. An unreadable event does not stop the others.
func (p *page) read(ctx context.Context, body io.Reader, giveWay func(context.Context) error) error {
	bound := &io.LimitedReader{R: body, N: maxPageBytes}
	broken := func(err error) error {
		switch cause, ok := errors.AsType[*jsontext.SyntacticError](err); {
		case bound.N <= 0:
			return &readError{result: ReadUnreadable, tooLong: true, err: fmt.Errorf("more than %d MiB on a page", maxPageBytes>>20)}
		case ok && !errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			return &readError{result: ReadUnreadable, err: errors.New("the answer is not a list of events")}
		}
		return &readError{result: ReadUnreachable, tooLong: errors.Is(err, context.DeadlineExceeded), err: err}
	}
	d := jsontext.NewDecoder(bound, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if begin, err := d.ReadToken(); err != nil || begin.Kind() != '[' {
		return broken(errors.Join(err, io.EOF))
	}
	for d.PeekKind() != ']' {
		text, err := d.ReadValue()
		if err != nil {
			return broken(err)
		}
		p.take(text)
		if giveWay != nil && p.events%stretch == 0 {
			if err := giveWay(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *page) take(text []byte) {
	p.events++
	e, ok := parseEvent(text)
	if ok {
		p.kept = append(p.kept, e)
	}
	if e.Kind == Unreadable {
		p.unreadable++
	}
	if e.At.After(p.newest) && e.At.Before(p.date.Add(overlap)) {
		p.newest = e.At
	}
}

// heed reads the headers: where the next page is, and how much of the rate limit is left.
func (p *page) heed(h http.Header) {
	p.next = nextQuery(h)
	limit, err := strconv.ParseFloat(h.Get("X-Rate-Limit-Limit"), 64)
	remaining, err2 := strconv.ParseFloat(h.Get("X-Rate-Limit-Remaining"), 64)
	if err == nil && err2 == nil && remaining < limit*keepFree {
		p.wait = untilReset(h, p.date)
	}
}

// nextQuery returns the query of the link rel="next" (RFC 8288). Only the query is used, because an
// answer must not decide where the credential is sent.
func nextQuery(h http.Header) url.Values {
	for _, line := range h.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(strings.TrimSpace(link), ">")
			if !strings.Contains(strings.ReplaceAll(params, `"`, ""), "rel=next") {
				continue
			}
			u, err := url.Parse(strings.TrimPrefix(target, "<"))
			if err != nil || u.Query().Get("after") == "" {
				continue
			}
			return u.Query()
		}
	}
	return nil
}

// untilReset returns how long the rate limit lasts after date, the time of the answer
// (X-Rate-Limit-Reset is in epoch seconds).
func untilReset(h http.Header, date time.Time) time.Duration {
	reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil {
		return time.Minute
	}
	return min(max(time.Unix(reset, 0).Sub(date), 0), maxWait-time.Second) + time.Second // both times are cut to whole seconds
}
