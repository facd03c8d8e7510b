package register

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// MakePlan says what [Apply] would do. It changes nothing, neither in the org nor on disk. If the
// org cannot be read, the error is an [*oktaread.Error]. If the options are wrong, it joins
// [*Error]s.
func MakePlan(ctx context.Context, opts Options) (*Plan, error) {
	w, err := begin(ctx, opts)
	if err != nil {
		return nil, err
	}
	if there, err := exists(opts.Journal); err != nil || there {
		if err != nil {
			return nil, err
		}
		if w.owned, err = readJournal(opts.Journal, w.header()); err != nil {
			return nil, err
		}
	}
	return w.run(ctx)
}

// Apply sets up the org, or continues an earlier run. It changes nothing if [MakePlan] finds a
// conflict; the plan then has conflicts. After another error, the journal holds the changes that
// were made: run Apply again, or [Undo].
func Apply(ctx context.Context, opts Options) (*Plan, error) {
	plan, err := MakePlan(ctx, opts)
	if err != nil {
		return nil, err
	}
	if opts.Confirm != nil {
		if err := opts.Confirm(plan); err != nil {
			return plan, err
		}
	}
	if plan.Conflicts() > 0 || plan.Changes() == 0 {
		return plan, nil
	}
	w, err := begin(ctx, opts)
	if err != nil {
		return nil, err
	}
	if w.journal, err = openJournal(opts.Journal, w.header(), opts.Now); err != nil {
		return nil, err
	}
	w.owned = w.journal
	if err = w.settle(ctx); err == nil {
		plan, err = w.run(ctx)
	}
	return plan, errors.Join(err, w.journal.close())
}

// walk goes through the objects in the order in which they depend on each other. Its fields are
// empty until they are known.
type walk struct {
	Options
	org     oktaread.Org
	journal *journal // nil: change nothing
	owned   *journal // says which objects are ours; nil: none
	plan    *Plan

	serverID, appID, clientID, hookID string
	hooks                             []oktaread.InlineHook
	groups                            []oktaread.Group // the wanted groups
	assigned                          []string         // ids of groups that may use the app, including the wanted ones
}

// begin finds out which org it is, and checks the options.
func begin(ctx context.Context, opts Options) (*walk, error) {
	if err := opts.Spec.check(); err != nil {
		return nil, err
	}
	return meet(ctx, opts)
}

// meet finds out which org it is.
func meet(ctx context.Context, opts Options) (*walk, error) {
	w := &walk{Options: opts, plan: &Plan{Org: opts.Okta.OrgURL.String()}}
	var err error
	w.org, err = oktaread.Get[oktaread.Org](ctx, opts.Okta, oktaread.PathOrg, oktaread.ScopeOrg)
	return w, err
}

func (w *walk) header() header { return header{Org: w.plan.Org, OrgID: w.org.ID} }

// run runs all stages. It goes on after a conflict, so that all conflicts are shown.
func (w *walk) run(ctx context.Context) (*Plan, error) {
	for _, stage := range []func(context.Context) error{
		w.findGroups, w.doServer, w.doScopes, w.doApp, w.doSignOn, w.doAssignments, w.doHook, w.doRules, w.doClaims,
	} {
		if err := stage(ctx); err != nil {
			return w.plan, err
		}
	}
	w.plan.ClientID = w.clientID
	return w.plan, nil
}

// target is an object that must exist.
type target struct {
	kind   Kind
	list   string   // path of its list; "" while its parent does not exist
	have   Object   // the existing object, if it was already looked for; looked is then true
	looked bool     //
	want   Object   // members that it must have
	once   Object   // members that are sent on creation and not checked later
	secret Object   // members that cannot be read back and that are not written to the journal
	grow   []string // paths of lists that may hold more
	named  bool     // the caller named the object, so it may be changed
	touchy string   // path of a member that, once set, is replaced only with Replace
}

func (t target) name() string {
	if s := text(t.want, t.kind.nameMember()); s != "" {
		return s
	}
	return text(t.have, t.kind.nameMember())
}

