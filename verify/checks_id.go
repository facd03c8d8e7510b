package verify

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSubLength is the longest sub that OpenID Connect Core §2 allows, in ASCII characters.
const maxSubLength = 255

// idTokenChecks are the checks of an ID token that every OpenID Connect relying
// party has to make (OpenID Connect Core §3.1.3.7). authTimeMissing is what an
// absent auth_time means to the profile.
func idTokenChecks(authTimeMissing Status) []check {
	return []check{
		{id: "id.parse", spec: "RFC 7519 §7.2, RFC 7515 §7.1", run: idParse},
		{id: "id.signature", spec: "OIDC Core §3.1.3.7, §10.1; RFC 7515 §5.2", needs: []string{"id.parse", "id.alg", "id.iss"}, run: idSignature},
		{id: "id.alg", spec: "RFC 8725 §3.1; OIDC Core §3.1.3.7 (7)", needs: []string{"id.parse"}, run: idAlg},
		{id: "id.iss", spec: "OIDC Core §3.1.3.7 (2); RFC 9207", needs: []string{"id.parse"}, run: idIssuer},
		{id: "id.aud", spec: "OIDC Core §3.1.3.7 (3)", needs: []string{"id.parse"}, run: idAudience},
		{id: "id.azp", spec: "OIDC Core §3.1.3.7 (4, 5)", needs: []string{"id.parse", "id.aud"}, run: idAuthorizedParty},
		{id: "id.exp", spec: "OIDC Core §3.1.3.7 (9); RFC 7519 §4.1.4", needs: []string{"id.parse"}, run: idExpiry},
		{id: "id.iat", spec: "OIDC Core §3.1.3.7 (10); RFC 7519 §4.1.5, §4.1.6", needs: []string{"id.parse"}, run: idIssuedAt},
		{id: "id.nonce", spec: "OIDC Core §3.1.3.7 (11); RFC 9700 §2.1.1", needs: []string{"id.parse"}, run: idNonce},
		{
			id: "id.at_hash", spec: "OIDC Core §3.1.3.6, §3.1.3.8", needs: []string{"id.parse", "id.alg", "access.parse"},
			unless: []string{"access.signature"}, run: idAccessTokenHash,
		},
		{
			id: "id.auth_time", spec: "OIDC Core §2, §3.1.3.7 (13)", needs: []string{"id.parse", "id.iat"},
			run: func(ev *evidence) finding { return idAuthTime(ev, authTimeMissing) },
		},
		{id: "id.sub", spec: "OIDC Core §2", needs: []string{"id.parse"}, run: idSubject},
	}
}

func idParse(ev *evidence) finding {
	f := want(say("expected.parse"))
	if f, bad := parseFinding(f, ev.idErr, "hint.id.parse."); bad {
		return f
	}
	claims := ev.id.claims
	kind, _ := claims.text("typ")
	if ev.id.accessTyped() || claims.has("cid") || claims.has("scp") || kind == "Bearer" {
		return f.got(say("parse.is_access")).fail(say("hint.parse.swapped"))
	}
	return f.got(say("parse.ok", with("count", len(claims.names)))).pass()
}

// parseFinding turns a parse error into a failed finding. Hints that differ
// between the tokens begin with hintPrefix.
func parseFinding(f finding, err error, hintPrefix string) (finding, bool) {
	var fault *parseError
	if !errors.As(err, &fault) {
		return f, false
	}
	f = f.got(say("parse."+fault.kind, with("detail", fault.detail)))
	if fault.kind == "opaque" || fault.kind == "empty" || fault.kind == "encrypted" {
		return f.fail(say(hintPrefix + fault.kind)), true
	}
	return f.fail(say("hint.parse")), true
}

func idSignature(ev *evidence) finding { return signatureFinding(ev, ev.id, ev.idKeys) }

