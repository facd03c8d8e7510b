package rp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// playFor is how long a scenario may take from its first step to its last: a person signs in up to three times.
	playFor = 20 * time.Minute
	// maxPlays is how many scenarios are played at a time. Each keeps the tokens of up to three sign-ins.
	maxPlays = 8
	// playWait is how long a page waits for a scenario to go on by itself, so that it need not be loaded again.
	playWait = 5 * time.Second
)

// Visit is one way of a browser to the provider.
type Visit struct {
	Address  string
	Redirect string     // URL at which the visit ends
	Do       words.Text // what the person has to do there
	Login    string     // who signs in; "" is whoever usually does
	Silent   bool       // nobody has to do anything: a page is not expected
	Page     bool       // it ends at a page of the provider's
}

// Arrival is where a visit ended.
type Arrival struct {
	Query url.Values // of the redirect URL; nil when the browser stopped at a page
	Page  string     // title of that page
}

// Scenario is what may be played on the page.
type Scenario struct {
	Name  string
	Title words.Text
	Needs words.Text // what it takes; zero: nothing in particular
	Steps []ScenarioStep
}

// ScenarioStep is a line of the report on a scenario.
type ScenarioStep struct {
	ID    string
	Title words.Text
}

// Stage is what a scenario is played with. All but Second is set.
type Stage struct {
	Client, Second ClientOptions // Second without ClientID: there is none
	Base           verify.Input
	Visit          func(ctx context.Context, v Visit) (Arrival, error)
	Ask            func(ctx context.Context, do words.Text) error // has the person do something by hand
	Tell           func(words.Text)                               // what remains to be done afterwards
	Begin          func(id string)                                // is told each step before it begins
	Judge          func(ctx context.Context, in verify.Input) (report.Report, error)
	Now            func() time.Time
}

// Scenarios plays what happens around a sign-in.
type Scenarios interface {
	// List is all that can be played.
	List() []Scenario
	// Play plays the scenario of that name and returns what writes its report. It ends with ctx at the latest.
	Play(ctx context.Context, name string, s Stage) (func(words.Language) report.Report, error)
}

// errStopped is why a scenario ends before its time.
var errStopped = errors.New("the scenario ended before somebody came back")

// play is a scenario that is being played by a browser.
type play struct {
	id       string
	browser  string
	scenario Scenario
	choice   choice
	at       time.Time
	stop     context.CancelFunc

	mu      sync.Mutex
	step    string        // id of the step that is being played
	want    *want         // what the person has to do; nil: nothing just now
	count   int           // of wants so far
	changed chan struct{} // closed when something has changed, and replaced
	notes   []words.Text
	report  string // id of what came of it; "" while it is played
	lang    words.Language
}

// want is something that a person has to do.
type want struct {
	number int
	visit  Visit // without Address: by hand
	state  string
	done   chan Arrival // takes one
}

// set changes what is seen of a play.
func (p *play) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

// await shows the person what to do and waits until it is done.
func (p *play) await(ctx context.Context, w *want) (Arrival, error) {
	w.done = make(chan Arrival, 1)
	p.set(func() { p.count++; w.number = p.count; p.want = w })
	defer p.set(func() { p.want = nil })
	select {
	case a := <-w.done:
		return a, nil
	case <-ctx.Done():
		return Arrival{}, errStopped
	}
}

// answer hands in what a want waits for; false when it does not wait (any more).
func (p *play) answer(which func(*want) bool, a Arrival) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.want == nil || !which(p.want) {
		return false
	}
	select {
	case p.want.done <- a:
		return true
	default:
		return false
	}
}

// look is what there is to see of a play.
type look struct {
	step   string
	want   *want
	report string
}

// waitForStep waits until there is something to do, or the end, for a while.
func (p *play) waitForStep(ctx context.Context, after int) look {
	timer := time.NewTimer(playWait)
	defer timer.Stop()
	for {
		p.mu.Lock()
		l, changed := look{p.step, p.want, p.report}, p.changed
		p.mu.Unlock()
		if l.report != "" || l.want != nil && l.want.number > after {
			return l
		}
		select {
		case <-changed:
		case <-timer.C:
			return l
		case <-ctx.Done():
			return l
		}
	}
}

// plays are all that are being played, and those that ended lately. It is safe for concurrent use.
type plays struct {
	mu      sync.Mutex
	list    []*play // oldest first
	running sync.WaitGroup
	closed  bool
}

