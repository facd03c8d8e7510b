package scenario

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// clockGrain is a little more than a second, the resolution of times in tokens (RFC 7519 §2,
// NumericDate).
const clockGrain = 2 * time.Second

func first(st *stage) *grant  { return st.first }
func second(st *stage) *grant { return st.second }

func signInScenarios() []Scenario {
	return []Scenario{{
		Name: "sign-in", Title: words.Say("A sign-in", "Une connexion"),
		steps: []step{
			signsIn(),
			{
				id: "answer", title: words.Say("The answer names the provider that it comes from", "La réponse nomme le fournisseur dont elle vient"), spec: "RFC 9207 §2", needs: []string{"sign-in"},
				run: func(_ context.Context, st *stage) report.Finding {
					f := report.Want(words.Literal(st.one.opts.Issuer)).Got(words.Literal(words.Printable(words.Shorten(st.first.answeredIss, 200))))
					switch {
					case st.first.answeredIss == st.one.opts.Issuer:
						return f.Pass()
					case st.first.answeredIss == "" && !st.one.endpoints.IssInResponse:
						return f.Skip(words.Say("The provider promises no iss in its answers.", "Le fournisseur n'annonce pas d'iss dans ses réponses."))
					}
					return f.Fail(words.Say("The parameter iss is not the issuer: another provider may be mixed in. Compare with the issuer of the metadata.",
						"Le paramètre iss n'est pas l'émetteur : un autre fournisseur a pu s'interposer. Comparez avec l'émetteur des métadonnées."))
				},
			},
			judge("profile", words.Say("The tokens are what the profile asks for", "Les jetons répondent au profil"), first, false, "sign-in"),
		},
	}}
}

// fixedScopes says whether the provider of the profile takes its own scopes alone (PSC: openid scope_all; Rofim: openid
// email partner_profil). A Keycloak gives refresh tokens without being asked.
func fixedScopes(profile string) bool { return profile == "psc-op" || profile == "rofim" }

// offline is the step that asks for a refresh token, too.
func offline() step {
	s := signsIn()
	s.run = func(ctx context.Context, st *stage) report.Finding {
		var err error
		ask := st.one.ask()
		none := words.Say("Needs a provider that gives refresh tokens.", "Nécessite un fournisseur qui donne des jetons de renouvellement.")
		if !fixedScopes(st.profile()) {
			ask = ask.with("offline_access")
			none = words.Say("Needs an app that may renew its tokens: grant type refresh_token and scope offline_access (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.grant_types).",
				"Nécessite une application qui peut renouveler ses jetons : type de flux refresh_token et portée offline_access (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.grant_types).")
		}
		st.first, err = ask.signIn(ctx, st.browser, Visit{Do: doSignIn()})
		var answered *refusedError
		if (errors.As(err, &answered) && answered.code == "invalid_scope") || (err == nil && st.first.refreshToken == "") {
			return st.skip(none)
		}
		return signedIn(err)
	}
	return s
}

func refreshScenarios() []Scenario {
	return []Scenario{refresh(), refreshWithoutOpenID(), revokedRefresh()}
}

// keeps is the step that checks that a renewal says the same about the person.
func keeps(claims func(profile string) []claim) step {
	return step{
		id: "kept", title: words.Say("The renewed access token says the same about the person", "Le jeton d'accès renouvelé dit la même chose de la personne"), spec: specRefresh, needs: []string{"renew"},
		run: func(_ context.Context, st *stage) report.Finding {
			return same(st.first, st.second, claims(st.profile()), words.Say(
				"On a renewal there is no sign-in: nothing may be gained or lost by it. Okta calls the hook for it, too; see the log of pschook for that call.",
				"Un renouvellement n'est pas une connexion : rien ne doit s'y gagner ni s'y perdre. Okta appelle aussi le hook à cette occasion ; voyez cet appel dans le journal de pschook."))
		},
	}
}

