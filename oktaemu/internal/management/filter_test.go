package management

import (
	"strings"
	"testing"
)

func filterObject() map[string]any {
	return map[string]any{
		"eventType": "inline_hook.executed", "outcome": map[string]any{"result": "FAILURE"},
		"target": []any{map[string]any{"id": "cal1"}, map[string]any{"id": "cal2"}}, "count": 3, "on": true, "name": `the "Cardio" (A and B)`, "at": "2026-01-01T00:00:00.000Z", "telephone": "033",
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		"":                                    true,
		`eventType eq "inline_hook.executed"`: true,
		`eventType eq "INLINE_HOOK.EXECUTED"`: true,
		`eventType eq "x"`:                    false,
		`eventType ne "x"`:                    true,
		`eventType sw "inline_hook"`:          true,
		`eventType ew "executed"`:             true,
		`eventType co "hook.ex"`:              true,
		`eventType pr`:                        true,
		`nothing pr`:                          false,
		`nothing eq "x"`:                      false,
		`target.id eq "cal2"`:                 true,
		`target.id ne "cal2"`:                 false,
		`count gt "2"`:                        true,
		`count le "2"`:                        false,
		`on eq true`:                          true,
		`outcome.result eq "FAILURE" and eventType eq "x"`: false,
		`outcome.result eq "FAILURE" or eventType eq "x"`:  true,
		`eventType eq "x" and on pr or count pr`:           true,
		`count pr or on pr and eventType eq "x"`:           true,
		`eventType eq "a b"`:                               false,
		`(eventType pr)`:                                   true,
		`on pr and (eventType eq "x" or count gt "2")`:     true,
		`(on pr or eventType eq "x") and nothing pr`:       false,
		`not (eventType eq "x")`:                           true,
		`not (on pr) or not ((count eq 3))`:                false,
		`count eq 3 and on eq true`:                        true,
		`NOT(on pr) OR count PR`:                           true,
		`name eq "the \"Cardio\" (A and B)"`:               true,
		`name eq "the \u0022Cardio\u0022 (A and B)"`:       true,
		`name co "\\"`:                                     false,
		`at gt "2026-01-01T00:00:00Z"`:                     false,
		`at ge "2026-01-01T00:00:00Z"`:                     true,
		`at eq "2026-01-01T01:00:00.000+01:00"`:            true,
		`at lt "2026-01-01T00:00:00.001Z"`:                 true,
		`count gt 20`:                                      false,
		`count lt 20`:                                      true,
		`telephone eq "33"`:                                false,
		`EVENTTYPE pr`:                                     false,
		`eventType EQ "inline_hook.executed" AND on pr`:    true,
	} {
		fits, fault := parseFilter(expression, wholeGrammar())
		if fault != nil {
			t.Errorf("%s: %v", expression, fault)
			continue
		}
		if got := fits(filterObject()); got != want {
			t.Errorf("%s: %t, want %t", expression, got, want)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"eventType":                             "not complete",
		`eventType eq`:                          "not complete",
		`eventType eq x`:                        "neither quoted",
		`eventType is "x"`:                      `"is" is not an operator`,
		`eventType eq "x`:                       "has no end",
		`a pr b pr`:                             `"b" stands where`,
		`a pr and`:                              "not complete",
		`(a pr`:                                 "not closed",
		`a pr)`:                                 `")" stands where`,
		`()`:                                    "not complete",
		`not a pr`:                              `"a" is not an operator`,
		`a eq "\x"`:                             "cannot be read",
		`a eq "\"`:                              "has no end",
		strings.Repeat("(", 1000):               "more than 50",
		strings.Repeat("a pr or ", 60) + "a pr": "more than 50",
	} {
		_, fault := parseFilter(expression, wholeGrammar())
		if fault == nil || !strings.Contains(fault.Causes[0], want) {
			t.Errorf("%s: %v, want one about %q", expression, fault, want)
		}
	}
}

// FuzzFilter: no expression makes it panic; what it takes, it takes again with its
// alternatives turned round, and then says the same.
func FuzzFilter(f *testing.F) {
	seeds := []string{`eventType eq "inline_hook.executed" and outcome.result pr`, `a.b co "x" or c le "1"`, `on eq true`, `target.id ne "cal1"`}
	for _, seed := range seeds {
		if _, fault := parseFilter(seed, wholeGrammar()); fault != nil {
			f.Fatalf("seed %s: %v", seed, fault)
		}
		f.Add(seed, `eventType sw "inline"`)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		first, faultA := parseFilter(a, wholeGrammar())
		second, faultB := parseFilter(b, wholeGrammar())
		if faultA != nil || faultB != nil || strings.TrimSpace(a) == "" || strings.TrimSpace(b) == "" {
			return
		}
		either, fault := parseFilter(b+" or "+a, wholeGrammar())
		if fault != nil {
			if strings.Contains(fault.Causes[0], "more than") {
				return
			}
			t.Fatalf("joined: %v", fault)
		}
		if want := first(filterObject()) || second(filterObject()); either(filterObject()) != want {
			t.Fatalf("%q or %q is not %t", b, a, want)
		}
	})
}