// add makes room and puts a play in; run is run on its own. false: it is too late.
func (l *plays) add(p *play, run func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.list = slices.DeleteFunc(l.list, func(old *play) bool {
		gone := old.browser == p.browser || p.at.Sub(old.at) >= playFor
		if gone {
			old.stop()
		}
		return gone
	})
	for len(l.list) >= maxPlays {
		l.list[0].stop()
		l.list = l.list[1:]
	}
	l.list = append(l.list, p)
	l.running.Go(run)
	return true
}

// find is the play of that browser.
func (l *plays) find(browser, id string) (*play, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.list {
		if browser != "" && subtle.ConstantTimeCompare([]byte(p.browser), []byte(browser)) == 1 && (id == "" || p.id == id) {
			return p, true
		}
	}
	return nil, false
}

// drop ends a play.
func (l *plays) drop(p *play) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.stop()
	l.list = slices.DeleteFunc(l.list, func(other *play) bool { return other == p })
}

// close ends all and waits for that.
func (l *plays) close() {
	l.mu.Lock()
	l.closed = true
	for _, p := range l.list {
		p.stop()
	}
	l.list = nil
	l.mu.Unlock()
	l.running.Wait()
}

// beginPlay reads what was chosen and begins to play it.
func (rp *RP) beginPlay(w http.ResponseWriter, r *http.Request) {
	p, run, err := rp.newPlay(w, r)
	if err == nil && !rp.plays.add(p, run) {
		err = errBusy
	}
	if err != nil {
		page := problemOf(err)
		page.back = "/rp/scenarios?"
		rp.problem(w, r, formLanguage(r), page)
		return
	}
	http.Redirect(w, r, "/rp/scenario/"+p.id+"?lang="+string(p.lang), http.StatusSeeOther)
}

func formLanguage(r *http.Request) words.Language {
	if lang, ok := words.ParseLanguage(r.PostFormValue("lang")); ok {
		return lang
	}
	return languageOf(r)
}

// newPlay makes a play of the form of the list of scenarios, and what runs it.
func (rp *RP) newPlay(w http.ResponseWriter, r *http.Request) (*play, func(), error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	if err := r.ParseForm(); err != nil {
		return nil, nil, &badRequestError{Status: http.StatusBadRequest, Say: "the form cannot be read"}
	}
	browser := rp.cookies.browser(r)
	if browser == "" {
		return nil, nil, &RefusedError{Reason: "no_play"}
	}
	all := rp.opts.Scenarios.List()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == r.PostFormValue("scenario") })
	if i < 0 {
		return nil, nil, &badRequestError{Status: http.StatusBadRequest, Say: "scenario: not one of those on the page"}
	}
	chosen, _, err := rp.readChoice(r.PostForm)
	if err != nil {
		return nil, nil, err
	}
	who, err := rp.partyOf(chosen)
	if err != nil {
		return nil, nil, err
	}
	second := chosen
	second.ClientID = words.Shorten(r.PostFormValue("second_client_id"), maxChoiceField)
	stage := Stage{Client: who.client.opts, Base: rp.input(r.Context(), who), Now: rp.now}
	if second.ClientID != "" {
		other, err := rp.clientFor(second)
		if err != nil {
			return nil, nil, err
		}
		stage.Second = other.opts
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(r.Context()), playFor)
	p := &play{id: rand.Text(), browser: browser, scenario: all[i], choice: chosen, at: rp.now(), stop: stop, changed: make(chan struct{}), lang: formLanguage(r)}
	return p, func() { rp.run(ctx, p, who, stage) }, nil
}

// run plays to the end and keeps what came of it.
func (rp *RP) run(ctx context.Context, p *play, who party, stage Stage) {
	defer p.stop()
	ctx, rec := withRecording(ctx)
	stage.Base.HookCalls, stage.Base.Outcomes = nil, nil // which go by one sign-in
	stage.Begin = func(id string) { p.set(func() { p.step = id }) }
	stage.Tell = func(t words.Text) { p.set(func() { p.notes = append(p.notes, t) }) }
	stage.Ask = func(ctx context.Context, do words.Text) error {
		_, err := p.await(ctx, &want{visit: Visit{Do: do}})
		return err
	}
	stage.Visit = func(ctx context.Context, v Visit) (Arrival, error) { return p.visit(ctx, v, rec, rp.now) }
	stage.Judge = rp.judgeStep
	write, err := rp.opts.Scenarios.Play(ctx, p.scenario.Name, stage)
	o := outcome{at: rp.now(), notes: p.notes, played: p.scenario.Title, problem: problemOf(err)}
	o.problem.back = "/rp/scenarios?"
	if err == nil {
		o.reports = map[words.Language]report.Report{words.English: write(words.English), words.French: write(words.French)}
		rp.logReport(ctx, "scenario played", o.reports[words.English])
	} else {
		rp.logProblem(ctx, o.problem)
	}
	if known, err := who.client.source.get(ctx); err == nil {
		o.wire = who.client.asked(known, rec)
	}
	slices.SortStableFunc(o.wire, func(a, b Exchange) int { return a.At.Compare(b.At) })
	id, _ := rp.kept.add(p.browser, o) // a report without a token is never too large
	p.set(func() { p.report = id })
}

