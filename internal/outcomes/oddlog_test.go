package outcomes

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// answers returns a fault of a fakeLog that gives these answers, and the last of them for ever.
func answers(list ...answer) func(int) (int, http.Header, string) {
	return func(calls int) (int, http.Header, string) {
		a := list[min(calls, len(list))-1]
		header := http.Header{}
		if a.next != "" {
			header.Set("Link", a.next)
		}
		for name, value := range a.header {
			header.Set(name, value)
		}
		return a.status, header, a.body
	}
}

type answer struct {
	status int
	next   string // the header Link
	header map[string]string
	body   string
}

// pageOfTen is how many events are on a full page, by the limit in the links.
const pageOfTen = 10

// pageOf is an answer with these events, and the place after them.
func pageOf(place string, events ...string) answer {
	return answer{status: http.StatusOK, body: "[" + strings.Join(events, ",") + "]", next: `<https://hopital.okta.com/api/v1/logs?limit=10&after=` + place + `>; rel="next"`}
}

func refused(status int) answer { return answer{status: status, body: `{"errorCode":"E0000000"}`} }

// failures returns n failed calls of the hook, ten minutes before publishedAt.
func failures(from, n int) []string {
	var list []string
	for i := range n {
		list = append(list, strings.Replace(logged(from+i, "inline_hook.executed", "FAILURE", "timeout"), "2026-03-02T08", "2026-03-02T07", 1))
	}
	return list
}

// Whatever the log answers, each event counts once, and a log that is not read to its end is not
// said to be.
func TestOddLogs(t *testing.T) {
	t.Parallel()
	full, one, two := failures(1, pageOfTen), failures(1, 1)[0], failures(2, 1)[0]
	failed := func(n uint64) Counts { return Counts{Results: map[Result]uint64{ResultFailed: n}} }
	tests := []struct {
		name    string
		answers []answer
		polls   int
		want    Counts
		calls   int    // of the log
		stuck   bool   // the end was not reached in the last poll
		line    string // of our log; empty: none
	}{
		{"short pages", []answer{pageOf("1", one), pageOf("2", two), pageOf("2")}, 1, failed(2), 3, false, ""},
		{"an empty page in the middle", []answer{pageOf("1", one), pageOf("2"), pageOf("3", two), pageOf("3")}, 1, failed(2), 4, false, ""},
		{"a place that always moves", []answer{pageOf("1", one), pageOf("2"), pageOf("3"), pageOf("4"), pageOf("5")}, 1, failed(1), 3, false, ""},
		{"the same page for ever", []answer{pageOf("1", full...)}, 2, failed(pageOfTen), 2 * maxPages, true, "50 pages without anything new"},
		{"two pages in turn, for ever", []answer{pageOf("1", full...), pageOf("2", failures(1, pageOfTen)...), pageOf("1", full...)}, 1, failed(pageOfTen), maxPages, true, "without anything new"},
		{"the same event on two pages", []answer{pageOf("1", one, two), pageOf("2", two), pageOf("2")}, 1, failed(2), 3, false, ""},
		{"out of order", []answer{pageOf("1", two, one), pageOf("1")}, 1, failed(2), 2, false, ""},
		{"refused in the middle", []answer{pageOf("1", full...), refused(401), refused(403), pageOf("2", failures(11, 1)...), pageOf("2")}, 3, failed(pageOfTen + 1), 5, false, "okta.logs.read"},
		{"a place too old in the middle", []answer{pageOf("1", full...), refused(400), pageOf("2", full...), pageOf("2")}, 2, failed(pageOfTen), 4, false, "status 400"},
		{"moved elsewhere", []answer{{status: http.StatusFound, header: map[string]string{"Location": "https://elsewhere.example/"}}}, 1, Counts{}, 1, true, "status 302"},
		{"a page of a proxy", []answer{{status: 200, body: "<html>sign in</html>"}}, 1, Counts{}, 1, true, "not a list of events"},
		{"an error as 200", []answer{{status: 200, body: `{"errorCode":"E0000006"}`}}, 1, Counts{}, 1, true, "not a list of events"},
		{"nothing", []answer{{status: 200}}, 1, Counts{}, 1, true, "not a list of events"},
		{"no content", []answer{{status: 204}}, 1, Counts{}, 1, true, "status 204"},
		{"null", []answer{{status: 200, body: "null"}}, 1, Counts{}, 1, true, "not a list of events"},
		{"broken off, then whole", []answer{{status: 200, body: "[" + one + "," + two[:40]}, pageOf("1", one, two), pageOf("1")}, 2, failed(2), 3, false, "unexpected EOF"},
		{"too deep", []answer{pageOf("1", one, strings.Repeat("[", 20_000))}, 1, Counts{}, 1, true, "not a list of events"},
		{"events that nobody can read", []answer{pageOf("1", one, `{"uuid":"x"}`, `{"uuid":"x"}`, strings.Replace(two, `"FAILURE"`, `"ABANDONED"`, 1)), pageOf("1")}, 2,
			Counts{Unclear: 2, Results: map[Result]uint64{ResultFailed: 1}}, 3, false, "events=3"},
		{"a link without quotes", []answer{{status: 200, body: "[" + one + "]", next: `<https://x.example/?after=1>; rel=next`}, pageOf("1")}, 1, failed(1), 2, false, ""},
		{"links without a place", []answer{{status: 200, body: "[" + one + "]", next: `<::>; rel="next", <https://x.example/>; rel="next", after=1`}}, 2, failed(1), 2, false, ""},
		{"a limit that is always near", []answer{{status: 200, body: "[" + one + "]", header: map[string]string{"X-Rate-Limit-Limit": "60", "X-Rate-Limit-Remaining": "2", "X-Rate-Limit-Reset": "yesterday"}}}, 2, failed(1), 2, false, ""},
		{"refusals from before the start", []answer{pageOf("1", strings.Replace(logged(-60, "inline_hook.response.processed", "FAILURE", "x"), `"u-`, `"u-d`, 1), logged(-60, "app.oauth2.as.token.grant", "FAILURE", "x")), pageOf("1")}, 1,
			Counts{Results: map[Result]uint64{ResultDenied: 1}}, 2, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := &fakeLog{fault: answers(tt.answers...)}
			r := newReading(t, log)
			r.opts.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			for range tt.polls {
				r.now = r.now.Add(time.Hour)
				if wait := r.Poll(t.Context()); wait < r.opts.Every {
					t.Errorf("waits only %s", wait)
				}
			}
			sameCounts(t, r.ledger.Counts(), tt.want)
			if _, ever := r.CaughtUp(); log.calls != tt.calls || (r.Lag() > 0) != tt.stuck || tt.stuck && tt.polls == 1 && ever {
				t.Errorf("%d calls, want %d; lag %s, want some: %v", log.calls, tt.calls, r.Lag(), tt.stuck)
			}
			if line := r.lines.String(); (line == "") != (tt.line == "") || !strings.Contains(line, tt.line) || strings.Contains(strings.ToLower(line), "marie") {
				t.Errorf("our log says %q, want %q", line, tt.line)
			}
		})
	}
}

