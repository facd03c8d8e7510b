package pscrealm

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pschook/internal/golden"
)

// good are options with both kinds of apps.
func good() Options {
	return Options{
		Establishments: []Establishment{
			{Alias: "chu-exemple", Name: "CHU d’Exemple", Issuer: "https://chu.okta.com/oauth2/default", ClientID: "0oachu", TID: "00ochu"},
			{Alias: "ch-modele", Hint: "12345", Issuer: "https://login.ch-modele.example/oauth2/aus1", ClientID: "0oach", ClientSecret: "app-secret", TID: "OKTA_ch-modele"},
		},
		Services: []Service{{ClientID: "portail", Secret: "service-secret", RedirectURIs: []string{"https://portail.example/?openidconnectcallback=1"}, SignedUserinfo: true}},
		Sets: []Set{
			{LevelSubstantial, []string{"swk", "mfa", "pwd", "okta_verify"}},
			{LevelHigh, []string{"sc", "pin", "mfa", "hwk"}},
		},
		Accounts: People("card-and-pin"),
	}
}

func TestFileGolden(t *testing.T) {
	t.Parallel()
	got, err := File(good())
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/realm.json", got)
}

func TestOptionsAreHeld(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*Options)
		want  string
	}{
		{"nothing", func(o *Options) { *o = Options{} }, "no account: at least one is needed\nno agreed amr set: at least one is needed\nno establishment: at least one is needed\nno service: at least one is needed"},
		{"alias", func(o *Options) { o.Establishments[0].Alias = "chu exemple" }, `establishment "chu exemple": the alias must be letters`},
		{"hint", func(o *Options) { o.Establishments[1].Hint = "a/b" }, `establishment "ch-modele": the hint "a/b" must be letters`},
		{"no tid", func(o *Options) { o.Establishments[0].TID = "" }, `tid "" must be what the tokens carry: the org id (00o…), OKTA_<alias> or a UUID`},
		{"tid with a pattern", func(o *Options) { o.Establishments[0].TID = ".*" }, `tid ".*" must be`},
		{"no client", func(o *Options) { o.Establishments[0].ClientID = "" }, "the client id of PSC's app is missing"},
		{"plain http", func(o *Options) { o.Establishments[0].Issuer = "http://chu.okta.com/oauth2/default" }, "must be https; http is for loopback only"},
		{"org server", func(o *Options) { o.Establishments[0].Issuer = "https://chu.okta.com" }, "must be a custom authorization server, https://<org>/oauth2/<id>: Okta calls hooks for no other"},
		{"no address", func(o *Options) { o.Establishments[0].Issuer = "chu.okta.com/oauth2/default" }, "is not the address of an authorization server"},
		{"two hints, other case", func(o *Options) { o.Establishments[1].Hint = "okta_CHU-exemple" }, `hint "okta_chu-exemple" is there twice`},
		{"one tid for two", func(o *Options) { o.Establishments[1].TID = "00ochu" }, `tid "00ochu" is there twice`},
		{"service without secret", func(o *Options) { o.Services[0].Secret = "" }, `service "portail": the client secret is missing`},
		{"service without redirect", func(o *Options) { o.Services[0].RedirectURIs = nil }, "the redirect URI is missing"},
		{"redirect to everywhere", func(o *Options) { o.Services[0].RedirectURIs = []string{"https://portail.example/*"} }, "without * and #"},
		{"redirect to a path", func(o *Options) { o.Services[0].RedirectURIs = []string{"/cb"} }, "must be a whole http or https address"},
		{"one service twice", func(o *Options) { o.Services = append(o.Services, o.Services[0]) }, `service "portail" is there twice`},
		{"level", func(o *Options) { o.Sets[0].Level = "eidas2" }, `level "eidas2" must be substantiel or eleve`},
		{"empty set", func(o *Options) { o.Sets[0].Values = nil }, "it is empty"},
		{"value twice", func(o *Options) { o.Sets[0].Values = []string{"pwd", "pwd"} }, `"pwd" is there twice`},
		{"value with a pattern", func(o *Options) { o.Sets[0].Values = []string{"pwd|sc"} }, `"pwd|sc" must be letters`},
		{"one set for two levels", func(o *Options) { o.Sets[1].Values = []string{"mfa", "okta_verify", "pwd", "swk"} }, `agreed amr set "mfa okta_verify pwd swk" is there twice`},
		{"national id", func(o *Options) { o.Accounts[0].NationalID = "10101010101" }, "must be 8 followed by the 11 digits"},
		{"no name", func(o *Options) { o.Accounts[0].FamilyName = "" }, "given name and family name are needed"},
		{"no password", func(o *Options) { o.Accounts[0].Password = "" }, "the password is missing"},
		{"one account twice", func(o *Options) { o.Accounts = append(o.Accounts, o.Accounts[0]) }, `account "899700000001" is there twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := good()
			tt.spoil(&o)
			out, err := File(o)
			if err == nil || out != nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %d bytes, error %v; want %q", len(out), err, tt.want)
			}
			for _, secret := range []string{"app-secret", "service-secret", "card-and-pin"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes a secret: %v", err)
				}
			}
		})
	}
}

// Whatever the options are, nobody gets in but through a gate, and each gate ends in a refusal of what no set matched.
func TestGateIsClosed(t *testing.T) {
	t.Parallel()
	for sets := 1; sets <= 3; sets++ {
		o := good()
		o.Sets = append(o.Sets, Set{LevelSubstantial, []string{"pwd", "mfa", "pop"}})[:sets]
		r := build(o.withDefaults())
		flows := map[string]flow{}
		for _, f := range r.Flows {
			flows[f.Alias] = f
		}
		for _, p := range r.IdentityProviders {
			gate := flows[p.PostLoginFlow]
			if n := len(gate.Executions); n != sets+1 {
				t.Fatalf("%s: %d parts, want one for each of %d sets and a refusal", p.Alias, n, sets)
			}
			refusal := flows[gate.Executions[sets].FlowAlias]
			steps := refusal.Executions
			if len(steps) != sets+1 || steps[sets].Authenticator != "deny-access-authenticator" {
				t.Errorf("%s: the refusal is %+v", p.Alias, steps)
			}
			for i, e := range gate.Executions[:sets] {
				if c := configOf(r, steps[i]); c["flow_to_check"] != e.FlowAlias || c["check_result"] != "not-executed" {
					t.Errorf("%s: the refusal does not ask for %s: %v", p.Alias, e.FlowAlias, c)
				}
				checkConditions(t, r, flows[e.FlowAlias])
			}
		}
	}
}

// checkConditions holds that a set's part asks all of tid, oid and amr before it gives a level.
func checkConditions(t *testing.T, r realm, f flow) {
	t.Helper()
	asked := map[string]int{}
	for _, e := range f.Executions {
		if e.Requirement != required {
			t.Errorf("%s: %s is %s", f.Alias, e.Authenticator, e.Requirement)
		}
		c := configOf(r, e)
		asked[e.Authenticator+" "+c["attribute_name"]+c["not"]]++
	}
	for want, n := range map[string]int{
		"conditional-user-attribute tidfalse": 1, "conditional-user-attribute tidtrue": 1, "conditional-user-attribute oidfalse": 1, "conditional-user-attribute oidtrue": 1,
		"conditional-user-attribute amrtrue": 1, "conditional-level-of-authentication ": 1, "allow-access-authenticator ": 1,
	} {
		if asked[want] != n {
			t.Errorf("%s: %q is asked %d times: %v", f.Alias, want, asked[want], asked)
		}
	}
	if asked["conditional-user-attribute amrfalse"] < 3 {
		t.Errorf("%s: not all values are asked: %v", f.Alias, asked)
	}
}

func configOf(r realm, e execution) map[string]string {
	for _, c := range r.FlowConfigs {
		if c.Alias == e.Config {
			return c.Config
		}
	}
	return nil
}

// TestNotesAreCarried holds that the realm says what is assumed and what is not played.
func TestNotesAreCarried(t *testing.T) {
	t.Parallel()
	file, err := File(good())
	if err != nil {
		t.Fatal(err)
	}
	var r realm
	if err := json.NewDecoder(bytes.NewReader(file)).Decode(&r); err != nil {
		t.Fatal(err)
	}
	for _, n := range Notes() {
		found := false
		for key, text := range r.Attributes {
			found = found || text == n.Text && strings.HasPrefix(key, "rehearsal."+n.Kind+".")
		}
		if !found {
			t.Errorf("not in the realm's attributes: %s: %s", n.Kind, n.Text)
		}
	}
}
