package commands_test

import (
	"strings"
	"testing"

	"pschook/commands"
)

// Adds says whether there is anything to wait for, whatever is not known.
func TestAdds(t *testing.T) {
	t.Parallel()
	nothing := commands.Options{AccessTokenClaims: []commands.Claim{}, IDTokenClaims: []commands.Claim{}}
	tests := []struct {
		name   string
		opts   commands.Options
		change func(*commands.Facts)
		want   bool
	}{
		{"a sign-in", commands.Options{}, func(*commands.Facts) {}, true},
		{"nothing known of the org", commands.Options{}, func(f *commands.Facts) { f.OrgID, f.IssuerUnknown = "", true }, true},
		{"nothing placed", nothing, func(*commands.Facts) {}, false},
		{"client credentials", commands.Options{}, func(f *commands.Facts) { *f = commands.Facts{AccessToken: true, GrantType: "client_credentials"} }, false},
		{"nobody named", commands.Options{}, func(f *commands.Facts) { f.IdentitySub, f.AccessUID, f.ContextUserID = "", "", "" }, false},
		{"two users", commands.Options{}, func(f *commands.Facts) { f.AccessUID = "00uOTHER" }, false},
		{"policy refuses", commands.Options{Policy: policy(t, "unmatched: deny")}, func(*commands.Facts) {}, false},
	}
	for _, tt := range tests {
		f := bothTokens()
		tt.change(&f)
		if got := builder(t, tt.opts).Adds(f); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	f := bothTokens()
	f.IssuerUnknown = true
	if d, err := builder(t, nothing).Decide(f); err != nil || d.Outcome != commands.OutcomeEmpty || d.Reason != commands.ReasonNoClaims {
		t.Errorf("nothing to add, issuer unknown: %+v, %v", d, err)
	}
}

// Both kinds of answers can have a debug context. Empty members are left out.
func TestDebugContext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		context *commands.DebugContext
		want    string // what follows the answer's own member
	}{
		{nil, ``},
		{&commands.DebugContext{}, `,"debugContext":{}`},
		{&commands.DebugContext{Outcome: "denied"}, `,"debugContext":{"outcome":"denied"}`},
		{&commands.DebugContext{Version: "v1", Rule: "cpx", TIDSource: "static", TraceID: "t"}, `,"debugContext":{"version":"v1","rule":"cpx","tid_source":"static","trace_id":"t"}`},
	} {
		got, err := commands.AppendCommands([]byte("x"), nil, tt.context)
		if want := `x{"commands":[]` + tt.want + `}`; err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		got, err = commands.AppendRefusal([]byte("x"), "no", tt.context)
		if want := `x{"error":{"errorSummary":"no"}` + tt.want + `}`; err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	if _, err := commands.AppendCommands(nil, nil, &commands.DebugContext{Version: "\xff"}); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("not UTF-8: error %v", err)
	}
}

// A policy of exactly the greatest allowed size loads; one that is larger does not.
func TestPolicyBounds(t *testing.T) {
	t.Parallel()
	rule := func(name, value string) string {
		return "rules:\n  - {name: " + name + ", all: [" + value + "], emit: [" + value + "]}\n"
	}
	long := strings.Repeat("x", 64)
	for _, text := range []string{rule("a", "pwd"), rule("z-z_9", "pwd"), rule(long, "pwd"), rule("a", long), rule("a", "'!~'")} {
		if _, _, err := commands.ParsePolicy("p", []byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		rule("-a", "pwd"): "metric label", rule("a.b", "pwd"): "metric label", rule("A", "pwd"): "metric label", rule(long+"x", "pwd"): "metric label", rule("''", "pwd"): "metric label",
		rule("a", long+"x"): "printable ASCII", rule("a", "'a b'"): "printable ASCII", rule("a", "''"): "printable ASCII",
	} {
		if _, _, err := commands.ParsePolicy("p", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestCommandClaims(t *testing.T) {
	t.Parallel()
	c := commands.Command{Patches: []commands.Patch{{Claim: commands.OID}, {Claim: commands.AMR}}}
	if got := strings.Join(c.Claims(), " "); got != "oid amr" {
		t.Errorf("got %q", got)
	}
}
