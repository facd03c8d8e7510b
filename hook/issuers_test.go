package hook_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/commands"
	"pschook/hook"
	"pschook/orglookup"
)

// Each place where a call names the issuer is checked. The refusal names the place, the issuer that
// was found and those that are accepted.
func TestIssuersOfACall(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) {
		o.Lookup = known(orgID, "login.hopital.example")
		o.Issuers = []*url.URL{parseURL(t, "https://idp.example/oauth2/aus1")}
	})
	const accepted = `accepted are issuers on https://hopital.okta.com, https://idp.example/oauth2/aus1, https://login.hopital.example, and those that PSCHOOK_OKTA_ISSUERS names`
	places := map[string]string{
		"data.context.protocol.issuer.uri": `"uri": "https://hopital.okta.com/oauth2/default"`,
		"source":                           `"source": "https://hopital.okta.com/oauth2/default/v1/token"`,
		"data.identity.claims.iss": `"ver": 1,
        "iss": "https://hopital.okta.com/oauth2/default",
        "aud": "0oa`,
		"data.access.claims.iss": `"iss": "https://hopital.okta.com/oauth2/default",
        "aud": "api`,
	}
	for place, text := range places {
		for _, good := range []string{"https://login.hopital.example/oauth2/default", "https://idp.example/oauth2/aus1/v1/token", "https://HOPITAL.okta.com:443/oauth2/default"} {
			body := edit(t, text, replaceURL(t, text, good))
			if got := s.do(t, call{body: body}); got.status != 200 || !strings.Contains(got.body, "/claims/oid") {
				t.Errorf("%s %s: %d %s", place, good, got.status, got.body)
			}
		}
		for _, bad := range []struct{ uri, shown string }{
			{"https://attaquant.example/oauth2/default", `\"https://attaquant.example/oauth2/default\"`},
			{"http://hopital.okta.com/oauth2/default", `\"http://hopital.okta.com/oauth2/default\"`},
			{"https://idp.example/oauth2/aus2", `\"https://idp.example/oauth2/aus2\"`},
			{"https://idp.example/oauth2/aus1/../aus2", "that is named there, which is not a plain URL of a host,"},
			{"https://camille:secret@hopital.okta.com/", "that is named there, which is not a plain URL of a host,"},
		} {
			got := s.do(t, call{body: edit(t, text, replaceURL(t, text, bad.uri))})
			if got.status != 403 {
				t.Errorf("%s %s: %d", place, bad.uri, got.status)
				continue
			}
			checkParts(t, got.body, []string{"the issuer " + bad.shown + " does not belong to the Okta org this service is set up for; " + accepted, `"reason":"FOREIGN_ISSUER","locationType":"body","location":"` + place + `"`})
		}
	}
	got := s.do(t, call{body: `{"eventType":"com.okta.oauth2.tokens.transform","data":{"access":{"claims":{"uid":"` + userID + `"}}}}`})
	checkParts(t, got.body, []string{"the call names no issuer; " + accepted, "FOREIGN_ISSUER", `"location":"data.context.protocol.issuer.uri"`})
}

// replaceURL replaces the URL in a member.
func replaceURL(t *testing.T, member, uri string) string {
	t.Helper()
	at := strings.Index(member, "https://")
	end := at + strings.Index(member[at:], `"`)
	return member[:at] + uri + member[end:]
}

