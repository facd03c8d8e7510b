package verify

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// tokenSeeds are signed tokens of every profile, and fails when there are none.
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

// A token that parses holds two strict JSON objects and exactly three parts;
// anything else is a parseError that the catalog can put into words.
func FuzzParseToken(f *testing.F) {
	for _, seed := range tokenSeeds(f) {
		f.Add(seed)
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	known := catalog()
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseToken(text)
		if err != nil {
			var fault *parseError
			if !errors.As(err, &fault) {
				t.Fatalf("error of type %T", err)
			}
			if _, ok := known["parse."+fault.kind]; !ok {
				t.Fatalf("no words for %q", fault.kind)
			}
			return
		}
		if len(parsed.raw) > maxTokenBytes || strings.Count(parsed.raw, ".") != 2 || parsed.alg == "" {
			t.Fatalf("accepted %q", text)
		}
		for _, o := range []object{parsed.header, parsed.claims} {
			if !o.raw.IsValid() || o.raw.Kind() != '{' || len(o.names) != len(o.members) {
				t.Fatalf("object %q with %d names and %d members", o.raw, len(o.names), len(o.members))
			}
		}
	})
}

// Whatever the tokens hold, a report comes out that is complete, is valid JSON,
// passes nothing that was not signed, and takes no more room in any form than the input does, times a constant.
func FuzzRun(f *testing.F) {
	for _, seed := range tokenSeeds(f) {
		f.Add(seed, seed, []byte(`{"sub":"00u"}`))
	}
	for _, claims := range hostile() {
		f.Add(unsigned(`{"alg":"RS256"}`, claims), unsigned(`{"alg":"RS256"}`, claims), []byte(claims))
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
			if c, _ := r.Check("id.signature"); c.Status == StatusPass && !strings.HasPrefix(strings.TrimSpace(id), good.IDToken[:20]) {
				t.Fatalf("signature of %q passed", id)
			}
			if name != DefaultProfile {
				continue // the others are written no differently
			}
			for _, format := range forms() {
				expectShort(t, in, format, written(t, r, format))
			}
		}
	})
}