// ensure makes one object right and returns it. If it only plans, or finds a conflict, it returns
// the existing object, or nil.
func (w *walk) ensure(ctx context.Context, t target) (Object, error) {
	if !t.looked && t.list != "" {
		found, err := t.kind.find(ctx, w.Okta, t.list, t.want)
		if err != nil {
			return nil, err
		}
		if t.have = w.choose(found); len(found) > 1 && t.have == nil {
			w.step(t, Conflict, nil, say("%d objects have this name: %s. Name one of them, or take another name.", "%d objets portent ce nom : %s. Désignez-en un, ou prenez un autre nom.", len(found), ids(found)))
			return nil, nil
		}
	}
	if t.have == nil {
		return w.create(ctx, t)
	}
	have, err := w.update(ctx, t)
	if err != nil || !t.kind.switched() {
		return have, err
	}
	return w.activate(ctx, t, have)
}

// choose returns the one object of a name. If there are several, it returns the one that we made.
func (w *walk) choose(found []Object) Object {
	if len(found) == 1 {
		return found[0]
	}
	if i := slices.IndexFunc(found, func(o Object) bool { return w.owned.owns(text(o, "id")) }); i >= 0 {
		return found[i]
	}
	return nil
}

func ids(objects []Object) string {
	var out []string
	for _, o := range objects {
		out = append(out, text(o, "id"))
	}
	return strings.Join(out, ", ")
}

func (w *walk) step(t target, a Action, changes []Change, why Text) {
	w.plan.Steps = append(w.plan.Steps, Step{Kind: t.kind, Name: t.name(), ID: text(t.have, "id"), Action: a, Changes: changes, Why: why})
}

// mayChange reports whether the object is ours to change.
func (w *walk) mayChange(t target) bool {
	return t.named || w.Replace || w.owned.owns(text(t.have, "id"))
}

// create creates the object.
func (w *walk) create(ctx context.Context, t target) (Object, error) {
	w.step(t, Create, differences(t.want, nil), Text{})
	if w.journal == nil {
		return nil, nil
	}
	sent := merge(t.want, t.once)
	e, err := w.journal.begin(entry{Verb: verbCreate, Kind: t.kind, Name: t.name(), List: t.list, Sent: sent})
	if err != nil {
		return nil, err
	}
	reply, err := w.change(ctx, e, oktaread.Request{Method: http.MethodPost, Path: t.list, Scope: t.kind.scope(), Body: encode(merge(sent, t.secret))})
	if err != nil {
		return nil, err
	}
	var made Object
	if json.Unmarshal(reply.Body, &made) != nil || text(made, "id") == "" {
		return nil, &oktaread.Error{Op: "POST " + t.list, Status: reply.Status, Broken: true, Err: errors.New("the answer is not the object that was made")}
	}
	if err := w.journal.note(e, sequel{ID: text(made, "id")}); err != nil {
		return nil, err
	}
	w.plan.Steps[len(w.plan.Steps)-1].ID = text(made, "id")
	w.tell()
	return made, nil
}

// tell reports the step that was just taken.
func (w *walk) tell() {
	if w.Progress == nil {
		return
	}
	s := w.plan.Steps[len(w.plan.Steps)-1]
	en, fr := "created", "créé"
	if s.Action == Update {
		en, fr = "changed", "modifié"
	}
	title := s.Kind.Title()
	w.Progress(Text{
		EN: en + ": " + title.EN + " " + quoted(s.Name, "en") + " (" + s.ID + ")",
		FR: fr + " : " + title.FR + " " + quoted(s.Name, "fr") + " (" + s.ID + ")",
	})
}

// change makes a change that is in the journal. If Okta refuses it, it did not happen. Without a
// clear answer, that is not known.
func (w *walk) change(ctx context.Context, e *entry, r oktaread.Request) (oktaread.Reply, error) {
	reply, err := w.Okta.Call(ctx, r)
	if failed, ok := errors.AsType[*oktaread.Error](err); ok && !failed.Unclear() {
		return reply, errors.Join(err, w.journal.note(e, sequel{Void: true}))
	}
	return reply, err
}

