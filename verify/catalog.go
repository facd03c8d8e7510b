package verify

import "maps"

// catalog holds every sentence of the package, in English and French. It is made
// anew for each report; nothing shares or changes it.
func catalog() map[string]text {
	all := make(map[string]text)
	for _, part := range []map[string]text{
		titleTexts(), valueTexts(), tokenHints(), pscHints(), hookTexts(), claimTexts(), skipTexts(), pageTexts(), reportPageTexts(), flowTexts(), providerErrorTexts(), customTexts(),
	} {
		maps.Copy(all, part)
	}
	return all
}

func titleTexts() map[string]text {
	return map[string]text{
		"title.id.parse":                 {"The ID token is a well-formed JWT", "Le jeton d'identité (ID token) est un JWT bien formé"},
		"title.id.signature":             {"The ID token is signed by the provider", "Le jeton d'identité est signé par le fournisseur"},
		"title.id.alg":                   {"The signature algorithm is a public-key one", "L'algorithme de signature est à clé publique"},
		"title.id.iss":                   {"The ID token comes from the expected issuer", "Le jeton d'identité vient de l'émetteur attendu"},
		"title.id.aud":                   {"The ID token is meant for this client", "Le jeton d'identité est destiné à ce client"},
		"title.id.azp":                   {"No other client is named as the authorized party", "Aucun autre client n'est désigné comme partie autorisée"},
		"title.id.exp":                   {"The ID token has not expired", "Le jeton d'identité n'a pas expiré"},
		"title.id.iat":                   {"The ID token was issued in the past", "Le jeton d'identité a été émis dans le passé"},
		"title.id.nonce":                 {"The ID token answers this very sign-in", "Le jeton d'identité répond bien à cette connexion"},
		"title.id.at_hash":               {"ID token and access token belong together", "Jeton d'identité et jeton d'accès vont ensemble"},
		"title.id.auth_time":             {"The time of authentication is plausible", "La date d'authentification est plausible"},
		"title.id.sub":                   {"The ID token names the user", "Le jeton d'identité désigne l'utilisateur"},
		"title.id.tid":                   {"The ID token carries the tenant id (tid)", "Le jeton d'identité porte l'identifiant d'organisation (tid)"},
		"title.id.amr":                   {"Okta says in the ID token how the user authenticated", "Okta indique dans le jeton d'identité comment l'utilisateur s'est authentifié"},
		"title.id.acr":                   {"The level of authentication is at least the one asked for", "Le niveau d'authentification est au moins celui demandé"},
		"title.access.parse":             {"The access token is a well-formed JWT", "Le jeton d'accès (access token) est un JWT bien formé"},
		"title.access.signature":         {"The access token is signed by the provider", "Le jeton d'accès est signé par le fournisseur"},
		"title.access.iss":               {"The access token comes from the expected issuer", "Le jeton d'accès vient de l'émetteur attendu"},
		"title.access.aud":               {"The access token names its audience", "Le jeton d'accès désigne son audience"},
		"title.access.exp":               {"The access token has not expired", "Le jeton d'accès n'a pas expiré"},
		"title.access.oid":               {"The access token carries the user id (oid)", "Le jeton d'accès porte l'identifiant de l'utilisateur (oid)"},
		"title.access.tid":               {"The access token carries the tenant id (tid)", "Le jeton d'accès porte l'identifiant d'organisation (tid)"},
		"title.access.amr":               {"The access token says how the user authenticated (amr)", "Le jeton d'accès indique comment l'utilisateur s'est authentifié (amr)"},
		"title.oid.matches_sub":          {"oid is the Okta user id, as in the ID token's sub", "oid est l'identifiant Okta de l'utilisateur, comme le sub du jeton d'identité"},
		"title.oid.not_login":            {"oid is not a login, which can change", "oid n'est pas un login, qui peut changer"},
		"title.tid.matches_org":          {"tid is the id of this Okta org", "tid est l'identifiant de cette organisation Okta"},
		"title.tid.same":                 {"Both tokens carry the same tid", "Les deux jetons portent le même tid"},
		"title.amr.psc_approved":         {"amr is one of the sets that the ANS approved", "amr est l'un des ensembles approuvés par l'ANS"},
		"title.amr.not_overstated":       {"amr says no more than Okta itself does", "amr n'affirme rien de plus qu'Okta"},
		"title.userinfo.sub":             {"Userinfo speaks of the same user", "Userinfo parle du même utilisateur"},
		"title.hook.called":              {"Okta called the token hook for these tokens", "Okta a appelé le hook pour ces jetons"},
		"title.hook.applied":             {"Okta applied what the hook answered", "Okta a appliqué la réponse du hook"},
		"title.scope.requested":          {"The right scopes are asked for", "Les bons scopes sont demandés"},
		"title.provider.pkce":            {"The provider supports PKCE with S256", "Le fournisseur prend en charge PKCE avec S256"},
		"title.claims.size":              {"The set of claims is not too large", "L'ensemble des claims n'est pas trop volumineux"},
		"title.claim.sub":                {"The user has an identifier (sub)", "L'utilisateur a un identifiant (sub)"},
		"title.claim.email":              {"The user's e-mail address is there and valid", "L'adresse e-mail de l'utilisateur est présente et valide"},
		"title.claim.preferred_username": {"The user name is there", "Le nom d'utilisateur est présent"},
		"title.claim.given_name":         {"The first name is there", "Le prénom est présent"},
		"title.claim.family_name":        {"The family name is there", "Le nom de famille est présent"},
		"title.claim.display_name":       {"There is a name to show", "Il y a un nom à afficher"},
		"title.claim.formatted_name":     {"The formatted name is there", "Le nom mis en forme est présent"},
		"title.claim.title":              {"The title is there", "Le titre (civilité) est présent"},
		"title.claim.initials":           {"The initials are there", "Les initiales sont présentes"},
		"title.claim.specialty":          {"The specialty, if any, is a text", "La spécialité, s'il y en a une, est un texte"},
		"title.claim.account_type":       {"The type of account is there", "Le type de compte est présent"},
		"title.claim.country":            {"The country is there", "Le pays est présent"},
		"title.claim.city":               {"The city is there", "La ville est présente"},
		"title.claim.rpps":               {"The RPPS number, if any, has 11 digits", "Le numéro RPPS, s'il y en a un, a 11 chiffres"},
	}
}