func refresh() Scenario {
	return Scenario{
		Name: "refresh", Title: words.Say("A renewal with openid", "Un renouvellement avec openid"), takes: words.Say("needs refresh tokens", "nécessite des jetons de renouvellement"),
		steps: []step{
			offline(),
			{
				id: "renew", title: words.Say("The refresh token gives new tokens, an ID token among them", "Le jeton de renouvellement donne de nouveaux jetons, dont un jeton d'identité"), spec: specRefresh, needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					if st.second, err = st.first.renew(ctx, nil); err == nil && st.second.idToken == "" {
						err = saying("no ID token came", "aucun jeton d'identité n'est venu")
					}
					return signedIn(err)
				},
			},
			keeps(kept), samePerson("renew"),
			judge("profile", words.Say("The renewed tokens are what the profile asks for", "Les jetons renouvelés répondent au profil"), second, true, "renew"),
		},
	}
}

func refreshWithoutOpenID() Scenario {
	return Scenario{
		Name: "refresh-no-openid", Title: words.Say("A renewal without openid", "Un renouvellement sans openid"), takes: words.Say("needs refresh tokens", "nécessite des jetons de renouvellement"),
		lacks: func(st *stage) words.Text {
			if fixedScopes(st.profile()) {
				return words.Say("Does not apply: openid is always among the scopes of this provider.", "Ne s'applique pas : openid est toujours parmi les portées de ce fournisseur.")
			}
			return words.Text{}
		},
		steps: []step{
			offline(),
			{
				id: "renew", title: words.Say("The refresh token gives an access token alone", "Le jeton de renouvellement donne un jeton d'accès seul"), spec: specRefresh, needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					scopes := slices.DeleteFunc(slices.Clone(st.first.request.scopes), func(s string) bool { return s == "openid" })
					var err error
					st.second, err = st.first.renew(ctx, scopes)
					f := signedIn(err)
					if err == nil && st.second.idToken != "" {
						return f.Warn(words.Say("An ID token came although openid was not asked for.", "Un jeton d'identité est venu alors qu'openid n'était pas demandé."))
					}
					return f
				},
			},
			keeps(func(profile string) []claim { return lesser(kept(profile)) }),
			{
				id: "amr", title: words.Say("The renewed access token claims no more than the sign-in", "Le jeton d'accès renouvelé n'affirme pas plus que la connexion"), spec: specPivot, needs: []string{"renew"}, run: amrNotMore,
			},
		},
	}
}

func revokedRefresh() Scenario {
	return Scenario{
		Name: "revoked-refresh", Title: words.Say("A refresh token that was revoked", "Un jeton de renouvellement révoqué"), takes: words.Say("needs refresh tokens", "nécessite des jetons de renouvellement"),
		lacks: func(st *stage) words.Text {
			if st.one.endpoints.Revocation == "" {
				return words.Say("Needs a provider with a revocation_endpoint.", "Nécessite un fournisseur avec un revocation_endpoint.")
			}
			return words.Text{}
		},
		steps: []step{
			offline(),
			{id: "revoke", title: words.Say("The refresh token is revoked", "Le jeton de renouvellement est révoqué"), spec: "RFC 7009 §2.2", needs: []string{"sign-in"}, run: revokes},
			{
				id: "refused", title: words.Say("It gives no more tokens", "Il ne donne plus de jetons"), spec: "RFC 7009 §2; RFC 6749 §5.2", needs: []string{"revoke"},
				run: func(ctx context.Context, st *stage) report.Finding {
					_, err := st.first.renew(ctx, nil)
					return refused(err, words.Say("A refresh token that was revoked goes on giving tokens: whoever stole one keeps it. Report it to the provider.",
						"Un jeton de renouvellement révoqué donne encore des jetons : qui l'a volé le garde. Signalez-le au fournisseur."), "invalid_grant")
				},
			},
		},
	}
}

func revokes(ctx context.Context, st *stage) report.Finding {
	status, _, err := st.one.post(ctx, st.one.endpoints.Revocation, url.Values{"token": {st.first.refreshToken}, "token_type_hint": {"refresh_token"}})
	f := report.Want(words.Say("status %d", "statut %d", http.StatusOK)).Got(words.Say("status %d", "statut %d", status))
	if err != nil || status != http.StatusOK {
		return f.Fail(words.Say("The provider does not take back what it gave: look at the grant types of the app.", "Le fournisseur ne reprend pas ce qu'il a donné : regardez les types de flux de l'application."))
	}
	return f.Pass()
}

