package commands_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/commands"
)

func TestDefaultPolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		evidence []string
		rule     string
		want     []string
	}{
		{"CPx card with PIN", []string{"sc", "pin", "mfa", "hwk"}, "cpx", []string{"sc", "pin", "mfa", "hwk"}},
		{"CPx card with PIN, mfa not reported", []string{"hwk", "pin", "sc"}, "cpx", []string{"sc", "pin", "mfa", "hwk"}},
		{"card without PIN", []string{"sc", "hwk"}, commands.RuleUnmatched, []string{"sc", "hwk"}},
		{"card in software", []string{"sc", "swk", "pin"}, commands.RuleUnmatched, []string{"sc", "swk", "pin"}},
		{"Okta Verify push", []string{"pwd", "mfa", "okta_verify", "swk"}, "okta-verify", []string{"swk", "mfa", "pwd", "okta_verify"}},
		{"Okta Verify code", []string{"pwd", "mfa", "okta_verify", "otp"}, "okta-verify", []string{"swk", "mfa", "pwd", "okta_verify"}},
		{"password alone", []string{"pwd"}, commands.RuleUnmatched, []string{"pwd"}},
		{"password and SMS", []string{"pwd", "mfa", "sms"}, commands.RuleUnmatched, []string{"pwd", "mfa", "sms"}},
		{"Okta Verify without a second factor", []string{"pwd", "okta_verify"}, commands.RuleUnmatched, []string{"pwd", "okta_verify"}},
		{"nothing", nil, commands.RuleNoEvidence, nil},
	}
	p := commands.DefaultPolicy()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := p.Decide(tt.evidence)
			if got.Rule != tt.rule || !slices.Equal(got.Values, tt.want) || got.Deny {
				t.Errorf("got %+v, want rule %q, values %q", got, tt.rule, tt.want)
			}
		})
	}
}