// judgeStep runs the checks of a profile when it is its turn.
func (rp *RP) judgeStep(ctx context.Context, in verify.Input) (report.Report, error) {
	done, ok := rp.turns.take(ctx)
	if !ok {
		return report.Report{}, errBusy
	}
	defer done()
	return verify.Run(ctx, in), nil
}

// visit sends the person to the provider, and notes what the browser brings back.
func (p *play) visit(ctx context.Context, v Visit, rec *recording, now func() time.Time) (Arrival, error) {
	w := &want{visit: v}
	if u, err := url.Parse(v.Address); err == nil {
		w.state = u.Query().Get("state")
		rec.add(Exchange{Step: StepAuthorize, At: now(), Method: http.MethodGet, Address: plainAddress(u), Params: fields(u.Query())})
	}
	a, err := p.await(ctx, w)
	if err == nil && a.Query != nil {
		rec.add(Exchange{Step: StepCallback, At: now(), Method: http.MethodGet, Address: v.Redirect, Params: fields(a.Query)})
	}
	return a, err
}

// arrived hands an answer at the redirect URL to the scenario that waits for it.
func (rp *RP) arrived(w http.ResponseWriter, r *http.Request, query url.Values) bool {
	p, ok := rp.plays.find(rp.cookies.browser(r), "")
	if !ok {
		return false
	}
	state := query.Get("state")
	waits := func(w *want) bool {
		return w.state != "" && subtle.ConstantTimeCompare([]byte(w.state), []byte(state)) == 1
	}
	if !p.answer(waits, Arrival{Query: query}) {
		return false
	}
	rp.showNext(w, r, p)
	return true
}

// showNext leads to what comes after an answer.
func (rp *RP) showNext(w http.ResponseWriter, r *http.Request, p *play) {
	p.mu.Lock()
	after, lang := p.count, p.lang
	p.mu.Unlock()
	p.waitForStep(r.Context(), after)
	http.Redirect(w, r, "/rp/scenario/"+p.id+"?lang="+string(lang), http.StatusSeeOther)
}

// showPlay shows what to do, or what came of it.
func (rp *RP) showPlay(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	p, ok := rp.plays.find(rp.cookies.browser(r), r.PathValue("id"))
	if !ok {
		rp.noPlay(w, r, lang)
		return
	}
	p.mu.Lock()
	p.lang = lang
	p.mu.Unlock()
	l := p.waitForStep(r.Context(), 0)
	if l.report != "" {
		http.Redirect(w, r, "/rp/report/"+l.report+"?lang="+string(lang), http.StatusSeeOther) //nolint:gosec // a path of ours
		return
	}
	writePlay(w, lang, p, l)
}

func (rp *RP) noPlay(w http.ResponseWriter, r *http.Request, lang words.Language) {
	page := problemOf(&RefusedError{Reason: "no_play"})
	page.status, page.here, page.back = http.StatusNotFound, r.URL.EscapedPath()+"?", "/rp/scenarios?"
	rp.problem(w, r, lang, page)
}

// tellPlay takes what the person says: done, a page was shown, or stop.
func (rp *RP) tellPlay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	lang := formLanguage(r)
	p, ok := rp.plays.find(rp.cookies.browser(r), r.PathValue("id"))
	if !ok {
		rp.noPlay(w, r, lang)
		return
	}
	if r.PostFormValue("say") == "stop" {
		rp.plays.drop(p)
		http.Redirect(w, r, "/rp/scenarios?lang="+string(lang), http.StatusSeeOther) //nolint:gosec // a path of ours
		return
	}
	number := r.PostFormValue("number")
	if p.answer(func(w *want) bool { return number == w.id() }, Arrival{}) {
		rp.showNext(w, r, p)
		return
	}
	// Said twice, or on a page of before.
	http.Redirect(w, r, "/rp/scenario/"+p.id+"?lang="+string(lang), http.StatusSeeOther) //nolint:gosec // a path of ours
}
