package verify

import (
	"slices"
	"strconv"
)

const (
	// specCHG is the source of what CHG-MERIDIAN reads.
	specCHG = "CHG-MERIDIAN: single sign-on"
	// xmlsoap is the prefix of the claim URIs that CHG-MERIDIAN accepts instead.
	xmlsoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
	// maxForwardedBytes is the size of the claims above which it is worth
	// looking: everything that is not read is forwarded, and a cookie holds 4096
	// bytes in all (RFC 6265 §6.1).
	maxForwardedBytes = 4096
)

// chgMeridianChecks are for CHG-MERIDIAN as relying party of the customer's
// provider.
func chgMeridianChecks() []check {
	checks := append(without(idTokenChecks(StatusWarn), "id.sub"),
		check{id: "provider.pkce", spec: specCHG + ": PKCE; RFC 8414 §2; RFC 9700 §2.1.1", run: providerPKCE},
		claimRule{
			id: "claim.sub", spec: specCHG + ": sub", names: []string{"sub", xmlsoap + "nameidentifier"},
			missing: StatusFail, valid: validSubject, idTokenWins: true,
		}.check(),
		check{id: "userinfo.sub", spec: "OIDC Core §5.3.2", needs: []string{"id.parse", "claim.sub"}, run: userinfoSubject},
		chgEmail().check(),
		check{id: "claim.preferred_username", spec: specCHG + ": preferred_username", needs: []string{"id.parse", "claim.email"}, run: chgUsername},
	)
	for _, r := range []claimRule{
		{id: "claim.given_name", names: []string{"given_name", "FirstName", xmlsoap + "givenname"}},
		{id: "claim.family_name", names: []string{"family_name", "LastName", xmlsoap + "surname"}},
	} {
		r.spec, r.missing = specCHG+": "+r.names[0], StatusWarn
		c := r.check()
		c.unless = []string{"claim.display_name"}
		checks = append(checks, c)
	}
	return append(checks,
		check{id: "claim.display_name", spec: specCHG + ": nickname", needs: []string{"id.parse"}, run: chgDisplayName},
		check{id: "claims.size", spec: specCHG + "; RFC 6265 §6.1", needs: []string{"id.parse"}, run: claimsSize},
	)
}

func chgEmail() claimRule {
	return claimRule{
		id: "claim.email", spec: specCHG + ": email", missing: StatusFail, valid: validEmail,
		names: []string{"email", xmlsoap + "emailaddress", xmlsoap + "nameidentifier"},
	}
}

// providerPKCE fails only for a client without a secret: CHG-MERIDIAN uses a
// secret where the provider does not support PKCE.
func providerPKCE(ev *evidence) finding {
	f := want(say("expected.provider.pkce"))
	if ev.in.Provider == nil {
		return f.skip(say("skip.provider"))
	}
	methods := ev.in.Provider.PKCEMethods
	f = f.got(say("provider.pkce", with("methods", methods)))
	switch {
	case slices.Contains(methods, "S256"):
		return f.pass()
	case ev.in.Confidential:
		return f.warn(say("hint.provider.pkce.secret"))
	}
	return f.fail(say("hint.provider.pkce"))
}

func chgUsername(ev *evidence) finding {
	names := []string{"preferred_username", "name", xmlsoap + "name"}
	f := want(say("expected.claim", with("names", names)))
	if c, _ := ev.claim(names, nil); c.name != "" && c.kind == present {
		return f.got(c.shown).pass()
	}
	email, _ := ev.claim(chgEmail().names, validEmail)
	return f.got(email.shown).warn(say("hint.claim.username"))
}

// chgDisplayName wants a name to show: name, else first or last name, else nickname.
func chgDisplayName(ev *evidence) finding {
	names := []string{"name", "given_name", "FirstName", xmlsoap + "givenname", "family_name", "LastName", xmlsoap + "surname", "nickname"}
	f := want(say("expected.claim.display_name"))
	c, _ := ev.claim(names, nil)
	f = f.got(c.shown)
	if c.name == "" || c.kind == malformed {
		return f.warn(say("hint.claim.display_name"))
	}
	return f.pass()
}

func claimsSize(ev *evidence) finding {
	size, count := 0, 0
	for _, o := range ev.sources() {
		size += len(o.raw)
		count += len(o.names)
	}
	f := want(say("expected.claims.size", with("bytes", strconv.Itoa(maxForwardedBytes)))).
		got(say("claims.size", with("count", count), with("bytes", size)))
	if size > maxForwardedBytes {
		return f.warn(say("hint.claims.size"))
	}
	return f.pass()
}