func sessionScenarios() []Scenario {
	return []Scenario{
		promptNone(),
		{
			Name: "prompt-none-no-session", Title: words.Say("prompt=none without a session", "prompt=none sans session"),
			steps: []step{asksAgain("silent", words.Say("Without a session nobody is signed in silently", "Sans session, personne n'est connecté sans être sollicité"), specError, nil)},
		},
		{
			Name: "max-age", Title: words.Say("max_age=0", "max_age=0"),
			steps: []step{
				signsIn(),
				asksAgain("silent", words.Say("With max_age=0 the session alone is not enough", "Avec max_age=0, la session seule ne suffit pas"), specCore+": max_age", []string{"max_age", "0"}, "sign-in"),
				signsInAnew("anew", doSignInAgain(), []string{"max_age", "0"}, "sign-in"),
			},
		},
		stepUp(),
		signOut(),
	}
}

func promptNone() Scenario {
	return Scenario{
		Name: "prompt-none", Title: words.Say("prompt=none with a session", "prompt=none avec une session"),
		steps: []step{
			signsIn(),
			{
				id: "silent", title: words.Say("The session is enough for a second sign-in, without a page", "La session suffit pour une seconde connexion, sans page"), spec: specCore + ": prompt", needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					st.second, err = st.silently(ctx, st.one)
					if asked := mustAsk(err); st.profile() == "psc-op" && asked.Status == report.StatusPass {
						return st.skip(words.Say("Does not apply: PSC has the person confirm each sign-in by an establishment on a page, for shared workstations.",
							"Ne s'applique pas : PSC fait confirmer chaque connexion par un établissement sur une page, pour les postes partagés."))
					}
					f := signedIn(err)
					if err != nil {
						f.Hint = words.Say("The provider keeps no session, or the app's policy asks at every sign-in (Okta Admin Console › Security › Authentication Policies: re-authentication frequency).",
							"Le fournisseur ne garde pas de session, ou la politique de l'application demande à chaque connexion (Okta Admin Console › Security › Authentication Policies : fréquence de réauthentification).")
					}
					return f
				},
			},
			samePerson("silent"),
			{
				id: "auth-time", title: words.Say("auth_time is still that of the first sign-in", "auth_time est toujours celui de la première connexion"), spec: "OIDC Core §2: auth_time", needs: []string{"silent"},
				run: func(_ context.Context, st *stage) report.Finding {
					return same(st.first, st.second, []claim{{"auth_time", false}}, words.Say(
						"Nobody authenticated the second time, so auth_time must not move: who asks by max_age would be deceived.",
						"Personne ne s'est authentifié la seconde fois, auth_time ne doit donc pas bouger : qui demande par max_age serait trompé."))
				},
			},
		},
	}
}

func signOut() Scenario {
	return Scenario{
		Name: "sign-out", Title: words.Say("Signing in again after signing out", "Nouvelle connexion après une déconnexion"),
		lacks: func(st *stage) words.Text {
			if st.one.endpoints.EndSession == "" {
				return words.Say("Needs a provider with an end_session_endpoint.", "Nécessite un fournisseur avec un end_session_endpoint.")
			}
			return words.Text{}
		},
		steps: []step{
			signsIn(),
			{
				id: "sign-out", title: words.Say("The person signs out", "La personne se déconnecte"), spec: "OpenID Connect RP-Initiated Logout 1.0 §2", needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					address := st.one.endpoints.EndSession + "?" + url.Values{"id_token_hint": {st.first.idToken}, "client_id": {st.one.opts.ClientID}}.Encode()
					_, err := st.browser.Visit(ctx, Visit{Address: address, Redirect: st.one.opts.RedirectURL, Page: true, Do: words.Say("Wait until the page says that you are signed out.", "Attendez que la page dise que vous êtes déconnecté.")})
					return signedOut(err)
				},
			},
			asksAgain("ended", words.Say("The session has ended", "La session est terminée"), specError, nil, "sign-out"),
			signsInAnew("anew", doSignInAgain(), nil, "sign-out"),
		},
	}
}

func signedOut(err error) report.Finding {
	want := words.Say("signed out", "déconnecté")
	if err != nil {
		return report.Fail(want, fault(err), words.Say("Look the error up at the provider.", "Cherchez l'erreur chez le fournisseur."))
	}
	return report.Want(want).Got(want).Pass()
}

