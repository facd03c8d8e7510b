package register

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"path"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// Undone says what [Undo] did.
type Undone struct {
	Restored []Text // what is as before
	Left     []Text // what could not be restored, and why; it stays in the journal
}

// Undo restores what the changes in the journal replaced, the last change first. It can be run
// again after any error. It leaves alone what somebody has changed since.
func Undo(ctx context.Context, opts Options) (*Undone, error) {
	w, err := meet(ctx, opts)
	if err != nil {
		return nil, err
	}
	there, err := exists(opts.Journal)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, &Error{Text: say("there is no journal %s: there is nothing to undo", "il n’y a pas de journal %s : rien à défaire", opts.Journal)}
	}
	if w.journal, err = openJournal(opts.Journal, w.header(), opts.Now); err != nil {
		return nil, err
	}
	w.owned = w.journal
	u := &undo{walk: w, out: &Undone{}}
	err = w.settle(ctx)
	for i := len(w.journal.entries) - 1; err == nil && i >= 0; i-- {
		if e := w.journal.entries[i]; !e.closed {
			err = u.entry(ctx, e)
		}
	}
	return u.out, errors.Join(err, w.journal.close())
}

// settle finds out, for each object whose creation had no clear answer, whether it exists.
func (w *walk) settle(ctx context.Context) error {
	for _, e := range w.journal.entries {
		if e.closed || e.id != "" || e.Verb != verbCreate {
			continue
		}
		id, err := w.lookFor(ctx, e)
		if err != nil {
			return err
		}
		if err := w.journal.note(e, sequel{ID: id, Void: id == ""}); err != nil {
			return err
		}
	}
	return nil
}

// lookFor returns the id of the object that was made, or "" if none was. An object with that name
// did not exist before. If one exists now and has all that was sent, it is ours.
func (w *walk) lookFor(ctx context.Context, e *entry) (string, error) {
	if e.Path != "" {
		_, err := w.Okta.Call(ctx, oktaread.Request{Path: e.Path, Scope: e.Kind.reads()})
		if oktaread.Missing(err) {
			return "", nil
		}
		return path.Base(e.Path), err
	}
	found, err := e.Kind.find(ctx, w.Okta, e.List, e.Sent)
	if oktaread.Missing(err) {
		return "", nil // the list itself is gone
	}
	if err != nil {
		return "", err
	}
	for _, o := range found {
		if len(differences(e.Sent, o)) == 0 && !w.journal.owns(text(o, "id")) {
			return text(o, "id"), nil
		}
	}
	return "", nil
}

// undo is a run of [Undo].
type undo struct {
	*walk
	out *Undone
}

// entry undoes one change.
func (u *undo) entry(ctx context.Context, e *entry) error {
	left, err := u.restore(ctx, e)
	if err != nil {
		return err
	}
	title := e.Kind.Title()
	what := Text{title.EN + " " + quoted(e.Name, "en"), title.FR + " " + quoted(e.Name, "fr")}
	if left != (Text{}) {
		u.out.Left = append(u.out.Left, Text{what.EN + ": " + left.EN, what.FR + " : " + left.FR})
		if !e.Secret {
			return nil
		}
		return u.journal.note(e, sequel{Undone: true}) // trying again would change nothing
	}
	u.out.Restored = append(u.out.Restored, what)
	if u.Progress != nil {
		u.Progress(Text{"undone: " + what.EN, "défait : " + what.FR})
	}
	return u.journal.note(e, sequel{Undone: true})
}

// restore undoes a change. It returns why it cannot, or an empty text.
func (u *undo) restore(ctx context.Context, e *entry) (Text, error) {
	switch e.Verb {
	case verbCreate:
		return u.remove(ctx, e)
	case verbChange:
		return u.putBack(ctx, e)
	case verbStatus:
		return u.switchOff(ctx, e)
	case verbSignOn:
		return u.signOn(ctx, e)
	}
	return say("nobody knows its former secret; the one that was sent stays", "son ancien secret n’est connu de personne ; celui qui a été envoyé reste"), nil // the case verbSecret
}

// remove deletes what we made.
func (u *undo) remove(ctx context.Context, e *entry) (Text, error) {
	if e.Kind == KindAssignment {
		_, err := u.Okta.Call(ctx, oktaread.Request{Method: http.MethodDelete, Path: e.Path, Scope: e.Kind.scope()})
		return Text{}, unlessMissing(err)
	}
	where := e.List + "/" + url.PathEscape(e.id)
	o, err := oktaread.Get[Object](ctx, u.Okta, where, e.Kind.reads())
	if err != nil {
		return Text{}, unlessMissing(err)
	}
	if left, err := u.inUse(ctx, e, where); err != nil || left != (Text{}) {
		return left, err
	}
	if e.Kind.lifecycle() && text(o, "status") == oktaread.Active {
		if _, err := u.Okta.Call(ctx, oktaread.Request{Method: http.MethodPost, Path: where + "/lifecycle/deactivate", Scope: e.Kind.scope()}); err != nil {
			return Text{}, err
		}
	}
	_, err = u.Okta.Call(ctx, oktaread.Request{Method: http.MethodDelete, Path: where, Scope: e.Kind.scope()})
	return Text{}, unlessMissing(err)
}

func unlessMissing(err error) error {
	if oktaread.Missing(err) {
		return nil
	}
	return err
}

