package register_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/register"
)

// steps are action and kind of each step.
func steps(p *register.Plan) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, string(s.Action)+" "+string(s.Kind))
	}
	return strings.Join(out, "\n")
}

// TestFromNothingAndBack creates everything, finds nothing to do, and undoes everything.
func TestFromNothingAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, o := w.snapshot(t), w.options(t)
	o.Spec.KCIDPHint, o.Spec.Scopes = "OKTA_hopital", append(o.Spec.Scopes, "partner_profil")
	planned, err := register.MakePlan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := `create authorization_server
create scope
create app
create assignment
create inline_hook
create policy
create rule
create claim
create claim`
	if diff := cmp.Diff(want, steps(planned)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if after := w.snapshot(t); after != before {
		t.Error("planning changed the org")
	}
	if _, err := os.Stat(w.journal); err == nil {
		t.Error("planning wrote a journal")
	}
	made := apply(t, o)
	if diff := cmp.Diff(want, steps(made)); diff != "" {
		t.Errorf("apply (-want +got):\n%s", diff)
	}
	if made.ClientID == "" || !strings.Contains(made.Issuer, "/oauth2/aus") {
		t.Errorf("client %q, issuer %q", made.ClientID, made.Issuer)
	}
	complete := w.snapshot(t)
	again := apply(t, o)
	if again.Changes() > 0 || w.snapshot(t) != complete {
		t.Errorf("a second apply changes:\n%s", steps(again))
	}
	undo(t, o)
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
	apply(t, o)
	undo(t, o)
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("after the second undo (-before +after):\n%s", diff)
	}
	journal, err := os.ReadFile(w.journal)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(journal), hookSecret) {
		t.Error("the journal holds the secret")
	}
	if info, err := os.Stat(w.journal); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("journal: %v %v", info.Mode(), err)
	}
}