// A source may have a query, an issuer may not.
func TestSourceWithAQuery(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	if got := s.do(t, call{body: edit(t, "/v1/token\"", "/v1/authorize?scope=openid\"")}); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A call that names two clients is refused. Otherwise it could evade a list of clients.
func TestContradictingClients(t *testing.T) {
	t.Parallel()
	const client = "0oa9pscdeleg1Wk2Q0g5"
	places := []struct{ location, text string }{
		{"data.context.protocol.client.id", `"client": {
          "id": "` + client + `"`},
		{"data.context.protocol.request.client_id", `"client_id": "` + client + `"`},
		{"data.access.claims.cid", `"cid": "` + client + `"`},
	}
	for _, listed := range [][]string{nil, {client}, {"0oaOther"}} {
		s := start(t, func(o *hook.Options) { o.ClientIDs = listed })
		for _, p := range places {
			got := s.do(t, call{body: edit(t, p.text, strings.Replace(p.text, client, "0oaOther", 1))})
			if got.status != 400 {
				t.Errorf("%s, listed %v: %d %s", p.location, listed, got.status, got.body)
				continue
			}
			checkParts(t, got.body, []string{"they name different clients", "CONTRADICTION"})
			for _, absent := range []string{"null", `""`} {
				got := s.do(t, call{body: edit(t, p.text, strings.Replace(p.text, `"`+client+`"`, absent, 1))})
				if want := len(listed) == 0 || listed[0] == client; want != (got.status == 200) {
					t.Errorf("%s %s, listed %v: %d", p.location, absent, listed, got.status)
				}
			}
		}
	}
}

// late is an org lookup whose hosts become known, or not, while a call waits.
type late struct {
	org   orglookup.Org // what is known at once, without hosts
	hosts []string      // nil: they never come
}

func (l late) Renew(ctx context.Context) ([]string, error) { return l.Hosts(ctx) }

func (l late) Known() (orglookup.Org, bool) { return l.org, l.org.ID != "" }
func (l late) Org(ctx context.Context) (orglookup.Org, error) {
	if l.org.ID == "" {
		<-ctx.Done()
		return orglookup.Org{}, ctx.Err()
	}
	return l.org, nil
}

func (l late) Hosts(ctx context.Context) ([]string, error) {
	if l.hosts == nil {
		<-ctx.Done()
		return nil, errors.New("okta did not tell its hosts")
	}
	return l.hosts, nil
}

// "Not known yet" is never "foreign". A call on a host that may be the org's waits. If waiting does
// not help, the failure policy decides. A call that would add no claim does not wait.
func TestHostsThatAreNotKnownYet(t *testing.T) {
	t.Parallel()
	omit := commands.Options{OnFailure: commands.OnFailureOmit}
	tests := []struct {
		name   string
		lookup late
		opts   commands.Options
		file   string
		change func(*hook.Options)
		uri    string // in place of the org's own host; "": custom domain
		status int
		want   []string // parts of the body
		reason string
	}{
		{name: "hosts come", lookup: late{orglookup.Org{ID: orgID}, []string{"hopital.okta.com", "login.hopital.example"}}, status: 200, want: []string{"/claims/tid", "/claims/oid"}},
		{name: "hosts come, it is none of them", lookup: late{orglookup.Org{ID: orgID}, []string{"hopital.okta.com"}}, status: 403, want: []string{"FOREIGN_ISSUER"}},
		{name: "hosts do not come", lookup: late{org: orglookup.Org{ID: orgID}}, status: 200, want: []string{`{"error":{"errorSummary":"Connexion impossible`}, reason: "no_hosts"},
		{name: "nothing comes", lookup: late{}, status: 200, want: []string{`{"error":{"errorSummary":"Connexion impossible`}, reason: "no_hosts"},
		{name: "hosts do not come, omit", opts: omit, lookup: late{org: orglookup.Org{ID: orgID}}, status: 200, want: []string{`{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid"`, "/claims/amr"}},
		{name: "hosts do not come, tid is not wanted", opts: commands.Options{AccessTokenClaims: []commands.Claim{commands.OID}, IDTokenClaims: []commands.Claim{}}, lookup: late{org: orglookup.Org{ID: orgID}}, status: 200, want: []string{`{"error"`}, reason: "no_hosts"},
		{name: "a new custom domain", lookup: late{orglookup.Org{ID: orgID, Hosts: []string{"hopital.okta.com"}}, []string{"hopital.okta.com", "login.hopital.example"}}, status: 200, want: []string{"/claims/tid", "/claims/oid"}},
		{name: "no new custom domain", lookup: late{orglookup.Org{ID: orgID, Hosts: []string{"hopital.okta.com"}}, []string{"hopital.okta.com"}}, status: 403, want: []string{"FOREIGN_ISSUER"}},
		{name: "nobody knows now", lookup: late{org: orglookup.Org{ID: orgID, Hosts: []string{"hopital.okta.com"}}}, status: 200, want: []string{`{"error":{"errorSummary":"Connexion impossible`}, reason: "no_hosts"},
		{name: "nobody knows now, omit", opts: omit, lookup: late{org: orglookup.Org{ID: orgID, Hosts: []string{"hopital.okta.com"}}}, status: 200, want: []string{`{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid"`, "/claims/amr"}},
		{name: "foreign whatever the hosts are", lookup: late{org: orglookup.Org{ID: orgID}}, uri: "http://login.hopital.example", status: 403, want: []string{"FOREIGN_ISSUER"}},
		{name: "client credentials", lookup: late{}, file: "client-credentials", status: 204, reason: "no_user"},
		{name: "little told", lookup: late{}, file: "bare-minimum", status: 200, want: []string{`{"error"`}, reason: "no_hosts"},
		{name: "another client", lookup: late{}, change: func(o *hook.Options) { o.ClientIDs = []string{"other"} }, status: 204, reason: "client_not_selected"},
		{name: "nothing placed", lookup: late{}, opts: commands.Options{AccessTokenClaims: []commands.Claim{}, IDTokenClaims: []commands.Claim{}}, status: 204, reason: "no_claims"},
		{name: "policy refuses", lookup: late{}, opts: commands.Options{Policy: denyAll(t)}, status: 200, want: []string{`{"error":{"errorSummary":"Connexion non admise`}, reason: "amr_policy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(o *hook.Options) {
				o.Lookup, o.Builder = tt.lookup, builder(t, tt.opts)
				if tt.status == 200 && tt.reason == "no_hosts" || tt.opts.OnFailure != "" {
					o.Timeout = 20 * time.Millisecond // a call that waits in vain would otherwise take 2 s
				}
				if tt.change != nil {
					tt.change(o)
				}
			})
			if tt.file == "" {
				tt.file = "authorization-code"
			}
			if tt.uri == "" {
				tt.uri = "https://login.hopital.example"
			}
			body := strings.ReplaceAll(sample(t, tt.file), "https://hopital.okta.com", tt.uri)
			got := s.do(t, call{body: body})
			if got.status != tt.status {
				t.Fatalf("%d %s", got.status, got.body)
			}
			checkParts(t, got.body, tt.want)
			if tt.opts.OnFailure != "" && strings.Contains(got.body, "/claims/tid") {
				t.Errorf("tid is sent: %s", got.body)
			}
			if text := s.log.String(); !strings.Contains(text, `"reason":"`+tt.reason+`"`) && tt.reason != "" {
				t.Errorf("log: %s", text)
			}
			if text := s.log.String(); tt.reason == "no_hosts" && !strings.Contains(text, `"org_lookup":"okta did not tell its hosts"`) {
				t.Errorf("log: %s", text)
			}
		})
	}
}

