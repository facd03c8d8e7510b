package verify

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
	"pschook/internal/tokentest"
	"pschook/verify/report"
)

// tokenSeeds returns signed tokens of every profile. It fails when there are none.
func tokenSeeds(tb testing.TB) []string {
	tb.Helper()
	var seeds []string
	for _, name := range ProfileNames() {
		in := goodWorld(tb, name).input(tb)
		seeds = append(seeds, in.IDToken, in.AccessToken)
	}
	if len(seeds) == 0 {
		tb.Fatal("no seeds")
	}
	return seeds
}

// A token that parses has exactly three parts and two strict JSON objects. Any other text gives a
// parseError that can be put into words.
func FuzzParseToken(f *testing.F) {
	for _, seed := range tokenSeeds(f) {
		f.Add(seed)
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseToken(text)
		if err != nil {
			var fault *parseError
			if !errors.As(err, &fault) {
				t.Fatalf("error of type %T", err)
			}
			if fault.kind != "header" && fault.text() == (&parseError{kind: "header", detail: fault.detail}).text() {
				t.Fatalf("no words for %q", fault.kind)
			}
			return
		}
		if len(parsed.raw) > outside.ObjectLimits().Bytes || strings.Count(parsed.raw, ".") != 2 || parsed.alg == "" {
			t.Fatalf("accepted %q", text)
		}
		for _, o := range []outside.Object{parsed.header, parsed.claims} {
			if !o.Raw.IsValid() || o.Raw.Kind() != '{' || len(o.Names) != len(o.Members) {
				t.Fatalf("object %q with %d names and %d members", o.Raw, len(o.Names), len(o.Members))
			}
		}
	})
}

// For any tokens, the report is complete and valid JSON, passes nothing that was not signed, and
// its size is at most a constant times that of the input.
func FuzzRun(f *testing.F) {
	for _, seed := range tokenSeeds(f) {
		f.Add(seed, seed, []byte(`{"sub":"00u"}`))
	}
	for _, claims := range tokentest.Hostile() {
		f.Add(tokentest.Unsigned(`{"alg":"RS256"}`, claims), tokentest.Unsigned(`{"alg":"RS256"}`, claims), []byte(claims))
	}
	base := goodWorld(f, "psc").in
	good := goodWorld(f, "psc").input(f)
	f.Fuzz(func(t *testing.T, id, access string, userinfo []byte) {
		for _, name := range ProfileNames() {
			in := base
			in.Profile, _ = ProfileNamed(name)
			in.IDToken, in.AccessToken, in.UserInfo = id, access, userinfo
			r := Run(t.Context(), in)
			out, err := r.JSON()
			if err != nil || !jsontext.Value(out).IsValid() || len(r.Checks) != len(in.Profile.checks) {
				t.Fatalf("report of %d checks, error %v", len(r.Checks), err)
			}
			if c, _ := r.Check("id.signature"); c.Status == report.StatusPass && !strings.HasPrefix(strings.TrimSpace(id), good.IDToken[:20]) {
				t.Fatalf("signature of %q passed", id)
			}
			if most := tokentest.MostOutput(len(id) + len(access) + len(userinfo)); len(out) > most {
				t.Fatalf("%d bytes of JSON, want %d at most", len(out), most)
			}
		}
	})
}
