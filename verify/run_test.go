package verify

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/tokentest"
	"pschook/verify/report"
	"pschook/verify/words"
)

// The order is a contract: scripts and readers depend on it.
func TestOrderOfPSCChecks(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`id.parse id.signature id.alg id.iss id.aud id.azp id.exp id.iat id.nonce id.at_hash id.auth_time id.sub id.tid id.amr
		access.parse access.signature access.iss access.aud access.exp access.oid access.tid access.amr oid.matches_sub oid.not_login
		tid.matches_org tid.matches_idp tid.same amr.psc_approved amr.not_overstated userinfo.sub hook.called hook.applied`)
	p, err := ProfileNamed("")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, p.CheckIDs()); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownProfile(t *testing.T) {
	t.Parallel()
	_, err := ProfileNamed("entra")
	var unknown *UnknownProfileError
	if !errors.As(err, &unknown) || unknown.Name != "entra" {
		t.Fatalf("ProfileNamed(entra): %v, want an UnknownProfileError", err)
	}
}

// Every prerequisite must exist, and none may depend on itself.
func TestPrerequisites(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range ProfileNames() {
		p, _ := ProfileNamed(name)
		for _, id := range p.CheckIDs() {
			if known[name+id] {
				t.Errorf("%s: %s twice", name, id)
			}
			known[id], known[name+id] = true, true
		}
	}
	for _, name := range ProfileNames() {
		p, _ := ProfileNamed(name)
		for _, c := range p.checks {
			for _, id := range slices.Concat(c.Needs, c.Unless) {
				if !known[id] {
					t.Errorf("%s: %s names %s, which no profile holds", name, c.ID, id)
				}
			}
			if path := cycle(p, c.ID, nil); path != nil {
				t.Errorf("%s: prerequisites go round: %v", name, path)
			}
		}
	}
}

func cycle(p Profile, id string, path []string) []string {
	if slices.Contains(path, id) {
		return append(path, id)
	}
	i := slices.IndexFunc(p.checks, func(c rule) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	c := p.checks[i]
	for _, next := range slices.Concat(c.Needs, c.Unless) {
		if found := cycle(p, next, append(slices.Clone(path), id)); found != nil {
			return found
		}
	}
	return nil
}

func TestAMRLevel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(w *world)
		want string
	}{
		{"okta-verify", func(*world) {}, LevelSubstantial},
		{"cpx", setAccess("amr", []string{"hwk", "mfa", "pin", "sc"}), LevelHigh},
		{"repeated values", setAccess("amr", []string{"sc", "sc", "pin", "mfa", "hwk"}), LevelHigh},
		{"password", setAccess("amr", []string{"pwd"}), LevelNone},
		{"amr missing", dropAccess("amr"), LevelNone},
		{"signature wrong", func(w *world) { w.Access.Key = tokentest.MakeKeys().OtherRSA }, LevelNone},
		{"issuer wrong", setAccess("iss", "https://evil.example"), LevelNone},
		{"no keys", func(w *world) { w.in.Keys = nil }, LevelNone},
		{"sets of its own", func(w *world) {
			w.in.AMRSets = []AMRSet{{Name: "fido2", Level: LevelHigh, Values: []string{"pop", "mfa"}}}
			w.Access.Claims["amr"] = []string{"mfa", "pop"}
		}, LevelHigh},
		{"subset and superset both approved", func(w *world) {
			w.in.AMRSets = []AMRSet{
				{Name: "two", Level: LevelSubstantial, Values: []string{"pwd", "mfa"}},
				{Name: "three", Level: LevelHigh, Values: []string{"pwd", "mfa", "hwk"}},
			}
			w.Access.Claims["amr"] = []string{"pwd", "hwk", "mfa"}
		}, LevelHigh},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc")
			tt.do(w)
			if got := Run(t.Context(), w.input(t)).AMRLevel; got != tt.want {
				t.Errorf("amr_level %q, want %q", got, tt.want)
			}
		})
	}
}

func TestClockSkewIsAMinute(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.ID.Claims["exp"] = tokentest.Now().Add(-59 * time.Second).Unix()
	w.Access.Claims["exp"] = tokentest.Now().Add(-59 * time.Second).Unix()
	w.ID.Claims["iat"] = tokentest.Now().Add(60 * time.Second).Unix()
	if r := Run(t.Context(), w.input(t)); r.Verdict != report.StatusPass {
		t.Errorf("verdict %s within the skew, want pass: %+v", r.Verdict, r.Checks)
	}
}