// signatureFinding checks a signature with the keys that the provider publishes
// under the token's kid. A token without kid is accepted only when there is one
// key (OpenID Connect Core §10.1).
func signatureFinding(ev *evidence, t *token, answer keyAnswer) finding {
	kid := strconv.Quote(shorten(t.kid, shownRunes))
	f := want(say("expected.signature", with("issuer", ev.in.Issuer)))
	switch {
	case answer.err != nil:
		return f.got(literal(answer.err.Error())).fail(say("hint.signature.keys"))
	case t.kid == "" && len(answer.keys) > 1:
		return f.got(say("signature.no_kid", with("count", len(answer.keys)))).fail(say("hint.signature.no_kid"))
	case len(answer.keys) == 0:
		return f.got(say("signature.unknown_kid", with("kid", kid))).fail(say("hint.signature.unknown_kid"))
	}
	for _, k := range answer.keys {
		if keyFits(k, t.alg) && t.verify(k) {
			return f.got(say("signature.ok", with("kid", kid), with("alg", t.alg))).pass()
		}
	}
	return f.got(say("signature.wrong", with("kid", kid))).fail(say("hint.signature.wrong"))
}

func idAlg(ev *evidence) finding {
	f := want(say("expected.alg", with("algs", allowedAlgs()))).got(literal(strconv.Quote(shorten(ev.id.alg, shownRunes))))
	if !algAllowed(ev.id.alg) {
		return f.fail(say("hint.id.alg"))
	}
	return f.pass()
}

func idIssuer(ev *evidence) finding {
	return issuerFinding(ev, ev.id, "hint.id.iss")
}

func issuerFinding(ev *evidence, t *token, hint string) finding {
	f := want(literal(ev.in.Issuer)).got(shown(t.claims, "iss"))
	iss, p := t.claims.text("iss")
	switch {
	case p != present:
		return f.fail(say(hint))
	case iss == ev.in.Issuer:
		return f.pass()
	case strings.TrimRight(iss, "/") == strings.TrimRight(ev.in.Issuer, "/"):
		return f.fail(say("hint.iss.slash"))
	}
	return f.fail(say(hint))
}

// shown is what a claim holds, or "missing".
func shown(o object, name string) phrase {
	if v := o.show(name); v != "" {
		return literal(v)
	}
	return say("common.missing")
}

func idAudience(ev *evidence) finding {
	f := want(literal(ev.in.ClientID)).got(shown(ev.id.claims, "aud"))
	aud, _ := ev.id.claims.audience()
	switch {
	case !slices.Contains(aud, ev.in.ClientID):
		return f.fail(say("hint.id.aud"))
	case len(missingFrom([]string{ev.in.ClientID}, aud)) > 0:
		return f.fail(say("hint.id.aud.others"))
	}
	return f.pass()
}

func idAuthorizedParty(ev *evidence) finding {
	f := want(say("expected.id.azp", with("client", ev.in.ClientID))).got(shown(ev.id.claims, "azp"))
	azp, p := ev.id.claims.text("azp")
	if p == malformed || (p == present && azp != ev.in.ClientID) {
		return f.fail(say("hint.id.azp"))
	}
	return f.pass()
}

func idExpiry(ev *evidence) finding { return expiryFinding(ev, ev.id) }

func expiryFinding(ev *evidence, t *token) finding {
	f := want(say("expected.exp", with("now", ev.in.Now)))
	exp, p := t.claims.time("exp")
	if p != present {
		return f.got(shown(t.claims, "exp")).fail(say("hint.exp.missing"))
	}
	if !ev.in.Now.Before(exp.Add(clockSkew)) {
		return f.got(say("time.past", with("time", exp), with("ago", ev.in.Now.Sub(exp)))).fail(say("hint.exp"))
	}
	return f.got(literal(exp.Format(time.RFC3339))).pass()
}

// idIssuedAt looks at iat and, where there is one, at nbf: neither may lie in
// the future.
func idIssuedAt(ev *evidence) finding {
	f := want(say("expected.id.iat", with("now", ev.in.Now)))
	for _, name := range []string{"iat", "nbf"} {
		at, p := ev.id.claims.time(name)
		if p == absent && name == "nbf" {
			continue
		}
		if p != present {
			return f.got(shown(ev.id.claims, name)).fail(say("hint.id.iat.missing", with("claim", name)))
		}
		f = f.got(say("time.past", with("time", at), with("ago", ev.in.Now.Sub(at))))
		if at.After(ev.in.Now.Add(clockSkew)) {
			return f.got(say("time.future", with("claim", name), with("time", at), with("ahead", at.Sub(ev.in.Now)))).fail(say("hint.id.iat"))
		}
	}
	return f.pass()
}

