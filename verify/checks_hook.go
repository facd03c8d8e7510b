package verify

import (
	"pschook/verify/report"
	"pschook/verify/words"
)

// outcomeCommands is the outcome of a hook call that sent claims.
const outcomeCommands = "commands"

// Values of [Outcome.Result].
const (
	outcomeApplied = "applied"
	outcomeDropped = "dropped"
	outcomeFailed  = "failed"
	outcomeDenied  = "denied"
)

// hookSpeech describes the call in one sentence.
func hookSpeech(ev *evidence) words.Text {
	c := ev.call
	sent := appendNew(appendNew(nil, c.AccessTokenClaims), c.IDTokenClaims)
	return words.Say("The hook was called %s ago, took %s, outcome %s, sent %s.", "Le hook a été appelé il y a %s, a pris %s, résultat %s, a envoyé %s.", ev.in.Now.Sub(c.At), c.Took, c.Outcome, words.List(sent))
}

func appendNew(list, more []string) []string {
	return append(list, missingFrom(list, more)...)
}

// hookCalled matches the tokens with what this process answered. A missing call proves nothing:
// another replica may have answered, or the tokens are old.
func hookCalled(ev *evidence) report.Finding {
	f := report.Want(words.Say("a call of the token hook that sent claims", "un appel du hook qui a envoyé des claims"))
	switch {
	case ev.in.HookCalls == nil:
		return f.Skip(words.Say("Not checked: this program does not answer the token hook.", "Non vérifié : ce programme ne répond pas au hook."))
	case ev.id == nil && ev.access == nil:
		return f.Skip(words.Say("Not checked: there is no token to look up.", "Non vérifié : il n'y a pas de jeton à rechercher."))
	case !ev.called && ev.outcome.Result != "":
		return calledElsewhere(f, ev)
	case !ev.called && ev.outcome.Minted:
		return f.Got(oktaSpeech(ev)).Skip(words.Say(
			"Not proven: another replica may have been called, because Okta is silent about success unless debugging is on for the hook; or the rule that matched has no hook. If claims are missing, see Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform: okta_auth_server_policy_rule.inline_hook_id).",
			"Non prouvé : une autre instance a pu être appelée, car Okta se tait en cas de succès sauf si le débogage du hook est activé ; ou la règle appliquée n'a pas de hook. Si des claims manquent, voyez Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform : okta_auth_server_policy_rule.inline_hook_id)."))
	case !ev.called && ev.in.Outcomes != nil && ev.in.RequestID != "":
		return f.Got(words.Say("no call for these tokens is known here, and Okta has said nothing of its request %s yet", "aucun appel pour ces jetons n'est connu ici, et Okta n'a encore rien dit de sa requête %s", ev.in.RequestID)).Skip(words.Say(
			"Okta's log is a little behind. Look again in a minute: Okta Admin Console › Reports › System Log, search for transaction.id eq \"%s\", or this service's page /admin/.",
			"Le journal d'Okta a un peu de retard. Regardez de nouveau dans une minute : Okta Admin Console › Reports › System Log, recherchez transaction.id eq \"%s\", ou la page /admin/ de ce service.", ev.in.RequestID))
	case !ev.called:
		return f.Got(words.Say("no call for these tokens is known here", "aucun appel pour ces jetons n'est connu ici")).Skip(words.Say(
			"Nothing to compare: this process keeps no call for these tokens. Either they are more than ten minutes old, or another replica answered, or Okta made no call: then see Okta Admin Console › Workflow › Inline Hooks (is the hook active?) and Security › API › Authorization Servers › Access Policies (does the rule that matched use it? Terraform: okta_auth_server_policy_rule.inline_hook_id).",
			"Rien à comparer : ce processus ne garde aucun appel pour ces jetons. Soit ils ont plus de dix minutes, soit une autre instance a répondu, soit Okta n'a pas appelé : voyez alors Okta Admin Console › Workflow › Inline Hooks (le hook est-il actif ?) et Security › API › Authorization Servers › Access Policies (la règle appliquée l'utilise-t-elle ? Terraform : okta_auth_server_policy_rule.inline_hook_id)."))
	}
	f = f.Got(hookSpeech(ev))
	if ev.call.Outcome != outcomeCommands {
		return f.Warn(words.Say(
			"Okta called, and the hook answered without claims (%s): is the client in PSCHOOK_CLIENT_IDS, is PSCHOOK_SHADOW off, do PSCHOOK_ACCESS_TOKEN_CLAIMS and PSCHOOK_ID_TOKEN_CLAIMS name what PSC needs? Claims that are there nevertheless come from elsewhere (Okta Admin Console › Security › API › Authorization Servers › Claims).",
			"Okta a appelé, et le hook a répondu sans claims (%s) : le client est-il dans PSCHOOK_CLIENT_IDS, PSCHOOK_SHADOW est-il désactivé, PSCHOOK_ACCESS_TOKEN_CLAIMS et PSCHOOK_ID_TOKEN_CLAIMS nomment-ils ce qu'il faut à PSC ? Les claims néanmoins présents viennent d'ailleurs (Okta Admin Console › Security › API › Authorization Servers › Claims).", ev.call.Outcome))
	}
	return f.Pass()
}