// A page that is too long is asked for again with fewer events, and read.
func TestPageTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", maxPageBytes)
	log := &fakeLog{events: failures(1, 3)}
	var limits []string
	r := newReading(t, log)
	log.fault = func(calls int) (int, http.Header, string) {
		limits = append(limits, r.query.Get("limit"))
		if calls < 3 {
			return http.StatusOK, nil, "[" + long
		}
		return 0, nil, ""
	}
	for range 4 {
		r.Poll(t.Context())
	}
	sameCounts(t, r.ledger.Counts(), Counts{Results: map[Result]uint64{ResultFailed: 3}})
	if got := fmt.Sprint(limits); got != "[1000 100 10 10 1000]" {
		t.Errorf("limits %s", got)
	}
}

// An event of the future is not where reading goes on.
func TestEventOfTheFuture(t *testing.T) {
	t.Parallel()
	log := &fakeLog{fault: answers(pageOf("1", strings.Replace(failures(1, 1)[0], "2026-", "2999-", 1)), pageOf("1"), refused(400), pageOf("2", failures(2, 1)[0]), pageOf("2"))}
	r := newReading(t, log)
	for range 2 {
		r.Poll(t.Context())
	}
	if since := r.query.Get("since"); since != "2026-03-02T07:55:00.000Z" {
		t.Errorf("goes on since %s", since)
	}
	r.Poll(t.Context())
	sameCounts(t, r.ledger.Counts(), Counts{Results: map[Result]uint64{ResultFailed: 2}})
}

// Okta's clock decides what happened since the start, also when the service's clock is wrong or is
// set later.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-10 * time.Minute, -10 * time.Second, 0, 10 * time.Second, 10 * time.Minute, 100 * 24 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			okta := publishedAt()
			log := &fakeLog{now: func() time.Time { return okta }, events: []string{
				logged(-100, "inline_hook.executed", "FAILURE", "refused"), logged(-100, "app.oauth2.as.token.grant.id_token", "SUCCESS", ""), logged(100, "app.oauth2.as.token.grant.id_token", "SUCCESS", ""),
			}}
			for i, text := range log.events {
				log.events[i] = strings.Replace(text, `"uuid":"u`, `"uuid":"`+strconv.Itoa(i), 1)
			}
			r := newReadingAt(t, log, publishedAt().Add(ahead))
			r.Poll(t.Context())
			if since, want := log.since, publishedAt().Add(-lookBack); want.Sub(since).Abs() > skewed {
				t.Errorf("read since %s, want about %s", since, want)
			}
			r.now = publishedAt() // the clock is set
			r.Poll(t.Context())
			sameCounts(t, r.ledger.Counts(), Counts{Minted: 1, Results: map[Result]uint64{ResultFailed: 1}})
		})
	}
}

// Reading once goes on over short and empty pages, and ends with a log that turns in circles.
func TestReadOnceOddLogs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers []answer
		events  int
		err     string // empty: none
	}{
		{"short pages", []answer{pageOf("1", failures(1, 1)...), pageOf("2", failures(2, 2)...), {status: 200, body: "[]"}}, 3, ""},
		{"an empty page in the middle", []answer{pageOf("1", failures(1, 1)...), pageOf("2"), pageOf("3", failures(2, 2)...), pageOf("3")}, 3, ""},
		{"no end", []answer{pageOf("1", failures(1, 1)...)}, 0, "choose a shorter time"},
		{"limited for ever", []answer{{status: 429}}, 0, "choose a shorter time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newReading(t, &fakeLog{fault: answers(tt.answers...)})
			s, err := Read(t.Context(), r.opts, publishedAt().Add(-time.Hour), Options{})
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if err == nil && s.Events != tt.events {
				t.Errorf("%d events, want %d", s.Events, tt.events)
			}
		})
	}
}
