package verify

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pschook/internal/mishap"
	"pschook/internal/outside"
	"pschook/internal/tokentest"
	"pschook/verify/report"
	"pschook/verify/words"
)

// breakage is one fault in an otherwise good sign-in. It must show in the one named check, with the
// named status, and in no other check.
type breakage struct {
	name     string
	profiles []string // empty: psc
	check    string
	status   report.Status
	actual   string // part of the check's actual
	do       func(w *world)
}

func everyProfile() []string { return ProfileNames() }

func setID(name string, value any) func(*world) {
	return func(w *world) { w.ID.Claims[name] = value }
}

func dropID(names ...string) func(*world) {
	return func(w *world) {
		for _, n := range names {
			delete(w.ID.Claims, n)
		}
	}
}

func setAccess(name string, value any) func(*world) {
	return func(w *world) { w.Access.Claims[name] = value }
}

func dropAccess(name string) func(*world) {
	return func(w *world) { delete(w.Access.Claims, name) }
}

func setUser(name string, value any) func(*world) {
	return func(w *world) { w.UserInfo[name] = value }
}

// dropClaim removes a claim wherever it is.
func dropClaim(name string) func(*world) {
	return func(w *world) { delete(w.ID.Claims, name); delete(w.UserInfo, name) }
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
	edit := func(f func(string) string) func(*world) { return func(w *world) { w.ID.Edit = f } }
	editAccess := func(f func(string) string) func(*world) { return func(w *world) { w.Access.Edit = f } }
	return []breakage{
		{"empty", everyProfile(), "id.parse", report.StatusFail, "no token", edit(func(string) string { return " \n" })},
		{"opaque", nil, "id.parse", report.StatusFail, "opaque", edit(func(string) string { return "kZ3vZ2xl" })},
		{"encrypted", nil, "id.parse", report.StatusFail, "encrypted", edit(func(string) string { return jwe })},
		{"two parts", nil, "id.parse", report.StatusFail, "three parts", edit(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{"huge", nil, "id.parse", report.StatusFail, "64 KiB", edit(func(s string) string { return s + strings.Repeat("A", outside.ObjectLimits().Bytes) })},
		{"padding", nil, "id.parse", report.StatusFail, "base64url", edit(func(s string) string { return s + "=" })},
		{"line break", nil, "id.parse", report.StatusFail, "base64url", edit(func(s string) string { return s[:30] + "\n" + s[30:] })},
		{"line break in signature", nil, "id.parse", report.StatusFail, "base64url", edit(func(s string) string { return s[:len(s)-8] + "\n" + s[len(s)-8:] })},
		{"duplicate claim", nil, "id.parse", report.StatusFail, "duplicate", func(w *world) {
			w.ID.Edit = func(s string) string {
				return swapPayload(s, `{"sub":"a","sub":"b"}`)
			}
		}},
		{"claims not an object", nil, "id.parse", report.StatusFail, "not a JSON object", edit(func(s string) string { return swapPayload(s, `["sub"]`) })},
		{"crit header", nil, "id.parse", report.StatusFail, "crit", func(w *world) { w.ID.Header = map[string]any{"crit": []string{"exp"}, "exp": 1} }},
		{"an access token as ID token", nil, "id.parse", report.StatusFail, "an access token", func(w *world) {
			w.ID.Claims = maps.Clone(w.Access.Claims)
			w.ID.Claims["at_hash"] = nil
		}},
		{"typ at+jwt", nil, "id.parse", report.StatusFail, "an access token", func(w *world) { w.ID.Header = map[string]any{"typ": "at+jwt"} }},

		{"no access token", nil, "access.parse", report.StatusFail, "no token", editAccess(func(string) string { return "" })},
		{"opaque access token", nil, "access.parse", report.StatusFail, "opaque", editAccess(func(string) string { return "kZ3vZ2xl" })},
		{"access token encrypted", nil, "access.parse", report.StatusFail, "encrypted", editAccess(func(string) string { return jwe })},
		{"an ID token as access token", nil, "access.parse", report.StatusFail, "an ID token", func(w *world) { w.Access.Claims = maps.Clone(w.ID.Claims) }},
		{"a refresh token", nil, "id.parse", report.StatusFail, "a refresh token", func(w *world) {
			w.ID.Claims["typ"], w.ID.Claims["jti"], w.ID.Claims["at_hash"] = "Refresh", "4f", nil
		}},
		{"a logout token", nil, "id.parse", report.StatusFail, "a logout token", func(w *world) { w.ID.Header = map[string]any{"typ": "logout+jwt"} }},
		{"each in the other's place", nil, "id.parse", report.StatusFail, "an access token", func(w *world) {
			w.ID.Claims, w.Access.Claims = w.Access.Claims, w.ID.Claims
			w.ID.Claims["at_hash"] = nil
		}},
	}
}

func signatureBreakages() []breakage {
	return []breakage{
		{"wrong key", everyProfile(), "id.signature", report.StatusFail, `does not fit key "k1"`, func(w *world) { w.ID.Key = tokentest.MakeKeys().OtherRSA }},
		{"unknown kid", nil, "id.signature", report.StatusFail, `"k9" is not published`, func(w *world) { w.ID.Kid, w.ID.Key = "k9", tokentest.MakeKeys().OtherRSA }},
		{"both by a key that is not published", nil, "id.signature", report.StatusFail, `"k9" is not published`, func(w *world) {
			w.ID.Kid, w.Access.Kid = "k9", "k9"
			w.ID.Key, w.Access.Key = tokentest.MakeKeys().OtherRSA, tokentest.MakeKeys().OtherRSA
		}},
		{"published under another kid", nil, "id.signature", report.StatusFail, `the token names key "k9", but its signature is by the published key "k1" (RS256)`, func(w *world) { w.ID.Kid, w.Access.Kid = "k9", "k9" }},
		{"both by another key of this kid", nil, "id.signature", report.StatusFail, `does not fit key "k1"; nor does the access token`, func(w *world) {
			w.ID.Key, w.Access.Key = tokentest.MakeKeys().OtherRSA, tokentest.MakeKeys().OtherRSA
		}},
		{"somebody else's sub put in", nil, "id.signature", report.StatusFail, `does not fit key "k1"`, func(w *world) {
			w.ID.Edit = func(s string) string {
				return tokentest.SwapPart(s, 1, func(p string) string { return strings.ReplaceAll(p, tokentest.User, "00uother00000000000") })
			}
		}},
		{"no signature", nil, "id.signature", report.StatusFail, "the signature is empty", func(w *world) {
			w.ID.Edit = func(s string) string { return s[:strings.LastIndexByte(s, '.')+1] }
		}},
		{"end cut off", nil, "id.signature", report.StatusFail, "252 bytes of signature instead of 256", func(w *world) {
			w.ID.Edit = func(s string) string { return tokentest.SwapPart(s, 2, func(p string) string { return p[:len(p)-4] }) }
		}},
		{"something behind it", nil, "id.signature", report.StatusFail, "259 bytes of signature instead of 256", func(w *world) {
			w.ID.Edit = func(s string) string { return s + "AAAA" }
		}},
		{"no kid among several keys", nil, "id.signature", report.StatusFail, "no kid", func(w *world) { w.ID.Kid = "" }},
		{"key of another algorithm", nil, "id.signature", report.StatusFail, `the token says RS384, key "k1" is published for "RS256"`, func(w *world) { w.ID.Alg = jose.RS384 }},
		{"short RSA key", nil, "id.signature", report.StatusFail, `key "small" is published, but cannot be used: RSA of 1024 bits`, func(w *world) { w.ID.Key, w.ID.Kid = tokentest.MakeKeys().SmallRSA, "small" }},
		{"tampered", nil, "id.signature", report.StatusFail, "does not fit", func(w *world) {
			w.ID.Edit = func(s string) string { return tokentest.SwapPart(s, 1, func(p string) string { return p + "\n" }) }
		}},
		{"keys cannot be read", everyProfile(), "id.signature", report.StatusFail, "status 503", func(w *world) {
			w.in.Keys = failingKeys{errors.New("fetching signing keys: status 503")}
		}},
		{"alg none", everyProfile(), "id.alg", report.StatusFail, `"none"`, func(w *world) { w.ID.Alg, w.ID.Key = "none", nil }},
		{"HMAC with the public key", nil, "id.alg", report.StatusFail, `"HS256"`, func(w *world) {
			w.ID.Alg, w.ID.Key = jose.HS256, []byte("the public key, which everybody knows")
		}},
		{"wrong key", nil, "access.signature", report.StatusFail, "does not fit", func(w *world) { w.Access.Key = tokentest.MakeKeys().OtherRSA }},
		{"unknown kid", nil, "access.signature", report.StatusFail, "not published", func(w *world) { w.Access.Kid, w.Access.Key = "k9", tokentest.MakeKeys().OtherRSA }},
		{"published under another kid", nil, "access.signature", report.StatusFail, "is by the published key", func(w *world) { w.Access.Kid = "k9" }},
		{"alg none for both", nil, "id.alg", report.StatusFail, `"none"`, func(w *world) {
			w.ID.Alg, w.ID.Key, w.Access.Alg, w.Access.Key = "none", nil, "none", nil
		}},
		{"alg none", nil, "access.signature", report.StatusFail, `"none"`, func(w *world) { w.Access.Alg, w.Access.Key = "none", nil }},
		{"HMAC", nil, "access.signature", report.StatusFail, `"HS256"`, func(w *world) {
			w.Access.Alg, w.Access.Key = jose.HS256, []byte("the public key, which everybody knows")
		}},
		{"cut short", nil, "access.signature", report.StatusFail, "does not fit", func(w *world) {
			w.Access.Edit = func(s string) string { return tokentest.SwapPart(s, 2, func(p string) string { return p[:len(p)-3] }) }
			w.ID.Claims["at_hash"] = "of the whole token"
		}},
	}
}

func idClaimBreakages() []breakage {
	at := func(d time.Duration) int64 { return tokentest.Now().Add(d).Unix() }
	return []breakage{
		{"other issuer", everyProfile(), "id.iss", report.StatusFail, "evil", setID("iss", "https://evil.example")},
		{"slash at the end", nil, "id.iss", report.StatusFail, "default/", setID("iss", tokentest.Issuer+"/")},
		{"no issuer", nil, "id.iss", report.StatusFail, "missing", dropID("iss")},
		{"both tokens of another issuer", nil, "id.iss", report.StatusFail, "evil", func(w *world) {
			w.ID.Claims["iss"], w.Access.Claims["iss"] = "https://evil.example", "https://evil.example"
			w.ID.Kid, w.Access.Kid = "e1", "e1"
		}},
		{"other client", everyProfile(), "id.aud", report.StatusFail, "0oaother", setID("aud", "0oaother")},
		{"no audience", nil, "id.aud", report.StatusFail, "missing", dropID("aud")},
		{"further audience", nil, "id.aud", report.StatusFail, "0oaother", setID("aud", []string{tokentest.Client, "0oaother"})},
		{"other azp", everyProfile(), "id.azp", report.StatusFail, "0oaother", setID("azp", "0oaother")},
		{"azp a number", nil, "id.azp", report.StatusFail, "7", setID("azp", 7)},
		{"expired", everyProfile(), "id.exp", report.StatusFail, "ago", setID("exp", at(-61*time.Second))},
		{"no exp", nil, "id.exp", report.StatusFail, "missing", dropID("exp")},
		{"exp a string", nil, "id.exp", report.StatusFail, `"later"`, setID("exp", "later")},
		{"exp in milliseconds, of both", nil, "id.exp", report.StatusFail, "000", func(w *world) {
			w.ID.Claims["exp"], w.ID.Claims["iat"], w.Access.Claims["exp"] = at(time.Hour)*1000, at(0)*1000, at(time.Hour)*1000
		}},
		{"both expired", nil, "id.exp", report.StatusFail, "ago", func(w *world) {
			w.ID.Claims["exp"], w.Access.Claims["exp"] = at(-time.Hour), at(-time.Hour)
		}},
		{"aud a number", nil, "id.aud", report.StatusFail, "7", setID("aud", 7)},
		{"aud in capitals", nil, "id.aud", report.StatusFail, "0OA", setID("aud", strings.ToUpper(tokentest.Client))},
		{"aud of nobody", nil, "id.aud", report.StatusFail, "[]", setID("aud", []string{})},
		{"azp empty", nil, "id.azp", report.StatusFail, `""`, setID("azp", "")},
		{"nonce a list", nil, "id.nonce", report.StatusFail, "[", setID("nonce", []string{tokentest.Nonce})},
		{"nonce in capitals", nil, "id.nonce", report.StatusFail, "N-0S6", setID("nonce", strings.ToUpper(tokentest.Nonce))},
		{"at_hash empty", nil, "id.at_hash", report.StatusFail, `""`, setID("at_hash", "")},
		{"no issuer but a list", nil, "id.iss", report.StatusFail, "[", setID("iss", []string{tokentest.Issuer})},
		{"issuer over http", nil, "id.iss", report.StatusFail, "http:", func(w *world) {
			plain := strings.Replace(tokentest.Issuer, "https", "http", 1)
			w.ID.Claims["iss"], w.Access.Claims["iss"] = plain, plain
		}},
		{"auth_time 0", nil, "id.auth_time", report.StatusWarn, "0, which says nothing", setID("auth_time", 0)},
		{"issued before authentication", nil, "id.auth_time", report.StatusFail, "iat 1970", setID("iat", 0)},
		{"sub of blanks", nil, "id.sub", report.StatusFail, `" "`, setID("sub", " ")},
		{"no claims at all", nil, "id.parse", report.StatusFail, "without any claim", func(w *world) { w.ID.Edit = func(s string) string { return swapPayload(s, "{}") } }},
		{"userinfo of nobody", everyProfile(), "userinfo.sub", report.StatusFail, "missing; but Sub is there", func(w *world) {
			w.UserInfo["Sub"] = w.UserInfo["sub"]
			delete(w.UserInfo, "sub")
		}},
		{"userinfo refused with a body", []string{"psc", "psc-op", "rofim"}, "userinfo.sub", report.StatusFail, "an error of the provider", func(w *world) {
			w.in.UserInfo = []byte(`{"error":"invalid_token","error_description":"expired"}`)
		}},
		{"userinfo of HTML", []string{"psc", "psc-op", "rofim"}, "userinfo.sub", report.StatusFail, "a page of HTML", func(w *world) { w.in.UserInfo = []byte("<html></html>") }},
		{"userinfo in capitals", nil, "userinfo.sub", report.StatusFail, "00UTEST", setUser("sub", strings.ToUpper(tokentest.User))},
		{"issued in the future", everyProfile(), "id.iat", report.StatusFail, "ahead", setID("iat", at(61*time.Second))},
		{"no iat", nil, "id.iat", report.StatusFail, "missing", dropID("iat")},
		{"nbf in the future", nil, "id.iat", report.StatusFail, "nbf", setID("nbf", at(2*time.Minute))},
		{"other nonce", everyProfile(), "id.nonce", report.StatusFail, "replayed", setID("nonce", "replayed")},
		{"no nonce", nil, "id.nonce", report.StatusFail, "missing", dropID("nonce")},
		{"hash of another token", everyProfile(), "id.at_hash", report.StatusFail, "MTIz", setID("at_hash", "MTIzNDU2Nzg5MDEyMzQ1Ng")},
		{"authenticated after issue", everyProfile(), "id.auth_time", report.StatusFail, "2026-03-02T09:31:58Z", setID("auth_time", at(2*time.Minute-2*time.Second))},
		{"auth_time a string", nil, "id.auth_time", report.StatusFail, `"now"`, setID("auth_time", "now")},
		{"no auth_time", []string{"psc", "rofim", "chg-meridian"}, "id.auth_time", report.StatusWarn, "missing", dropID("auth_time")},
		{"no auth_time", []string{"psc-op"}, "id.auth_time", report.StatusFail, "missing", dropID("auth_time")},
		{"no sub", []string{"psc", "psc-op", "rofim"}, "id.sub", report.StatusFail, "missing", dropID("sub")},
		{"sub too long", nil, "id.sub", report.StatusFail, "000", setID("sub", strings.Repeat("0", maxSubLength+1))},
		{"sub not ASCII", []string{"rofim"}, "id.sub", report.StatusFail, "é", func(w *world) { w.ID.Claims["sub"], w.UserInfo["sub"] = "é", "é" }},
		{"someone else's userinfo", everyProfile(), "userinfo.sub", report.StatusFail, "00uother", setUser("sub", "00uother")},
		{"userinfo not JSON", nil, "userinfo.sub", report.StatusFail, "unexpected EOF", func(w *world) { w.in.UserInfo = []byte(`{"sub":`) }},
		{"userinfo duplicate", nil, "userinfo.sub", report.StatusFail, "duplicate", func(w *world) { w.in.UserInfo = []byte(`{"sub":"a","sub":"b"}`) }},
		{"userinfo refused", nil, "userinfo.sub", report.StatusWarn, "status 401", func(w *world) { w.UserInfo, w.in.UserInfoFault = nil, &mishap.AnswerError{Status: 401} }},
	}
}

func accessBreakages() []breakage {
	return []breakage{
		{"other issuer", nil, "access.iss", report.StatusFail, "evil", setAccess("iss", "https://evil.example")},
		{"no audience", nil, "access.aud", report.StatusFail, "missing", dropAccess("aud")},
		{"other audience", nil, "access.aud", report.StatusFail, "api://default", func(w *world) { w.in.AccessAudience = "api://psc" }},
		{"expired", nil, "access.exp", report.StatusFail, "ago", setAccess("exp", tokentest.Now().Add(-time.Hour).Unix())},
		{"no exp", nil, "access.exp", report.StatusFail, "missing", dropAccess("exp")},
		{"not valid yet", nil, "access.exp", report.StatusFail, "nbf = 2026-03-02T10:30:00Z", setAccess("nbf", tokentest.Now().Add(time.Hour).Unix())},
		{"nbf a text", nil, "access.exp", report.StatusFail, `nbf = "0"`, setAccess("nbf", "0")},
		{"the ID token twice", nil, "access.parse", report.StatusFail, "the ID token a second time", func(w *world) {
			w.ID.Claims["at_hash"] = nil
			w.Access = w.ID
		}},
		{"amr with null", nil, "access.amr", report.StatusFail, `["swk",null]`, setAccess("amr", []any{"swk", nil})},
		{"oid by another name", nil, "access.oid", report.StatusFail, "missing; but OID is there", func(w *world) {
			w.calls = nil
			w.Access.Claims["OID"] = w.Access.Claims["oid"]
			delete(w.Access.Claims, "oid")
		}},
		{"oid a number", nil, "access.oid", report.StatusFail, "12", setAccess("oid", 12)},
		{"oid empty", nil, "access.oid", report.StatusFail, `""`, setAccess("oid", "")},
		{"tid empty", nil, "access.tid", report.StatusFail, `" "`, setAccess("tid", " ")},
		{"no oid", nil, "access.oid", report.StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.Access.Claims, "oid") }},
		{"no tid", nil, "access.tid", report.StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.Access.Claims, "tid") }},
		{"no amr", nil, "access.amr", report.StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.Access.Claims, "amr") }},
		{"amr empty", nil, "access.amr", report.StatusFail, "[]", setAccess("amr", []string{})},
		{"amr one text", nil, "access.amr", report.StatusFail, `"pwd mfa"`, setAccess("amr", "pwd mfa")},
	}
}

