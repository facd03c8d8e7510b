package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// breakage is one thing that is wrong with an otherwise good sign-in. It must
// show in the one check named, with the status named, and in no other.
type breakage struct {
	name     string
	profiles []string // empty: psc
	check    string
	status   Status
	actual   string // part of the check's actual
	do       func(w *world)
}

func everyProfile() []string { return ProfileNames() }

func setID(name string, value any) func(*world) {
	return func(w *world) { w.id.claims[name] = value }
}

func dropID(names ...string) func(*world) {
	return func(w *world) {
		for _, n := range names {
			delete(w.id.claims, n)
		}
	}
}

func setAccess(name string, value any) func(*world) {
	return func(w *world) { w.access.claims[name] = value }
}

func dropAccess(name string) func(*world) {
	return func(w *world) { delete(w.access.claims, name) }
}

func setUser(name string, value any) func(*world) {
	return func(w *world) { w.userinfo[name] = value }
}

// dropClaim takes a claim from wherever it is.
func dropClaim(name string) func(*world) {
	return func(w *world) { delete(w.id.claims, name); delete(w.userinfo, name) }
}

func breakages() []breakage {
	var all []breakage
	for _, part := range [][]breakage{
		parseBreakages(), signatureBreakages(), idClaimBreakages(), accessBreakages(), pscBreakages(), hookBreakages(),
		opBreakages(), rofimBreakages(), chgBreakages(),
	} {
		all = append(all, part...)
	}
	return all
}