// update sets the members that the object must have.
func (w *walk) update(ctx context.Context, t target) (Object, error) {
	changes := differences(t.want, t.have, t.grow...)
	switch {
	case len(changes) == 0 && !(w.Spec.Hook.SetSecret && t.kind == KindHook):
		w.step(t, Keep, nil, Text{})
		return t.have, nil
	case !w.mayChange(t):
		w.step(t, Conflict, changes, say("it exists already, and is not as it should be. As far as is known, it is not ours: --replace changes it all the same.", "il existe déjà, mais pas comme il faut. Rien ne dit qu’il soit à nous : --replace le modifie malgré tout."))
		return t.have, nil
	case t.taken(changes) && !w.Replace:
		w.step(t, Conflict, changes, w.otherHook(t))
		return t.have, nil
	case len(changes) == 0:
		return w.sendSecret(ctx, t)
	}
	lost := t.secret != nil && !w.owned.owns(text(t.have, "id"))
	var why Text
	if lost {
		why = lostSecret()
	}
	w.step(t, Update, changes, why)
	if w.journal == nil {
		return t.have, nil
	}
	body, err := changed(t.have, changes)
	if err != nil {
		return nil, err
	}
	e, err := w.journal.begin(entry{Verb: verbChange, Kind: t.kind, Name: t.name(), Path: t.path(), Changes: changes, Secret: lost})
	if err != nil {
		return nil, err
	}
	return w.replace(ctx, t, e, merge(body, t.secret))
}

// replace sends the whole object.
func (w *walk) replace(ctx context.Context, t target, e *entry, body Object) (Object, error) {
	reply, err := w.change(ctx, e, oktaread.Request{Method: http.MethodPut, Path: e.Path, Scope: t.kind.scope(), Body: encode(body)})
	if err != nil {
		return nil, err
	}
	if err := w.journal.note(e, sequel{ID: text(t.have, "id")}); err != nil {
		return nil, err
	}
	w.tell()
	if now := (Object{}); json.Unmarshal(reply.Body, &now) == nil {
		return now, nil
	}
	return merge(t.have, body), nil
}

// sendSecret sends the hook's secret again, because it cannot be read.
func (w *walk) sendSecret(ctx context.Context, t target) (Object, error) {
	w.step(t, Update, nil, lostSecret())
	if w.journal == nil {
		return t.have, nil
	}
	e, err := w.journal.begin(entry{Verb: verbSecret, Kind: t.kind, Name: t.name(), Path: t.path(), Secret: true})
	if err != nil {
		return nil, err
	}
	return w.replace(ctx, t, e, merge(writable(t.have), t.secret))
}

func lostSecret() Text {
	return say("its secret is replaced; undo cannot bring the former one back, which nobody can read", "son secret est remplacé ; undo ne peut pas rétablir l’ancien, que personne ne peut lire")
}

// changed returns the object to send.
func changed(have Object, changes []Change) (Object, error) {
	body := writable(have)
	for _, c := range changes {
		if err := put(body, c.Path, c.To); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// taken reports whether the touchy member has another value.
func (t target) taken(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Path == t.touchy && c.From != nil })
}

// path returns the path of the object.
func (t target) path() string { return t.list + "/" + url.PathEscape(text(t.have, "id")) }

// activate activates the object.
func (w *walk) activate(ctx context.Context, t target, have Object) (Object, error) {
	status := text(have, "status")
	if status == oktaread.Active || have == nil {
		return have, nil
	}
	changes := []Change{{Path: "status", From: encode(status), To: encode(oktaread.Active)}}
	if !w.mayChange(t) {
		w.step(t, Conflict, changes, say("it is switched off and, as far as is known, not ours: --replace switches it on.", "il est désactivé, et rien ne dit qu’il soit à nous : --replace l’active."))
		return have, nil
	}
	w.step(t, Update, changes, Text{})
	if w.journal == nil {
		return have, nil
	}
	e, err := w.journal.begin(entry{Verb: verbStatus, Kind: t.kind, Name: t.name(), Path: t.path(), Changes: changes})
	if err != nil {
		return nil, err
	}
	if _, err := w.change(ctx, e, oktaread.Request{Method: http.MethodPost, Path: e.Path + "/lifecycle/activate", Scope: t.kind.scope()}); err != nil {
		return nil, err
	}
	w.tell()
	return merge(have, Object{"status": oktaread.Active}), w.journal.note(e, sequel{ID: text(have, "id")})
}
