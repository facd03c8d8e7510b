package rp

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"sync"
	"time"

	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// keptFor is how long a report has a URL: as long as a sign-in may take, and as long as the
	// hook remembers its calls.
	keptFor = 10 * time.Minute
	// maxKept and maxKeptBytes bound all reports together. A usual report has about 100 kB, in two
	// languages.
	maxKept      = 100
	maxKeptBytes = 12 << 20
	// maxKeptEach is how many reports one browser has. Its own oldest are dropped first, so it does
	// not push out those of others.
	maxKeptEach = 10
)

// outcome is the result of a sign-in, or of pasted tokens.
type outcome struct {
	reports map[words.Language]report.Report // nil when there is none; problem then says why
	problem problemPage
	wire    []Exchange
	at      time.Time
	played  words.Text   // title of the scenario; zero: none was played
	notes   []words.Text // what remains to be done
}

// size returns the approximate size of an outcome in bytes.
func (o outcome) size() int {
	n := 4 << 10
	for _, r := range o.reports {
		for _, c := range r.Checks {
			n += len(c.ID) + len(c.Title) + len(c.Expected) + len(c.Actual) + len(c.Hint) + len(c.Spec)
		}
		for _, t := range []*report.Token{r.IDToken, r.AccessToken, r.UserInfo} {
			if t != nil {
				n += len(t.Header) + len(t.Claims)
			}
		}
	}
	for _, e := range o.wire {
		n += len(e.Address) + len(e.Body)
		for _, f := range slices.Concat(e.Params, e.Headers) {
			n += len(f.Name) + len(f.Value)
		}
	}
	return n
}

// keptOutcomes gives outcomes a URL for a while. Only the browser for which an outcome was made can
// open it. It is safe for concurrent use.
type keptOutcomes struct {
	now func() time.Time

	mu    sync.Mutex
	list  []keptOutcome // oldest first
	bytes int
	timer *time.Timer // nil while nothing is kept
}

type keptOutcome struct {
	outcome

	id      string
	browser [sha256.Size]byte
	size    int
}

// add keeps an outcome and returns its id, which cannot be guessed. ok is false if the outcome is
// larger than all may be together.
func (k *keptOutcomes) add(browser string, o outcome) (id string, ok bool) {
	e := keptOutcome{outcome: o, id: rand.Text(), browser: sha256.Sum256([]byte(browser)), size: o.size()}
	if e.size > maxKeptBytes {
		return "", false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(func(old keptOutcome) bool { return k.now().Sub(old.at) >= keptFor })
	if k.count(e.browser) >= maxKeptEach {
		oldest := slices.IndexFunc(k.list, func(old keptOutcome) bool { return old.browser == e.browser })
		k.drop(func(old keptOutcome) bool { return old.id == k.list[oldest].id })
	}
	for len(k.list) >= maxKept || k.bytes+e.size > maxKeptBytes {
		first := k.list[0].id
		k.drop(func(old keptOutcome) bool { return old.id == first })
	}
	k.list, k.bytes = append(k.list, e), k.bytes+e.size
	if k.timer == nil {
		k.timer = time.AfterFunc(keptFor, k.expire)
	}
	return e.id, true
}

func (k *keptOutcomes) count(browser [sha256.Size]byte) int {
	n := 0
	for _, e := range k.list {
		if e.browser == browser {
			n++
		}
	}
	return n
}

// drop forgets outcomes. The caller holds mu.
func (k *keptOutcomes) drop(which func(keptOutcome) bool) {
	k.list = slices.DeleteFunc(k.list, func(e keptOutcome) bool {
		gone := which(e)
		if gone {
			k.bytes -= e.size
		}
		return gone
	})
}

// expire drops old outcomes, so that they leave memory even if nobody makes a request.
func (k *keptOutcomes) expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(func(e keptOutcome) bool { return k.now().Sub(e.at) >= keptFor })
	k.timer = nil
	if len(k.list) > 0 {
		k.timer = time.AfterFunc(max(time.Second, keptFor-k.now().Sub(k.list[0].at)), k.expire)
	}
}

// find returns the outcome with that id if it belongs to that browser.
func (k *keptOutcomes) find(id, browser string) (outcome, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	owner := sha256.Sum256([]byte(browser))
	for _, e := range k.list {
		if e.id == id && e.browser == owner && k.now().Sub(e.at) < keptFor {
			return e.outcome, true
		}
	}
	return outcome{}, false
}

// close forgets everything.
func (k *keptOutcomes) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list, k.bytes = nil, 0
	if k.timer != nil {
		k.timer.Stop()
	}
}

// browserCookie is the name of the cookie to which reports belong. It says nothing about the
// person, and ends with the browser session.
func (j *cookieJar) browserCookie() string {
	if j.secure {
		return "__Host-pschook-reports"
	}
	return "pschook-reports"
}

// browser returns the secret of the request's browser, "" when it has none.
func (j *cookieJar) browser(r *http.Request) string {
	c, err := r.Cookie(j.browserCookie())
	if err != nil || len(c.Value) > maxBrowserSecret {
		return ""
	}
	return c.Value
}

const maxBrowserSecret = 64 // characters; our own secrets have 26

// greet gives a browser a secret, if it has none.
func (j *cookieJar) greet(w http.ResponseWriter, r *http.Request) {
	if j.browser(r) == "" {
		http.SetCookie(w, j.cookie(j.browserCookie(), rand.Text(), 0))
	}
}