func parseBreakages() []breakage {
	edit := func(f func(string) string) func(*world) { return func(w *world) { w.id.edit = f } }
	editAccess := func(f func(string) string) func(*world) { return func(w *world) { w.access.edit = f } }
	return []breakage{
		{"empty", everyProfile(), "id.parse", StatusFail, "no token", edit(func(string) string { return " \n" })},
		{"opaque", nil, "id.parse", StatusFail, "opaque", edit(func(string) string { return "kZ3vZ2xl" })},
		{"encrypted", nil, "id.parse", StatusFail, "encrypted", edit(func(s string) string { return s + ".a.b" })},
		{"two parts", nil, "id.parse", StatusFail, "three parts", edit(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{"huge", nil, "id.parse", StatusFail, "64 KiB", edit(func(s string) string { return s + strings.Repeat("A", maxTokenBytes) })},
		{"padding", nil, "id.parse", StatusFail, "base64url", edit(func(s string) string { return s + "=" })},
		{"line break", nil, "id.parse", StatusFail, "base64url", edit(func(s string) string { return s[:30] + "\n" + s[30:] })},
		{"line break in signature", nil, "id.parse", StatusFail, "base64url", edit(func(s string) string { return s[:len(s)-8] + "\n" + s[len(s)-8:] })},
		{"duplicate claim", nil, "id.parse", StatusFail, "duplicate", func(w *world) {
			w.id.edit = func(s string) string {
				return swapPayload(s, `{"sub":"a","sub":"b"}`)
			}
		}},
		{"claims not an object", nil, "id.parse", StatusFail, "not a JSON object", edit(func(s string) string { return swapPayload(s, `["sub"]`) })},
		{"crit header", nil, "id.parse", StatusFail, "crit", func(w *world) { w.id.header = map[string]any{"crit": []string{"exp"}, "exp": 1} }},
		{"an access token as ID token", nil, "id.parse", StatusFail, "an access token", func(w *world) { w.id.claims["cid"] = testClient }},
		{"typ at+jwt", nil, "id.parse", StatusFail, "an access token", func(w *world) { w.id.header = map[string]any{"typ": "at+jwt"} }},

		{"no access token", nil, "access.parse", StatusFail, "no token", editAccess(func(string) string { return "" })},
		{"opaque access token", nil, "access.parse", StatusFail, "opaque", editAccess(func(string) string { return "kZ3vZ2xl" })},
		{"access token encrypted", nil, "access.parse", StatusFail, "encrypted", editAccess(func(s string) string { return s + ".a.b" })},
		{"an ID token as access token", nil, "access.parse", StatusFail, "an ID token", setAccess("at_hash", "x")},
	}
}

func signatureBreakages() []breakage {
	return []breakage{
		{"wrong key", everyProfile(), "id.signature", StatusFail, `does not fit key "k1"`, func(w *world) { w.id.key = makeTestKeys().otherRSA }},
		{"unknown kid", nil, "id.signature", StatusFail, `"k9" is not published`, func(w *world) { w.id.kid = "k9" }},
		{"both by a key that is not published", nil, "id.signature", StatusFail, `"k9" is not published`, func(w *world) { w.id.kid, w.access.kid = "k9", "k9" }},
		{"no kid among several keys", nil, "id.signature", StatusFail, "no kid", func(w *world) { w.id.kid = "" }},
		{"key of another algorithm", nil, "id.signature", StatusFail, "does not fit", func(w *world) { w.id.alg = jose.RS384 }},
		{"short RSA key", nil, "id.signature", StatusFail, "does not fit", func(w *world) { w.id.key, w.id.kid = makeTestKeys().smallRSA, "small" }},
		{"tampered", nil, "id.signature", StatusFail, "does not fit", func(w *world) {
			w.id.edit = func(s string) string { return swapPart(s, 1, func(p string) string { return p + "\n" }) }
		}},
		{"keys cannot be read", everyProfile(), "id.signature", StatusFail, "status 503", func(w *world) {
			w.in.Keys = failingKeys{errors.New("fetching signing keys: status 503")}
		}},
		{"alg none", everyProfile(), "id.alg", StatusFail, `"none"`, func(w *world) { w.id.alg, w.id.key = "none", nil }},
		{"HMAC with the public key", nil, "id.alg", StatusFail, `"HS256"`, func(w *world) {
			w.id.alg, w.id.key = jose.HS256, []byte("the public key, which everybody knows")
		}},
		{"wrong key", nil, "access.signature", StatusFail, "does not fit", func(w *world) { w.access.key = makeTestKeys().otherRSA }},
		{"unknown kid", nil, "access.signature", StatusFail, "not published", func(w *world) { w.access.kid = "k9" }},
		{"alg none", nil, "access.signature", StatusFail, `"none"`, func(w *world) { w.access.alg, w.access.key = "none", nil }},
		{"HMAC", nil, "access.signature", StatusFail, `"HS256"`, func(w *world) {
			w.access.alg, w.access.key = jose.HS256, []byte("the public key, which everybody knows")
		}},
		{"cut short", nil, "access.signature", StatusFail, "does not fit", func(w *world) {
			w.access.edit = func(s string) string { return swapPart(s, 2, func(p string) string { return p[:len(p)-3] }) }
			w.id.claims["at_hash"] = "of the whole token"
		}},
	}
}

func idClaimBreakages() []breakage {
	at := func(d time.Duration) int64 { return testNow().Add(d).Unix() }
	return []breakage{
		{"other issuer", everyProfile(), "id.iss", StatusFail, "evil", setID("iss", "https://evil.example")},
		{"slash at the end", nil, "id.iss", StatusFail, "default/", setID("iss", testIssuer+"/")},
		{"no issuer", nil, "id.iss", StatusFail, "missing", dropID("iss")},
		{"both tokens of another issuer", nil, "id.iss", StatusFail, "evil", func(w *world) {
			w.id.claims["iss"], w.access.claims["iss"] = "https://evil.example", "https://evil.example"
			w.id.kid, w.access.kid = "e1", "e1"
		}},
		{"other client", everyProfile(), "id.aud", StatusFail, "0oaother", setID("aud", "0oaother")},
		{"no audience", nil, "id.aud", StatusFail, "missing", dropID("aud")},
		{"further audience", nil, "id.aud", StatusFail, "0oaother", setID("aud", []string{testClient, "0oaother"})},
		{"other azp", everyProfile(), "id.azp", StatusFail, "0oaother", setID("azp", "0oaother")},
		{"azp a number", nil, "id.azp", StatusFail, "7", setID("azp", 7)},
		{"expired", everyProfile(), "id.exp", StatusFail, "ago", setID("exp", at(-61*time.Second))},
		{"no exp", nil, "id.exp", StatusFail, "missing", dropID("exp")},
		{"exp a string", nil, "id.exp", StatusFail, `"later"`, setID("exp", "later")},
		{"issued in the future", everyProfile(), "id.iat", StatusFail, "ahead", setID("iat", at(61*time.Second))},
		{"no iat", nil, "id.iat", StatusFail, "missing", dropID("iat")},
		{"nbf in the future", nil, "id.iat", StatusFail, "nbf", setID("nbf", at(2*time.Minute))},
		{"other nonce", everyProfile(), "id.nonce", StatusFail, "replayed", setID("nonce", "replayed")},
		{"no nonce", nil, "id.nonce", StatusFail, "missing", dropID("nonce")},
		{"hash of another token", everyProfile(), "id.at_hash", StatusFail, "MTIz", setID("at_hash", "MTIzNDU2Nzg5MDEyMzQ1Ng")},
		{"authenticated after issue", everyProfile(), "id.auth_time", StatusFail, "2026-03-02T09:31:58Z", setID("auth_time", at(2*time.Minute-2*time.Second))},
		{"auth_time a string", nil, "id.auth_time", StatusFail, `"now"`, setID("auth_time", "now")},
		{"no auth_time", []string{"psc", "rofim", "chg-meridian"}, "id.auth_time", StatusWarn, "missing", dropID("auth_time")},
		{"no auth_time", []string{"psc-op"}, "id.auth_time", StatusFail, "missing", dropID("auth_time")},
		{"no sub", []string{"psc", "psc-op", "rofim"}, "id.sub", StatusFail, "missing", dropID("sub")},
		{"sub too long", nil, "id.sub", StatusFail, "000", setID("sub", strings.Repeat("0", maxSubLength+1))},
		{"sub not ASCII", []string{"rofim"}, "id.sub", StatusFail, "é", func(w *world) { w.id.claims["sub"], w.userinfo["sub"] = "é", "é" }},
		{"someone else's userinfo", everyProfile(), "userinfo.sub", StatusFail, "00uother", setUser("sub", "00uother")},
		{"userinfo not JSON", nil, "userinfo.sub", StatusFail, "unexpected EOF", func(w *world) { w.in.UserInfo = []byte(`{"sub":`) }},
		{"userinfo duplicate", nil, "userinfo.sub", StatusFail, "duplicate", func(w *world) { w.in.UserInfo = []byte(`{"sub":"a","sub":"b"}`) }},
		{"userinfo refused", nil, "userinfo.sub", StatusWarn, "401", func(w *world) { w.userinfo, w.in.UserInfoFault = nil, "status 401" }},
	}
}

func accessBreakages() []breakage {
	return []breakage{
		{"other issuer", nil, "access.iss", StatusFail, "evil", setAccess("iss", "https://evil.example")},
		{"no audience", nil, "access.aud", StatusFail, "missing", dropAccess("aud")},
		{"other audience", nil, "access.aud", StatusFail, "api://default", func(w *world) { w.in.AccessAudience = "api://psc" }},
		{"expired", nil, "access.exp", StatusFail, "ago", setAccess("exp", testNow().Add(-time.Hour).Unix())},
		{"no exp", nil, "access.exp", StatusFail, "missing", dropAccess("exp")},
		{"oid a number", nil, "access.oid", StatusFail, "12", setAccess("oid", 12)},
		{"oid empty", nil, "access.oid", StatusFail, `""`, setAccess("oid", "")},
		{"tid empty", nil, "access.tid", StatusFail, `" "`, setAccess("tid", " ")},
		{"no oid", nil, "access.oid", StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.access.claims, "oid") }},
		{"no tid", nil, "access.tid", StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.access.claims, "tid") }},
		{"no amr", nil, "access.amr", StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.access.claims, "amr") }},
		{"amr empty", nil, "access.amr", StatusFail, "[]", setAccess("amr", []string{})},
		{"amr one text", nil, "access.amr", StatusFail, `"pwd mfa"`, setAccess("amr", "pwd mfa")},
	}
}

