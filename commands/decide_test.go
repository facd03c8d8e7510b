package commands_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/commands"
)

const (
	userID = "00u1q8tMo3zV0OfJON0g3"
	orgID  = "00o1vhQ8wLkZ3n0pQ0g4"
)

// bothTokens is a sign-in with password and Okta Verify push for which both
// tokens are minted.
func bothTokens() commands.Facts {
	return commands.Facts{
		IDToken: true, AccessToken: true,
		IdentitySub: userID, AccessUID: userID, ContextUserID: userID,
		IdentityAMR: []string{"pwd", "mfa", "okta_verify", "swk"},
		GrantType:   "authorization_code", ResponseType: "code",
		Session: commands.Session{
			UserID: userID, Status: "ACTIVE", Unexpired: true,
			AMR: []string{"PASSWORD", "MULTIFACTOR_AUTHENTICATION", "POP_SOFTWARE_KEY"},
		},
		OrgID: orgID,
	}
}

// answer returns a decision in the form that tests compare: token/claim=value.
func answer(t *testing.T, d commands.Decision) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, c := range d.Commands {
		for _, p := range c.Patches {
			key := c.Token.String() + " " + string(p.Claim)
			if _, dup := out[key]; dup {
				t.Errorf("%s is patched twice", key)
			}
			if p.List != nil {
				out[key] = p.List
			} else {
				out[key] = p.Text
			}
		}
	}
	return out
}

