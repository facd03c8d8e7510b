package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pschook/internal/outcomes"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Outcomes reports what a part of Okta's System Log says about the hook.
func Outcomes(s outcomes.Summary, lang words.Language) report.Report {
	return report.Run("outcomes", lang, outcomeChecks(), logged{Summary: s})
}

// logged is what the log says, together with what doctor has just seen of the org.
type logged struct {
	outcomes.Summary

	now []report.Check // nil: only the log was read
}

// inOrder reports whether these checks have just passed. What the log says about them is then in
// the past.
func (l logged) inOrder(ids ...string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !l.saw(id, report.StatusPass) })
}

// sound reports whether doctor saw hook and rules in order: else tokens are minted without the hook, and prove nothing.
func (l logged) sound() bool {
	return l.inOrder("hook.active", "rule.linked", "rule.priority") && !l.saw("rule.everybody", report.StatusFail) && !l.saw("rule.everybody", report.StatusWarn)
}

func (l logged) saw(id string, status report.Status) bool {
	return slices.ContainsFunc(l.now, func(c report.Check) bool { return c.ID == id && c.Status == status })
}

func outcomeChecks() []report.Rule[logged] {
	const spec = "Okta developer docs: event types; concepts/inline-hooks"
	return []report.Rule[logged]{
		{
			ID: "log.read", Title: words.Say("The System Log was read", "Le System Log a été lu"),
			Spec: "Okta API reference: System Log", Run: logRead,
		},
		{
			ID: "tokens.minted", Title: words.Say("Tokens were minted for the clients", "Des jetons ont été délivrés aux clients"),
			Spec: spec, Needs: []string{"log.read"}, Run: tokensMinted,
		},
		{
			ID: "hook.failed", Title: words.Say("No call of the hook failed", "Aucun appel du hook n’a échoué"),
			Spec: spec, Needs: []string{"log.read"}, Run: callsFailed,
		},
		{
			ID: "hook.dropped", Title: words.Say("No answer of the hook was dropped", "Aucune réponse du hook n’a été ignorée"),
			Spec: spec, Needs: []string{"log.read"}, Run: answersDropped,
		},
		{
			ID: "hook.denied", Title: words.Say("No token was refused at the hook’s request", "Aucun jeton n’a été refusé à la demande du service"),
			Spec: spec, Needs: []string{"log.read"}, Run: tokensDenied,
		},
		{
			ID: "hook.applied", Title: words.Say("Okta says that it applied answers", "Okta dit avoir appliqué des réponses"),
			Spec: spec, Needs: []string{"log.read"}, Run: answersApplied,
		},
		{
			ID: "hook.unchanged", Title: words.Say("No change may have taken the hook away", "Aucune modification n’a pu retirer le hook"),
			Spec: spec, Needs: []string{"log.read"}, Run: hookUnchanged,
		},
	}
}

// logChecks returns the checks of a log that doctor reads together with the org. If the log cannot
// be read, one line says so and no check fails, because doctor does not need the right to read it.
func logChecks(err error) []report.Rule[logged] {
	checks := outcomeChecks()
	if err != nil {
		checks = checks[:1]
		checks[0].Run = func(logged) report.Finding {
			return report.Skip(words.Say("%v. Grant okta.logs.read to have doctor say what Okta did with the answers.", "%v. Accordez okta.logs.read pour que doctor dise ce qu’Okta a fait des réponses.", err))
		}
	}
	return checks
}

func logRead(s logged) report.Finding {
	text := words.Say("%d events", "%d événements", s.Events)
	if !s.From.IsZero() {
		text = words.Say("%d events; those about the hook from %s to %s", "%d événements ; ceux qui concernent le hook du %s au %s", s.Events, utc(s.From), utc(s.To))
	}
	if s.Unreadable > 0 {
		judge := report.Warn
		if s.Unreadable == s.Events {
			judge = report.Fail
		}
		return judge(words.Say("every event readable", "tous les événements lisibles"), words.Say("%d of %d events are none that Okta documents", "%d événements sur %d ne sont pas de ceux qu’Okta documente", s.Unreadable, s.Events),
			words.Say("Export the log again, as JSON if you can: what could not be read may hold a failure.", "Exportez le journal à nouveau, en JSON si possible : ce qui n’a pas pu être lu peut contenir un échec."))
	}
	return report.Pass(text)
}

