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

// The debug context is a member of the answer, with what there is to say.
func TestAppendDebugContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer  string
		context commands.DebugContext
		want    string // "": an error
	}{
		{`{"a":1}`, commands.DebugContext{}, `{"a":1,"debugContext":{}}`},
		{`{"a":1}`, commands.DebugContext{Outcome: "denied"}, `{"a":1,"debugContext":{"outcome":"denied"}}`},
		{`{"a":1}`, commands.DebugContext{Version: "v1", Rule: "cpx", TraceID: "t"}, `{"a":1,"debugContext":{"version":"v1","rule":"cpx","trace_id":"t"}}`},
		{`{"a":1}`, commands.DebugContext{Version: "\xff"}, ""},
		{`{}`, commands.DebugContext{}, ""},
		{`[1]`, commands.DebugContext{}, ""},
		{``, commands.DebugContext{}, ""},
	}
	for _, tt := range tests {
		got, err := commands.AppendDebugContext([]byte(tt.answer), tt.context)
		if tt.want == "" && err == nil || tt.want != "" && (err != nil || string(got) != tt.want) {
			t.Errorf("%s: %s, %v; want %s", tt.answer, got, err, tt.want)
		}
	}
}

// What a policy may hold at most, to the byte.
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
