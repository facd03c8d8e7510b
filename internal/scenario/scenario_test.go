package scenario_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pschook/internal/scenario"
	"pschook/oktaemu"
	"pschook/verify/report"
)

func choose(t *testing.T, names string) []scenario.Scenario {
	t.Helper()
	chosen, err := scenario.Choose(names)
	if err != nil {
		t.Fatal(err)
	}
	return chosen
}

func play(t *testing.T, s *stand, names string) report.Report {
	t.Helper()
	found, err := scenario.Run(t.Context(), s.options(t), choose(t, names), nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestAllPass plays every scenario on an org in which all is well: every check passes, and there is no other.
func TestAllPass(t *testing.T) {
	t.Parallel()
	found := play(t, newStand(t, nil), scenario.All)
	var want, got []string
	for _, s := range scenario.Scenarios() {
		want = append(want, s.CheckIDs()...)
	}
	for _, c := range found.Checks {
		got = append(got, c.ID)
		promised := c.ID == "sign-in.answer" && c.Status == report.StatusSkip // Okta promises no iss
		if c.Status != report.StatusPass && !promised {
			t.Errorf("%s: %s: found %q, %s", c.ID, c.Status, c.Actual, c.Hint)
		}
	}
	if !slices.Equal(want, got) {
		t.Errorf("checks %v, want %v", got, want)
	}
	text, err := found.JSON()
	if err != nil {
		t.Fatal(err)
	}
	holdsNobody(t, string(text))
}

// holdsNobody looks for what names a person.
func holdsNobody(t *testing.T, text string) {
	t.Helper()
	for _, p := range oktaemu.Personas() {
		for _, word := range []string{p.Login, p.UserID} {
			if strings.Contains(text, word) {
				t.Errorf("the report names %s", word)
			}
		}
	}
}

// TestEachFails breaks one thing for each scenario and expects the check that finds it.
func TestEachFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scenario string
		broken   fault
		failing  string // check
		text     string // in what was found or the hint
	}{
		{"sign-in", hookFails(1), "sign-in.profile", "access.amr"},
		{"sign-in", answers(http.MethodPost, "/v1/token", http.StatusBadRequest, `{"error":"invalid_client"}`), "sign-in.sign-in", "invalid_client"},
		{"refresh", hookFails(2), "refresh.kept", "oid (access token)"},
		{"refresh-no-openid", hookFails(2), "refresh-no-openid.kept", "oid (access token)"},
		{"revoked-refresh", answers(http.MethodPost, "/v1/revoke", http.StatusOK, ""), "revoked-refresh.refused", "let it through"},
		{"prompt-none", forgetsSilent, "prompt-none.silent", "login_required"},
		{"prompt-none-no-session", drops("prompt"), "prompt-none-no-session.silent", "shows a page"},
		{"max-age", drops("max_age"), "max-age.silent", "let it through"},
		{"step-up", drops("acr_values"), "step-up.level", "acr_values"},
		{"step-up", drops("acr_values"), "step-up.silent", "let it through"},
		{"sign-out", answers(http.MethodGet, "/v1/logout", http.StatusOK, ""), "sign-out.ended", "let it through"},
		{"wrong-redirect", redirectsAnywhere, "wrong-redirect.request", "nobody registered"},
		{"wrong-redirect", takesAll, "wrong-redirect.refused", "let it through"},
		{"wrong-verifier", takesAll, "wrong-verifier.refused", "let it through"},
		{"replayed-code", takesAll, "replayed-code.refused", "let it through"},
		{"same-user", otherPerson, "same-user.same-person", "oid (access token)"},
		{"two-clients", takesAll, "two-clients.refused", "let it through"},
		{"expired-session", answers(http.MethodDelete, "/sessions", http.StatusNoContent, ""), "expired-session.ended", "let it through"},
		{"renamed-user", otherPerson, "renamed-user.same-person", "oid (access token)"},
		{"key-rotation", answers(http.MethodPost, "/keyRotate", http.StatusOK, "[]"), "key-rotation.again", "the kid of before"},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		seen[tt.scenario] = true
		t.Run(tt.scenario+"_"+tt.failing, func(t *testing.T) {
			t.Parallel()
			found := play(t, newStand(t, tt.broken), tt.scenario)
			c, ok := found.Check(tt.failing)
			if !ok || c.Status != report.StatusFail || !strings.Contains(c.Actual+" "+c.Hint, tt.text) {
				t.Errorf("%s: %s, found %q, hint %q; want fail with %q\nall: %v", tt.failing, c.Status, c.Actual, c.Hint, tt.text, found.Checks)
			}
			if found.Verdict != report.StatusFail {
				t.Errorf("verdict %s", found.Verdict)
			}
		})
	}
	for _, name := range scenario.Names() {
		if !seen[name] {
			t.Errorf("nothing is broken for %s", name)
		}
	}
}

// TestSkipped takes away what scenarios need: they say so, and pass nothing.
func TestSkipped(t *testing.T) {
	t.Parallel()
	s := newStand(t, nil)
	opts := s.options(t)
	opts.Changes, opts.Second.ClientID = nil, ""
	for name, want := range map[string]string{
		"expired-session": "--allow-changes", "renamed-user": "--allow-changes", "key-rotation": "--allow-changes", "two-clients": "--second-client-id",
	} {
		found, err := scenario.Run(t.Context(), opts, choose(t, name), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found.Checks {
			if c.Status != report.StatusSkip || !strings.Contains(c.Hint, want) {
				t.Errorf("%s: %s, %q; want skip with %q", c.ID, c.Status, c.Hint, want)
			}
		}
	}
}

// TestRenameIsUndone holds that the login is as before, also when the scenario fails half-way.
func TestRenameIsUndone(t *testing.T) {
	t.Parallel()
	s := newStand(t, answers(http.MethodPost, "/v1/nothing", http.StatusOK, ""))
	play(t, s, "renamed-user")
	if _, err := s.org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx", RedirectURI: redirect}); err != nil {
		t.Errorf("with the old login: %v", err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	if _, err := scenario.Choose("sign-in,nap"); err == nil || !strings.Contains(err.Error(), `unknown scenario "nap" (all, or some of sign-in,`) {
		t.Errorf("an unknown name: %v", err)
	}
	if chosen := choose(t, "sign-in,sign-in"); len(chosen) != 1 {
		t.Errorf("one name twice: %v", chosen)
	}
	if chosen := choose(t, "max-age,sign-in"); len(chosen) != 2 || chosen[0].Name != "max-age" {
		t.Errorf("two names: %v", chosen)
	}
}

// TestDocumented holds that the pages list every scenario.
func TestDocumented(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", lang, "scenarios.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range scenario.Names() {
			if !strings.Contains(string(text), "| `"+name+"` |") {
				t.Errorf("docs/%s/scenarios.md does not list %s", lang, name)
			}
		}
	}
}
