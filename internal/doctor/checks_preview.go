package doctor

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/oktaread"
	"pschook/verify/report"
	"pschook/verify/words"
)

func previewChecks() []report.Rule[*evidence] {
	return []report.Rule[*evidence]{
		{
			ID: "hook.preview", Title: words.Say("Called by Okta itself, the hook answers well", "Appelé par Okta même, le hook répond bien"),
			Spec: "Okta API reference: execute an inline hook", Needs: []string{"hook.recursion", "app.selected"}, Run: hookPreview,
		},
		{
			ID: "hook.time", Title: words.Say("It answers well within the 3 s that Okta waits", "Il répond bien avant les 3 s qu'Okta attend"),
			Spec: "Okta developer docs: inline hooks, timeout", Needs: []string{"hook.preview"},
			Run: previewTime,
		},
		{
			ID: "claims.reserved", Title: words.Say("It adds no claim that Okta reserves", "Il n'ajoute aucun claim réservé par Okta"),
			Spec: "Okta developer docs: token inline hook, reserved claims", Needs: []string{"hook.registered"}, Run: reservedClaims,
		},
	}
}

func hookPreview(ev *evidence) report.Finding {
	h, _ := ev.hook()
	switch {
	case ev.expectedErr != nil:
		return report.Fail(words.Say("a sample that the configuration answers", "un exemple auquel la configuration répond"), words.Literal(ev.expectedErr.Error()),
			words.Say("The AMR policy may refuse the sample: name methods that it takes with --amr.", "La politique AMR refuse peut-être l'exemple : indiquez avec --amr des moyens qu'elle accepte."))
	case oktaread.Refused(ev.previewErr):
		return report.Warn(ev.expected.describe(), words.Literal(ev.previewErr.Error()), words.Say(
			"The credential may read but not preview: it needs scope okta.inlineHooks.manage, or an administrator who may edit inline hooks. Until then try it by hand: "+hookConsole+" › %s › Preview.",
			"Le jeton ou la clé permet de lire mais pas d'essayer : il faut la portée okta.inlineHooks.manage, ou un administrateur autorisé à modifier les inline hooks. D'ici là, essayez à la main : "+hookConsole+" › %s › Preview.", h.Name))
	case ev.previewErr != nil && ev.unreachable():
		return report.Skip(words.Say("Not checked: another check already says why Okta cannot call the hook.", "Non vérifié : un autre contrôle dit déjà pourquoi Okta ne peut pas appeler le hook."))
	case ev.previewErr != nil:
		hint := ev.cause(h)
		return report.Fail(ev.expected.describe(), words.Join("", "", words.Literal(ev.previewErr.Error()), ev.directly()), words.Join(" ", " ", hint, logHint()))
	}
	f := ev.expected.judge(ev.preview, ev.unreserved)
	if f.Status == report.StatusPass && ev.in.Config.Hook.Shadow {
		return report.Warn(words.Say("claims", "des claims"), words.Literal("204"), words.Say("PSCHOOK_SHADOW is set: the service only rehearses.", "PSCHOOK_SHADOW est actif : le service ne fait que répéter."))
	}
	return f
}

// directly says what our own call got, for the line about what Okta got.
func (ev *evidence) directly() words.Text {
	switch {
	case errors.Is(ev.directErr, errNoSecret):
		return words.Text{}
	case ev.directErr != nil:
		return words.Say("; this machine: %s", " ; cette machine : %s", ev.directErr.Error())
	}
	return words.Say("; this machine: status %d %s", " ; cette machine : statut %d %s", ev.direct.status, ev.direct.summary())
}

