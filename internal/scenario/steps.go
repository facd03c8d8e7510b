package scenario

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Sources of the rules, in addition to those of the checks of tokens.
const (
	specCore    = "OIDC Core §3.1.2.1"
	specError   = "OIDC Core §3.1.2.6"
	specRefresh = "RFC 6749 §6; OIDC Core §12.2"
	specCode    = "RFC 6749 §4.1.2, §5.2"
	specPivot   = "ANS: Pro Santé Connect, délégation, appairage"
)

func doSignIn() words.Text { return words.Say("Sign in.", "Connectez-vous.") }

func doSignInAgain() words.Text {
	return words.Say("Sign in again, as the same person.", "Connectez-vous à nouveau, avec la même personne.")
}

// signsIn is the step that most scenarios begin with.
func signsIn() step {
	return step{
		id: "sign-in", title: words.Say("The person signs in", "La personne se connecte"), spec: "OIDC Core §3.1",
		run: func(ctx context.Context, st *stage) report.Finding {
			var err error
			st.first, err = st.one.ask().signIn(ctx, st.browser, Visit{Do: doSignIn()})
			return signedIn(err)
		},
	}
}

// signedIn returns the finding for a sign-in that must succeed.
func signedIn(err error) report.Finding {
	want := words.Say("tokens", "des jetons")
	if err == nil {
		return report.Want(want).Got(want).Pass()
	}
	return report.Fail(want, fault(err), words.Say(
		"Try a single sign-in with pschook verify --login, which says more about it.",
		"Essayez une seule connexion avec pschook verify --login, qui en dit plus."))
}

// refused returns the finding for something that the provider must refuse with one of the codes.
func refused(err error, hint words.Text, codes ...string) report.Finding {
	f := report.Want(words.Say("refused with %s", "refusé avec %s", words.Literal(strings.Join(codes, " / "))))
	var answered *refusedError
	switch {
	case err == nil:
		return f.Got(words.Say("the provider let it through", "le fournisseur l'a laissé passer")).Fail(hint)
	case errors.As(err, &answered) && slices.Contains(codes, answered.code):
		return f.Got(words.Literal(answered.code)).Pass()
	case errors.As(err, &answered) && answered.code != "":
		return f.Got(words.Literal(answered.code)).Warn(words.Say(
			"It is refused, yet with another error than the standard names; programs that go by the code do not understand it.",
			"C'est refusé, mais avec une autre erreur que celle de la norme ; les programmes qui se fient au code ne le comprennent pas."))
	}
	return f.Got(fault(err)).Fail(hint)
}

// silently makes a sign-in with prompt=none in the current browser. pairs are additional
// parameters.
func (st *stage) silently(ctx context.Context, p *party, pairs ...string) (*grant, error) {
	return p.ask(append([]string{"prompt", "none"}, pairs...)...).signIn(ctx, st.browser, Visit{Silent: true})
}

// mustAsk returns the finding for a silent sign-in at which the provider must ask the person.
func mustAsk(err error) report.Finding {
	return refused(err, words.Say(
		"The provider must not sign anybody in here without asking: look at its rules for sessions (Okta Admin Console › Security › Global Session Policy, and the app's authentication policy).",
		"Le fournisseur ne doit connecter personne ici sans demander : regardez ses règles de session (Okta Admin Console › Security › Global Session Policy, et la politique d'authentification de l'application)."),
		"login_required", "interaction_required", "consent_required", "account_selection_required")
}

// judge is a step that runs the checks of the profile on tokens.
func judge(id string, title words.Text, of func(st *stage) *grant, renewed bool, needs ...string) step {
	return step{
		id: id, title: title, spec: "pschook verify --profile", needs: needs,
		run: func(ctx context.Context, st *stage) report.Finding {
			in, err := of(st).input(ctx, st.opts, renewed)
			if err != nil {
				return signedIn(err)
			}
			found, err := st.opts.Judge(ctx, in)
			if err != nil {
				return signedIn(err)
			}
			return verdictOf(found)
		},
	}
}

