package verify

import (
	"net/mail"
	"slices"
	"strings"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// claimRule is a check of one claim about the person. The claim may come from the ID token or from
// userinfo.
type claimRule struct {
	ID      string
	Title   words.Text
	Spec    string
	names   []string      // the standard name first, then accepted alternatives
	missing report.Status // status if the claim is absent; report.StatusPass: it may be absent or empty
	Needs   []string
	// valid reports whether a value is acceptable; nil accepts any value that is not empty. An
	// invalid value of an alternative name is skipped.
	valid func(string) bool
	// idTokenWins suppresses the report of a difference between ID token and userinfo, because
	// another check reports it.
	idTokenWins bool
}

func (r claimRule) check() rule {
	needs := append([]string{"id.parse"}, r.Needs...)
	return rule{ID: r.ID, Title: r.Title, Spec: r.Spec, Needs: needs, Run: r.run}
}

// foundClaim is a claim with the source in which it was found.
type foundClaim struct {
	name  string
	value string
	kind  outside.Presence
	shown words.Text
}

// sources returns the objects to look in, the ID token first.
func (ev *evidence) sources() []outside.Object {
	list := []outside.Object{ev.id.claims}
	if ev.userinfo != nil && ev.userinfo.err == nil {
		list = append(list, ev.userinfo.claims)
	}
	return list
}

// claim looks for the first of names in the ID token, then in userinfo. differs says that both have
// the claim, with different values.
func (ev *evidence) claim(names []string, valid func(string) bool) (found foundClaim, differs bool) {
	for i, name := range names {
		for _, o := range ev.sources() {
			value, kind := o.Text(name)
			if kind == outside.Absent || (kind == outside.Present && strings.TrimSpace(value) == "") {
				continue
			}
			if i > 0 && (kind == outside.Malformed || (valid != nil && !valid(value))) {
				continue
			}
			c := foundClaim{name: name, value: value, kind: kind, shown: words.Literal(name + " = " + quote(o, name))}
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
	missing := foundClaim{shown: words.Say("missing", "absent")}
	for _, o := range ev.sources() {
		if !o.Has(names[0]) && shown(o, names[0]) != missing.shown {
			missing.shown = shown(o, names[0])
			break
		}
	}
	return missing, false
}

// hint names the claim and the profile's remedy, because each party configures claims in another
// place.
func (r claimRule) hint(ev *evidence, en, fr string) words.Text {
	var where words.Text
	switch ev.in.Profile.name {
	case "psc-op":
		where = words.Say("PSC releases it under the scope scope_all: set PSCHOOK_RP_SCOPES=openid scope_all, and check the claims granted to the client in its DataPass", "PSC le délivre avec la portée scope_all : mettez PSCHOOK_RP_SCOPES=openid scope_all, et vérifiez dans le DataPass les claims accordés au client")
	case "rofim":
		where = words.Say("Rofim releases it under the scope partner_profil (email for the address): set PSCHOOK_RP_SCOPES=openid email partner_profil, else ask Rofim for the account", "Rofim le délivre avec la portée partner_profil (email pour l'adresse) : mettez PSCHOOK_RP_SCOPES=openid email partner_profil, sinon voyez avec Rofim pour le compte")
	case "chg-meridian":
		where = words.Say("release it from your provider, in Okta: Security › API › Authorization Servers › Claims, or Applications › app › Sign On (Terraform: okta_auth_server_claim), and ask for the scopes profile and email (PSCHOOK_RP_SCOPES)", "faites-le délivrer par votre fournisseur, chez Okta : Security › API › Authorization Servers › Claims, ou Applications › app › Sign On (Terraform : okta_auth_server_claim), et demandez les portées profile et email (PSCHOOK_RP_SCOPES)")
	}
	return words.Say(en, fr, r.names[0], where)
}

func (r claimRule) run(ev *evidence) report.Finding {
	f := report.Want(words.Say("%s, in the ID token or userinfo", "%s, dans le jeton d'identité ou userinfo", words.List(r.names)))
	if r.missing == report.StatusPass {
		f = report.Want(words.Say("%s as text, or absent", "%s sous forme de texte, ou absent", words.List(r.names)))
	}
	c, differs := ev.claim(r.names, r.valid)
	f = f.Got(c.shown)
	switch {
	case c.name == "" && r.missing == report.StatusPass:
		return f.Pass()
	case c.name == "" && ev.userinfo != nil && ev.found.Find("userinfo.sub").Status == report.StatusFail:
		return report.BlockedBy("userinfo.sub")
	case c.name == "" && ev.in.UserInfoFault != nil && r.missing == report.StatusFail:
		return f.Fail(words.Say("%s is not in the ID token, and userinfo could not be read: see userinfo.sub first.",
			"%s n'est pas dans le jeton d'identité, et userinfo n'a pas pu être lu : voir d'abord userinfo.sub.", r.names[0]))
	case c.name == "" && r.missing == report.StatusWarn:
		return f.Warn(r.hint(ev,
			"%s is neither in the ID token nor in userinfo: %s.",
			"%s n'est ni dans le jeton d'identité ni dans userinfo : %s."))
	case c.name == "":
		return f.Fail(r.hint(ev,
			"%s is neither in the ID token nor in userinfo: %s.",
			"%s n'est ni dans le jeton d'identité ni dans userinfo : %s."))
	case c.kind == outside.Malformed || (r.valid != nil && !r.valid(c.value)):
		return f.Fail(r.hint(ev,
			"%s does not have a usable value: correct it in the user's profile at the provider; %s.",
			"%s n'a pas de valeur utilisable : corrigez-la dans le profil de l'utilisateur chez le fournisseur ; %s."))
	case differs && !r.idTokenWins:
		return f.Warn(r.hint(ev,
			"%s differs between ID token and userinfo, so that it depends on the reader which one counts: have both filled from the same attribute; %s.",
			"%s diffère entre le jeton d'identité et userinfo, si bien que la valeur retenue dépend du lecteur : remplissez les deux depuis le même attribut ; %s."))
	}
	return f.Pass()
}

// validEmail accepts a bare address with a domain.
func validEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && addr.Name == ""
}

// scopesChecks compares the requested scopes with those that the party allows. exact says that no
// other scope may be requested.
func scopesCheck(spec string, wanted []string, exact bool) rule {
	return rule{ID: "scope.requested", Title: words.Say("The right scopes are asked for", "Les bonnes portées sont demandées"), Spec: spec, Run: func(ev *evidence) report.Finding {
		f := report.Want(words.Literal(strings.Join(wanted, " ")))
		if ev.in.Scopes == nil {
			return f.Skip(words.Say("Not checked: the scopes that were asked for are not known (tokens were given, not obtained here).",
				"Non vérifié : les portées demandées ne sont pas connues (les jetons ont été fournis, pas obtenus ici)."))
		}
		f = f.Got(words.Literal(strings.Join(ev.in.Scopes, " ")))
		if gone := missingFrom(ev.in.Scopes, wanted); len(gone) > 0 {
			return f.Fail(words.Say("Set PSCHOOK_RP_SCOPES=%s.", "Mettez PSCHOOK_RP_SCOPES=%s.", strings.Join(wanted, " ")))
		}
		if extra := missingFrom(wanted, ev.in.Scopes); exact && len(extra) > 0 {
			return f.Fail(words.Say("No other scope may be asked for: drop %s. Set PSCHOOK_RP_SCOPES=%s.",
				"Aucune autre portée ne doit être demandée : retirez %s. Mettez PSCHOOK_RP_SCOPES=%s.", words.List(extra), strings.Join(wanted, " ")))
		}
		return f.Pass()
	}}
}

// without removes checks by id.
func without(checks []rule, ids ...string) []rule {
	return slices.DeleteFunc(checks, func(c rule) bool { return slices.Contains(ids, c.ID) })
}
