package homologation_test

import (
	"strings"
	"testing"
	"time"

	"pschook/internal/homologation"
	"pschook/verify/report"
	"pschook/verify/words"
)

const good = `establishment: CH de l'Exemple
means:
  - {rule: cpx, name: Carte CPx, level: eleve, origin: ans}
  - rule: okta-verify
    name: Okta Verify
    level: substantiel
    origin: homologation
    reference: HOM-2026-017
    decided: 2026-01-15
    expires: 2026-12-31
`

func rules() []homologation.Rule {
	return []homologation.Rule{{Name: "cpx", Level: "eleve"}, {Name: "okta-verify", Level: "substantiel"}, {Name: "other"}}
}

// TestParseFaults breaks one thing at a time and expects its place and remedy.
func TestParseFaults(t *testing.T) {
	t.Parallel()
	_, entries, _ := strings.Cut(good, "means:\n")
	tests := []struct{ name, old, new, want string }{
		{"good", "", "", ""},
		{"key", "level: eleve", "levl: eleve", `f:3:34: unknown key "levl" (one of decided, expires, level, name, origin, reference, rule)`},
		{"key missing", "level: eleve, ", "", "f:3:5: level: missing"},
		{"level", "level: eleve", "level: high", `f:3:41: level: got "high", wanted substantiel or eleve`},
		{"origin", "origin: ans", "origin: anssi", `origin: got "anssi", wanted ans or certified or homologation`},
		{"date", "2026-12-31", "31/12/2026", `f:10:14: expires: got "31/12/2026", wanted a day such as 2026-01-31`},
		{"order", "2026-12-31", "2026-01-15", "f:4:5: expires: not after decided"},
		{"reference", "    reference: HOM-2026-017\n", "", "f:4:5: reference: missing"},
		{"twice", "rule: okta-verify", "rule: cpx", `f:4:5: rule: "cpx" is there twice`},
		{"key twice", "establishment", "establishment: A\nestablishment", "f:2:1: establishment: given twice"},
		{"establishment", "establishment: CH de l'Exemple\n", "", "establishment: missing; the name of the établissement de santé"},
		{"list", entries, "  cpx: yes\n", "f:3:3: means: wanted a list"},
		{"text", "name: Carte CPx", `name: "a\u0007b"`, "name: wanted at most 200 printable characters"},
		{"empty", good, "", "f: the file is empty"},
		{"two", "means:", "---\nmeans:", "f: a second YAML document"},
		{"not YAML", "means:", "means: [", "f: not YAML: "},
		{"list at the top", good, "- a\n", "f: wanted a mapping with the keys establishment and means"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := homologation.Parse("f", []byte(strings.Replace(good, tt.old, tt.new, 1)))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestChecks moves the day, the policy and the file.
func TestChecks(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		name, old, new string
		now            string
		rules          []homologation.Rule
		check          string
		want           report.Status
	}{
		{"card of the ANS", "", "", "2030-01-01 00:00:00", rules(), "homologation.cpx", report.StatusPass},
		{"in time", "", "", "2026-06-01 00:00:00", rules(), "homologation.okta-verify", report.StatusPass},
		{"before notice", "", "", "2026-10-02 23:59:59", rules(), "homologation.okta-verify", report.StatusPass},
		{"within notice", "", "", "2026-10-03 00:00:00", rules(), "homologation.okta-verify", report.StatusWarn},
		{"last second", "", "", "2026-12-31 23:59:59", rules(), "homologation.okta-verify", report.StatusWarn},
		{"over", "", "", "2027-01-01 00:00:00", rules(), "homologation.okta-verify", report.StatusFail},
		{"not yet", "", "", "2026-01-14 00:00:00", rules(), "homologation.okta-verify", report.StatusFail},
		{"level overstated", "level: substantiel", "level: substantiel", "2026-06-01 00:00:00", []homologation.Rule{{Name: "okta-verify", Level: "eleve"}}, "homologation.okta-verify", report.StatusFail},
		{"no entry", "", "", "2026-06-01 00:00:00", append(rules(), homologation.Rule{Name: "fido2", Level: "substantiel"}), "homologation.fido2", report.StatusFail},
		{"no rule", "", "", "2026-06-01 00:00:00", rules()[:1], "homologation.okta-verify", report.StatusWarn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := homologation.Parse("f", []byte(strings.Replace(good, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			c, ok := report.New("x", words.English, d.Checks(tt.rules, day(tt.now), words.English)).Check(tt.check)
			if !ok || c.Status != tt.want {
				t.Errorf("%s: %s, %q, want %s", tt.check, c.Status, c.Actual, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := homologation.Parse("f", text)
		if err == nil && (d.Establishment == "" || len(d.Means) == 0) {
			t.Errorf("it loads without %+v", d)
		}
	})
}