// valueTexts are what stands under "expected" and "actual".
func valueTexts() map[string]text {
	return map[string]text{
		"common.missing": {"missing", "absent"},
		"common.nothing": {"nothing", "rien"},
		"common.days":    {"d", "j"},
		"time.past":      {"{time} ({ago} ago)", "{time} (il y a {ago})"},
		"time.future":    {"{claim} = {time} ({ahead} ahead)", "{claim} = {time} (dans {ahead})"},

		"expected.parse":              {"three base64url parts; header and claims are JSON objects", "trois parties en base64url ; en-tête et claims sont des objets JSON"},
		"expected.signature":          {"a key published by {issuer}", "une clé publiée par {issuer}"},
		"expected.alg":                {"one of {algs}", "l'un de {algs}"},
		"expected.id.azp":             {"absent, or {client}", "absent, ou {client}"},
		"expected.exp":                {"later than {now} (60 s of clock skew allowed)", "après {now} (60 s d'écart d'horloge toléré)"},
		"expected.id.iat":             {"not later than {now} (60 s of clock skew allowed)", "pas après {now} (60 s d'écart d'horloge toléré)"},
		"expected.id.nonce":           {"the nonce of the sign-in request", "le nonce de la demande de connexion"},
		"expected.id.at_hash":         {"the hash of this access token", "l'empreinte de ce jeton d'accès"},
		"expected.id.auth_time":       {"a time not later than iat", "une date qui ne suit pas iat"},
		"expected.id.sub":             {"1 to 255 ASCII characters", "1 à 255 caractères ASCII"},
		"expected.id.tid":             {"a text that is not empty", "un texte non vide"},
		"expected.id.amr":             {"an array of strings", "un tableau de chaînes"},
		"expected.id.acr":             {"{least} or higher", "{least} ou plus"},
		"expected.access.aud.any":     {"an audience", "une audience"},
		"expected.access.oid":         {"a text that is not empty", "un texte non vide"},
		"expected.access.tid":         {"a text that is not empty", "un texte non vide"},
		"expected.access.amr":         {"an array of strings", "un tableau de chaînes"},
		"expected.oid.not_login":      {"an immutable id such as 00u…, without “@”", "un identifiant immuable tel que 00u…, sans « @ »"},
		"expected.hook.called":        {"a call of the token hook that sent claims", "un appel du hook qui a envoyé des claims"},
		"expected.hook.applied":       {"all claims that the hook sent", "tous les claims envoyés par le hook"},
		"expected.provider.pkce":      {"S256 among code_challenge_methods_supported", "S256 parmi code_challenge_methods_supported"},
		"expected.claim":              {"{names}, in the ID token or userinfo", "{names}, dans le jeton d'identité ou userinfo"},
		"expected.claim.optional":     {"{names} as text, or absent", "{names} sous forme de texte, ou absent"},
		"expected.claim.display_name": {"name, else first or family name, else nickname", "name, sinon prénom ou nom, sinon nickname"},
		"expected.claims.size":        {"at most {bytes} bytes", "au plus {bytes} octets"},

		"parse.ok":        {"a JWT; number of claims: {count}", "un JWT ; nombre de claims : {count}"},
		"parse.empty":     {"no token", "pas de jeton"},
		"parse.too_large": {"more than 64 KiB", "plus de 64 Kio"},
		"parse.opaque":    {"an opaque token, not a JWT", "un jeton opaque, pas un JWT"},
		"parse.encrypted": {"an encrypted token (five parts)", "un jeton chiffré (cinq parties)"},
		"parse.parts":     {"not three parts separated by dots", "pas trois parties séparées par des points"},
		"parse.base64":    {"not base64url: {detail}", "pas du base64url : {detail}"},
		"parse.json":      {"not a strict JSON object: {detail}", "pas un objet JSON strict : {detail}"},
		"parse.header":    {"unusable header member: {detail}", "membre d'en-tête inutilisable : {detail}"},
		"parse.is_access": {"an access token", "un jeton d'accès"},
		"parse.is_id":     {"an ID token", "un jeton d'identité"},

		"signature.ok":          {"valid, key {kid}, {alg}", "valide, clé {kid}, {alg}"},
		"signature.wrong":       {"does not fit key {kid}", "ne correspond pas à la clé {kid}"},
		"signature.unknown_kid": {"key {kid} is not published", "la clé {kid} n'est pas publiée"},
		"signature.no_kid":      {"no kid, while {count} keys are published", "pas de kid, alors que {count} clés sont publiées"},

		"provider.pkce": {"metadata names {methods}", "les métadonnées indiquent {methods}"},
		"claims.size":   {"claims: {count}; bytes: {bytes}", "claims : {count} ; octets : {bytes}"},
	}
}