func pscBreakages() []breakage {
	amr := func(values ...string) func(*world) {
		return func(w *world) { w.id.claims["amr"], w.access.claims["amr"] = values, values }
	}
	return []breakage{
		{"no tid", nil, "id.tid", StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.id.claims, "tid") }},
		{"tid a list", nil, "id.tid", StatusFail, "[", setID("tid", []string{testOrg})},
		{"no amr", nil, "id.amr", StatusWarn, "missing", dropID("amr")},
		{"amr one text", nil, "id.amr", StatusFail, `"pwd"`, setID("amr", "pwd")},
		{"another user", nil, "oid.matches_sub", StatusFail, "00uother", setAccess("oid", "00uother")},
		{"oid of the ID token differs", nil, "oid.matches_sub", StatusFail, "00uother", setID("oid", "00uother")},
		{"agreed as UUID", nil, "oid.matches_sub", StatusFail, testUser, func(w *world) {
			w.in.OIDForSub = func(string) string { return "8c7b2a30-0000-5000-8000-000000000000" }
		}},
		{"oid is the login", nil, "oid.not_login", StatusFail, testLogin, setAccess("oid", testLogin)},
		{"oid is a login without @", nil, "oid.not_login", StatusFail, "CMARTIN", func(w *world) {
			w.access.claims["sub"], w.access.claims["oid"] = "cmartin", "CMARTIN"
		}},
		{"other org", nil, "tid.matches_org", StatusFail, testOrg, func(w *world) { w.in.ExpectedTID = "00oother" }},
		{"tid differs", nil, "tid.same", StatusFail, "00oother", setAccess("tid", "00oother")},
		{"password only", nil, "amr.psc_approved", StatusFail, `["pwd"]`, amr("pwd")},
		{"a value too many", nil, "amr.psc_approved", StatusFail, `"sms"`, amr("swk", "mfa", "pwd", "okta_verify", "sms")},
		{"a value too few", nil, "amr.psc_approved", StatusFail, "sc", amr("sc", "mfa", "hwk")},
		{"overstated", nil, "amr.not_overstated", StatusWarn, "okta_verify", setID("amr", []string{"pwd", "mfa", "swk"})},
	}
}

