package verify

import (
	"strconv"
	"strings"
)

// specPSC is the source of the facts about delegated tokens: the guide of the
// Agence du Numérique en Santé for Okta.
const specPSC = "ANS, PSC × Okta"

// pscChecks are what PSC must find in the tokens of an Okta org that it
// delegates to.
func pscChecks() []check {
	checks := idTokenChecks(StatusWarn)
	checks = append(checks,
		check{id: "id.tid", spec: specPSC + ": tid", needs: []string{"id.parse"}, run: idTenant},
		check{id: "id.amr", spec: "RFC 8176 §1; OIDC Core §2", needs: []string{"id.parse"}, run: idAMR},
	)
	checks = append(checks, accessTokenChecks()...)
	return append(checks,
		check{
			id: "oid.matches_sub", spec: specPSC + ": oid", needs: []string{"id.parse", "id.sub", "access.parse", "access.oid"},
			unless: []string{"oid.not_login"}, run: oidMatchesSub,
		},
		check{id: "oid.not_login", spec: specPSC + ": oid", needs: []string{"access.parse", "access.oid"}, run: oidNotLogin},
		check{id: "tid.matches_org", spec: specPSC + ": tid", needs: []string{"access.parse", "access.tid"}, unless: []string{"tid.same"}, run: tidMatchesOrg},
		check{id: "tid.same", spec: specPSC + ": tid", needs: []string{"id.parse", "id.tid", "access.parse", "access.tid"}, run: tidSame},
		check{id: "amr.psc_approved", spec: specPSC + ": amr", needs: []string{"access.parse", "access.amr"}, run: amrApproved},
		check{id: "amr.not_overstated", spec: "RFC 8176 §1; " + specPSC + ": amr", needs: []string{"id.parse", "id.amr", "access.parse", "access.amr"}, run: amrNotOverstated},
		check{id: "userinfo.sub", spec: "OIDC Core §5.3.2", needs: []string{"id.parse", "id.sub"}, run: userinfoSubject},
		check{id: "hook.called", spec: "Okta developer docs: token inline hook", run: hookCalled},
		check{id: "hook.applied", spec: "Okta developer docs: token inline hook", run: hookApplied},
	)
}

// accessTokenChecks are those of the access token itself.
func accessTokenChecks() []check {
	return []check{
		{id: "access.parse", spec: "RFC 9068 §2; RFC 7519 §7.2", run: accessParse},
		{id: "access.signature", spec: "RFC 9068 §4; RFC 8725 §3.1", needs: []string{"access.parse", "access.iss"}, run: accessSignature},
		{id: "access.iss", spec: "RFC 9068 §4", needs: []string{"access.parse"}, run: accessIssuer},
		{id: "access.aud", spec: "RFC 9068 §4; RFC 8725 §3.9", needs: []string{"access.parse"}, run: accessAudience},
		{id: "access.exp", spec: "RFC 9068 §4; RFC 7519 §4.1.4", needs: []string{"access.parse"}, run: accessExpiry},
		{id: "access.oid", spec: specPSC + ": oid", needs: []string{"access.parse"}, run: accessOID},
		{id: "access.tid", spec: specPSC + ": tid", needs: []string{"access.parse"}, run: accessTenant},
		{id: "access.amr", spec: specPSC + ": amr; RFC 8176 §1", needs: []string{"access.parse"}, run: accessAMR},
	}
}

func accessParse(ev *evidence) finding {
	f := want(say("expected.parse"))
	if f, bad := parseFinding(f, ev.accessErr, "hint.access.parse."); bad {
		return f
	}
	claims := ev.access.claims
	kind, _ := claims.text("typ")
	if claims.has("at_hash") || claims.has("c_hash") || kind == "ID" {
		return f.got(say("parse.is_id")).fail(say("hint.parse.swapped"))
	}
	return f.got(say("parse.ok", with("count", len(claims.names)))).pass()
}

