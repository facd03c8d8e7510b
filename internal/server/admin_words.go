package server

import (
	"maps"

	"pschook/verify/words"
)

// adminWords returns the words of the admin page in one language.
func adminWords(lang words.Language) map[string]string {
	both := map[string][2]string{ // English, French
		"title":  {"pschook: state", "pschook : état"},
		"footer": {"Nothing can be changed here. Figures over time:", "Rien ne se modifie ici. Les chiffres dans la durée :"},

		"ready":    {"Ready: the hook answers with claims", "Prêt : le hook répond avec les claims"},
		"lost":     {"Ready, but tokens came without our claims since the start: see what Okta did", "Prêt, mais des jetons sont partis sans nos claims depuis le démarrage : voyez ce qu’Okta a fait"},
		"detached": {"Ready, but nothing shows that Okta still calls: see what Okta did", "Prêt, mais rien ne montre qu’Okta appelle encore : voyez ce qu’Okta a fait"},
		"unread":   {"Ready, but not all that Okta did is known: see what Okta did", "Prêt, mais on ne sait pas tout de ce qu’Okta a fait : voyez ce qu’Okta a fait"},
		"shadow":   {"Rehearsal: everything is computed, nothing is added to tokens", "Répétition : tout est calculé, rien n'est ajouté aux jetons"},
		"unknown":  {"Not ready: the id of the org is not known yet", "Pas prêt : l'identifiant de l'organisation n'est pas encore connu"},
		"stopping": {"Stopping", "Arrêt en cours"},

		"service":     {"Service", "Service"},
		"version":     {"Version", "Version"},
		"started":     {"Started", "Démarré"},
		"for":         {"for", "depuis"},
		"listening":   {"Listening at", "À l'écoute sur"},
		"certificate": {"Certificate until", "Certificat jusqu'au"},
		"plain_http":  {"none: plain http, for use behind a proxy", "aucun : http simple, derrière un reverse proxy"},
		"at_a_time":   {"Calls at a time, at most", "Appels simultanés, au plus"},

		"org":       {"Okta org", "Organisation Okta"},
		"url":       {"URL", "URL"},
		"org_id":    {"Id (tid)", "Identifiant (tid)"},
		"not_known": {"not known", "inconnu"},
		"source":    {"Source", "Source"},
		"age":       {"Time since confirmed", "Temps depuis la confirmation"},
		"agreed":    {"agreed, never asked", "convenu, jamais demandé"},
		"hosts":     {"Further hosts", "Autres hôtes"},

		"callers":    {"Who may call", "Qui peut appeler"},
		"header":     {"Header", "En-tête"},
		"secrets":    {"Live secrets, by fingerprint", "Secrets valides, par empreinte"},
		"networks":   {"From", "Depuis"},
		"everywhere": {"anywhere", "partout"},

		"claims":       {"Claims", "Claims"},
		"access_token": {"Access token", "Jeton d'accès"},
		"id_token":     {"ID token", "Jeton d'identité"},
		"amr_rules":    {"AMR rules", "Règles AMR"},
		"clients":      {"Clients", "Clients"},
		"all_clients":  {"all", "tous"},
		"on_failure":   {"Without an org id", "Sans identifiant d'organisation"},

		"on_failure.deny":   {"the token is refused", "le jeton est refusé"},
		"on_failure.omit":   {"the token goes without claims", "le jeton part sans les claims"},
		"level.substantiel": {"substantial, substantiel", "substantiel"},
		"level.eleve":       {"high, élevé", "élevé"},

		"calls":       {"Calls", "Appels"},
		"outcome":     {"Outcome", "Résultat"},
		"calls_note":  {"Since the start. Who signed in is not noted here: Okta's System Log says it, by the event id in our log.", "Depuis le démarrage. Qui s'est connecté n'est pas noté ici : le System Log d'Okta le dit, grâce à l'identifiant d'événement de notre journal."},
		"since_start": {"Count", "Nombre"},
		"last":        {"Last", "Dernier"},
	}
	maps.Copy(both, outcomeWords())
	chosen := make(map[string]string, len(both))
	for key, text := range both {
		chosen[key] = words.Say(text[0], text[1]).In(lang)
	}
	return chosen
}

// outcomeWords say what each outcome of a call means, and what Okta then did.
func outcomeWords() map[string][2]string {
	return map[string][2]string{
		"okta_did":         {"What Okta did, by its own log", "Ce qu’Okta a fait, d’après son propre journal"},
		"okta_did.dropped": {"Answers dropped", "Réponses ignorées"},
		"okta_did.failed":  {"Calls failed", "Appels échoués"},
		"okta_did.denied":  {"Tokens refused as asked", "Jetons refusés à la demande du service"},
		"okta_did.applied": {"Answers applied (may be silent)", "Réponses appliquées (silence possible)"},
		"okta_did_last":    {"The last of these", "Les derniers"},
		"one.dropped":      {"Answer dropped", "Réponse ignorée"},
		"one.failed":       {"Call failed", "Appel échoué"},
		"one.denied":       {"Token refused", "Jeton refusé"},
		"one.applied":      {"Answer applied", "Réponse appliquée"},
		"minted":           {"Mintings", "Délivrances de jetons"},
		"joined":           {"Of these, asked of this instance", "Dont demandées à cette instance"},
		"joined_hint":      {"another instance was asked, or the hook is off its rule: pschook doctor looks", "une autre instance a été appelée, ou le hook n’est plus sur sa règle : pschook doctor le vérifie"},
		"log_read":         {"read until", "lu jusqu’au"},
		"log_unread":       {"not read yet", "pas encore lu"},
		"log_unread_hint":  {"what Okta does now is not known: the service’s log says why", "ce qu’Okta fait en ce moment n’est pas connu : le journal du service dit pourquoi"},
		"unclear":          {"Events that could not be read", "Événements illisibles"},
		"unclear_hint":     {"they may tell of failures: search the System Log for inline_hook", "ils peuvent signaler des échecs : cherchez inline_hook dans le System Log"},
		"log_off":          {"not read (PSCHOOK_OUTCOMES=events): of failures and changes only what Okta’s event hooks sent is known", "non lu (PSCHOOK_OUTCOMES=events) : on ne connaît que les échecs et modifications envoyés par les event hooks d’Okta"},
		"changed":          {"Changes of rules and hook", "Modifications de règles et du hook"},
		"changed_last":     {"the last:", "la dernière :"},
		"changed_hint":     {"is the hook still on its rule? pschook doctor looks", "le hook est-il encore sur sa règle ? pschook doctor le vérifie"},

		"outcome.commands":     {"claims were sent", "claims envoyés"},
		"outcome.empty":        {"nothing to add", "rien à ajouter"},
		"outcome.denied":       {"Okta was told to refuse the token", "jeton refusé à la demande du service"},
		"outcome.unauthorized": {"no credential, or a wrong one", "secret absent ou faux"},
		"outcome.forbidden":    {"another org's issuer, or an address that is not allowed", "émetteur d'une autre organisation, ou adresse non admise"},
		"outcome.malformed":    {"not a call that Okta makes", "appel qu'Okta ne fait pas"},
		"outcome.too_large":    {"larger than 256 KiB", "plus de 256 Kio"},
		"outcome.error":        {"a fault of the service, or too many calls at a time", "défaut du service, ou trop d'appels simultanés"},
	}
}