func hookBreakages() []breakage {
	change := func(f func(*HookCall)) func(*world) {
		return func(w *world) {
			call := w.calls["AT.1"]
			f(&call)
			w.calls["AT.1"] = call
		}
	}
	return []breakage{
		{"answered nothing", nil, "hook.called", StatusWarn, "outcome empty", change(func(c *HookCall) {
			c.Outcome, c.IDTokenClaims, c.AccessTokenClaims = "empty", nil, nil
		})},
		{"one claim gone", nil, "hook.applied", StatusFail, "The ID token lacks oid.", change(func(c *HookCall) { c.IDTokenClaims = []string{"tid", "oid"} })},
		{"all dropped", nil, "hook.applied", StatusFail, "The access token lacks psc_alias.", change(func(c *HookCall) {
			c.IDTokenClaims, c.AccessTokenClaims = nil, []string{"psc_alias"}
		})},
	}
}

func opBreakages() []breakage {
	op := []string{"psc-op"}
	list := []breakage{
		{"too weak", op, "id.acr", StatusFail, "eidas1", setID("acr", "eidas1")},
		{"no acr", op, "id.acr", StatusFail, "missing", dropID("acr")},
		{"unknown acr", op, "id.acr", StatusFail, "eidas9", setID("acr", "eidas9")},
		{"scope missing", op, "scope.requested", StatusFail, "openid", func(w *world) { w.in.Scopes = []string{"openid"} }},
	}
	for _, name := range []string{"preferred_username", "given_name", "family_name"} {
		list = append(list, breakage{"missing", op, "claim." + name, StatusFail, "missing", dropClaim(name)})
	}
	return list
}

func rofimBreakages() []breakage {
	rofim := []string{"rofim"}
	list := []breakage{
		{"further scope", rofim, "scope.requested", StatusFail, "profile", func(w *world) { w.in.Scopes = append(w.in.Scopes, "profile") }},
		{"no e-mail", rofim, "claim.email", StatusFail, "missing", dropClaim("email")},
		{"not an e-mail", rofim, "claim.email", StatusFail, "claire", setID("email", "claire")},
		{"e-mail differs", rofim, "claim.email", StatusWarn, "claire.martin", setUser("email", "c.martin@hopital.example")},
		{"specialty a list", rofim, "claim.specialty", StatusFail, "[", setUser("specialty", []string{"Cardiologie"})},
		{"RPPS too short", rofim, "claim.rpps", StatusFail, "1000123456", setUser("RPPS", "1000123456")},
		{"RPPS a number", rofim, "claim.rpps", StatusFail, "10001234567", setUser("RPPS", 10001234567)},
	}
	for _, name := range []string{"family_name", "given_name", "formatted_name", "title", "initials", "account_type", "country", "city"} {
		list = append(list, breakage{"missing", rofim, "claim." + name, StatusWarn, "missing", dropClaim(name)})
	}
	return list
}

