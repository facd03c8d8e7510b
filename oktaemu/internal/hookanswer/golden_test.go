package hookanswer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"pschook/commands"
	"pschook/oktaemu/internal/hookanswer"
)

// TestAppliesEveryGoldenAnswer holds that Okta's rules refuse none of the answers
// that the hook gives to the requests in testdata, and that what they add is there.
func TestAppliesEveryGoldenAnswer(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../testdata/answers/*.json")
	if err != nil || len(files) < 20 {
		t.Fatalf("only %d golden answers: %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var golden struct {
				Status int
				Body   json.RawMessage
			}
			read(t, file, &golden)
			if golden.Status == 204 {
				return // nothing to apply
			}
			answer, err := hookanswer.Parse(golden.Body)
			if err != nil {
				t.Fatal(err)
			}
			patched, err := answer.Apply(minting(t, name), commands.ReservedDeveloper)
			if err != nil {
				t.Fatalf("Okta would drop the whole answer: %v", err)
			}
			if len(answer.Commands) == 0 {
				t.Error("status 200 without commands")
			}
			for _, c := range answer.Commands {
				checkApplied(t, c, patched)
			}
		})
	}
}

// minting is what the request of that name says is about to be minted.
func minting(t *testing.T, name string) hookanswer.Minting {
	t.Helper()
	var request struct {
		Data struct {
			Identity, Access *struct{ Claims map[string]any }
		}
	}
	read(t, "../../../testdata/requests/"+name, &request)
	var m hookanswer.Minting
	if r := request.Data.Identity; r != nil {
		m.Identity = &hookanswer.Token{Claims: r.Claims, Lifetime: 3600}
	}
	if r := request.Data.Access; r != nil {
		m.Access = &hookanswer.Token{Claims: r.Claims, Lifetime: 3600}
	}
	return m
}

func checkApplied(t *testing.T, c hookanswer.Command, patched hookanswer.Minting) {
	t.Helper()
	token := patched.Access
	if c.Type == hookanswer.IdentityPatch {
		token = patched.Identity
	}
	for _, op := range c.Operations {
		claim := filepath.Base(op.Path)
		want, err := json.Marshal(json.RawMessage(op.Value))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(token.Claims[claim])
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s %s: the token holds %s, want %s", c.Type, claim, got, want)
		}
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