func idNonce(ev *evidence) finding {
	if ev.in.Nonce == "" {
		return want(say("expected.id.nonce")).got(shown(ev.id.claims, "nonce")).skip(say("skip.nonce"))
	}
	f := want(literal(strconv.Quote(ev.in.Nonce))).got(shown(ev.id.claims, "nonce"))
	if nonce, p := ev.id.claims.text("nonce"); p != present || nonce != ev.in.Nonce {
		return f.fail(say("hint.id.nonce"))
	}
	return f.pass()
}

func idAccessTokenHash(ev *evidence) finding {
	raw := strings.TrimSpace(ev.in.AccessToken)
	f := want(say("expected.id.at_hash")).got(shown(ev.id.claims, "at_hash"))
	if raw == "" {
		return f.skip(say("skip.no_access_token"))
	}
	got, p := ev.id.claims.text("at_hash")
	switch {
	case p == absent:
		return f.skip(say("skip.at_hash"))
	case p == malformed || got != accessTokenHash(ev.id.alg, raw):
		return f.fail(say("hint.id.at_hash"))
	}
	return f.pass()
}

// accessTokenHash is the left half of the hash of the access token, by the hash
// function of the ID token's alg (OpenID Connect Core §3.1.3.6).
func accessTokenHash(alg, accessToken string) string {
	var h hash.Hash
	switch {
	case strings.HasSuffix(alg, "384"):
		h = sha512.New384()
	case strings.HasSuffix(alg, "512"):
		h = sha512.New()
	default:
		h = sha256.New()
	}
	h.Write([]byte(accessToken))
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func idAuthTime(ev *evidence, missing Status) finding {
	f := want(say("expected.id.auth_time"))
	at, p := ev.id.claims.time("auth_time")
	if p == absent {
		f = f.got(say("common.missing"))
		if missing == StatusFail {
			return f.fail(say("hint.id.auth_time.missing"))
		}
		return f.warn(say("hint.id.auth_time.missing"))
	}
	if p == malformed {
		return f.got(shown(ev.id.claims, "auth_time")).fail(say("hint.id.auth_time"))
	}
	f = f.got(say("time.past", with("time", at), with("ago", ev.in.Now.Sub(at))))
	if iat, _ := ev.id.claims.time("iat"); at.After(iat.Add(clockSkew)) {
		return f.fail(say("hint.id.auth_time"))
	}
	return f.pass()
}

func idSubject(ev *evidence) finding {
	f := want(say("expected.id.sub")).got(shown(ev.id.claims, "sub"))
	sub, p := ev.id.claims.text("sub")
	if p != present || !validSubject(sub) {
		return f.fail(say("hint.id.sub"))
	}
	return f.pass()
}

func validSubject(sub string) bool {
	return sub != "" && len(sub) <= maxSubLength && isASCII(sub)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 }) < 0
}

// userinfoSubject compares the sub of userinfo with the ID token's: without it
// the response may belong to someone else (OpenID Connect Core §5.3.2).
func userinfoSubject(ev *evidence) finding {
	sub, _ := ev.id.claims.text("sub")
	f := want(shown(ev.id.claims, "sub"))
	switch {
	case ev.in.UserInfoFault != "":
		// The ID token alone names the user: a relying party can do without userinfo.
		return f.got(literal(shorten(ev.in.UserInfoFault, shownRunes))).warn(say("hint.userinfo.fault"))
	case ev.uiErr != nil:
		return f.got(literal(ev.uiErr.Error())).fail(say("hint.userinfo.parse"))
	case ev.userinfo == nil || !ev.id.claims.has("sub"):
		return f.skip(say("skip.userinfo"))
	}
	f = f.got(shown(*ev.userinfo, "sub"))
	if got, p := ev.userinfo.text("sub"); p != present || got != sub {
		return f.fail(say("hint.userinfo.sub"))
	}
	return f.pass()
}
