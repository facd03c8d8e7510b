package commands_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pschook/commands"
)

func TestNewRefusesWhatOktaWouldDrop(t *testing.T) {
	t.Parallel()
	id := func(c ...commands.Claim) commands.Options { return commands.Options{IDTokenClaims: c} }
	access := func(c ...commands.Claim) commands.Options { return commands.Options{AccessTokenClaims: c} }
	support := func(o commands.Options) commands.Options { o.Reserved = commands.ReservedSupport; return o }
	allow := func(o commands.Options, names ...string) commands.Options { o.AllowReserved = names; return o }
	tests := []struct {
		name     string
		opts     commands.Options
		want     []string // parts of the error, in order; none means success
		warnings int
	}{
		{name: "defaults"},
		{name: "oid in ID token", opts: id("oid"), want: []string{`ID token claims: Okta reserves "oid"`, "sub already holds"}},
		{name: "amr in ID token", opts: id("tid", "amr"), want: []string{`ID token claims: Okta reserves "amr"`, `table "developer"`}},
		{name: "support: default access amr", opts: support(commands.Options{}), want: []string{`access token claims: Okta reserves "amr"`, `table "support"`}},
		{name: "support: oid in ID token", opts: support(commands.Options{AccessTokenClaims: []commands.Claim{"oid"}, IDTokenClaims: []commands.Claim{"oid"}}), want: []string{`ID token claims: Okta reserves "oid"`}},
		{name: "support: amr in ID token", opts: support(commands.Options{AccessTokenClaims: []commands.Claim{"oid"}, IDTokenClaims: []commands.Claim{"amr"}})},
		{name: "lifted", opts: allow(id("tid", "amr"), "amr"), warnings: 1},
		{name: "lifted in the access token", opts: allow(support(commands.Options{}), "amr"), warnings: 1},
		{name: "lifted in both", opts: allow(support(commands.Options{IDTokenClaims: []commands.Claim{"oid"}}), "amr", "oid"), warnings: 2},
		{name: "another one lifted", opts: allow(id("tid", "amr"), "oid"), want: []string{`ID token claims: Okta reserves "amr"`}},
		{name: "lifted where free", opts: allow(commands.Options{}, "amr")},
		{name: "unknown claim", opts: access("oid", "groups"), want: []string{`access token claims: "groups" is not one of oid, tid, amr`}},
		{name: "duplicate", opts: access("oid", "oid"), want: []string{`access token claims: "oid" is listed twice`}},
		{name: "table", opts: commands.Options{Reserved: "both"}, want: []string{`reserved claims: "both" is neither`}},
		{name: "formats", opts: commands.Options{OIDFormat: "hex", TIDFormat: "base64"}, want: []string{`oid format: "hex"`, `tid format: "base64"`}},
		{name: "on failure", opts: commands.Options{OnFailure: "ignore"}, want: []string{`on failure: "ignore"`}},
		{name: "all at once", opts: commands.Options{IDTokenClaims: []commands.Claim{"oid", "amr"}, OnFailure: "x"}, want: []string{`"oid"`, `"amr"`, `on failure`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := commands.New(tt.opts)
			if len(tt.want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				if got := len(b.Warnings()); got != tt.warnings {
					t.Errorf("%d warnings, want %d: %q", got, tt.warnings, b.Warnings())
				}
				for _, warning := range b.Warnings() {
					if !strings.Contains(warning, "although Okta's table") || !strings.Contains(warning, "check a received token") {
						t.Errorf("warning %q names neither the table nor what to do", warning)
					}
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			rest := err.Error()
			for _, part := range tt.want {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("error %q lacks %q", err, part)
				}
				rest = after
			}
		})
	}
}

// Whatever settings load, no decision may patch a reserved claim that was not
// lifted: Okta would drop the whole answer.
func TestNoLoadedSettingEmitsAReservedClaim(t *testing.T) {
	t.Parallel()
	all := commands.KnownClaims()
	for _, table := range commands.ReservedTables() {
		for accessBits := range 8 {
			for idBits := range 8 {
				opts := commands.Options{Reserved: table, AccessTokenClaims: pick(all, accessBits), IDTokenClaims: pick(all, idBits)}
				b, err := commands.New(opts)
				var reserved *commands.ReservedClaimError
				if errors.As(err, &reserved) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				d, err := b.Decide(bothTokens())
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range d.Commands {
					for _, p := range c.Patches {
						if table.Reserved(c.Token, string(p.Claim)) {
							t.Errorf("%s: %s of %v is reserved", table, p.Path(), c.Token)
						}
					}
				}
			}
		}
	}
}

func pick(all []commands.Claim, bits int) []commands.Claim {
	out := []commands.Claim{}
	for i, c := range all {
		if bits&(1<<i) != 0 {
			out = append(out, c)
		}
	}
	return out
}

// The tables are those of Okta's two documents, claim by claim.
func TestReservedTables(t *testing.T) {
	t.Parallel()
	const both = "acr auth_time cid cnf exp groups iat iss jti sid token_type ver"
	const developerID = "active aid amr app_id app_type at_hash aud c_hash client_id client_ip client_req_id client_type " +
		"client_user_agent device_compliance device_id device_known device_managed device_name device_trust did dst group " +
		"hotk idp idp_iss mac_key may_act nonce oid okta_auth okta_emailVerified okta_lastUpdated orig permissions purpose " +
		"pwd_exp_days pwd_exp_time rid role scope scopes sub term user_ip"
	const supportID = "active aid aud app_id app_type at_hash auth_time client_id client_ip client_req_id client_type client_user_agent cnf c_hash " +
		"device_compliance device_id device_known device_managed device_name device_trust did dst group hotk idp idp_iss mac_key may_act nonce oid okta_auth " +
		"okta_emailVerified okta_lastUpdated orig permissions purpose pwd_exp_days pwd_exp_time rid role scope scopes sid sub term user_ip"
	tables := map[commands.ReservedTable]map[commands.Token]string{
		commands.ReservedDeveloper: {
			commands.IDToken:     both + " " + developerID,
			commands.AccessToken: both + " as_uri authorization_details aud rpt rsi scp sub uid username",
		},
		commands.ReservedSupport: {
			commands.IDToken:     "iss jti token_type ver " + supportID,
			commands.AccessToken: "iss jti token_type ver acr amr as_uri cid groups rpt rsi uid username",
		},
	}
	all := map[string]bool{"tid": true, "hospital": true, "": true, "OID": true}
	for _, tokens := range tables {
		for _, claims := range tokens {
			for claim := range strings.FieldsSeq(claims) {
				all[claim] = true
			}
		}
	}
	for claim := range all {
		for _, token := range []commands.Token{commands.IDToken, commands.AccessToken} {
			either := false
			for table, tokens := range tables {
				want := slices.Contains(strings.Fields(tokens[token]), claim)
				either = either || want
				if got := table.Reserved(token, claim); got != want {
					t.Errorf("%s, %s: %q reserved: %v, want %v", table, token, claim, got, want)
				}
			}
			if got := commands.ReservedTable("unknown").Reserved(token, claim); got != either {
				t.Errorf("unknown table, %s: %q reserved: %v, want %v", token, claim, got, either)
			}
		}
		if t1 := commands.ReservedSupport; t1.IDToken(claim) != t1.Reserved(commands.IDToken, claim) || t1.AccessToken(claim) != t1.Reserved(commands.AccessToken, claim) {
			t.Errorf("%q: the two ways to ask differ", claim)
		}
	}
}