// verdictOf summarises a report. It names checks but not what they found, because that may identify
// the person.
func verdictOf(found report.Report) report.Finding {
	f := report.Want(words.Say("profile %s: pass", "profil %s : conforme", found.Profile))
	named := func(s report.Status) (ids []string) {
		for _, c := range found.Checks {
			if c.Status == s {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	see := words.Say("See what pschook verify --login says of each.", "Voyez ce que pschook verify --login dit de chacun.")
	switch found.Verdict {
	case report.StatusFail:
		return f.Got(words.Say("fail: %s", "échec : %s", words.List(named(report.StatusFail)))).Fail(see)
	case report.StatusWarn:
		return f.Got(words.Say("warning: %s", "attention : %s", words.List(named(report.StatusWarn)))).Warn(see)
	}
	return f.Got(words.Say("pass", "conforme")).Pass()
}

// claim is a claim of one of the two tokens.
type claim struct {
	name   string
	access bool
}

func (c claim) of(g *grant) string {
	if c.access {
		return g.access.Show(c.name)
	}
	return g.id.Show(c.name)
}

func (c claim) String() string {
	if c.access {
		return c.name + " (access token)"
	}
	return c.name + " (ID token)"
}

// pivots are the claims by which the profile's party recognises the person.
func pivots(profile string) []claim {
	if profile == "psc" {
		return []claim{{"oid", true}, {"tid", true}, {"sub", false}}
	}
	return []claim{{"sub", false}}
}

// kept are the claims that a renewal must not change: who the person is, and how they
// authenticated.
func kept(profile string) []claim {
	if profile == "psc" {
		return []claim{{"oid", true}, {"tid", true}, {"amr", true}}
	}
	return []claim{{"sub", true}}
}

// lesser leaves out claims that a renewal without an ID token cannot have (see [amrNotMore]).
func lesser(claims []claim) []claim {
	return slices.DeleteFunc(claims, func(c claim) bool { return c.name == "amr" })
}

// amrNotMore checks that a renewed access token says no more about the sign-in than the first one.
// Without openid, Okta does not tell the hook how the person signed in, so the hook adds no amr:
// unknown is never good.
func amrNotMore(_ context.Context, st *stage) report.Finding {
	f := report.Want(words.Say("amr as at the sign-in, or none", "amr comme à la connexion, ou aucun"))
	amr := claim{"amr", true}
	switch {
	case amr.of(st.second) == "":
		return f.Got(words.Say("none", "aucun")).Note(words.Say(
			"Okta tells the hook of no sign-in here. A service that needs amr renews with openid.", "Okta n'indique ici aucune connexion au hook. Un service qui a besoin d'amr renouvelle avec openid."))
	case sameValue(st.first, st.second, amr):
		return f.Got(words.Say("as at the sign-in", "comme à la connexion")).Pass()
	}
	return f.Got(words.Say("another amr", "un autre amr")).Fail(words.Say(
		"A renewal claims another sign-in than took place: look for an authorization server claim amr, and at PSCHOOK_AMR_POLICY_FILE.",
		"Un renouvellement affirme une autre connexion que celle qui a eu lieu : cherchez un claim amr du serveur d'autorisation, et voyez PSCHOOK_AMR_POLICY_FILE."))
}

// logins are the claims that show the person's login. PSC as provider shows the national id, which no login changes.
func logins(profile string) []claim {
	switch profile {
	case "psc":
		return []claim{{"sub", true}}
	case "chg-meridian":
		return []claim{{"preferred_username", false}}
	case "rofim":
		return []claim{{"email", false}}
	}
	return nil
}

// same checks that the claims exist and are equal in both. It tells names, never values.
func same(a, b *grant, claims []claim, hint words.Text) report.Finding {
	var missing, differ, names []string
	for _, c := range claims {
		names = append(names, c.String())
		switch {
		case c.of(a) == "" && c.of(b) == "" && len(a.access.Names) == 0 && c.access:
			continue // an opaque access token has no readable claims
		case c.of(a) == "" || c.of(b) == "":
			missing = append(missing, c.String())
		case !sameValue(a, b, c):
			differ = append(differ, c.String())
		}
	}
	f := report.Want(words.Say("the same: %s", "identiques : %s", words.List(names)))
	if len(missing)+len(differ) == 0 {
		return f.Got(words.Say("the same", "identiques")).Pass()
	}
	return f.Got(words.Say("missing: %s; different: %s", "absents : %s ; différents : %s", words.List(missing), words.List(differ))).Fail(hint)
}

// sameValue compares a claim. The order of a list, such as amr, has no meaning.
func sameValue(a, b *grant, c claim) bool {
	x, y := a.id, b.id
	if c.access {
		x, y = a.access, b.access
	}
	listA, okA := x.Texts(c.name)
	listB, okB := y.Texts(c.name)
	if okA == outside.Present && okB == outside.Present {
		slices.Sort(listA)
		slices.Sort(listB)
		return slices.Equal(slices.Compact(listA), slices.Compact(listB))
	}
	return c.of(a) == c.of(b)
}

// samePerson is the step that checks that both sign-ins are of the same person, as the party sees
// it.
func samePerson(needs ...string) step {
	return step{
		id: "same-person", title: words.Say("Both times it is the same person", "Les deux fois, c'est la même personne"), spec: specPivot + "; OIDC Core §5.7", needs: needs,
		run: func(_ context.Context, st *stage) report.Finding {
			return same(st.first, st.second, pivots(st.profile()), words.Say(
				"The appairage is tied to tid and oid: a value that changes makes the person unknown. Look for an authorization server claim that sets it, and at PSCHOOK_TID_SOURCE and PSCHOOK_OID_FORMAT.",
				"L'appairage repose sur tid et oid : une valeur qui change rend la personne inconnue. Cherchez un claim du serveur d'autorisation qui la définit, et voyez PSCHOOK_TID_SOURCE et PSCHOOK_OID_FORMAT."))
		},
	}
}

func (st *stage) profile() string { return st.opts.Base.Profile.Name() }

// newer checks that the person authenticated again between two sign-ins (auth_time).
func newer(a, b *grant) report.Finding {
	f := report.Want(words.Say("auth_time later than before", "auth_time postérieur au précédent"))
	before, was := a.id.Time("auth_time")
	after, is := b.id.Time("auth_time")
	hint := words.Say("The provider signed the person in by the session that was there. Look at the rules of its sessions, and whether it heeds prompt and max_age.",
		"Le fournisseur a connecté la personne par la session déjà ouverte. Regardez ses règles de session, et s'il respecte prompt et max_age.")
	switch {
	case was != outside.Present || is != outside.Present:
		return f.Got(words.Say("no auth_time in an ID token", "pas d'auth_time dans un jeton d'identité")).Fail(hint)
	case !after.After(before):
		return f.Got(words.Say("%s, before %s", "%s, auparavant %s", after, before)).Fail(hint)
	}
	return f.Got(words.Say("%s, before %s", "%s, auparavant %s", after, before)).Pass()
}

// pass waits until two authentications have different seconds.
func (st *stage) pass(ctx context.Context) error { return st.opts.Wait(ctx, clockGrain) }

// signsInAnew is the step in which the person signs in again and auth_time shows it.
func signsInAnew(id string, do words.Text, pairs []string, needs ...string) step {
	return step{
		id: id, title: words.Say("The person authenticates anew", "La personne s'authentifie à nouveau"), spec: specCore + ": prompt, max_age; §2: auth_time", needs: needs,
		run: func(ctx context.Context, st *stage) report.Finding {
			if err := st.pass(ctx); err != nil {
				return signedIn(err)
			}
			var err error
			if st.second, err = st.one.ask(pairs...).signIn(ctx, st.browser, Visit{Do: do, Login: st.renamed}); err != nil {
				return signedIn(err)
			}
			return newer(st.first, st.second)
		},
	}
}

// asksAgain is the step that checks that nobody is signed in silently when the session is gone or
// insufficient.
func asksAgain(id string, title words.Text, spec string, pairs []string, needs ...string) step {
	return step{
		id: id, title: title, spec: spec, needs: needs,
		run: func(ctx context.Context, st *stage) report.Finding {
			if err := st.pass(ctx); err != nil {
				return signedIn(err)
			}
			_, err := st.silently(ctx, st.one, pairs...)
			return mustAsk(err)
		},
	}
}