// stepUp starts with a weak sign-in and then requires more.
func stepUp() Scenario {
	return Scenario{
		Name: "step-up", Title: words.Say("Step-up by acr_values", "Élévation par acr_values"), takes: words.Say("needs two ways to sign in, a weak one and a strong one", "nécessite deux moyens de connexion, un faible et un fort"),
		lacks: func(st *stage) words.Text {
			if level := st.level(); level == "" {
				return words.Say("Needs a level that the provider knows: name one (acr_values, --acr-values).", "Nécessite un niveau que le fournisseur connaît : nommez-en un (acr_values, --acr-values).")
			}
			return words.Text{}
		},
		steps: []step{
			{
				id: "sign-in", title: words.Say("The person signs in by weaker means", "La personne se connecte par un moyen moindre"), spec: "OIDC Core §3.1",
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					st.first, err = st.one.ask("prompt", "login", "acr_values", "").signIn(ctx, st.browser, Visit{Login: st.opts.WeakLogin,
						Do: words.Say("Sign in by the weakest means that you are offered, such as a password alone.", "Connectez-vous par le moyen le plus faible proposé, tel qu'un mot de passe seul.")})
					var answered *refusedError
					switch {
					case st.profile() == "psc-op" && errors.As(err, &answered):
						return st.skip(words.Say("Does not apply: the provider lets nobody in by weaker means, so there is nothing to step up from. The establishment decides which means are used.",
							"Ne s'applique pas : le fournisseur ne laisse entrer personne par un moyen moindre, il n'y a donc rien à élever. Les moyens utilisés sont l'affaire de l'établissement."))
					case err == nil && st.reached(st.first):
						return st.skip(words.Say("The first sign-in was strong enough already: name a weaker one with --weak-as.", "La première connexion suffisait déjà : nommez-en une plus faible par --weak-as."))
					}
					return signedIn(err)
				},
			},
			{
				id: "silent", title: words.Say("A session that is too weak is not enough", "Une session trop faible ne suffit pas"), spec: specCore + ": acr_values; §5.5.1.1", needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					g, err := st.silently(ctx, st.one, "acr_values", st.level())
					if err == nil && st.reached(g) && strong(st.first) {
						return report.Skip(words.Say("The first sign-in was strong enough already: name a weaker one with --weak-as.", "La première connexion suffisait déjà : nommez-en une plus faible par --weak-as."))
					}
					return mustAsk(err)
				},
			},
			{
				id: "level", title: words.Say("The level that was asked for is reached, and named", "Le niveau demandé est atteint, et nommé"), spec: "OIDC Core §2: acr; §5.5.1.1", needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					st.second, err = st.one.ask("acr_values", st.level()).signIn(ctx, st.browser, Visit{
						Do: words.Say("Sign in by the means that you are asked for.", "Connectez-vous par le moyen demandé.")})
					if err != nil {
						return signedIn(err)
					}
					acr, _ := st.second.id.Text("acr")
					f := report.Want(words.Literal(st.level())).Got(words.Literal(words.Printable(words.Shorten(acr, maxShown))))
					if !st.reached(st.second) {
						return f.Fail(words.Say("The provider did not heed acr_values: PSC would take a weak sign-in for a strong one, or refuse it. Look at the authentication policy of the app.",
							"Le fournisseur n'a pas respecté acr_values : PSC prendrait une connexion faible pour une forte, ou la refuserait. Regardez la politique d'authentification de l'application."))
					}
					return f.Pass()
				},
			},
		},
	}
}

// level returns what a step-up asks for: the named level, or else the one that the party of the
// profile uses, if the provider knows it.
func (st *stage) level() string {
	if asked := st.one.opts.ACRValues; len(asked) > 0 {
		return strings.Join(asked, " ")
	}
	usual := "urn:okta:loa:2fa:any" // Okta developer docs, guides/step-up-authentication
	if st.profile() == "psc-op" {
		usual = "eidas2"
	}
	if slices.Contains(st.one.endpoints.ACRValues, usual) {
		return usual
	}
	return ""
}