// The org id that a call states is compared with the known one. A difference refuses nothing.
func TestOrgIDInTheCall(t *testing.T) {
	t.Parallel()
	const session = `"idp": {
          "id": "` + orgID + `",
          "type": "OKTA"
        }`
	const claim = `"idp": "` + orgID + `",
        "preferred`
	tests := []struct {
		name, old, replacement string
		known                  string
		want                   bool
	}{
		{"the same", session, session, orgID, false},
		{"session of another org", session, strings.Replace(session, orgID, "00oAttaquant00000000", 1), orgID, true},
		{"ID token of another org", claim, strings.Replace(claim, orgID, "00oAttaquant00000000", 1), orgID, true},
		{"another org is known", session, session, "00oAnother0000000000", true},
		{"smart card", session, `"idp": {"id": "0oaCarte00000000000", "type": "X509"}`, orgID, false},
		{"smart card with an odd id", session, `"idp": {"id": "00oCarte00000000000", "type": "X509"}`, orgID, false},
		{"type not told", session, `"idp": {"id": "00oAttaquant00000000"}`, orgID, false},
		{"external identity provider", claim, strings.Replace(claim, orgID, "0oaFederation0000000", 1), orgID, false},
		{"absent", session, `"x": 1`, orgID, false},
		{"null", session, `"idp": null`, orgID, false},
		{"of other types", session, `"idp": {"id": 1, "type": []}`, orgID, false},
		{"no object", session, `"idp": "` + "00oAttaquant00000000" + `"`, orgID, false},
		{"an e-mail", claim, strings.Replace(claim, orgID, "00o@hopital.example", 1), orgID, false},
		{"alias agreed", session, session, "OKTA_CHU", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(o *hook.Options) { o.Lookup = known(tt.known) })
			got := s.do(t, call{body: edit(t, tt.old, tt.replacement)})
			if got.status != 200 || !strings.Contains(got.body, `"/claims/tid","value":"`+tt.known+`"`) {
				t.Errorf("%d %s", got.status, got.body)
			}
			if n := s.count(t, "pschook_org_mismatch_total", ""); (n == 1) != tt.want || n > 1 {
				t.Errorf("counted %d times", n)
			}
			if text := s.log.String(); strings.Contains(text, `"level":"WARN"`) != tt.want || strings.Contains(text, `"org_id_in_call":"00o`) != tt.want {
				t.Errorf("log: %s", text)
			}
		})
	}
}