func skipTexts() map[string]text {
	return map[string]text{
		"skip.needs":           {"Not checked, because {check} failed.", "Non vérifié, car {check} a échoué."},
		"skip.unless":          {"Not checked: {check} already says what is wrong.", "Non vérifié : {check} dit déjà ce qui ne va pas."},
		"skip.nonce":           {"Not checked: the nonce of the sign-in is not known (tokens were given, not obtained here).", "Non vérifié : le nonce de la connexion n'est pas connu (les jetons ont été fournis, pas obtenus ici)."},
		"skip.no_access_token": {"Not checked: there is no access token.", "Non vérifié : il n'y a pas de jeton d'accès."},
		"skip.at_hash":         {"Not checked: the ID token has no at_hash, which is optional in the code flow.", "Non vérifié : le jeton d'identité n'a pas d'at_hash, facultatif dans le flux par code."},
		"skip.userinfo":        {"Not checked: there is no userinfo to compare.", "Non vérifié : il n'y a pas d'userinfo à comparer."},
		"skip.expected_tid":    {"Not checked: the id of the org is not known. Set PSCHOOK_RP_EXPECTED_TID, or --expected-tid on the command line.", "Non vérifié : l'identifiant de l'organisation n'est pas connu. Renseignez PSCHOOK_RP_EXPECTED_TID, ou --expected-tid en ligne de commande."},
		"skip.id_amr":          {"Not checked: the ID token has no amr to compare with.", "Non vérifié : le jeton d'identité n'a pas d'amr auquel comparer."},
		"skip.no_hook":         {"Not checked: this program does not answer the token hook.", "Non vérifié : ce programme ne répond pas au hook."},
		"skip.no_tokens":       {"Not checked: there is no token to look up.", "Non vérifié : il n'y a pas de jeton à rechercher."},
		"skip.no_call":         {"Nothing to compare: this process keeps no call for these tokens. Either they are more than ten minutes old, or another replica answered, or Okta made no call: then see Okta Admin Console › Workflow › Inline Hooks (is the hook active?) and Security › API › Authorization Servers › Access Policies (does the rule that matched use it? Terraform: okta_auth_server_policy_rule.inline_hook_id).", "Rien à comparer : ce processus ne garde aucun appel pour ces jetons. Soit ils ont plus de dix minutes, soit une autre instance a répondu, soit Okta n'a pas appelé : voyez alors Okta Admin Console › Workflow › Inline Hooks (le hook est-il actif ?) et Security › API › Authorization Servers › Access Policies (la règle appliquée l'utilise-t-elle ? Terraform : okta_auth_server_policy_rule.inline_hook_id)."},
		"skip.nothing_sent":    {"Nothing to compare: no claims are known to have been sent for these tokens.", "Rien à comparer : on ne sait pas que des claims auraient été envoyés pour ces jetons."},
		"skip.scopes":          {"Not checked: the scopes that were asked for are not known (tokens were given, not obtained here).", "Non vérifié : les scopes demandés ne sont pas connus (les jetons ont été fournis, pas obtenus ici)."},
		"skip.provider":        {"Not checked: the provider's metadata is not known.", "Non vérifié : les métadonnées du fournisseur ne sont pas connues."},
	}
}