func tokensMinted(s logged) report.Finding {
	if s.Minted > 0 {
		return report.Pass(words.Say("%d times, tokens by client: %s", "%d fois, jetons par client : %s", s.Minted, counted(s.Mintings)))
	}
	nobody := words.Say("none in the log: nobody signed in during this time, or not with these clients", "aucun dans le journal : personne ne s’est connecté pendant ce temps, ou pas avec ces clients")
	if s.now != nil {
		return report.Skip(nobody)
	}
	return report.Warn(words.Say("tokens", "des jetons"), nobody, words.Say(
		"So the log says nothing of the hook. Choose a longer time (--since) or other clients (--client-id), or export the log without a filter.",
		"Le journal n’indique donc rien au sujet du hook. Choisissez une période plus longue (--since) ou d’autres clients (--client-id), ou exportez le journal sans filtre."))
}

// none passes a check that found none of what it looks for. Where the log holds neither tokens nor
// results of the hook, that proves nothing.
func (l logged) none(found words.Text) report.Finding {
	if l.Minted == 0 && len(l.Last) == 0 {
		return report.Skip(words.Say("Neither tokens nor calls of the hook are in the log.", "Ni jetons ni appels du hook ne figurent dans le journal."))
	}
	return report.Pass(found)
}

func callsFailed(s logged) report.Finding {
	n := s.Results[outcomes.ResultFailed]
	if n == 0 {
		return s.none(words.Say("no failure in the log", "aucun échec dans le journal"))
	}
	expected := words.Say("no failure", "aucun échec")
	found := words.Say("%d, the last at %s: %s", "%d, le dernier le %s : %s", n, utc(s.Last[outcomes.ResultFailed].At), counted(reasons(s.Summary, outcomes.ResultFailed)))
	switch {
	case s.now == nil:
	case s.Bare == 0:
		return report.Warn(expected, found, words.Say(
			"No tokens went with it in the log: it was a preview, such as doctor’s own, or a sign-in of another client. What the service answers now says hook.preview.",
			"Aucun jeton n’y correspond dans le journal : c’était un aperçu, comme celui de doctor, ou la connexion d’un autre client. Ce que le service répond maintenant, hook.preview le dit."))
	case s.sound() && s.inOrder("hook.preview") && s.Recovered(outcomes.ResultFailed):
		return report.Warn(expected, found, over())
	}
	if s.Bare == 0 {
		return report.Fail(expected, found, words.Say(
			"Okta could not reach the service in time. Where a sign-in waits, it then mints tokens without the claims; no such tokens are in the log. See that the service runs and answers (pschook probe), its certificate, and what stands between Okta and it.",
			"Okta n’a pas pu joindre le service à temps. Lors d’une connexion, il délivre alors des jetons sans les claims ; le journal n’en contient pas. Vérifiez que le service tourne et répond (pschook probe), son certificat, et ce qui se trouve entre Okta et lui."))
	}
	return report.Fail(expected, found,
		words.Say("Okta could not reach the service in time and minted tokens without the claims. See that it runs and answers (pschook probe), its certificate, and what stands between Okta and it.",
			"Okta n’a pas pu joindre le service à temps et a délivré des jetons sans les claims. Vérifiez qu’il tourne et répond (pschook probe), son certificat, et ce qui se trouve entre Okta et lui."))
}

// over says that what the log reports is no longer so.
func over() words.Text {
	return words.Say("It is over: tokens were minted since without it, and the service answers Okta now (hook.preview). Tokens of that time lack the claims until they expire.",
		"C’est passé : des jetons ont été délivrés depuis sans cela, et le service répond à Okta maintenant (hook.preview). Les jetons de ce moment restent sans les claims jusqu’à leur expiration.")
}

