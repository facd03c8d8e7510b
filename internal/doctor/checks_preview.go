package doctor

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/oktaread"
	"pschook/verify"
)

func previewChecks() []check[*evidence] {
	return []check[*evidence]{
		{
			id: "hook.preview", title: phrase{"Called by Okta itself, the hook answers well", "Appelé par Okta même, le hook répond bien"},
			spec: "Okta API reference: execute an inline hook", needs: []string{"hook.recursion", "app.selected"}, run: hookPreview,
		},
		{
			id: "hook.time", title: phrase{"It answers well within the 3 s that Okta waits", "Il répond bien avant les 3 s qu'Okta attend"},
			spec: "Okta developer docs: inline hooks, timeout", needs: []string{"hook.preview"},
			run: previewTime,
		},
		{
			id: "claims.reserved", title: phrase{"It adds no claim that Okta reserves", "Il n'ajoute aucun claim réservé par Okta"},
			spec: "Okta developer docs: token inline hook, reserved claims", needs: []string{"hook.registered"}, run: reservedClaims,
		},
	}
}

func hookPreview(ev *evidence) finding {
	h, _ := ev.hook()
	switch {
	case ev.expectedErr != nil:
		return fail(say("a sample that the configuration answers", "un exemple auquel la configuration répond"), literal(ev.expectedErr.Error()),
			say("The AMR policy may refuse the sample: name methods that it takes with --amr.", "La politique AMR refuse peut-être l'exemple : indiquez avec --amr des moyens qu'elle accepte."))
	case oktaread.Refused(ev.previewErr):
		return warn(ev.expected.describe(), literal(ev.previewErr.Error()), say(
			"The credential may read but not preview: it needs scope okta.inlineHooks.manage, or an administrator who may edit inline hooks. Until then try it by hand: "+hookConsole+" › %s › Preview.",
			"Le jeton ou la clé permet de lire mais pas d'essayer : il faut la portée okta.inlineHooks.manage, ou un administrateur autorisé à modifier les inline hooks. D'ici là, essayez à la main : "+hookConsole+" › %s › Preview.", h.Name))
	case ev.previewErr != nil && ev.unreachable():
		return skip(say("Not checked: another check already says why Okta cannot call the hook.", "Non vérifié : un autre contrôle dit déjà pourquoi Okta ne peut pas appeler le hook."))
	case ev.previewErr != nil:
		hint := say("Okta got no good answer. With status 401 the secret differs: "+hookConsole+" › %s › Edit › Authentication secret (Terraform: okta_inline_hook.auth.value) and PSCHOOK_HOOK_SECRETS must be equal, character by character.",
			"Okta n'a pas reçu de bonne réponse. Avec le statut 401, le secret diffère : "+hookConsole+" › %s › Edit › Authentication secret (Terraform : okta_inline_hook.auth.value) et PSCHOOK_HOOK_SECRETS doivent être égaux, caractère par caractère.", h.Name)
		return fail(ev.expected.describe(), literal(ev.previewErr.Error()), phrase{hint.en + " " + logHint().en, hint.fr + " " + logHint().fr})
	}
	f := ev.expected.judge(ev.preview, ev.unreserved)
	if f.status == verify.StatusPass && ev.in.Config.Hook.Shadow {
		return warn(say("claims", "des claims"), literal("204"), say("PSCHOOK_SHADOW is set: the service only rehearses.", "PSCHOOK_SHADOW est actif : le service ne fait que répéter."))
	}
	return f
}

// unreachable reports whether a failed call is explained by what was found before.
func (ev *evidence) unreachable() bool {
	for _, f := range []finding{
		checkCertificate(ev.certificate, ev.in.HookURL, ev.in.Now()), checkChain(ev.certificate, ev.in.HookURL, ev.in.Now(), ev.in.Roots), hookAuth(ev),
	} {
		if f.status == verify.StatusFail {
			return true
		}
	}
	return false
}

