package commands_test

import (
	"testing"

	"pschook/commands"
)

// accessOnly is a sign-in that mints only an access token: only the session says how the person
// signed in.
func accessOnly() commands.Facts {
	f := bothTokens()
	f.IDToken, f.IdentitySub, f.IdentityAMR = false, "", nil
	return f
}

// The session says how a person signed in only if everything about it is known and fits.
func TestSessionIsEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*commands.Facts)
		want   bool
	}{
		{name: "authorization code", want: true, change: func(*commands.Facts) {}},
		{name: "authorization code, response type not told", want: true, change: grant("authorization_code", "")},
		{name: "hybrid", want: true, change: grant("authorization_code", "code id_token")},
		{name: "hybrid, other order", want: true, change: grant("authorization_code", "token code")},
		{name: "Okta's documented sample", want: true, change: grant("", "token id_token")},
		{name: "implicit", want: true, change: grant("implicit", "token")},
		{name: "new refresh token beside a code", want: true, change: func(f *commands.Facts) { f.RefreshToken = true }},
		{name: "no context user", want: true, change: func(f *commands.Facts) { f.ContextUserID = "" }},
		{name: "tokens that name nobody", want: true, change: func(f *commands.Facts) { f.AccessUID = "" }},

		{name: "nothing told", change: grant("", "")},
		{name: "code without a grant", change: grant("", "code")},
		{name: "implicit, response type not told", change: grant("implicit", "")},
		{name: "implicit with a code", change: grant("implicit", "code")},
		{name: "code grant with an implicit response type", change: grant("authorization_code", "token")},
		{name: "response type that is none", change: grant("authorization_code", "none")},
		{name: "response type twice", change: grant("authorization_code", "code code")},
		{name: "response type, two spaces", change: grant("authorization_code", "code  token")},
		{name: "response type in capitals", change: grant("", "TOKEN")},
		{name: "response type unreadable", change: grant("authorization_code", "?")},
		{name: "grant in capitals", change: grant("AUTHORIZATION_CODE", "code")},
		{name: "grant with a space", change: grant("authorization_code ", "code")},
		{name: "refresh token beside an implicit grant", change: func(f *commands.Facts) { f.GrantType, f.ResponseType, f.RefreshToken = "", "token", true }},
		{name: "renewal", change: func(f *commands.Facts) { f.Renewal = true }},
		{name: "session of another", change: func(f *commands.Facts) { f.Session.UserID = "00uOTHER" }},
		{name: "session of nobody", change: func(f *commands.Facts) { f.Session.UserID = "" }},
		{name: "context of another", change: func(f *commands.Facts) { f.ContextUserID = "00uOTHER" }},
		{name: "nobody named", change: func(f *commands.Facts) { f.AccessUID, f.ContextUserID, f.Session.UserID = "", "", "" }},
		{name: "status not told", change: func(f *commands.Facts) { f.Session.Status = "" }},
		{name: "status EXPIRED", change: func(f *commands.Facts) { f.Session.Status = "EXPIRED" }},
		{name: "status MFA_REQUIRED", change: func(f *commands.Facts) { f.Session.Status = "MFA_REQUIRED" }},
		{name: "status active", change: func(f *commands.Facts) { f.Session.Status = "active" }},
		{name: "expired", change: func(f *commands.Facts) { f.Session.Unexpired = false }},
		{name: "no methods", change: func(f *commands.Facts) { f.Session.AMR = nil }},
		{name: "empty list of methods", change: func(f *commands.Facts) { f.Session.AMR = []string{} }},
	}
	for _, g := range otherGrants() {
		tests = append(tests, struct {
			name   string
			change func(*commands.Facts)
			want   bool
		}{name: g, change: grant(g, "")}, struct {
			name   string
			change func(*commands.Facts)
			want   bool
		}{name: g + " with a response type", change: grant(g, "token id_token")})
	}
	b := builder(t, commands.Options{OnFailure: commands.OnFailureOmit})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := accessOnly()
			tt.change(&f)
			d, err := b.Decide(f)
			if err != nil {
				t.Fatal(err)
			}
			rule := commands.RuleNoEvidence
			if tt.want {
				rule = "okta-verify"
			}
			if _, said := answer(t, d)["access token amr"]; d.AMRRule != rule || said != tt.want {
				t.Errorf("rule %q, amr sent: %v; want %q, %v", d.AMRRule, said, rule, tt.want)
			}
		})
	}
}