// oktaSpeech says what Okta said, in one sentence.
func oktaSpeech(ev *evidence) words.Text {
	o, id := ev.outcome, ev.in.RequestID
	reason := words.Literal(o.Reason)
	if o.Reason == "" {
		reason = words.Say("no reason given", "sans raison donnée")
	}
	switch o.Result {
	case outcomeApplied:
		return words.Say("Okta says of its request %s that it applied the hook's answer.", "Okta dit de sa requête %s avoir appliqué la réponse du hook.", id)
	case outcomeDropped:
		return words.Say("Okta says of its request %s that it dropped the hook's answer: %s.", "Okta dit de sa requête %s avoir rejeté la réponse du hook : %s.", id, reason)
	case outcomeFailed:
		return words.Say("Okta says of its request %s that the call of the hook failed: %s.", "Okta dit de sa requête %s que l'appel du hook a échoué : %s.", id, reason)
	case outcomeDenied:
		return words.Say("Okta says of its request %s that the hook refused the tokens: %s.", "Okta dit de sa requête %s que le hook a refusé les jetons : %s.", id, reason)
	}
	return words.Say("Okta minted tokens in its request %s, and says nothing of the hook.", "Okta a émis des jetons dans sa requête %s, et n'indique rien au sujet du hook.", id)
}

// calledElsewhere judges a call that another process should have answered, by what Okta said.
func calledElsewhere(f report.Finding, ev *evidence) report.Finding {
	f = f.Got(oktaSpeech(ev))
	if ev.outcome.Result == outcomeFailed {
		return f.Fail(words.Say(
			"Okta could not reach the hook or gave it up after 3 s, and minted the tokens without its claims: see the logs of the other replicas and of what stands before them; the runbook of the alert PschookCallsFailed goes through the causes.",
			"Okta n'a pas pu joindre le hook ou l'a abandonné après 3 s, et a délivré les jetons sans ses claims : voyez les journaux des autres instances et de ce qui les précède ; la fiche réflexe de l'alerte PschookCallsFailed en détaille les causes."))
	}
	return f.Pass()
}

// appliedElsewhere judges an answer that this process does not know, by what Okta said.
func appliedElsewhere(f report.Finding, ev *evidence) report.Finding {
	switch f = f.Got(oktaSpeech(ev)); ev.outcome.Result {
	case outcomeApplied:
		return f.Pass()
	case outcomeDropped:
		return f.Fail(droppedHint())
	case outcomeFailed:
		return f.Fail(words.Say("There was no answer to apply: see hook.called.", "Il n'y avait pas de réponse à appliquer : voir hook.called."))
	}
	return f.Skip(words.Say("Nothing to compare: the hook sent a refusal in place of claims.", "Rien à comparer : le hook a envoyé un refus au lieu de claims."))
}