func pscBreakages() []breakage {
	amr := func(values ...string) func(*world) {
		return func(w *world) { w.ID.Claims["amr"], w.Access.Claims["amr"] = values, values }
	}
	return []breakage{
		{"no tid", nil, "id.tid", report.StatusFail, "missing", func(w *world) { w.calls = nil; delete(w.ID.Claims, "tid") }},
		{"tid a list", nil, "id.tid", report.StatusFail, "[", setID("tid", []string{tokentest.Org})},
		{"no amr", nil, "id.amr", report.StatusWarn, "missing", dropID("amr")},
		{"amr one text", nil, "id.amr", report.StatusFail, `"pwd"`, setID("amr", "pwd")},
		{"another user", nil, "oid.matches_sub", report.StatusFail, "00uother", setAccess("oid", "00uother")},
		{"oid of the ID token differs", nil, "oid.matches_sub", report.StatusFail, "00uother", setID("oid", "00uother")},
		{"agreed as UUID", nil, "oid.matches_sub", report.StatusFail, tokentest.User, func(w *world) {
			w.in.OIDForSub = func(string) string { return "8c7b2a30-0000-5000-8000-000000000000" }
		}},
		{"oid in capitals", nil, "oid.matches_sub", report.StatusFail, "00UTEST", setAccess("oid", strings.ToUpper(tokentest.User))},
		{"sub of the ID token a login", nil, "oid.matches_sub", report.StatusFail, tokentest.User, setID("sub", tokentest.Login)},
		{"tid a number in both", nil, "id.tid", report.StatusFail, "7", func(w *world) { w.ID.Claims["tid"], w.Access.Claims["tid"] = 7, 7 }},
		{"amr one text in both", nil, "id.amr", report.StatusFail, `"pwd"`, func(w *world) { w.ID.Claims["amr"], w.Access.Claims["amr"] = "pwd", "pwd" }},
		{"amr in capitals", nil, "amr.psc_approved", report.StatusFail, "SWK", setAccess("amr", []string{"SWK", "MFA", "PWD", "OKTA_VERIFY"})},
		{"amr joined", nil, "amr.psc_approved", report.StatusFail, "swk mfa", setAccess("amr", []string{"swk mfa pwd okta-verify"})},
		{"amr of the ID token in capitals", nil, "amr.not_overstated", report.StatusWarn, "swk", setID("amr", []string{"SWK", "MFA", "PWD", "OKTA_VERIFY"})},
		{"oid is the login", nil, "oid.not_login", report.StatusFail, tokentest.Login, setAccess("oid", tokentest.Login)},
		{"oid is a login without @", nil, "oid.not_login", report.StatusFail, "CMARTIN", func(w *world) {
			w.Access.Claims["sub"], w.Access.Claims["oid"] = "cmartin", "CMARTIN"
		}},
		{"other org", nil, "tid.matches_org", report.StatusFail, tokentest.Org, func(w *world) { w.in.ExpectedTID = "00oother" }},
		{"ID token of another org", nil, "tid.matches_idp", report.StatusWarn, tokentest.Org, setID("idp", "00oother")},
		{"tid differs", nil, "tid.same", report.StatusFail, "00oother", setAccess("tid", "00oother")},
		{"password only", nil, "amr.psc_approved", report.StatusFail, `["pwd"]`, amr("pwd")},
		{"a value too many", nil, "amr.psc_approved", report.StatusFail, `"sms"`, amr("swk", "mfa", "pwd", "okta_verify", "sms")},
		{"a value too few", nil, "amr.psc_approved", report.StatusFail, "sc", amr("sc", "mfa", "hwk")},
		{"overstated", nil, "amr.not_overstated", report.StatusWarn, "okta_verify", setID("amr", []string{"pwd", "mfa", "swk"})},
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
		{"answered nothing", nil, "hook.called", report.StatusWarn, "outcome empty", change(func(c *HookCall) {
			c.Outcome, c.IDTokenClaims, c.AccessTokenClaims = "empty", nil, nil
		})},
		{"one claim gone", nil, "hook.applied", report.StatusFail, "The ID token lacks oid.", change(func(c *HookCall) { c.IDTokenClaims = []string{"tid", "oid"} })},
		{"all dropped", nil, "hook.applied", report.StatusFail, "The access token lacks psc_alias.", change(func(c *HookCall) {
			c.IDTokenClaims, c.AccessTokenClaims = nil, []string{"psc_alias"}
		})},
	}
}