func accessSignature(ev *evidence) finding {
	if !algAllowed(ev.access.alg) {
		return want(say("expected.alg", with("algs", allowedAlgs()))).
			got(literal(strconv.Quote(shorten(ev.access.alg, shownRunes)))).fail(say("hint.id.alg"))
	}
	f := signatureFinding(ev, ev.access, ev.accessKeys)
	// Keys that cannot be read, or a key that is not published, concern both
	// tokens: one fault, which id.signature reports.
	if f.status == StatusFail && len(ev.accessKeys.keys) == 0 && ev.id != nil && ev.id.kid == ev.access.kid &&
		ev.find("id.signature").status == StatusFail {
		return blockedBy("id.signature")
	}
	return f
}

// accessIssuer says nothing of its own when both tokens come from the same wrong
// issuer: that is one fault, and id.iss reports it.
func accessIssuer(ev *evidence) finding {
	if ev.id != nil && ev.find("id.iss").status == StatusFail && ev.id.claims.show("iss") == ev.access.claims.show("iss") {
		return blockedBy("id.iss")
	}
	return issuerFinding(ev, ev.access, "hint.access.iss")
}

func accessAudience(ev *evidence) finding {
	f := want(say("expected.access.aud.any"))
	if ev.in.AccessAudience != "" {
		f = want(literal(ev.in.AccessAudience))
	}
	f = f.got(shown(ev.access.claims, "aud"))
	aud, p := ev.access.claims.audience()
	if p != present || strings.Join(aud, "") == "" {
		return f.fail(say("hint.access.aud"))
	}
	if ev.in.AccessAudience != "" && len(missingFrom(aud, []string{ev.in.AccessAudience})) > 0 {
		return f.fail(say("hint.access.aud"))
	}
	return f.pass()
}

func accessExpiry(ev *evidence) finding { return expiryFinding(ev, ev.access) }

// lacking chooses the hint for a claim that the hook should have added: when
// Okta dropped the hook's answer, that is the thing to mend.
func lacking(ev *evidence, o object, name, hint string) phrase {
	if !o.has(name) && ev.find("hook.applied").status == StatusFail {
		return say("hint.dropped")
	}
	return say(hint)
}

// claimString checks that a token carries name as a string that is not empty.
func claimString(ev *evidence, o object, name, id string) (finding, bool) {
	f := want(say("expected." + id)).got(shown(o, name))
	if s, p := o.text(name); p != present || strings.TrimSpace(s) == "" {
		return f.fail(lacking(ev, o, name, "hint."+id)), false
	}
	return f, true
}

func idTenant(ev *evidence) finding {
	f, ok := claimString(ev, ev.id.claims, "tid", "id.tid")
	if !ok {
		return f
	}
	return f.pass()
}

func accessTenant(ev *evidence) finding {
	f, ok := claimString(ev, ev.access.claims, "tid", "access.tid")
	if !ok {
		return f
	}
	return f.pass()
}

// accessOID wants oid in the access token. That the ID token has none is normal:
// Okta reserves the name there, and sub holds the value.
func accessOID(ev *evidence) finding {
	f, ok := claimString(ev, ev.access.claims, "oid", "access.oid")
	switch {
	case !ok:
		return f
	case ev.id != nil && !ev.id.claims.has("oid"):
		return f.note(say("note.access.oid"))
	}
	return f.pass()
}

// idAMR looks at Okta's own amr. PSC reads the access token's, so that its
// absence here is a warning: nothing can be compared.
func idAMR(ev *evidence) finding {
	f := want(say("expected.id.amr")).got(shown(ev.id.claims, "amr"))
	values, p := ev.id.claims.texts("amr")
	switch {
	case p == malformed:
		return f.fail(say("hint.amr.array"))
	case len(values) == 0:
		return f.warn(say("hint.id.amr"))
	}
	return f.pass()
}

