package scenario

import (
	"context"

	"pschook/internal/wait"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// Page has the scenarios played on the tester's page: by a person with one browser.
type Page struct{}

// List is every scenario.
func (Page) List() []rp.Scenario {
	var list []rp.Scenario
	for _, s := range Scenarios() {
		offered := rp.Scenario{Name: s.Name, Title: s.Title, Needs: s.takes}
		for _, step := range s.steps {
			offered.Steps = append(offered.Steps, rp.ScenarioStep{ID: s.Name + "." + step.id, Title: step.title})
		}
		list = append(list, offered)
	}
	return list
}

// Play plays one. What has to be changed at the provider, an administrator changes by hand.
func (Page) Play(ctx context.Context, name string, s rp.Stage) (func(words.Language) report.Report, error) {
	chosen, err := Choose(name)
	if err != nil {
		return nil, err
	}
	return Play(ctx, Options{
		Client: s.Client, Second: s.Second, Base: s.Base, Now: s.Now, Wait: wait.For, Begin: s.Begin, Judge: s.Judge,
		NewBrowser: func() Browser { return &window{stage: s} }, Changes: ByHand{Ask: s.Ask, Tell: s.Tell},
	}, chosen, nil)
}

// window is the person's one browser. For a second browser there is none: such a sign-in asks for prompt=login.
type window struct {
	stage rp.Stage
	used  bool
}

// Visit has nobody signed in, where that matters, and sends the person on.
func (w *window) Visit(ctx context.Context, v Visit) (Arrival, error) {
	if !w.used && v.Silent {
		if err := w.stage.Ask(ctx, words.Say("Make sure that nobody is signed in at the provider in this browser: sign out there, or begin again in a new private window.",
			"Assurez-vous que personne n'est connecté chez le fournisseur dans ce navigateur : fermez cette session, ou recommencez dans une nouvelle fenêtre privée.")); err != nil {
			return Arrival{}, err
		}
	}
	w.used = true
	return w.stage.Visit(ctx, v)
}