// hookApplied fails when the token lacks claims that the hook sent. Okta drops the whole answer
// when one command cannot apply (Okta developer docs, token inline hook reference).
func hookApplied(ev *evidence) report.Finding {
	for check, t := range map[string]*token{"id.parse": ev.id, "access.parse": ev.access} {
		if t != nil && ev.found.Find(check).Status == report.StatusFail {
			return report.BlockedBy(check) // a token of another kind
		}
	}
	f := report.Want(words.Say("all claims that the hook sent", "tous les claims envoyés par le hook"))
	if !ev.called && ev.outcome.Result != "" {
		return appliedElsewhere(f, ev)
	}
	if !ev.called || ev.call.Outcome != outcomeCommands {
		return f.Skip(words.Say("Nothing to compare: no claims are known to have been sent for these tokens.",
			"Rien à comparer : on ne sait pas que des claims auraient été envoyés pour ces jetons."))
	}
	f = f.Got(hookSpeech(ev))
	lost, kept := 0, 0
	var lacks []words.Text
	look := func(t *token, sent []string, en, fr string) {
		if t == nil || len(sent) == 0 {
			return
		}
		there := presentOnly(t.claims, sent)
		kept += len(there)
		if gone := missingFrom(there, sent); len(gone) > 0 {
			lost += len(gone)
			lacks = append(lacks, words.Say(en, fr, words.List(gone)))
		}
	}
	look(ev.access, ev.call.AccessTokenClaims, "The access token lacks %s.", "Le jeton d'accès n'a pas %s.")
	look(ev.id, ev.call.IDTokenClaims, "The ID token lacks %s.", "Le jeton d'identité n'a pas %s.")
	return appliedFinding(f, lacks, lost, kept)
}

func appliedFinding(f report.Finding, lacks []words.Text, lost, kept int) report.Finding {
	switch {
	case lost == 0 && kept == 0:
		return f.Skip(words.Say("Nothing to compare: no claims are known to have been sent for these tokens.",
			"Rien à comparer : on ne sait pas que des claims auraient été envoyés pour ces jetons."))
	case lost == 0:
		return f.Pass()
	}
	what := lacks[0]
	if len(lacks) > 1 {
		what = words.Say("%s %s", "%s %s", lacks[0], lacks[1])
	}
	f = f.Got(words.Say("%s %s", "%s %s", f.Actual, what))
	if kept == 0 {
		return f.Fail(droppedHint())
	}
	return f.Fail(words.Say(
		"Okta drops an answer whole or not at all, so that some claims of it are here and others not needs another cause: the tokens were exchanged between sign-ins, a claim of the authorization server takes the name (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim), or the name is reserved in this token (PSCHOOK_RESERVED_CLAIMS).",
		"Okta rejette une réponse entière ou pas du tout ; que certains claims soient là et d'autres non a donc une autre cause : les jetons ont été échangés entre connexions, un claim du serveur d'autorisation prend le nom (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim), ou le nom est réservé dans ce jeton (PSCHOOK_RESERVED_CLAIMS)."))
}

// droppedHint says why Okta drops a whole answer.
func droppedHint() words.Text {
	return words.Say(
		"Okta dropped the whole answer, as it does when one command cannot apply or the answer came late. Likely reasons, most likely first: a claim that this org reserves was sent (remove it from PSCHOOK_ACCESS_TOKEN_CLAIMS or PSCHOOK_ID_TOKEN_CLAIMS, and check PSCHOOK_RESERVED_CLAIMS and PSCHOOK_ALLOW_RESERVED_CLAIMS); more than 3 s passed until Okta had the answer (network, proxy, TLS); a proxy changed the answer. Okta says which: Admin Console › Reports › System Log, events inline_hook.executed and inline_hook.response.processed.",
		"Okta a rejeté toute la réponse, comme il le fait quand une commande ne peut s'appliquer ou que la réponse arrive tard. Causes probables, de la plus à la moins probable : un claim que cette organisation réserve a été envoyé (retirez-le de PSCHOOK_ACCESS_TOKEN_CLAIMS ou PSCHOOK_ID_TOKEN_CLAIMS, et vérifiez PSCHOOK_RESERVED_CLAIMS et PSCHOOK_ALLOW_RESERVED_CLAIMS) ; plus de 3 s se sont écoulées avant qu'Okta ait la réponse (réseau, proxy, TLS) ; un proxy a modifié la réponse. Okta dit laquelle : Admin Console › Reports › System Log, événements inline_hook.executed et inline_hook.response.processed.")
}
