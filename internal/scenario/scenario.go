package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// All is the name that stands for every scenario.
const All = "all"

type (
	// Visit is one way of a browser to the provider.
	Visit = rp.Visit
	// Arrival is where a visit ended.
	Arrival = rp.Arrival
)

// Browser is a browser with its cookies.
type Browser interface {
	// Visit opens the address and returns where the visit ended. The error says that nobody came
	// back.
	Visit(ctx context.Context, v Visit) (Arrival, error)
}

// Changes makes changes at the provider that some scenarios need. The errors say what it could not
// do.
type Changes interface {
	// Rename gives the person another login. It returns the login, and a function that undoes the
	// change.
	Rename(ctx context.Context, sub string) (login string, undo func(ctx context.Context) error, err error)
	// EndSessions ends all sessions of the person, as if they had expired.
	EndSessions(ctx context.Context, sub string) error
	// RotateKeys makes the provider sign with another key from now on.
	RotateKeys(ctx context.Context) error
}

// Options say what to play, and where. Client, Base, NewBrowser, Now and Wait are required.
type Options struct {
	Client     rp.ClientOptions // with the RedirectURL that both clients use
	Second     rp.ClientOptions // another client of the same provider; without a ClientID there is none
	Base       verify.Input     // expectations; the scenario fills in tokens, nonce, keys and provider
	NewBrowser func() Browser   // returns a browser without cookies
	Changes    Changes          // nil: no changes
	WeakLogin  string           // who signs in before a step-up; "": the usual person
	Now        func() time.Time
	Wait       func(ctx context.Context, d time.Duration) error
	Begin      func(id string) // is told each step before it begins; nil: nobody is
	// Judge runs the checks of a profile; nil: [verify.Run].
	Judge func(ctx context.Context, in verify.Input) (report.Report, error)
}

// Scenario is a list of related steps.
type Scenario struct {
	Name  string
	Title words.Text
	takes words.Text                 // what it takes, in a word; zero: nothing in particular
	lacks func(st *stage) words.Text // what is missing to play it; zero: nothing
	steps []step
}

// step is one line of the report. Its id in the report is the scenario's, a dot, and its own.
type step struct {
	id    string
	title words.Text
	spec  string
	needs []string // earlier steps of the scenario on which it depends
	run   func(ctx context.Context, st *stage) report.Finding
}

// Scenarios returns all scenarios, in the best order for playing them.
func Scenarios() []Scenario {
	return slices.Concat(signInScenarios(), refreshScenarios(), sessionScenarios(), attackScenarios(), personScenarios(), changeScenarios())
}

// Names returns the names of all scenarios.
func Names() []string {
	var names []string
	for _, s := range Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// Choose returns the scenarios of a comma-separated list of names; [All] means every one. The error
// lists the existing names.
func Choose(list string) ([]Scenario, error) {
	all := Scenarios()
	if list == All {
		return all, nil
	}
	var chosen []Scenario
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown scenario %q (%s, or some of %s)", words.Shorten(name, 40), All, strings.Join(Names(), ", "))
		}
		if !slices.ContainsFunc(chosen, func(s Scenario) bool { return s.Name == name }) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}

// CheckIDs returns the ids of the scenario's lines in a report.
func (s Scenario) CheckIDs() []string {
	ids := make([]string, len(s.steps))
	for i, step := range s.steps {
		ids[i] = s.Name + "." + step.id
	}
	return ids
}

// Run plays the scenarios in order and returns a report. It calls begin, which may be nil, before
// each one. The error says that the options or the provider's metadata cannot be used.
func Run(ctx context.Context, opts Options, chosen []Scenario, begin func(Scenario)) (report.Report, error) {
	write, err := Play(ctx, opts, chosen, begin)
	if err != nil {
		return report.Report{}, err
	}
	return write(opts.Base.Language), nil
}

// checks are the lines of a report in a language.
type checks func(lang words.Language) []report.Check

// Play is Run for a report that is written in several languages.
func Play(ctx context.Context, opts Options, chosen []Scenario, begin func(Scenario)) (func(words.Language) report.Report, error) {
	one, err := newParty(ctx, opts.Client)
	if err != nil {
		return nil, err
	}
	var two *party
	if opts.Second.ClientID != "" {
		if two, err = newParty(ctx, opts.Second); err != nil {
			return nil, err
		}
	}
	if opts.Judge == nil {
		opts.Judge = func(ctx context.Context, in verify.Input) (report.Report, error) { return verify.Run(ctx, in), nil }
	}
	var played []checks
	for _, s := range chosen {
		if begin != nil {
			begin(s)
		}
		st := &stage{opts: opts, one: one, two: two, browser: opts.NewBrowser()}
		played = append(played, s.play(ctx, st)...)
	}
	return func(lang words.Language) report.Report {
		var all []report.Check
		for _, list := range played {
			all = append(all, list(lang)...)
		}
		profile := opts.Base.Profile.Name()
		return report.New("scenarios."+profile, lang, all).Named(words.Say("scenarios, profile %s", "scénarios, profil %s", profile))
	}, nil
}

func (s Scenario) play(ctx context.Context, st *stage) []checks {
	if s.lacks != nil {
		st.off = s.lacks(st)
	}
	rules := make([]report.Rule[*stage], len(s.steps))
	for i, step := range s.steps {
		needs := make([]string, len(step.needs))
		for j, need := range step.needs {
			needs[j] = s.Name + "." + need
		}
		rules[i] = report.Rule[*stage]{
			ID: s.Name + "." + step.id, Title: step.title, Spec: step.spec, Needs: needs,
			Run: func(st *stage) report.Finding {
				if st.off != (words.Text{}) {
					return report.Skip(st.off)
				}
				if st.opts.Begin != nil {
					st.opts.Begin(s.Name + "." + step.id)
				}
				return step.run(ctx, st)
			},
		}
	}
	found := []checks{examined(rules, st)}
	if st.undo == nil {
		return found
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if err := st.undo(ctx); err != nil {
		last := report.Rule[*stage]{ID: s.Name + ".undo", Title: words.Say("What was changed is as before", "Ce qui a été changé est comme avant"), Run: func(*stage) report.Finding {
			return report.Fail(words.Say("the change is taken back", "le changement est annulé"), fault(err),
				words.Say("Take it back by hand in the Admin Console.", "Annulez-le à la main dans l'Admin Console."))
		}}
		found = append(found, examined([]report.Rule[*stage]{last}, st))
	}
	return found
}

// examined runs the rules, once for all languages.
func examined(rules []report.Rule[*stage], st *stage) checks {
	examination := report.Examine(rules, st)
	examination.Checks(words.English)
	return examination.Checks
}

// undoTimeout bounds taking a change back.
const undoTimeout = 30 * time.Second

// stage is the state of a running scenario.
type stage struct {
	opts    Options
	one     *party
	two     *party // nil: there is no second client
	browser Browser
	off     words.Text // why the remaining steps are skipped; zero: they are played
	undo    func(ctx context.Context) error

	first, second *grant
	renamed       string // the new login
}

// skip ends the scenario, because something that it needs is missing.
func (st *stage) skip(why words.Text) report.Finding {
	st.off = why
	return report.Skip(why)
}