// A check without anything to compare is skipped, says why, and does not change the verdict.
func TestSkipsWithoutEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		check, reason string
		do            func(w *world)
	}{
		{"id.nonce", "nonce of the sign-in is not known", func(w *world) { w.in.Nonce = "" }},
		{"id.at_hash", "optional", setID("at_hash", nil)},
		{"tid.matches_org", "PSCHOOK_RP_EXPECTED_TID", func(w *world) { w.in.ExpectedTID = "" }},
		{"tid.matches_idp", "another identity provider", setID("idp", "0oacarte")},
		{"tid.matches_idp", "another identity provider", setID("idp", nil)},
		{"userinfo.sub", "no userinfo", func(w *world) { w.UserInfo = nil }},
		{"hook.called", "does not answer the token hook", func(w *world) { w.calls = nil }},
		{"hook.called", "another replica", func(w *world) { w.calls = testCalls{} }},
		{"hook.applied", "no claims are known to have been sent", func(w *world) { w.calls = testCalls{} }},
	}
	for _, tt := range tests {
		t.Run(tt.check+"/"+tt.reason, func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc")
			tt.do(w)
			r := Run(t.Context(), w.input(t))
			c, _ := r.Check(tt.check)
			if c.Status != report.StatusSkip || !strings.Contains(c.Hint, tt.reason) {
				t.Errorf("%s: %s, hint %q, want skip for %q", tt.check, c.Status, c.Hint, tt.reason)
			}
			if r.Verdict != report.StatusPass {
				t.Errorf("verdict %s, want pass", r.Verdict)
			}
		})
	}
}

// When Okta drops a whole answer, the report names that as the cause, also at the missing claims.
func TestDroppedAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lang   words.Language
		wanted []string
	}{
		{words.English, []string{"The hook was called 0.8\u00a0s ago, took 2\u00a0ms", "sent oid, tid, amr", "The access token lacks oid, tid, amr.", "The ID token lacks tid."}},
		{words.French, []string{"Le hook a été appelé il y a 0,8\u00a0s, a pris 2\u00a0ms", "a envoyé oid, tid, amr", "Le jeton d’accès n’a pas oid, tid, amr."}},
	} {
		t.Run(string(tt.lang), func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc")
			w.in.Language = tt.lang
			for _, claim := range []string{"oid", "tid", "amr"} {
				delete(w.Access.Claims, claim)
			}
			delete(w.ID.Claims, "tid")
			r := Run(t.Context(), w.input(t))
			applied, _ := r.Check("hook.applied")
			for _, part := range tt.wanted {
				if applied.Status != report.StatusFail || !strings.Contains(applied.Actual, part) {
					t.Errorf("hook.applied: %s, actual %q, want part %q", applied.Status, applied.Actual, part)
				}
			}
			if !strings.Contains(applied.Hint, "PSCHOOK_RESERVED_CLAIMS") || !strings.Contains(applied.Hint, "System Log") {
				t.Errorf("hint %q names neither reserved claims nor the System Log", applied.Hint)
			}
			for _, id := range []string{"access.oid", "access.tid", "access.amr", "id.tid"} {
				if c, _ := r.Check(id); c.Status != report.StatusFail || !strings.Contains(c.Hint, "hook.applied") {
					t.Errorf("%s: %s, hint %q, want a fail that points to hook.applied", id, c.Status, c.Hint)
				}
			}
		})
	}
}

// No form of a report holds a raw token or a signature.
func TestReportsHoldNoSignature(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	in := w.input(t)
	r := Run(t.Context(), in)
	var text, junit strings.Builder
	out, err := r.JSON()
	if err = errors.Join(err, r.WriteText(&text), r.WriteJUnit(&junit)); err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{in.IDToken, in.AccessToken} {
		signature := raw[strings.LastIndex(raw, ".")+1:]
		for _, form := range []string{string(out), text.String(), junit.String()} {
			if strings.Contains(form, signature) || strings.Contains(form, raw[:40]) {
				t.Error("a report holds a raw token or its signature")
			}
		}
	}
}

func TestCHGAlternativeNames(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "chg-meridian")
	for _, name := range []string{"email", "preferred_username", "name", "given_name", "family_name"} {
		delete(w.ID.Claims, name)
	}
	w.ID.Claims[xmlsoap+"nameidentifier"] = "claire.martin@hopital.example"
	w.ID.Claims[xmlsoap+"name"] = "cmartin"
	w.ID.Claims["FirstName"] = "Claire"
	w.ID.Claims[xmlsoap+"surname"] = "Martin"
	r := Run(t.Context(), w.input(t))
	for _, c := range r.Checks {
		if c.Status != report.StatusPass {
			t.Errorf("%s: %s (actual %q), want pass", c.ID, c.Status, c.Actual)
		}
	}
}

func TestRofimOptionalClaims(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "rofim")
	delete(w.UserInfo, "RPPS")
	w.UserInfo["specialty"] = ""
	if r := Run(t.Context(), w.input(t)); r.Verdict != report.StatusPass {
		t.Errorf("verdict %s without RPPS and with an empty specialty, want pass", r.Verdict)
	}
}

func TestECDSATokens(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.ID.Alg, w.ID.Key, w.ID.Kid = "ES256", tokentest.MakeKeys().EC, "k2"
	if r := Run(t.Context(), w.input(t)); r.Verdict != report.StatusPass {
		t.Errorf("verdict %s for ES256, want pass", r.Verdict)
	}
}