// unreserved leaves out reserved claims that are not expected: they have a check of their own.
func (ev *evidence) unreserved(got patches) patches {
	out := patches{}
	for kind, claims := range got {
		for name, value := range claims {
			if ev.expected.of(kind)[name] == nil && ev.reserved(kind, name) {
				continue
			}
			if out[kind] == nil {
				out[kind] = map[string]jsontext.Value{}
			}
			out[kind][name] = value
		}
	}
	return out
}

func (ev *evidence) reserved(kind, claim string) bool {
	if kind == patchIdentity {
		return ev.in.Reserved.IDToken(claim)
	}
	return ev.in.Reserved.AccessToken(claim)
}

// reservedClaims looks at what was really answered. A single reserved claim makes
// Okta drop the whole answer.
func reservedClaims(ev *evidence) finding {
	got, fault := parseAnswer(ev.preview)
	if ev.previewErr != nil || fault != (phrase{}) {
		return skip(say("Not checked: there is no answer to look at.", "Non vérifié : il n'y a pas de réponse à examiner."))
	}
	var lifted, wrong []string
	for _, kind := range []string{patchIdentity, patchAccess} {
		for _, name := range names(got[kind], nil) {
			switch token := strings.TrimSuffix(strings.TrimPrefix(kind, "com.okta."), ".patch"); {
			case !ev.reserved(kind, name):
			case slices.Contains(ev.in.Config.Claims.AllowReserved, name):
				lifted = append(lifted, token+": "+name)
			default:
				wrong = append(wrong, token+": "+name)
			}
		}
	}
	expected := say("none of the claims in Okta's table (%s)", "aucun des claims de la table d'Okta (%s)", ev.in.Config.Claims.Reserved)
	switch {
	case len(wrong) > 0:
		return fail(expected, literal(strings.Join(wrong, ", ")), say(
			"Okta drops the whole answer: take the claim out of PSCHOOK_ID_TOKEN_CLAIMS or PSCHOOK_ACCESS_TOKEN_CLAIMS of the running service, and out of PSCHOOK_ALLOW_RESERVED_CLAIMS.",
			"Okta ignore toute la réponse : retirez le claim de PSCHOOK_ID_TOKEN_CLAIMS ou PSCHOOK_ACCESS_TOKEN_CLAIMS du service en marche, et de PSCHOOK_ALLOW_RESERVED_CLAIMS."))
	case len(lifted) > 0:
		return warn(expected, literal(strings.Join(lifted, ", ")), say(
			"PSCHOOK_ALLOW_RESERVED_CLAIMS lifts the rule: make sure that tokens do carry the claims (pschook verify --login); if Okta reserves them after all, it drops every answer.",
			"PSCHOOK_ALLOW_RESERVED_CLAIMS lève la règle : vérifiez que les jetons portent bien les claims (pschook verify --login) ; si Okta les réserve malgré tout, il ignore chaque réponse."))
	}
	return pass(say("none", "aucun"))
}

// previewTime includes the way to Okta and back, so it is rather too long than too short.
func previewTime(ev *evidence) finding {
	if ev.previewErr != nil {
		return skip(say("Not checked: there is no answer to look at.", "Non vérifié : il n'y a pas de réponse à examiner."))
	}
	return checkTime(ev.preview)
}

// checkTime judges how long an answer took.
func checkTime(a answer) finding {
	expected := say("less than %v; Okta gives up after %v and does not try again", "moins de %v ; Okta abandonne après %v sans réessayer", slow, oktaTimeout)
	took := say("%d ms", "%d ms", a.took.Milliseconds())
	hint := say("Compare with the metric pschook_hook_duration_seconds: if that is low, the time is spent on the way (DNS, TLS, reverse proxy), else on the org lookup (PSCHOOK_HOOK_TIMEOUT bounds it).",
		"Comparez avec la métrique pschook_hook_duration_seconds : si elle est basse, le temps se perd en route (DNS, TLS, reverse proxy), sinon dans la lecture de l'identifiant (bornée par PSCHOOK_HOOK_TIMEOUT).")
	switch {
	case a.took >= oktaTimeout:
		return fail(expected, took, hint)
	case a.took >= slow:
		return warn(expected, took, hint)
	}
	return pass(took)
}