func accessAMR(ev *evidence) finding {
	f := want(say("expected.access.amr")).got(shown(ev.access.claims, "amr"))
	values, p := ev.access.claims.texts("amr")
	switch {
	case p == malformed:
		return f.fail(say("hint.amr.array"))
	case len(values) == 0:
		return f.fail(lacking(ev, ev.access.claims, "amr", "hint.access.amr"))
	}
	return f.pass()
}

func oidMatchesSub(ev *evidence) finding {
	sub, _ := ev.id.claims.text("sub")
	wanted := ev.in.OIDForSub(sub)
	f := want(literal(strconv.Quote(wanted))).got(shown(ev.access.claims, "oid"))
	if oid, _ := ev.access.claims.text("oid"); oid != wanted {
		return f.fail(say("hint.oid.matches_sub"))
	}
	if ev.id.claims.has("oid") {
		if oid, _ := ev.id.claims.text("oid"); oid != wanted {
			return f.got(shown(ev.id.claims, "oid")).fail(say("hint.oid.id_token"))
		}
	}
	return f.pass()
}

// oidNotLogin refuses an oid that is a login: logins change (marriage, move),
// and oid is the pivot of the appairage. In Okta access tokens sub is the login.
func oidNotLogin(ev *evidence) finding {
	f := want(say("expected.oid.not_login")).got(shown(ev.access.claims, "oid"))
	oid, _ := ev.access.claims.text("oid")
	sub, _ := ev.access.claims.text("sub")
	uid, _ := ev.access.claims.text("uid")
	if strings.Contains(oid, "@") || (strings.EqualFold(oid, sub) && oid != uid) {
		return f.fail(say("hint.oid.not_login"))
	}
	return f.pass()
}

func tidMatchesOrg(ev *evidence) finding {
	f := want(literal(strconv.Quote(ev.in.ExpectedTID))).got(shown(ev.access.claims, "tid"))
	if ev.in.ExpectedTID == "" {
		return want(say("expected.access.tid")).got(shown(ev.access.claims, "tid")).skip(say("skip.expected_tid"))
	}
	if tid, _ := ev.access.claims.text("tid"); tid != ev.in.ExpectedTID {
		return f.fail(say("hint.tid.matches_org"))
	}
	return f.pass()
}

func tidSame(ev *evidence) finding {
	inID, _ := ev.id.claims.text("tid")
	inAccess, _ := ev.access.claims.text("tid")
	f := want(literal(ev.id.claims.show("tid"))).got(shown(ev.access.claims, "tid"))
	if inID != inAccess {
		return f.fail(say("hint.tid.same"))
	}
	return f.pass()
}

// amrApproved compares as sets and for equality. A superset is not approved: the
// ANS agrees a level for what was named, and each further value (an SMS, a
// federated sign-in) changes what was done.
func amrApproved(ev *evidence) finding {
	sets := make([]string, len(ev.in.AMRSets))
	for i, s := range ev.in.AMRSets {
		sets[i] = s.describe()
	}
	f := want(literal(strings.Join(sets, "; "))).got(shown(ev.access.claims, "amr"))
	if set, ok := ev.approved(); ok {
		return f.note(say("note.amr.level", with("name", set.Name), with("level", set.Level)))
	}
	values, _ := ev.access.claims.texts("amr")
	for _, s := range ev.in.AMRSets {
		if len(missingFrom(values, s.Values)) == 0 {
			return f.fail(say("hint.amr.superset", with("name", s.Name), with("extra", missingFrom(s.Values, values))))
		}
	}
	return f.fail(say("hint.amr.psc_approved"))
}

func amrNotOverstated(ev *evidence) finding {
	f := want(literal(ev.id.claims.show("amr"))).got(shown(ev.access.claims, "amr"))
	own, p := ev.id.claims.texts("amr")
	if p != present || len(own) == 0 {
		return f.skip(say("skip.id_amr"))
	}
	values, _ := ev.access.claims.texts("amr")
	if extra := missingFrom(own, values); len(extra) > 0 {
		return f.warn(say("hint.amr.not_overstated", with("extra", extra)))
	}
	return f.pass()
}