func opBreakages() []breakage {
	op := []string{"psc-op"}
	list := []breakage{
		{"too weak", op, "id.acr", report.StatusFail, "eidas1", setID("acr", "eidas1")},
		{"no acr", op, "id.acr", report.StatusFail, "missing", dropID("acr")},
		{"lesser means", op, "id.acr", report.StatusFail, "eidas0", setID("acr", "eidas0")},
		{"a level of stock Keycloak", op, "id.acr", report.StatusFail, `"1"`, setID("acr", "1")},
		{"acr a number", op, "id.acr", report.StatusFail, "2", setID("acr", 2)},
		{"unknown acr", op, "id.acr", report.StatusFail, "eidas9", setID("acr", "eidas9")},
		{"scope missing", op, "scope.requested", report.StatusFail, "openid", func(w *world) { w.in.Scopes = []string{"openid"} }},
	}
	for _, name := range []string{"preferred_username", "given_name", "family_name"} {
		list = append(list, breakage{"missing", op, "claim." + name, report.StatusFail, "missing", dropClaim(name)})
	}
	return list
}

func rofimBreakages() []breakage {
	rofim := []string{"rofim"}
	list := []breakage{
		{"further scope", rofim, "scope.requested", report.StatusFail, "profile", func(w *world) { w.in.Scopes = append(w.in.Scopes, "profile") }},
		{"no e-mail", rofim, "claim.email", report.StatusFail, "missing", dropClaim("email")},
		{"not an e-mail", rofim, "claim.email", report.StatusFail, "claire", setID("email", "claire")},
		{"e-mail differs", rofim, "claim.email", report.StatusWarn, "claire.martin", setUser("email", "c.martin@hopital.example")},
		{"specialty a list", rofim, "claim.specialty", report.StatusFail, "[", setUser("specialty", []string{"Cardiologie"})},
		{"RPPS too short", rofim, "claim.rpps", report.StatusFail, "1000123456", setUser("RPPS", "1000123456")},
		{"RPPS a number", rofim, "claim.rpps", report.StatusFail, "10001234567", setUser("RPPS", 10001234567)},
	}
	for _, name := range []string{"family_name", "given_name", "formatted_name", "title", "initials", "account_type", "country", "city"} {
		list = append(list, breakage{"missing", rofim, "claim." + name, report.StatusWarn, "missing", dropClaim(name)})
	}
	return list
}