func TestDecide(t *testing.T) {
	t.Parallel()
	oktaVerify := []string{"swk", "mfa", "pwd", "okta_verify"}
	full := map[string]any{"ID token tid": orgID, "access token oid": userID, "access token tid": orgID, "access token amr": oktaVerify}
	tests := []struct {
		name   string
		opts   commands.Options
		facts  func(*commands.Facts)
		want   map[string]any // empty: no commands
		reason commands.Reason
		rule   string
		also   func(*testing.T, commands.Decision)
	}{
		{name: "both tokens", want: full, rule: "okta-verify"},
		{name: "id token only", facts: func(f *commands.Facts) { f.AccessToken, f.AccessUID = false, "" },
			want: map[string]any{"ID token tid": orgID}},
		{name: "access token only", facts: func(f *commands.Facts) { f.IDToken, f.IdentitySub, f.IdentityAMR = false, "", nil },
			want: map[string]any{"access token oid": userID, "access token tid": orgID, "access token amr": oktaVerify}, rule: "okta-verify"},
		{name: "no token", facts: func(f *commands.Facts) { f.IDToken, f.AccessToken = false, false }, reason: commands.ReasonNoClaims},
		{name: "client credentials", facts: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, GrantType: "client_credentials", OrgID: orgID}
		}, reason: commands.ReasonNoUser},
		{name: "user from access uid", facts: func(f *commands.Facts) { f.IdentitySub, f.ContextUserID = "", "" }, want: full, rule: "okta-verify"},
		{name: "user from context", facts: func(f *commands.Facts) { f.IdentitySub, f.AccessUID = "", "" }, want: full, rule: "okta-verify"},
		{name: "context user of another session is noted, not used", facts: func(f *commands.Facts) { f.ContextUserID = "00uOTHER" }, want: full, rule: "okta-verify",
			also: func(t *testing.T, d commands.Decision) {
				if !d.ContextUserDiffers {
					t.Error("ContextUserDiffers is not set")
				}
			}},
		{name: "ID token amr wins over the session's", facts: func(f *commands.Facts) { f.IdentityAMR = []string{"pwd"} },
			want: with(full, "access token amr", []string{"pwd"}), rule: commands.RuleUnmatched},
		{name: "empty ID token amr is evidence of nothing", facts: func(f *commands.Facts) { f.IdentityAMR = []string{} },
			want: with(full, "access token amr", nil), rule: commands.RuleNoEvidence},
		{name: "session amr where the ID token has none", facts: func(f *commands.Facts) { f.IdentityAMR = nil }, want: full, rule: "okta-verify"},
		{name: "session amr of another user is not evidence", facts: func(f *commands.Facts) { f.IdentityAMR, f.Session.UserID = nil, "00uOTHER" },
			want: with(full, "access token amr", nil), rule: commands.RuleNoEvidence,
			also: func(t *testing.T, d commands.Decision) {
				if !d.SessionOfAnotherUser {
					t.Error("SessionOfAnotherUser is not set")
				}
			}},
		{name: "session is no evidence for a renewal", facts: func(f *commands.Facts) { f.IdentityAMR, f.Renewal = nil, true },
			want: with(full, "access token amr", nil), rule: commands.RuleNoEvidence},
		{name: "ID token amr is evidence for a renewal", facts: func(f *commands.Facts) { f.Renewal = true }, want: full, rule: "okta-verify"},
		{name: "session that names no user is not evidence", facts: func(f *commands.Facts) { f.IdentityAMR, f.Session.UserID = nil, "" },
			want: with(full, "access token amr", nil), rule: commands.RuleNoEvidence},
		{name: "no evidence, no amr", facts: func(f *commands.Facts) { f.IdentityAMR, f.Session.AMR = nil, nil },
			want: with(full, "access token amr", nil), rule: commands.RuleNoEvidence},
		{name: "no org id denies", facts: func(f *commands.Facts) { f.OrgID = "" }, reason: commands.ReasonNoOrgID, rule: "okta-verify"},
		{name: "no org id omits on request", opts: commands.Options{OnFailure: commands.OnFailureOmit}, facts: func(f *commands.Facts) { f.OrgID = "" },
			want: map[string]any{"access token oid": userID, "access token amr": oktaVerify}, rule: "okta-verify",
			also: func(t *testing.T, d commands.Decision) {
				if !d.OrgIDMissing {
					t.Error("OrgIDMissing is not set")
				}
			}},
		{name: "no org id is no failure where tid is not wanted", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.OID}, IDTokenClaims: []commands.Claim{}},
			facts: func(f *commands.Facts) { f.OrgID = "" }, want: map[string]any{"access token oid": userID}},
		{name: "claims keep one order", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.AMR, commands.OID}}, want: with(full, "access token tid", nil), rule: "okta-verify"},
		{name: "nothing placed", opts: commands.Options{AccessTokenClaims: []commands.Claim{}, IDTokenClaims: []commands.Claim{}}, reason: commands.ReasonNoClaims},
		{name: "uuid formats", opts: commands.Options{OIDFormat: commands.FormatUUID, TIDFormat: commands.FormatUUID}, rule: "okta-verify",
			want: map[string]any{
				"ID token tid": "2dd52605-7d25-5994-9e5b-ec7e9469844c", "access token tid": "2dd52605-7d25-5994-9e5b-ec7e9469844c",
				"access token oid": "8ad723dc-b30c-5e21-aa00-77382cb8dcb1", "access token amr": oktaVerify,
			}},
		{name: "policy denies", opts: commands.Options{Policy: policy(t, "unmatched: deny")}, reason: commands.ReasonAMRPolicy, rule: commands.RuleUnmatched},
		{name: "policy denies without evidence too", opts: commands.Options{Policy: policy(t, "unmatched: deny")},
			facts: func(f *commands.Facts) { f.IdentityAMR, f.Session.AMR = nil, nil }, reason: commands.ReasonAMRPolicy, rule: commands.RuleNoEvidence},
		{name: "policy denies nothing where amr is not wanted", opts: commands.Options{Policy: policy(t, "unmatched: deny"), AccessTokenClaims: []commands.Claim{commands.OID}},
			want: map[string]any{"ID token tid": orgID, "access token oid": userID}},
		{name: "policy omits", opts: commands.Options{Policy: policy(t, "unmatched: omit")}, want: with(full, "access token amr", nil), rule: commands.RuleUnmatched},
		{name: "support table places amr in the ID token", opts: commands.Options{
			Reserved: commands.ReservedSupport, AccessTokenClaims: []commands.Claim{commands.OID, commands.TID}, IDTokenClaims: []commands.Claim{commands.TID, commands.AMR},
		}, want: map[string]any{"ID token tid": orgID, "ID token amr": oktaVerify, "access token oid": userID, "access token tid": orgID}, rule: "okta-verify"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := commands.New(tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			facts := bothTokens()
			if tt.facts != nil {
				tt.facts(&facts)
			}
			d, err := b.Decide(facts)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want == nil {
				want = map[string]any{}
			}
			if diff := cmp.Diff(want, answer(t, d)); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			if d.Reason != tt.reason || d.AMRRule != tt.rule {
				t.Errorf("reason %q, rule %q; want %q, %q", d.Reason, d.AMRRule, tt.reason, tt.rule)
			}
			if (d.Outcome == commands.OutcomeCommands) != (len(d.Commands) > 0) {
				t.Errorf("outcome %q with %d commands", d.Outcome, len(d.Commands))
			}
			if tt.also != nil {
				tt.also(t, d)
			}
		})
	}
}