// cause says why Okta got no good answer, from what our own call got and what Okta says.
func (ev *evidence) cause(h oktaread.InlineHook) words.Text {
	said := ev.previewErr.Error()
	ours, reached := ev.direct.status, ev.directErr == nil
	switch {
	case oktaread.Limited(ev.previewErr):
		return words.Say("Okta's rate limit is used up: try again in a minute.", "La limite de débit d'Okta est atteinte : réessayez dans une minute.")
	case reached && ours == http.StatusForbidden && strings.Contains(said, "403"):
		return words.Say("The service refuses the call, whoever makes it: its words above say whether it does not take the issuer (PSCHOOK_OKTA_ISSUERS, PSCHOOK_OKTA_ORG_URL) or the address (PSCHOOK_ALLOWED_CIDRS, PSCHOOK_TRUSTED_PROXIES).",
			"Le service refuse l'appel, d'où qu'il vienne : ses mots ci-dessus disent s'il n'accepte pas l'émetteur (PSCHOOK_OKTA_ISSUERS, PSCHOOK_OKTA_ORG_URL) ou l'adresse (PSCHOOK_ALLOWED_CIDRS, PSCHOOK_TRUSTED_PROXIES).")
	case strings.Contains(said, "403"):
		return words.Say("The service takes the call from this machine but not from Okta: let Okta's addresses in (PSCHOOK_ALLOWED_CIDRS, PSCHOOK_TRUSTED_PROXIES).",
			"Le service accepte l'appel de cette machine mais pas d'Okta : laissez entrer les adresses d'Okta (PSCHOOK_ALLOWED_CIDRS, PSCHOOK_TRUSTED_PROXIES).")
	case reached && ours == http.StatusUnauthorized && strings.Contains(said, "401"):
		return words.Say("The running service takes neither Okta's secret nor that of this configuration: see what it was started with (PSCHOOK_HOOK_SECRETS or its file), then hold "+hookConsole+" › %s › Edit › Authentication secret against it (Terraform: okta_inline_hook.auth.value; pschook register apply --set-secret).",
			"Le service en marche n'accepte ni le secret d'Okta ni celui de cette configuration : voyez avec quoi il a été lancé (PSCHOOK_HOOK_SECRETS ou son fichier), puis comparez avec "+hookConsole+" › %s › Edit › Authentication secret (Terraform : okta_inline_hook.auth.value ; pschook register apply --set-secret).", h.Name)
	case strings.Contains(said, "401"):
		return words.Say("Okta sends another secret: "+hookConsole+" › %s › Edit › Authentication secret (Terraform: okta_inline_hook.auth.value; pschook register apply --set-secret) and PSCHOOK_HOOK_SECRETS must be equal, character by character.",
			"Okta envoie un autre secret : "+hookConsole+" › %s › Edit › Authentication secret (Terraform : okta_inline_hook.auth.value ; pschook register apply --set-secret) et PSCHOOK_HOOK_SECRETS doivent être égaux, caractère par caractère.", h.Name)
	case reached && ours == http.StatusServiceUnavailable:
		return words.Say("The service is stopping, overloaded, or does not know the org id yet: see /readyz and its log.", "Le service s'arrête, est surchargé, ou ne connaît pas encore l'identifiant de l'organisation : voyez /readyz et son journal.")
	case reached && ours >= http.StatusInternalServerError:
		return words.Say("The service, or the reverse proxy before it, fails: see their logs.", "Le service, ou le reverse proxy placé devant lui, échoue : voyez leurs journaux.")
	case reached && ours == http.StatusNotFound:
		return words.Say("Something answers at this address, but not the service: the reverse proxy must pass the path on as it is.", "Quelque chose répond à cette adresse, mais pas le service : le reverse proxy doit transmettre le chemin tel quel.")
	case errors.Is(ev.directErr, errNoSecret) || reached:
		return words.Say("The service answers this machine, but Okta gets no answer in its 3 s: open the way from the internet (firewall, DNS, port 443).", "Le service répond à cette machine, mais Okta n'obtient pas de réponse en 3 s : ouvrez le chemin depuis internet (pare-feu, DNS, port 443).")
	case isTimeout(ev.directErr):
		return words.Say("The connection stands but nothing answers: the service hangs, or the proxy cannot reach it (systemctl status pschook, kubectl get pods).", "La connexion s'établit mais rien ne répond : le service est bloqué, ou le proxy ne le joint pas (systemctl status pschook, kubectl get pods).")
	}
	return words.Say("Nobody answers at the hook's address: the service is stopped, or the port is closed (systemctl status pschook, kubectl get pods).", "Personne ne répond à l'adresse du hook : le service est arrêté, ou le port est fermé (systemctl status pschook, kubectl get pods).")
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// unreachable reports whether an earlier finding explains a failed call.
func (ev *evidence) unreachable() bool {
	for _, f := range []report.Finding{
		checkCertificate(ev.certificate, ev.in.HookURL, ev.in.Now()), checkChain(ev.certificate, ev.in.HookURL, ev.in.Now(), ev.in.Roots), hookAuth(ev),
	} {
		if f.Status == report.StatusFail {
			return true
		}
	}
	return false
}

// unreserved leaves out reserved claims that are not expected, because another check reports them.
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

// reservedClaims checks the real answer. A single reserved claim makes Okta drop the whole answer.
func reservedClaims(ev *evidence) report.Finding {
	got, fault := parseAnswer(ev.preview)
	if ev.previewErr != nil || fault != (words.Text{}) {
		return report.Skip(words.Say("Not checked: there is no answer to look at.", "Non vérifié : il n'y a pas de réponse à examiner."))
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
	expected := words.Say("none of the claims in Okta's table (%s)", "aucun des claims de la table d'Okta (%s)", ev.in.Config.Claims.Reserved)
	switch {
	case len(wrong) > 0:
		return report.Fail(expected, words.Literal(strings.Join(wrong, ", ")), words.Say(
			"Okta drops the whole answer: take the claim out of PSCHOOK_ID_TOKEN_CLAIMS or PSCHOOK_ACCESS_TOKEN_CLAIMS of the running service, and out of PSCHOOK_ALLOW_RESERVED_CLAIMS.",
			"Okta ignore toute la réponse : retirez le claim de PSCHOOK_ID_TOKEN_CLAIMS ou PSCHOOK_ACCESS_TOKEN_CLAIMS du service en marche, et de PSCHOOK_ALLOW_RESERVED_CLAIMS."))
	case len(lifted) > 0:
		return report.Warn(expected, words.Literal(strings.Join(lifted, ", ")), words.Say(
			"PSCHOOK_ALLOW_RESERVED_CLAIMS lifts the rule: make sure that tokens do carry the claims (pschook verify --login); if Okta reserves them after all, it drops every answer.",
			"PSCHOOK_ALLOW_RESERVED_CLAIMS lève la règle : vérifiez que les jetons portent bien les claims (pschook verify --login) ; si Okta les réserve malgré tout, il ignore chaque réponse."))
	}
	return report.Pass(words.Say("none", "aucun"))
}

// previewTime includes the way to Okta and back, so it is at most too long.
func previewTime(ev *evidence) report.Finding {
	if ev.previewErr != nil {
		return report.Skip(words.Say("Not checked: there is no answer to look at.", "Non vérifié : il n'y a pas de réponse à examiner."))
	}
	return checkTime(ev.preview)
}

// checkTime judges how long an answer took.
func checkTime(a answer) report.Finding {
	expected := words.Say("less than %v; Okta gives up after %v and does not try again", "moins de %v ; Okta abandonne après %v sans réessayer", slow, oktaTimeout)
	took := words.Say("%d ms", "%d ms", a.took.Milliseconds())
	hint := words.Say("Compare with the metric pschook_hook_duration_seconds: if that is low, the time is spent on the way (DNS, TLS, reverse proxy), else on the org lookup (PSCHOOK_HOOK_TIMEOUT bounds it).",
		"Comparez avec la métrique pschook_hook_duration_seconds : si elle est basse, le temps se perd en route (DNS, TLS, reverse proxy), sinon dans la lecture de l'identifiant (bornée par PSCHOOK_HOOK_TIMEOUT).")
	switch {
	case a.took >= oktaTimeout:
		return report.Fail(expected, took, hint)
	case a.took >= slow:
		return report.Warn(expected, took, hint)
	}
	return report.Pass(took)
}