// reached reports whether the ID token has one of the requested levels, or a higher eIDAS level.
func (st *stage) reached(g *grant) bool {
	acr, p := g.id.Text("acr")
	if p != outside.Present {
		return false
	}
	return slices.ContainsFunc(strings.Fields(st.level()), func(asked string) bool {
		return acr == asked || strings.HasPrefix(asked, "eidas") && strings.HasPrefix(acr, "eidas") && len(acr) == len(asked) && acr > asked
	})
}

// strong reports whether the tokens show a second factor (RFC 8176 §2), or do not say.
func strong(g *grant) bool {
	amr, p := g.id.Texts("amr")
	return p != outside.Present || slices.Contains(amr, "mfa")
}

func attackScenarios() []Scenario {
	obtains := step{
		id: "code", title: words.Say("The person signs in, and a code comes", "La personne se connecte, et un code arrive"), spec: "RFC 6749 §4.1.2",
		run: func(ctx context.Context, st *stage) report.Finding {
			var err error
			st.first, err = st.one.ask().authorize(ctx, st.browser, Visit{Do: doSignIn()})
			return signedIn(err)
		},
	}
	misused := func(title words.Text, spec string, hint words.Text, over func(st *stage) url.Values) step {
		return step{id: "refused", title: title, spec: spec, needs: []string{"code"}, run: func(ctx context.Context, st *stage) report.Finding {
			return refused(st.first.redeem(ctx, over(st)), hint, "invalid_grant", "invalid_request")
		}}
	}
	return []Scenario{
		{
			Name: "wrong-redirect", Title: words.Say("A redirect URL that is not registered", "Une URI de redirection non déclarée"),
			steps: []step{
				{
					id: "request", title: words.Say("The browser is not sent to it", "Le navigateur n'y est pas envoyé"), spec: "RFC 6749 §3.1.2.4, §4.1.2.1; RFC 9700 §4.1.3",
					run: wrongRedirect,
				},
				obtains,
				misused(words.Say("A code is not redeemed for another redirect URL", "Un code n'est pas échangé pour une autre URI de redirection"), "RFC 6749 §4.1.3", words.Say(
					"The provider must compare the redirect URL of both requests: report it to the provider.", "Le fournisseur doit comparer l'URI de redirection des deux demandes : signalez-le au fournisseur."),
					func(st *stage) url.Values { return url.Values{"redirect_uri": {st.first.request.redirect + wrongPath}} }),
			},
		},
		{
			Name: "wrong-verifier", Title: words.Say("A code in the hands of somebody else (PKCE)", "Un code entre d'autres mains (PKCE)"),
			steps: []step{
				obtains,
				misused(words.Say("Without the right code_verifier there are no tokens", "Sans le bon code_verifier, pas de jetons"), "RFC 7636 §4.6", words.Say(
					"Whoever gets hold of a code can use it: turn PKCE on (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange; Terraform: okta_app_oauth.pkce_required).",
					"Qui met la main sur un code peut s'en servir : activez PKCE (Okta Admin Console › Applications › app › General › Proof Key for Code Exchange ; Terraform : okta_app_oauth.pkce_required)."),
					func(st *stage) url.Values { return url.Values{"code_verifier": {st.one.ask().verifier}} }),
			},
		},
		{
			Name: "replayed-code", Title: words.Say("A code that is used twice", "Un code utilisé deux fois"),
			steps: []step{
				signsIn(),
				{
					id: "refused", title: words.Say("The second time there are no tokens", "La seconde fois, pas de jetons"), spec: specCode + "; RFC 9700 §4.2.4", needs: []string{"sign-in"},
					run: func(ctx context.Context, st *stage) report.Finding {
						again := &grant{request: st.first.request, code: st.first.code}
						return refused(again.redeem(ctx, nil), words.Say("A code must serve once: report it to the provider.", "Un code ne doit servir qu'une fois : signalez-le au fournisseur."), "invalid_grant")
					},
				},
			},
		},
	}
}

// wrongPath is added to a registered URL to make one that is not registered.
const wrongPath = "/not-registered"

// maxLeads bounds how far wrongRedirect follows the provider.
const maxLeads = 10