// with returns a copy of m in which key holds value, or is gone when value is nil.
func with(m map[string]any, key string, value any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	if value != nil {
		out[key] = value
	}
	return out
}

func policy(t *testing.T, text string) *commands.Policy {
	t.Helper()
	p, _, err := commands.ParsePolicy("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecideContradiction(t *testing.T) {
	t.Parallel()
	b, err := commands.New(commands.Options{})
	if err != nil {
		t.Fatal(err)
	}
	facts := bothTokens()
	facts.AccessUID = "00uSOMEONEELSE"
	_, err = b.Decide(facts)
	var contradiction *commands.ContradictionError
	if !errors.As(err, &contradiction) {
		t.Fatalf("got %v, want *ContradictionError", err)
	}
	if want := "data.identity.claims.sub and data.access.claims.uid name different users"; err.Error() != want {
		t.Errorf("got %q, want %q: places, not values", err, want)
	}
	if b.NeedsOrgID(facts) {
		t.Error("NeedsOrgID is true for a call that will be refused")
	}
}

func TestNeedsOrgID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		opts  commands.Options
		facts func(*commands.Facts)
		want  bool
	}{
		{name: "both tokens", want: true},
		{name: "client credentials", facts: func(f *commands.Facts) { *f = commands.Facts{AccessToken: true, GrantType: "client_credentials"} }},
		{name: "nobody named: refused anyway", facts: func(f *commands.Facts) { f.IdentitySub, f.AccessUID, f.ContextUserID = "", "", "" }},
		{name: "nobody named, the rest is sent", opts: commands.Options{OnFailure: commands.OnFailureOmit}, facts: func(f *commands.Facts) { f.IdentitySub, f.AccessUID, f.ContextUserID = "", "", "" }, want: true},
		{name: "nobody named, nobody needed", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.TID}}, facts: func(f *commands.Facts) { f.IdentitySub, f.AccessUID, f.ContextUserID = "", "", "" }, want: true},
		{name: "tid not placed", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.OID}, IDTokenClaims: []commands.Claim{}}},
		{name: "tid placed in a token that is not minted", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.OID}}, facts: func(f *commands.Facts) { f.IDToken = false }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := commands.New(tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			facts := bothTokens()
			if tt.facts != nil {
				tt.facts(&facts)
			}
			if got := b.NeedsOrgID(facts); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAppendCommandsIsOktasJSON(t *testing.T) {
	t.Parallel()
	got, err := commands.AppendCommands(nil, []commands.Command{
		{Token: commands.IDToken, Patches: []commands.Patch{{Claim: commands.TID, Text: "00o\"<é"}}},
		{Token: commands.AccessToken, Patches: []commands.Patch{{Claim: commands.OID, Text: userID}, {Claim: commands.AMR, List: []string{"pwd", "mfa"}}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"00o\"<é"}]},` +
		`{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":"` + userID + `"},{"op":"add","path":"/claims/amr","value":["pwd","mfa"]}]}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !json.Valid(got) {
		t.Error("not JSON")
	}
}

func TestAppendRefusal(t *testing.T) {
	t.Parallel()
	got, err := commands.AppendRefusal([]byte("x"), `say "no"`, nil)
	if want := `x{"error":{"errorSummary":"say \"no\""}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}
