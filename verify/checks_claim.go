package verify

import (
	"net/mail"
	"slices"
	"strings"
)

// claimRule is a check of one claim about the person, which may come in the ID
// token or from userinfo.
type claimRule struct {
	id      string
	spec    string
	names   []string // the standard name first, then accepted alternatives
	missing Status   // what absence means; StatusPass: it may be absent or empty
	needs   []string
	// valid says whether a value will do; nil accepts any that is not empty.
	// Values of alternative names that are not valid are passed over.
	valid func(string) bool
	// idTokenWins silences a difference between ID token and userinfo, where
	// another check reports it.
	idTokenWins bool
}

func (r claimRule) check() check {
	needs := append([]string{"id.parse"}, r.needs...)
	return check{id: r.id, spec: r.spec, needs: needs, run: r.run}
}

// foundClaim is one claim found in a source.
type foundClaim struct {
	name  string
	value string
	kind  presence
	shown phrase
}

// sources are the places to look in, ID token first.
func (ev *evidence) sources() []object {
	list := []object{ev.id.claims}
	if ev.userinfo != nil {
		list = append(list, *ev.userinfo)
	}
	return list
}

// claim looks for the first of names in ID token, then userinfo. differs says
// that the two hold different values of it.
func (ev *evidence) claim(names []string, valid func(string) bool) (found foundClaim, differs bool) {
	for i, name := range names {
		for _, o := range ev.sources() {
			value, kind := o.text(name)
			if kind == absent || (kind == present && strings.TrimSpace(value) == "") {
				continue
			}
			if i > 0 && (kind == malformed || (valid != nil && !valid(value))) {
				continue
			}
			c := foundClaim{name: name, value: value, kind: kind, shown: literal(name + " = " + o.show(name))}
			if found.name == "" {
				found = c
			} else if found.name == name && found.value != value {
				return found, true
			}
		}
		if found.name != "" {
			return found, false
		}
	}
	return foundClaim{shown: say("common.missing")}, false
}

// hint names the remedy of the profile, since every party releases claims elsewhere.
func (r claimRule) hint(ev *evidence, key string) phrase {
	return say(key, with("claim", r.names[0]), with("where", say("where.claim."+ev.in.Profile.name)))
}

func (r claimRule) run(ev *evidence) finding {
	f := want(say("expected.claim", with("names", r.names)))
	if r.missing == StatusPass {
		f = want(say("expected.claim.optional", with("names", r.names)))
	}
	c, differs := ev.claim(r.names, r.valid)
	f = f.got(c.shown)
	switch {
	case c.name == "" && r.missing == StatusPass:
		return f.pass()
	case c.name == "" && r.missing == StatusWarn:
		return f.warn(r.hint(ev, "hint.claim.missing"))
	case c.name == "":
		return f.fail(r.hint(ev, "hint.claim.missing"))
	case c.kind == malformed || (r.valid != nil && !r.valid(c.value)):
		return f.fail(r.hint(ev, "hint.claim.value"))
	case differs && !r.idTokenWins:
		return f.warn(r.hint(ev, "hint.claim.differs"))
	}
	return f.pass()
}

// validEmail accepts a bare address with a domain.
func validEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && addr.Name == ""
}

// scopesChecks compares the scopes asked for with what the party allows. exact
// says that no further one may be asked.
func scopesCheck(spec string, wanted []string, exact bool) check {
	return check{id: "scope.requested", spec: spec, run: func(ev *evidence) finding {
		f := want(literal(strings.Join(wanted, " ")))
		if ev.in.Scopes == nil {
			return f.skip(say("skip.scopes"))
		}
		f = f.got(literal(strings.Join(ev.in.Scopes, " ")))
		if gone := missingFrom(ev.in.Scopes, wanted); len(gone) > 0 {
			return f.fail(say("hint.scope.missing", with("scopes", strings.Join(wanted, " "))))
		}
		if extra := missingFrom(wanted, ev.in.Scopes); exact && len(extra) > 0 {
			return f.fail(say("hint.scope.extra", with("extra", extra), with("scopes", strings.Join(wanted, " "))))
		}
		return f.pass()
	}}
}

// without drops checks by id.
func without(checks []check, ids ...string) []check {
	return slices.DeleteFunc(checks, func(c check) bool { return slices.Contains(ids, c.id) })
}