func chgBreakages() []breakage {
	chg := []string{"chg-meridian"}
	noSub := func(w *world) { delete(w.ID.Claims, "sub"); w.UserInfo = nil }
	return []breakage{
		{"no PKCE, no secret", chg, "provider.pkce", report.StatusFail, "nothing", func(w *world) { w.in.Provider = &Provider{} }},
		{"no PKCE, but a secret", chg, "provider.pkce", report.StatusWarn, "plain", func(w *world) {
			w.in.Provider, w.in.Confidential = &Provider{PKCEMethods: []string{"plain"}}, true
		}},
		{"no sub", chg, "claim.sub", report.StatusFail, "missing", noSub},
		{"no e-mail", chg, "claim.email", report.StatusFail, "missing", dropID("email")},
		{"nameidentifier is no e-mail", chg, "claim.email", report.StatusFail, "missing", func(w *world) {
			delete(w.ID.Claims, "email")
			w.ID.Claims[xmlsoap+"nameidentifier"] = "cmartin"
		}},
		{"e-mail as user name", chg, "claim.preferred_username", report.StatusWarn, "claire.martin@", dropID("preferred_username", "name")},
		{"no first name", chg, "claim.given_name", report.StatusWarn, "missing", dropID("given_name")},
		{"no family name", chg, "claim.family_name", report.StatusWarn, "missing", dropID("family_name")},
		{"no name at all", chg, "claim.display_name", report.StatusWarn, "missing", dropID("name", "given_name", "family_name")},
		{"groups without end", chg, "claims.size", report.StatusWarn, "bytes", setID("groups", slices.Repeat([]string{"hopital-service-cardiologie"}, 200))},
	}
}

// jwe is an encrypted token: five parts, and enc in its header.
const jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d"

// swapPayload puts other claims between the same header and signature.
func swapPayload(text, payload string) string {
	return tokentest.SwapPart(text, 1, func(string) string { return payload })
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

func checkOneBroken(t *testing.T, b breakage, r report.Report) {
	t.Helper()
	for _, c := range r.Checks {
		switch {
		case c.ID != b.check && (c.Status == report.StatusFail || c.Status == report.StatusWarn):
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

// Every check must have a breakage that only it reports. Otherwise nobody has seen it fail.
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
		for _, lang := range []words.Language{words.English, words.French} {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				w := goodWorld(t, name)
				w.in.Language = lang
				r := Run(t.Context(), w.input(t))
				for _, c := range r.Checks {
					if c.Status != report.StatusPass {
						t.Errorf("%s: %s (actual %q, hint %q), want pass", c.ID, c.Status, c.Actual, c.Hint)
					}
				}
				if r.Verdict != report.StatusPass {
					t.Errorf("verdict %s, want pass", r.Verdict)
				}
			})
		}
	}
}