// inUse says how somebody else has used the object since. Our own uses of it are already undone.
func (u *undo) inUse(ctx context.Context, e *entry, where string) (Text, error) {
	var lists []string
	switch e.Kind {
	case KindServer:
		lists = []string{where + "/policies", where + "/scopes", where + "/claims"}
	case KindPolicy:
		lists = []string{where + "/rules"}
	case KindApp:
		lists = []string{where + "/groups", where + "/users"}
	case KindHook:
		return u.stillCalled(ctx, e.id)
	}
	for _, list := range lists {
		all, err := oktaread.List[Object](ctx, u.Okta, list, e.Kind.reads())
		if err != nil {
			return Text{}, err
		}
		for _, o := range all {
			if system, _ := o["system"].(bool); !system {
				return say("it stays, because others use it: %s (%s) in %s", "il reste, car d’autres s’en servent : %s (%s) dans %s", text(o, "name"), text(o, "id"), path.Base(list)), nil
			}
		}
	}
	return Text{}, nil
}

// stillCalled looks for rules of any server that still call the hook.
func (u *undo) stillCalled(ctx context.Context, hookID string) (Text, error) {
	servers, err := oktaread.List[oktaread.AuthServer](ctx, u.Okta, oktaread.PathServers+"?limit=200", oktaread.ScopeServers)
	if err != nil {
		return Text{}, err
	}
	for _, s := range servers {
		policies, err := oktaread.Policies(ctx, u.Okta, s.ID)
		if err != nil {
			return Text{}, err
		}
		for _, p := range oktaread.Places(policies) {
			if p.Rule.HookID() == hookID {
				return say("it stays, because the rule %s of %s calls it", "il reste, car la règle %s de %s l’appelle", p.String(), s.Name), nil
			}
		}
	}
	return Text{}, nil
}

// putBack restores members, except those that somebody has changed since.
func (u *undo) putBack(ctx context.Context, e *entry) (Text, error) {
	o, err := oktaread.Get[Object](ctx, u.Okta, e.Path, e.Kind.reads())
	if oktaread.Missing(err) {
		return say("it was deleted since", "il a été supprimé depuis"), nil
	}
	if err != nil {
		return Text{}, err
	}
	var back []Change
	var left Text
	for _, c := range e.Changes {
		value, there := at(o, c.Path)
		now := encode(value)
		if !there {
			now = nil
		}
		switch {
		case sameValue(now, c.From):
		case sameValue(now, c.To):
			back = append(back, Change{Path: c.Path, To: c.From})
		default:
			left = say("%s was changed since by somebody else, and stays %s", "%s a été modifié depuis par quelqu’un d’autre, et reste %s", c.Path, now)
		}
	}
	if len(back) == 0 {
		return left, nil
	}
	body, err := changed(o, back)
	if err != nil {
		return Text{}, err
	}
	if e.Kind == KindRule {
		tidy(body)
	}
	if e.Secret {
		forget(body)
		left = say("nobody knows its former secret, and the one that was sent would reach another address: enter the right one, Okta Admin Console › Workflow › Inline Hooks › Edit",
			"son ancien secret n’est connu de personne, et celui qui a été envoyé irait à une autre adresse : saisissez le bon, Okta Admin Console › Workflow › Inline Hooks › Edit")
	}
	_, err = u.Okta.Call(ctx, oktaread.Request{Method: http.MethodPut, Path: e.Path, Scope: e.Kind.scope(), Body: encode(body)})
	return left, err
}

// forget replaces the secret of a hook by a random one that nobody knows.
func forget(hook Object) {
	path := "channel.config.authScheme.value"
	if text(hook, "channel.type") == "OAUTH" {
		path = "channel.config.clientSecret"
	} else if _, there := at(hook, "channel.config.authScheme.key"); !there {
		return
	}
	_ = put(hook, path, encode(rand.Text())) // cannot fail for a text
}

// tidy removes a hook without id, because a rule without a hook does not have the member.
func tidy(rule Object) {
	if text(rule, hookMember) == "" {
		_ = put(rule, "actions.token.inlineHook", nil) // cannot fail without a value
	}
}

// switchOff undoes the activation of an object.
func (u *undo) switchOff(ctx context.Context, e *entry) (Text, error) {
	o, err := oktaread.Get[Object](ctx, u.Okta, e.Path, e.Kind.reads())
	if err != nil || text(o, "status") != oktaread.Active {
		return Text{}, unlessMissing(err)
	}
	_, err = u.Okta.Call(ctx, oktaread.Request{Method: http.MethodPost, Path: e.Path + "/lifecycle/deactivate", Scope: e.Kind.scope()})
	return Text{}, err
}

// signOn restores the app's previous authentication policy.
func (u *undo) signOn(ctx context.Context, e *entry) (Text, error) {
	o, err := oktaread.Get[Object](ctx, u.Okta, e.Path, e.Kind.reads())
	if err != nil {
		return Text{}, unlessMissing(err)
	}
	c := e.Changes[0]
	now := encode(path.Base(text(o, "_links.accessPolicy.href")))
	switch {
	case c.From == nil, sameValue(now, c.From):
		return Text{}, nil // the app is new and will be removed, or nothing was changed
	case !sameValue(now, c.To):
		return say("somebody gave it another policy since, %s", "quelqu’un lui a donné depuis une autre politique, %s", now), nil
	}
	var former string
	if err := json.Unmarshal(c.From, &former); err != nil {
		return Text{}, err
	}
	_, err = u.Okta.Call(ctx, oktaread.Request{Method: http.MethodPut, Path: e.Path + "/policies/" + url.PathEscape(former), Scope: e.Kind.scope()})
	return Text{}, err
}