// otherGrants are Okta's grants (OpenAPI, schema GrantType) that are not interactive, and some
// grants that Okta does not have.
func otherGrants() []string {
	return []string{
		"client_credentials", "interaction_code", "password", "refresh_token",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:token-exchange",
		"urn:openid:params:grant-type:ciba", "urn:okta:params:oauth:grant-type:otp", "urn:okta:params:oauth:grant-type:oob",
		"http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob", "urn:example:grant-of-tomorrow", "null",
	}
}

func grant(grant, response string) func(*commands.Facts) {
	return func(f *commands.Facts) { f.GrantType, f.ResponseType = grant, response }
}

func builder(t *testing.T, opts commands.Options) *commands.Builder {
	t.Helper()
	b, err := commands.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The tokens say who their user is. Okta's context is used only for a sign-in that has just
// happened.
func TestWhoIsNamed(t *testing.T) {
	t.Parallel()
	renewal := func(f *commands.Facts) { f.GrantType, f.ResponseType, f.Renewal = "refresh_token", "", true }
	tests := []struct {
		name    string
		change  func(*commands.Facts)
		want    string // "": nobody
		machine bool
	}{
		{name: "ID token", change: func(f *commands.Facts) {
			f.IDToken, f.IdentitySub, f.AccessUID, f.ContextUserID = true, userID, "", "00uOTHER"
		}, want: userID},
		{name: "access token", change: func(f *commands.Facts) { f.ContextUserID = "00uOTHER" }, want: userID},
		{name: "access token, renewal", change: func(f *commands.Facts) { renewal(f); f.ContextUserID = "00uOTHER" }, want: userID},
		{name: "context, sign-in", change: func(f *commands.Facts) { f.AccessUID = "" }, want: userID},
		{name: "context, renewal", change: func(f *commands.Facts) { renewal(f); f.AccessUID = "" }},
		{name: "context, grant of a sign-in, but a renewal", change: func(f *commands.Facts) { f.AccessUID, f.Renewal = "", true }},
		{name: "context, nothing told", change: func(f *commands.Facts) { grant("", "")(f); f.AccessUID = "" }},
		{name: "session alone", change: func(f *commands.Facts) { f.AccessUID, f.ContextUserID = "", "" }},
		{name: "client credentials", change: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, GrantType: "client_credentials", OrgID: orgID}
		}, machine: true},
		{name: "client credentials beside a browser session", change: func(f *commands.Facts) { grant("client_credentials", "")(f); f.AccessUID = "" }, machine: true},
		{name: "client credentials in capitals", change: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, GrantType: "CLIENT_CREDENTIALS", OrgID: orgID}
		}},
		{name: "client credentials with an ID token", change: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, IDToken: true, GrantType: "client_credentials", OrgID: orgID}
		}},
		{name: "client credentials, renewed", change: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, Renewal: true, GrantType: "client_credentials", OrgID: orgID}
		}},
		{name: "client credentials with a refresh token", change: func(f *commands.Facts) {
			*f = commands.Facts{AccessToken: true, RefreshToken: true, GrantType: "client_credentials", OrgID: orgID}
		}},
		{name: "client credentials for a person", change: grant("client_credentials", ""), want: userID},
	}
	deny, omit := builder(t, commands.Options{}), builder(t, commands.Options{OnFailure: commands.OnFailureOmit})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := accessOnly()
			tt.change(&f)
			strict, err := deny.Decide(f)
			if err != nil {
				t.Fatal(err)
			}
			lenient, err := omit.Decide(f)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.machine:
				if strict.Outcome != commands.OutcomeEmpty || strict.Reason != commands.ReasonNoUser || lenient.Outcome != commands.OutcomeEmpty {
					t.Errorf("%+v and %+v, want nothing to add", strict, lenient)
				}
			case tt.want == "":
				if strict.Outcome != commands.OutcomeDenied || strict.Reason != commands.ReasonNoUser || !strict.UserMissing {
					t.Errorf("%+v, want a refusal", strict)
				}
				if got := answer(t, lenient); len(got) != 1+count(f.IDToken) || got["access token tid"] != orgID || !lenient.UserMissing {
					t.Errorf("%v, want tid alone", got)
				}
			default:
				if got := answer(t, strict); got["access token oid"] != tt.want || strict.UserMissing {
					t.Errorf("%v, want oid %s", got, tt.want)
				}
			}
		})
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