func TestNormalizeAMR(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in, want []string
	}{
		{"every hook spelling", []string{
			"PASSWORD", "POP_SOFTWARE_KEY", "POP_HARDWARE_KEY", "ONE_TIME_PASSWORD", "SMS_MESSAGE", "TELEPHONE_CALL",
			"GEOLOCATION", "BIO_FINGERPRINT", "KNOWLEDGE_BASED_AUTHENTICATION", "MULTIFACTOR_AUTHENTICATION", "MULTIPLE_CHANNEL_AUTHENTICATION", "SMART_CARD",
		}, []string{"pwd", "swk", "hwk", "otp", "sms", "tel", "geo", "fpt", "kba", "mfa", "mca", "sc"}},
		{"both spellings of one method", []string{"PASSWORD", "pwd", "mfa", "PASSWORD"}, []string{"pwd", "mfa"}},
		{"unknown kept, empty dropped", []string{"okta_verify", "", "NEW_METHOD"}, []string{"okta_verify", "NEW_METHOD"}},
		{"none", nil, nil},
		{"empty stays empty", []string{}, []string{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, commands.NormalizeAMR(tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestParsePolicyFaults(t *testing.T) {
	t.Parallel()
	const cpx = "  - {name: cpx, all: [sc, pin], emit: [sc, pin]}\n"
	tests := []struct {
		name, text string
		want       []string // each must be one line of the error, in order
	}{
		{"empty", "", []string{"p.yaml: the file is empty"}},
		{"only a comment", "# nothing\n", []string{"p.yaml: the file is empty"}},
		{"not YAML", "rules: [", []string{"p.yaml: not YAML: "}},
		{"not a mapping", "- cpx", []string{"p.yaml:1:1: a policy is a mapping"}},
		{"two documents", "unmatched: pass\n---\nunmatched: deny\n", []string{"p.yaml:2:1: a second YAML document"}},
		{"unknown key", "unmatchd: deny\n", []string{`p.yaml:1:1: unknown key "unmatchd", did you mean "unmatched"?`}},
		{"unmatched", "unmatched: drop\n", []string{`p.yaml:1:12: unmatched: "drop" is not one of pass, omit, deny`}},
		{"unmatched is a list", "unmatched: [deny]\n", []string{`p.yaml:1:12: unmatched: want a word`}},
		{"rules is a word", "rules: cpx\n", []string{`p.yaml:1:8: rules: want a list`}},
		{"rule is a word", "rules:\n  - cpx\n", []string{`p.yaml:2:5: a rule is a mapping`}},
		{"unknown key in a rule", "rules:\n  - {name: a, all: [pwd], emits: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:27: unknown key "emits", did you mean "emit"?`}},
		{"key twice", "rules:\n  - {name: a, all: [pwd], emit: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:40: key "emit" appears twice`}},
		{"no name", "rules:\n  - {all: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:5: a rule has no name`}},
		{"name with capitals", "rules:\n  - {name: CPx, all: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:12: name: "CPx": want 1 to 64 of a-z`}},
		{"name that is taken", "rules:\n  - {name: unmatched, all: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:12: name: "unmatched" is what logs`}},
		{"duplicate name", "rules:\n" + cpx + "  - {name: cpx, all: [pwd], emit: [pwd]}\n", []string{`p.yaml:3:5: rule "cpx": the name is already used on line 2`}},
		{"level", "rules:\n  - {name: a, level: high, all: [pwd], emit: [pwd]}\n", []string{`p.yaml:2:22: level: "high" is not one of substantiel, eleve`}},
		{"matches everyone", "rules:\n  - {name: a, emit: [pwd], attest: [pwd]}\n", []string{`p.yaml:2:5: rule "a": all and any are both empty`}},
		{"empty emit", "rules:\n  - {name: a, all: [pwd], emit: []}\n", []string{`p.yaml:2:33: rule "a": emit is empty`}},
		{"no emit", "rules:\n  - {name: a, all: [pwd]}\n", []string{`p.yaml:2:5: rule "a": emit is empty`}},
		{"unattested", "rules:\n  - {name: a, all: [pwd], emit: [pwd, mfa]}\n", []string{`p.yaml:2:39: rule "a": emits "mfa", which all does not guarantee`}},
		{"any guarantees nothing", "rules:\n  - {name: a, any: [pwd, otp], emit: [pwd]}\n", []string{`p.yaml:2:39: rule "a": emits "pwd"`}},
		{"attests what it does not emit", "rules:\n  - {name: a, all: [pwd], emit: [pwd], attest: [mfa]}\n", []string{`p.yaml:2:49: rule "a": attests "mfa", which it does not emit`}},
		{"unreachable", "rules:\n" + cpx + "  - {name: b, all: [sc, pin, hwk], emit: [sc]}\n", []string{`p.yaml:3:5: rule "b": can never be reached, rule "cpx" above it`}},
		{"unreachable by two", "rules:\n  - {name: a, all: [otp], emit: [otp]}\n  - {name: b, all: [sms], emit: [sms]}\n  - {name: c, all: [pwd], any: [otp, sms], emit: [pwd]}\n",
			[]string{`p.yaml:4:5: rule "c": can never be reached`}},
		{"value with a space", "rules:\n  - {name: a, all: [\"p wd\"], emit: [pwd]}\n", []string{`p.yaml:2:21: all: "p wd": want 1 to 64 printable`}},
		{"value is a number", "rules:\n  - {name: a, all: [1], emit: [pwd]}\n", []string{`p.yaml:2:21: all: want a word`}},
		{"alias", "rules:\n  - {name: a, all: &x [pwd], emit: *x}\n", []string{`p.yaml:2:36: emit: want a list`}},
		{"several at once", "unmatched: no\nrules:\n  - {name: a, all: [pwd], emit: [mfa], x: 1}\n  - {name: B, all: [pwd], emit: [pwd]}\n",
			[]string{`p.yaml:1:12: unmatched`, `p.yaml:3:40: unknown key "x"`, `p.yaml:4:12: name: "B"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := commands.ParsePolicy("p.yaml", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			var fault *commands.PolicyError
			if !errors.As(err, &fault) {
				t.Errorf("%T is no *PolicyError", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("%d faults, want %d:\n%v", len(lines), len(tt.want), err)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got  %s\nwant %s…", lines[i], want)
				}
			}
		})
	}
}

func TestParsePolicyReachableRulesLoad(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"narrow before wide":         "rules:\n  - {name: a, all: [pwd, mfa], emit: [pwd]}\n  - {name: b, all: [pwd], emit: [pwd]}\n",
		"any that is not all taken":  "rules:\n  - {name: a, all: [otp], emit: [otp]}\n  - {name: b, all: [pwd], any: [otp, sms], emit: [pwd]}\n",
		"no rules":                   "unmatched: omit\n",
		"hook spelling":              "rules:\n  - {name: a, all: [PASSWORD], emit: [pwd]}\n",
		"the values of any attested": "rules:\n  - {name: a, any: [pwd, otp], emit: [pwd], attest: [pwd]}\n",
	} {
		if _, _, err := commands.ParsePolicy(name, []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

func TestParsePolicyWarnings(t *testing.T) {
	t.Parallel()
	_, warnings, err := commands.ParsePolicy("p.yaml", []byte("rules:\n  - {name: a, all: [pwd, okta_verfy, PASSWORD], emit: [pwd], attest: [pwd]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		`p.yaml:2:26: all: "okta_verfy" is neither an RFC 8176 value nor one of Okta's, did you mean "okta_verify"?`,
		`p.yaml:2:38: all: "pwd" is listed twice`,
		`p.yaml:2:71: rule "a": attests "pwd", which all guarantees already`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A level that is too high for its evidence causes a warning with Overstated set. A level that may
// fit does not.
func TestOverstatedLevels(t *testing.T) {
	t.Parallel()
	const one, phishing = "shows one factor at most", "shows nothing that resists phishing"
	tests := []struct{ rule, want string }{
		{"level: eleve, all: [pwd], emit: [pwd]", one},
		{"level: substantiel, all: [pwd], emit: [pwd]", one},
		{"level: substantiel, all: [pwd, pin], emit: [pwd, pin]", one},
		{"level: substantiel, any: [pwd, otp], emit: [pwd], attest: [pwd]", one},
		{"level: eleve, all: [sc], emit: [sc]", one},
		{"level: eleve, all: [pwd, sms, mfa], emit: [pwd, sms, mfa]", phishing},
		{"level: eleve, all: [pwd, mfa], any: [pop, sms], emit: [pwd, mfa]", phishing},
		{"level: substantiel, all: [pwd, otp], emit: [pwd, otp]", ""},
		{"level: substantiel, all: [pwd], any: [otp, sms], emit: [pwd]", ""},
		{"level: substantiel, all: [pwd], emit: [pwd, mfa], attest: [mfa]", ""},
		{"level: eleve, all: [sc, pin], emit: [sc, pin]", ""},
		{"level: eleve, all: [mfa], any: [pop, hwk], emit: [mfa]", ""},
		{"level: eleve, all: [hwk, fpt], emit: [hwk, fpt]", ""},
		{"level: eleve, all: [agreed_with_the_ans], emit: [agreed_with_the_ans]", ""},
		{"all: [pwd], emit: [pwd]", ""},
	}
	for _, tt := range tests {
		_, warnings, err := commands.ParsePolicy("p", []byte("rules:\n  - {name: a, "+tt.rule+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range warnings {
			if w.Overstated {
				got = append(got, w.Text)
			}
		}
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
			t.Errorf("%s: %q, want %q", tt.rule, got, tt.want)
		}
	}
	for _, file := range []string{"testdata/policies/fido2.yaml", "testdata/policies/strict.yaml", "default_policy.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, warnings, err := commands.ParsePolicy(file, text); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", file, warnings, err)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	want := []commands.RuleVerdict{
		{Rule: "cpx", Missing: []string{"sc", "pin", "hwk"}},
		{Rule: "okta-verify", NoneOf: []string{"okta_verify", "swk"}},
	}
	if diff := cmp.Diff(want, commands.DefaultPolicy().Explain([]string{"pwd", "mfa", "sms"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	verdicts := commands.DefaultPolicy().Explain([]string{"sc", "pin", "hwk"})
	if len(verdicts) != 1 || !verdicts[0].Matched {
		t.Errorf("got %+v, want one match", verdicts)
	}
}

// TestEmittedAMRIsEvidencedOrAttested checks the most important promise: for random evidence and
// random policies that load, no value is emitted unless Okta sent it or an administrator attested
// it.
func TestEmittedAMRIsEvidencedOrAttested(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	loaded, matched := 0, 0
	for range 4000 {
		p, _, err := commands.ParsePolicy("random", []byte(randomPolicy(rng)))
		if err != nil {
			continue
		}
		loaded++
		evidence := commands.NormalizeAMR(randomValues(rng, 6))
		d := p.Decide(evidence)
		var attested []string
		for _, r := range p.Rules() {
			if r.Name == d.Rule {
				attested = r.Attest
				matched++
			}
		}
		for _, v := range d.Values {
			if !slices.Contains(evidence, v) && !slices.Contains(attested, v) {
				t.Fatalf("evidence %q, rule %q emits %q\n%s", evidence, d.Rule, v, p.Text())
			}
		}
		checkExplainAgrees(t, p, evidence, d)
	}
	if loaded < 1000 || matched < 300 {
		t.Fatalf("only %d policies loaded and %d matched: the test shows too little", loaded, matched)
	}
}

// checkExplainAgrees holds that the explanation names the rule that Decide applied.
func checkExplainAgrees(t *testing.T, p *commands.Policy, evidence []string, d commands.AMRDecision) {
	t.Helper()
	explained := commands.RuleUnmatched
	if len(evidence) == 0 {
		explained = commands.RuleNoEvidence
	}
	for _, v := range p.Explain(evidence) {
		if v.Matched {
			explained = v.Rule
		}
	}
	if explained != d.Rule {
		t.Fatalf("evidence %q: Decide applied %q, Explain says %q\n%s", evidence, d.Rule, explained, p.Text())
	}
}

func randomPolicy(rng *rand.Rand) string {
	var b strings.Builder
	fmt.Fprintf(&b, "unmatched: %s\nrules:\n", []string{"pass", "omit", "deny"}[rng.IntN(3)])
	for i := range 1 + rng.IntN(3) {
		all, attest := randomValues(rng, 3), randomValues(rng, 2)
		emit := slices.Concat(all, attest) // most rules load …
		if rng.IntN(4) == 0 {
			emit = randomValues(rng, 3) // … some must not
		}
		fmt.Fprintf(&b, "  - {name: r%d, all: [%s], any: [%s], emit: [%s], attest: [%s]}\n", i,
			strings.Join(all, ", "), strings.Join(randomValues(rng, 2), ", "), strings.Join(emit, ", "), strings.Join(attest, ", "))
	}
	return b.String()
}

func randomValues(rng *rand.Rand, most int) []string {
	words := []string{"pwd", "mfa", "otp", "swk", "PASSWORD", "SMART_CARD", "sc"}
	var out []string
	for range rng.IntN(most + 1) {
		out = append(out, words[rng.IntN(len(words))])
	}
	return out
}

// FuzzParsePolicy: a policy that loads keeps its promise about every rule, and its printed form
// loads as the same rules.
func FuzzParsePolicy(f *testing.F) {
	for _, seed := range policySeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, _, err := commands.ParsePolicy("fuzz", text)
		if err != nil {
			var fault *commands.PolicyError
			if !errors.As(err, &fault) {
				t.Fatalf("%T is no *PolicyError: %v", err, err)
			}
			return
		}
		for _, r := range p.Rules() {
			for _, v := range r.Emit {
				if !slices.Contains(r.All, v) && !slices.Contains(r.Attest, v) {
					t.Fatalf("rule %q emits %q", r.Name, v)
				}
			}
			smallest := slices.Clone(r.All)
			if len(r.Any) > 0 {
				smallest = append(smallest, r.Any[0])
			}
			if d := p.Decide(smallest); d.Rule == commands.RuleUnmatched || d.Rule == commands.RuleNoEvidence {
				t.Fatalf("evidence %q of rule %q is %s", smallest, r.Name, d.Rule)
			}
		}
		again, _, err := commands.ParsePolicy("fuzz", p.Text())
		if err != nil || !cmp.Equal(p.Rules(), again.Rules()) {
			t.Fatalf("reading it again gave %v", err)
		}
	})
}

// policySeeds returns the built-in policy and those in testdata. It fails when there are none,
// because the fuzz test would then test nothing.
func policySeeds(f *testing.F) [][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/policies/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seed in testdata/policies: %v", err)
	}
	seeds := [][]byte{commands.DefaultPolicy().Text()}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, text)
	}
	return seeds
}