func chgBreakages() []breakage {
	chg := []string{"chg-meridian"}
	noSub := func(w *world) { delete(w.id.claims, "sub"); w.userinfo = nil }
	return []breakage{
		{"no PKCE, no secret", chg, "provider.pkce", StatusFail, "nothing", func(w *world) { w.in.Provider = &Provider{} }},
		{"no PKCE, but a secret", chg, "provider.pkce", StatusWarn, "plain", func(w *world) {
			w.in.Provider, w.in.Confidential = &Provider{PKCEMethods: []string{"plain"}}, true
		}},
		{"no sub", chg, "claim.sub", StatusFail, "missing", noSub},
		{"no e-mail", chg, "claim.email", StatusFail, "missing", dropID("email")},
		{"nameidentifier is no e-mail", chg, "claim.email", StatusFail, "missing", func(w *world) {
			delete(w.id.claims, "email")
			w.id.claims[xmlsoap+"nameidentifier"] = "cmartin"
		}},
		{"e-mail as user name", chg, "claim.preferred_username", StatusWarn, "claire.martin@", dropID("preferred_username", "name")},
		{"no first name", chg, "claim.given_name", StatusWarn, "missing", dropID("given_name")},
		{"no family name", chg, "claim.family_name", StatusWarn, "missing", dropID("family_name")},
		{"no name at all", chg, "claim.display_name", StatusWarn, "missing", dropID("name", "given_name", "family_name")},
		{"groups without end", chg, "claims.size", StatusWarn, "bytes", setID("groups", slices.Repeat([]string{"hopital-service-cardiologie"}, 200))},
	}
}

// swapPayload puts other claims under the same header and signature.
func swapPayload(text, payload string) string {
	return swapPart(text, 1, func(string) string { return payload })
}

func TestEachBreakageShowsInOneCheck(t *testing.T) {
	t.Parallel()
	for _, b := range breakages() {
		profiles := b.profiles
		if profiles == nil {
			profiles = []string{"psc"}
		}
		for _, profile := range profiles {
			t.Run(fmt.Sprintf("%s/%s/%s", profile, b.check, b.name), func(t *testing.T) {
				t.Parallel()
				w := goodWorld(t, profile)
				b.do(w)
				checkOneBroken(t, b, Run(t.Context(), w.input(t)))
			})
		}
	}
}

func checkOneBroken(t *testing.T, b breakage, r Report) {
	t.Helper()
	for _, c := range r.Checks {
		switch {
		case c.ID != b.check && (c.Status == StatusFail || c.Status == StatusWarn):
			t.Errorf("%s: %s (actual %q, hint %q), want only %s to show", c.ID, c.Status, c.Actual, c.Hint, b.check)
		case c.ID != b.check:
		case c.Status != b.status:
			t.Errorf("%s: status %s (actual %q, hint %q), want %s", c.ID, c.Status, c.Actual, c.Hint, b.status)
		case !strings.Contains(c.Actual, b.actual):
			t.Errorf("%s: actual %q, want part %q", c.ID, c.Actual, b.actual)
		case len(c.Hint) < 20 || c.Expected == "":
			t.Errorf("%s: hint %q, expected %q: too little help", c.ID, c.Hint, c.Expected)
		}
	}
	if r.Verdict != b.status {
		t.Errorf("verdict %s, want %s", r.Verdict, b.status)
	}
}

// A check that no breakage shows alone is a check that nobody has seen fail.
func TestBreakagesCoverEveryCheck(t *testing.T) {
	t.Parallel()
	covered := make(map[string]bool)
	for _, b := range breakages() {
		for _, p := range b.profiles {
			covered[p+" "+b.check] = true
		}
		if b.profiles == nil {
			covered["psc "+b.check] = true
		}
	}
	for _, name := range ProfileNames() {
		p, err := ProfileNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range p.CheckIDs() {
			if !covered[name+" "+id] {
				t.Errorf("profile %s: no breakage shows %s alone", name, id)
			}
			delete(covered, name+" "+id)
		}
	}
	for rest := range covered {
		t.Errorf("a breakage names %q, which no profile holds", rest)
	}
}

func TestGoodTokensPassEveryCheck(t *testing.T) {
	t.Parallel()
	for _, name := range ProfileNames() {
		for _, lang := range []Language{English, French} {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				w := goodWorld(t, name)
				w.in.Language = lang
				r := Run(t.Context(), w.input(t))
				for _, c := range r.Checks {
					if c.Status != StatusPass {
						t.Errorf("%s: %s (actual %q, hint %q), want pass", c.ID, c.Status, c.Actual, c.Hint)
					}
				}
				if r.Verdict != StatusPass {
					t.Errorf("verdict %s, want pass", r.Verdict)
				}
			})
		}
	}
}