func answersDropped(s logged) report.Finding {
	n := s.Results[outcomes.ResultDropped]
	if n == 0 {
		return s.none(words.Say("no drop in the log", "aucune réponse ignorée dans le journal"))
	}
	found := []words.Text{words.Say("%d, the first at %s, the last at %s", "%d, la première le %s, la dernière le %s", n, utc(s.FirstDrop.At), utc(s.Last[outcomes.ResultDropped].At))}
	if s.Change != nil {
		found = append(found, words.Say("the last change before it: %s at %s", "dernière modification auparavant : %s le %s", s.Change.Type, utc(s.Change.At)))
	}
	expected, all := words.Say("no drop", "aucune"), words.Join("; ", " ; ", append(found, words.Literal(counted(reasons(s.Summary, outcomes.ResultDropped))))...)
	if s.sound() && s.inOrder("hook.preview", "claims.reserved") && s.Recovered(outcomes.ResultDropped) {
		return report.Warn(expected, all, over())
	}
	return report.Fail(expected, all,
		words.Say("Okta refuses an answer whole when one command cannot apply: most often a reserved claim (PSCHOOK_RESERVED_CLAIMS, PSCHOOK_ACCESS_TOKEN_CLAIMS, PSCHOOK_ID_TOKEN_CLAIMS). Okta’s words above say which.",
			"Okta refuse toute la réponse dès qu’une commande ne peut s’appliquer : le plus souvent un claim réservé (PSCHOOK_RESERVED_CLAIMS, PSCHOOK_ACCESS_TOKEN_CLAIMS, PSCHOOK_ID_TOKEN_CLAIMS). Les mots d’Okta ci-dessus disent lequel."))
}

func tokensDenied(s logged) report.Finding {
	n := s.Results[outcomes.ResultDenied]
	if n == 0 {
		return s.none(words.Say("none in the log", "aucun dans le journal"))
	}
	return report.Warn(words.Say("none", "aucun"), words.Say("%d: %s", "%d : %s", n, counted(reasons(s.Summary, outcomes.ResultDenied))),
		words.Say("The service asked for it, since the org id was not known or the AMR policy says deny: its log says which (outcome denied).",
			"Le service l’a demandé, car l’identifiant de l’organisation était inconnu ou la politique AMR dit deny : son journal dit lequel (outcome denied)."))
}

func answersApplied(s logged) report.Finding {
	if n := s.Results[outcomes.ResultApplied]; n > 0 {
		return report.Pass(words.Say("%d times", "%d fois", n))
	}
	return report.Skip(words.Say("Okta says so only with debugging switched on for the hook; silence proves nothing. A sign-in at the tester shows the claims.",
		"Okta ne le dit que si le débogage est activé pour le hook ; le silence ne prouve rien. Une connexion à la page du contrôle des jetons montre les claims."))
}

// hookUnchanged does not warn of a change that doctor has already checked. Creating the rule is
// also a change.
func hookUnchanged(s logged) report.Finding {
	if s.Rules == 0 && s.Hooks == 0 {
		return s.none(words.Say("no change in the log", "aucune modification dans le journal"))
	}
	found := words.Say("changes of rules: %d, of hooks: %d; the last, %s, at %s", "modifications de règles : %d, de hooks : %d ; la dernière, %s, le %s", s.Rules, s.Hooks, s.LastChange.Type, utc(s.LastChange.At))
	if s.sound() {
		return report.Want(words.Text{}).Got(found).Note(words.Say("Hook and rules are in order as they are now.", "Le hook et les règles sont en ordre, tels qu’ils sont maintenant."))
	}
	if s.now != nil {
		return report.Warn(words.Say("no change", "aucune modification"), found, words.Say("What is not in order above (hook.registered, hook.active, rule.…) may be due to it.", "Ce qui n’est pas en ordre ci-dessus (hook.registered, hook.active, rule.…) peut en venir."))
	}
	return report.Warn(words.Say("no change", "aucune modification"), found,
		words.Say("Check that the hook is still on every rule that applies to the client: pschook doctor.", "Vérifiez que le hook est encore sur chaque règle qui s’applique au client : pschook doctor."))
}

func utc(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// reasons returns Okta's words for one result.
func reasons(s outcomes.Summary, result outcomes.Result) map[string]uint64 {
	words := make(map[string]uint64)
	for reason, n := range s.Reasons {
		if text, ok := strings.CutPrefix(reason, string(result)+": "); ok {
			words[text] = n
		}
	}
	return words
}

// counted lists names with their totals, the most frequent first.
func counted(totals map[string]uint64) string {
	const most = 5
	names := slices.SortedFunc(maps.Keys(totals), func(a, b string) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, name := range names[:min(len(names), most)] {
		parts = append(parts, fmt.Sprintf("%s (%d)", name, totals[name]))
	}
	if len(names) > most {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}