// wrongRedirect asks without a browser and without a session: what matters is where a browser would be sent. By
// prompt=none a provider that takes the URL sends the browser there at once, with an error; others may lead to their
// pages by way of further addresses of their own.
func wrongRedirect(ctx context.Context, st *stage) report.Finding {
	r := st.one.ask("prompt", "none")
	r.redirect += wrongPath
	f := report.Want(words.Say("an error page at the provider", "une page d'erreur chez le fournisseur"))
	jar, err := cookiejar.New(nil)
	if err != nil {
		return signedIn(err)
	}
	client := &http.Client{
		Jar: jar, Transport: st.one.client.HTTP().Transport, Timeout: st.one.client.HTTP().Timeout,
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if strings.HasPrefix(next.URL.String(), r.redirect) || len(via) > maxLeads {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address(), nil)
	if err != nil {
		return signedIn(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return signedIn(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if strings.HasPrefix(resp.Header.Get("Location"), r.redirect) {
		return f.Got(words.Say("the browser is sent to an address that nobody registered", "le navigateur est envoyé à une adresse que personne n'a déclarée")).Fail(words.Say(
			"Codes can be led elsewhere: allow whole redirect URLs only, without wildcards (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.redirect_uris).",
			"Les codes peuvent être détournés : n'autorisez que des URI de redirection entières, sans caractère générique (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.redirect_uris)."))
	}
	if resp.StatusCode/100 == 2 {
		return f.Got(words.Say("a page, status %d", "une page, statut %d", resp.StatusCode)).Warn(words.Say(
			"The provider shows a page where an error was expected: open the address and see whether it is the sign-in page, which must not come here.",
			"Le fournisseur montre une page là où une erreur était attendue : ouvrez l'adresse et voyez si c'est la page de connexion, qui ne doit pas venir ici."))
	}
	return f.Got(words.Say("status %d", "statut %d", resp.StatusCode)).Pass()
}

func personScenarios() []Scenario {
	return []Scenario{
		{
			Name: "same-user", Title: words.Say("The same person twice", "Deux fois la même personne"),
			steps: []step{
				signsIn(),
				{
					id: "again", title: words.Say("The person signs in again, in a browser without a session", "La personne se reconnecte, dans un navigateur sans session"), spec: "OIDC Core §3.1", needs: []string{"sign-in"},
					run: func(ctx context.Context, st *stage) report.Finding {
						var err error
						st.second, err = st.one.ask("prompt", "login").signIn(ctx, st.opts.NewBrowser(), Visit{Do: doSignInAgain()})
						return signedIn(err)
					},
				},
				samePerson("again"),
				{
					id: "fresh", title: words.Say("The tokens are not those of before", "Les jetons ne sont pas ceux d'avant"), spec: "RFC 7519 §4.1.7", needs: []string{"again"},
					run: func(_ context.Context, st *stage) report.Finding {
						f := report.Want(words.Say("other tokens", "d'autres jetons"))
						if st.first.idToken == st.second.idToken || st.first.accessToken == st.second.accessToken {
							return f.Got(words.Say("the same tokens", "les mêmes jetons")).Fail(words.Say("Something between keeps answers of the token endpoint: look for a cache.", "Quelque chose garde en chemin les réponses du point d'accès aux jetons : cherchez un cache."))
						}
						return f.Got(words.Say("other tokens", "d'autres jetons")).Pass()
					},
				},
			},
		},
		twoClients(),
	}
}

func twoClients() Scenario {
	return Scenario{
		Name: "two-clients", Title: words.Say("Two clients", "Deux clients"), takes: words.Say("needs a second client", "nécessite un second client"),
		lacks: func(st *stage) words.Text {
			if st.two == nil {
				return words.Say("Needs a second app with the same redirect URL: name it (--second-client-id).", "Nécessite une seconde application avec la même URI de redirection : nommez-la (--second-client-id).")
			}
			return words.Text{}
		},
		steps: []step{
			signsIn(),
			{
				id: "second", title: words.Say("The person signs in at the second client", "La personne se connecte au second client"), spec: "OIDC Core §3.1", needs: []string{"sign-in"},
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					st.second, err = st.two.ask().signIn(ctx, st.browser, Visit{Do: doSignInAgain()})
					return signedIn(err)
				},
			},
			samePerson("second"),
			{
				id: "audience", title: words.Say("Each ID token is for its own client", "Chaque jeton d'identité est pour son propre client"), spec: "OIDC Core §2: aud; §3.1.3.7 (3)", needs: []string{"second"},
				run: func(_ context.Context, st *stage) report.Finding {
					one, _ := st.first.id.Audience()
					two, _ := st.second.id.Audience()
					f := report.Want(words.Say("aud is the client itself", "aud est le client lui-même"))
					if !slices.Equal(one, []string{st.one.opts.ClientID}) || !slices.Equal(two, []string{st.two.opts.ClientID}) {
						return f.Got(words.Say("aud names another client", "aud nomme un autre client")).Fail(words.Say("A client could pass itself off as the person at another one: report it to the provider.", "Un client pourrait se faire passer pour la personne auprès d'un autre : signalez-le au fournisseur."))
					}
					return f.Got(words.Say("aud is the client itself", "aud est le client lui-même")).Pass()
				},
			},
			{
				id: "refused", title: words.Say("One client's code is of no use to the other", "Le code d'un client ne sert pas à l'autre"), spec: specCode, needs: []string{"second"},
				run: func(ctx context.Context, st *stage) report.Finding {
					g, err := st.one.ask().authorize(ctx, st.browser, Visit{Do: doSignInAgain()})
					if err != nil {
						return signedIn(err)
					}
					g.request.party = st.two
					return refused(g.redeem(ctx, nil), words.Say("A code must be tied to the client that asked for it: report it to the provider.", "Un code doit être lié au client qui l'a demandé : signalez-le au fournisseur."), "invalid_grant")
				},
			},
		},
	}
}

// needsChanges says why a scenario that changes something at the provider is skipped.
func needsChanges(st *stage) words.Text {
	if st.opts.Changes == nil {
		return words.Say("This scenario changes something at the provider for a moment: allow it with --allow-changes.", "Ce scénario modifie un instant quelque chose chez le fournisseur : autorisez-le par --allow-changes.")
	}
	return words.Text{}
}

// changes is a step that makes a change at the provider.
func changes(id string, title words.Text, do func(ctx context.Context, st *stage, sub string) error) step {
	return step{id: id, title: title, spec: "okta-token-hook", needs: []string{"sign-in"}, run: func(ctx context.Context, st *stage) report.Finding {
		sub, p := st.first.id.Text("sub")
		if p != outside.Present {
			return report.Skip(words.Say("The ID token names nobody.", "Le jeton d'identité ne nomme personne."))
		}
		done := words.Say("done", "fait")
		if err := do(ctx, st, sub); err != nil {
			return report.Fail(done, fault(err), words.Say(
				"The credential for the Management API needs okta.users.manage and okta.authorizationServers.manage, or an API token of an administrator.",
				"L'accès à l'API de gestion demande okta.users.manage et okta.authorizationServers.manage, ou un jeton d'API d'un administrateur."))
		}
		return report.Want(done).Got(done).Pass()
	}}
}

func changeScenarios() []Scenario { return []Scenario{expiredSession(), renamedUser(), keyRotation()} }

func expiredSession() Scenario {
	return Scenario{
		Name: "expired-session", Title: words.Say("A session that has expired", "Une session expirée"), takes: words.Say("needs an administrator of the provider", "nécessite un administrateur du fournisseur"), lacks: needsChanges,
		steps: []step{
			signsIn(),
			changes("expire", words.Say("The person's sessions end at the provider", "Les sessions de la personne prennent fin chez le fournisseur"), func(ctx context.Context, st *stage, sub string) error {
				return st.opts.Changes.EndSessions(ctx, sub)
			}),
			asksAgain("ended", words.Say("The session has ended", "La session est terminée"), specError, nil, "expire"),
			signsInAnew("anew", doSignInAgain(), nil, "expire"),
		},
	}
}

func renamedUser() Scenario {
	return Scenario{
		Name: "renamed-user", Title: words.Say("A person whose login changes", "Une personne dont le login change"), takes: words.Say("needs an administrator of the provider", "nécessite un administrateur du fournisseur"), lacks: needsChanges,
		steps: []step{
			signsIn(),
			changes("rename", words.Say("The person gets another login", "La personne reçoit un autre login"), func(ctx context.Context, st *stage, sub string) (err error) {
				st.renamed, st.undo, err = st.opts.Changes.Rename(ctx, sub)
				return err
			}),
			{
				id: "again", title: words.Say("The person signs in with the new login", "La personne se connecte avec le nouveau login"), spec: "OIDC Core §3.1", needs: []string{"rename"},
				run: func(ctx context.Context, st *stage) report.Finding {
					var err error
					st.second, err = st.one.ask("prompt", "login").signIn(ctx, st.opts.NewBrowser(), Visit{Login: st.renamed, Do: words.Say("Sign in with the new login.", "Connectez-vous avec le nouveau login.")})
					return signedIn(err)
				},
			},
			samePerson("again"),
			{
				id: "login", title: words.Say("The tokens show the new login", "Les jetons montrent le nouveau login"), spec: specPivot, needs: []string{"again"}, run: showsLogin,
			},
		},
	}
}

func keyRotation() Scenario {
	return Scenario{
		Name: "key-rotation", Title: words.Say("The provider changes its signing key", "Le fournisseur change de clé de signature"), takes: words.Say("needs an administrator of the provider", "nécessite un administrateur du fournisseur"), lacks: needsChanges,
		steps: []step{
			signsIn(),
			changes("rotate", words.Say("The provider signs with another key", "Le fournisseur signe avec une autre clé"), func(ctx context.Context, st *stage, _ string) error {
				return st.opts.Changes.RotateKeys(ctx)
			}),
			{
				id: "again", title: words.Say("New tokens are signed by another key", "Les nouveaux jetons sont signés par une autre clé"), spec: "OIDC Core §10.1.1", needs: []string{"rotate"}, run: signsWithAnotherKey,
			},
			judge("new", words.Say("The new tokens are what the profile asks for", "Les nouveaux jetons répondent au profil"), second, false, "again"),
			judge("old", words.Say("The tokens of before still hold", "Les jetons d'avant tiennent toujours"), first, false, "again"),
		},
	}
}

// showsLogin checks the claims in which the profile's party sees the login.
func showsLogin(_ context.Context, st *stage) report.Finding {
	claims := logins(st.profile())
	var names, old []string
	for _, c := range claims {
		switch before, after := c.of(st.first), c.of(st.second); {
		case before == "" && after == "":
		case before == after:
			old = append(old, c.String())
			fallthrough
		default:
			names = append(names, c.String())
		}
	}
	if len(names) == 0 {
		return report.Skip(words.Say("The tokens show no login.", "Les jetons ne montrent aucun login."))
	}
	f := report.Want(words.Say("changed: %s", "changés : %s", words.List(names)))
	if len(old) > 0 {
		return f.Got(words.Say("unchanged: %s", "inchangés : %s", words.List(old))).Fail(words.Say(
			"The tokens show a login that is no more: look for a mapping that is filled once.", "Les jetons montrent un login qui n'existe plus : cherchez une correspondance remplie une seule fois."))
	}
	return f.Got(words.Say("changed", "changés")).Pass()
}

// signsWithAnotherKey signs in with a client that has no key yet, like a client that restarts.
func signsWithAnotherKey(ctx context.Context, st *stage) report.Finding {
	p, err := newParty(ctx, st.opts.Client)
	if err != nil {
		return signedIn(err)
	}
	if st.second, err = p.ask().signIn(ctx, st.browser, Visit{Do: doSignInAgain()}); err != nil {
		return signedIn(err)
	}
	st.first.request.party = p // the earlier tokens are checked with the current keys
	f := report.Want(words.Say("another kid", "un autre kid"))
	if header(st.first.idToken, "kid") == header(st.second.idToken, "kid") {
		return f.Got(words.Say("the kid of before", "le kid d'avant")).Fail(words.Say("The provider went on with the old key: see whether the rotation took place (Okta: GET /api/v1/authorizationServers/…/credentials/keys).",
			"Le fournisseur a gardé l'ancienne clé : voyez si la rotation a eu lieu (Okta : GET /api/v1/authorizationServers/…/credentials/keys)."))
	}
	return f.Got(words.Say("another kid", "un autre kid")).Pass()
}
