package verify

// pageTexts are the words around a report, on pages, in text and in JUnit XML.
func pageTexts() map[string]text {
	return map[string]text{
		"status.pass": {"pass", "conforme"},
		"status.warn": {"warning", "attention"},
		"status.fail": {"fail", "échec"},
		"status.skip": {"skipped", "non vérifié"},

		"label.expected": {"Expected:", "Attendu :"},
		"label.actual":   {"Found:", "Constaté :"},
		"label.hint":     {"What to do:", "Que faire :"},
		"label.reason":   {"Why:", "Pourquoi :"},
		"label.note":     {"Note:", "À noter :"},
		"label.spec":     {"Rule:", "Règle :"},

		"page.name":         {"pschook · token check", "pschook · contrôle des jetons"},
		"page.skip":         {"Skip to the content", "Aller au contenu"},
		"page.languages":    {"Languages", "Langues"},
		"page.nothing_kept": {"Nothing is kept: tokens and reports live as long as this page. They hold personal data; share them with care.", "Rien n'est conservé : jetons et rapports vivent le temps de cette page. Ils contiennent des données personnelles ; partagez-les avec précaution."},

		"start.title":        {"Are these tokens ready for Pro Santé Connect?", "Ces jetons sont-ils prêts pour Pro Santé Connect ?"},
		"start.lead":         {"Sign in as Pro Santé Connect would have you sign in, or paste tokens. You get a verdict, check by check, with what to change and where.", "Connectez-vous comme Pro Santé Connect le demanderait, ou collez des jetons. Vous obtenez un verdict, point par point, avec ce qu'il faut changer et où."},
		"start.signin":       {"Sign in", "Se connecter"},
		"start.signin_text":  {"You go to the provider below and come back with fresh tokens (Authorization Code flow with PKCE).", "Vous allez chez le fournisseur ci-dessous et revenez avec des jetons neufs (flux Authorization Code avec PKCE)."},
		"start.issuer":       {"Issuer", "Émetteur"},
		"start.client":       {"Client id", "Identifiant client"},
		"start.profile":      {"Profile", "Profil"},
		"start.login":        {"Sign in and check", "Se connecter et vérifier"},
		"start.login_again":  {"Sign in as someone else", "Se connecter avec un autre compte"},
		"start.paste":        {"Paste tokens", "Coller des jetons"},
		"start.paste_text":   {"Tokens that you have already. They must come from the issuer named here.", "Des jetons que vous avez déjà. Ils doivent venir de l'émetteur indiqué ici."},
		"start.id_token":     {"ID token", "Jeton d'identité (ID token)"},
		"start.access_token": {"Access token", "Jeton d'accès (access token)"},
		"start.userinfo":     {"Userinfo response, JSON (optional)", "Réponse userinfo, JSON (facultatif)"},
		"start.nonce":        {"Nonce (optional)", "Nonce (facultatif)"},
		"start.check":        {"Check the tokens", "Vérifier les jetons"},

		"verdict.pass": {"Pass: the tokens are what profile {profile} asks for.", "Conforme : les jetons répondent au profil {profile}."},
		"verdict.warn": {"Pass with warnings: the tokens work for profile {profile}, but look at the warnings.", "Conforme avec réserves : les jetons conviennent au profil {profile}, mais voyez les points d'attention."},
		"verdict.fail": {"Fail: the tokens are not what profile {profile} asks for.", "Échec : les jetons ne répondent pas au profil {profile}."},

		"report.tally":       {"Failed: {fail}. Warnings: {warn}. Passed: {pass}. Not checked: {skip}.", "Échecs : {fail}. Points d'attention : {warn}. Conformes : {pass}. Non vérifiés : {skip}."},
		"report.tally_level": {"Failed: {fail}. Warnings: {warn}. Passed: {pass}. Not checked: {skip}. Level: {level}.", "Échecs : {fail}. Points d'attention : {warn}. Conformes : {pass}. Non vérifiés : {skip}. Niveau : {level}."},
		"level.substantiel":  {"substantial (substantiel)", "substantiel"},
		"level.eleve":        {"high (élevé)", "élevé"},
		"level.none":         {"none reached", "aucun niveau atteint"},
	}
}

// reportPageTexts are the words on the page of a report.
func reportPageTexts() map[string]text {
	return map[string]text{
		"report.title":        {"token report", "rapport sur les jetons"},
		"report.mend":         {"What to look at", "À regarder"},
		"report.again":        {"Sign in again", "Se connecter à nouveau"},
		"report.start":        {"Back to the start page", "Retour à la page d'accueil"},
		"report.checks":       {"All checks", "Tous les points vérifiés"},
		"report.tokens":       {"The tokens, decoded", "Les jetons décodés"},
		"report.id_token":     {"ID token", "Jeton d'identité (ID token)"},
		"report.access_token": {"Access token", "Jeton d'accès (access token)"},
		"report.header":       {"Header", "En-tête"},
		"report.claims":       {"Claims", "Claims"},
		"report.claim":        {"Name", "Nom"},
		"report.value":        {"Value", "Valeur"},
		"report.added":        {"added by the hook", "ajouté par le hook"},
		"report.no_token":     {"No token that could be decoded.", "Aucun jeton qui ait pu être décodé."},
		"report.no_signature": {"Signatures and the tokens as received are not shown.", "Les signatures et les jetons tels que reçus ne sont pas affichés."},
		"report.keep":         {"Keep this report", "Garder ce rapport"},
		"report.keep_text":    {"Reloading the page cannot bring it back. Download it, print it, or copy it from the field below.", "Recharger la page ne le fera pas revenir. Téléchargez-le, imprimez-le, ou copiez-le depuis le champ ci-dessous."},
		"report.json":         {"Download as JSON", "Télécharger en JSON"},
		"report.junit":        {"Download as JUnit XML", "Télécharger en XML JUnit"},
		"report.text":         {"Download as text", "Télécharger en texte"},
		"report.copy":         {"The report as JSON (select all, then copy)", "Le rapport en JSON (tout sélectionner, puis copier)"},

		"group.id":     {"ID token", "Jeton d'identité"},
		"group.access": {"Access token", "Jeton d'accès"},
		"group.psc":    {"What Pro Santé Connect reads", "Ce que lit Pro Santé Connect"},
		"group.user":   {"User and client", "Utilisateur et client"},
		"group.hook":   {"The token hook", "Le hook de jetons"},
	}
}

// flowTexts say why there is no report, and what to do next.
func flowTexts() map[string]text {
	return map[string]text{
		"problem.next":               {"What to do next", "Que faire maintenant"},
		"problem.again":              {"Sign in again", "Se connecter à nouveau"},
		"problem.said.us":            {"In detail", "En détail"},
		"problem.said.authorization": {"What the provider said when asked to sign you in", "Ce que le fournisseur a répondu à la demande de connexion"},
		"problem.said.token":         {"What the provider said when asked for the tokens", "Ce que le fournisseur a répondu à la demande des jetons"},

		"loopback.done":   {"Done. You can close this page: the report is in the terminal.", "C'est fait. Vous pouvez fermer cette page : le rapport est dans le terminal."},
		"loopback.failed": {"The sign-in did not end. You can close this page: the reason is in the terminal.", "La connexion n'a pas abouti. Vous pouvez fermer cette page : la raison est dans le terminal."},

		"problem.title.internal": {"Something went wrong here", "Une erreur s'est produite ici"},
		"problem.text.internal":  {"The fault lies with this service, not with you or the provider.", "La faute est à ce service, ni à vous ni au fournisseur."},
		"problem.next.internal":  {"Try again. If it stays so, look into the log of this service.", "Réessayez. Si cela persiste, consultez le journal de ce service."},

		"problem.title.busy": {"Too many reports are being made", "Trop de rapports sont en cours"},
		"problem.text.busy":  {"Nothing was checked: only a few reports are made at a time, so that the token hook is not slowed down.", "Rien n'a été vérifié : seuls quelques rapports sont établis à la fois, pour ne pas ralentir le hook."},
		"problem.next.busy":  {"Try again in a moment. If it goes on, somebody may be sending requests on purpose: guard the tester with PSCHOOK_RP_BASIC_AUTH_FILE, or turn it off with PSCHOOK_RP_ENABLED=false.", "Réessayez dans un instant. Si cela dure, quelqu'un envoie peut-être des requêtes à dessein : protégez le testeur avec PSCHOOK_RP_BASIC_AUTH_FILE, ou désactivez-le avec PSCHOOK_RP_ENABLED=false."},

		"problem.title.unavailable": {"The provider cannot be reached", "Le fournisseur est injoignable"},
		"problem.text.unavailable":  {"Its metadata or its tokens could not be fetched.", "Ses métadonnées ou ses jetons n'ont pas pu être obtenus."},
		"problem.next.unavailable":  {"Check PSCHOOK_RP_ISSUER (in Okta: Security › API › Authorization Servers › Issuer URI) and that this service may reach it (proxy, firewall, TLS). For a provider without discovery give its metadata in PSCHOOK_RP_METADATA_FILE.", "Vérifiez PSCHOOK_RP_ISSUER (chez Okta : Security › API › Authorization Servers › Issuer URI) et que ce service peut le joindre (proxy, pare-feu, TLS). Pour un fournisseur sans découverte, donnez ses métadonnées dans PSCHOOK_RP_METADATA_FILE."},

		"problem.title.no_sign_in": {"No sign-in is under way", "Aucune connexion n'est en cours"},
		"problem.text.no_sign_in":  {"This page shows a report once, right after signing in. It was loaded again, or cookies are off, or the sign-in began in another browser.", "Cette page montre un rapport une seule fois, juste après la connexion. Elle a été rechargée, ou les cookies sont bloqués, ou la connexion a commencé dans un autre navigateur."},
		"problem.next.no_sign_in":  {"Sign in again for a new report. If that leads back here, allow cookies for this site, and check that PSCHOOK_RP_REDIRECT_URL has the host that you see in the address bar.", "Connectez-vous à nouveau pour un nouveau rapport. Si cela vous ramène ici, autorisez les cookies pour ce site et vérifiez que PSCHOOK_RP_REDIRECT_URL a l'hôte visible dans la barre d'adresse."},

		"problem.title.too_old": {"The sign-in took too long", "La connexion a pris trop de temps"},
		"problem.text.too_old":  {"It must end within ten minutes.", "Elle doit se terminer en dix minutes."},
		"problem.next.too_old":  {"Sign in again.", "Connectez-vous à nouveau."},

		"problem.title.replayed": {"This sign-in was used already", "Cette connexion a déjà servi"},
		"problem.text.replayed":  {"Each sign-in gives one report. The same answer came twice, and the second was refused.", "Chaque connexion donne un rapport. La même réponse est venue deux fois, et la seconde a été refusée."},
		"problem.next.replayed":  {"Sign in again for a new report. If you did not load the page twice, somebody may have tried to replay the answer: look into the logs of this service and of the provider.", "Connectez-vous à nouveau pour un nouveau rapport. Si vous n'avez pas chargé la page deux fois, quelqu'un a pu tenter de rejouer la réponse : consultez les journaux de ce service et du fournisseur."},

		"problem.title.state": {"The answer belongs to another sign-in", "La réponse appartient à une autre connexion"},
		"problem.text.state":  {"It does not carry the state of the sign-in that began in this browser, and was refused (RFC 6749 §10.12).", "Elle ne porte pas le state de la connexion commencée dans ce navigateur, et a été refusée (RFC 6749 §10.12)."},
		"problem.next.state":  {"This happens when a second sign-in is begun in another tab: sign in again, in one tab. If you followed a link from elsewhere, do not trust it.", "Cela arrive quand une seconde connexion est commencée dans un autre onglet : connectez-vous à nouveau, dans un seul onglet. Si vous avez suivi un lien venu d'ailleurs, ne lui faites pas confiance."},

		"problem.title.iss": {"The answer comes from another provider", "La réponse vient d'un autre fournisseur"},
		"problem.text.iss":  {"Its iss parameter is not the configured issuer, or is missing although the provider promises it, and it was refused (RFC 9207).", "Son paramètre iss n'est pas l'émetteur configuré, ou manque alors que le fournisseur l'annonce ; elle a été refusée (RFC 9207)."},
		"problem.next.iss":  {"Check that PSCHOOK_RP_ISSUER is exactly the issuer of the provider's metadata. If it is, somebody may have mixed up two providers on purpose: do not go on.", "Vérifiez que PSCHOOK_RP_ISSUER est exactement l'émetteur des métadonnées du fournisseur. Si c'est le cas, quelqu'un a pu confondre deux fournisseurs à dessein : n'allez pas plus loin."},

		"problem.title.twice": {"The answer is ambiguous", "La réponse est ambiguë"},
		"problem.text.twice":  {"A parameter came twice, which no provider does, and the answer was refused (RFC 6749 §3.1).", "Un paramètre est venu deux fois, ce qu'aucun fournisseur ne fait ; la réponse a été refusée (RFC 6749 §3.1)."},
		"problem.next.twice":  {"Sign in again. If you followed a link from elsewhere, do not trust it.", "Connectez-vous à nouveau. Si vous avez suivi un lien venu d'ailleurs, ne lui faites pas confiance."},

		"problem.title.code": {"The answer holds no code", "La réponse ne contient pas de code"},
		"problem.text.code":  {"The provider sent the browser back without an authorization code and without an error.", "Le fournisseur a renvoyé le navigateur sans code d'autorisation ni erreur."},
		"problem.next.code":  {"Check that the app uses the Authorization Code flow and response mode query (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.response_types).", "Vérifiez que l'application utilise le flux Authorization Code et le mode de réponse query (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.response_types)."},

		"problem.title.request": {"The request cannot be read", "La demande est illisible"},
		"problem.text.request":  {"Nothing was checked.", "Rien n'a été vérifié."},
		"problem.next.request":  {"Go back, correct it and send it again.", "Revenez en arrière, corrigez-la et renvoyez-la."},

		"problem.title.provider": {"The provider did not let the sign-in end", "Le fournisseur n'a pas laissé la connexion aboutir"},
		"problem.text.provider":  {"There are no tokens to check. Below is what it said, in its own words.", "Il n'y a pas de jetons à vérifier. Voici ce qu'il a répondu, dans ses propres termes."},
	}
}

// providerErrorTexts say what to do about an error that the provider answered.
func providerErrorTexts() map[string]text {
	return map[string]text{
		"problem.next.error.access_denied":             {"You declined, or you may not use this app: assign the user or a group to it (Okta Admin Console › Applications › app › Assignments; Terraform: okta_app_group_assignments.group), and look at the access policy of the authorization server (Security › API › Authorization Servers › Access Policies).", "Vous avez refusé, ou vous n'avez pas accès à cette application : attribuez-la à l'utilisateur ou à un groupe (Okta Admin Console › Applications › app › Assignments ; Terraform : okta_app_group_assignments.group), et regardez la politique d'accès du serveur d'autorisation (Security › API › Authorization Servers › Access Policies)."},
		"problem.next.error.server_error":              {"When the token hook refuses, Okta answers server_error with the hook's own sentence. The reference in it stands in the log of pschook, with the reason: the org id is not known (see PSCHOOK_TID_SOURCE and PSCHOOK_ON_FAILURE), or the AMR policy refuses this way of authenticating (see PSCHOOK_AMR_POLICY_FILE). Otherwise the fault is the provider's: Okta Admin Console › Reports › System Log.", "Quand le hook refuse, Okta répond server_error avec la phrase du hook. La référence qu'elle contient figure dans le journal de pschook, avec la cause : l'identifiant d'organisation n'est pas connu (voir PSCHOOK_TID_SOURCE et PSCHOOK_ON_FAILURE), ou la politique AMR refuse cette façon de s'authentifier (voir PSCHOOK_AMR_POLICY_FILE). Sinon la faute est au fournisseur : Okta Admin Console › Reports › System Log."},
		"problem.next.error.temporarily_unavailable":   {"The provider is overloaded or being maintained: try again in a minute.", "Le fournisseur est surchargé ou en maintenance : réessayez dans une minute."},
		"problem.next.error.invalid_client":            {"The client's credentials do not fit: check PSCHOOK_RP_CLIENT_ID and PSCHOOK_RP_CLIENT_SECRET; leave the secret empty for a public client such as an Okta SPA (Okta Admin Console › Applications › app › General › Client authentication; Terraform: okta_app_oauth.token_endpoint_auth_method).", "L'authentification du client ne convient pas : vérifiez PSCHOOK_RP_CLIENT_ID et PSCHOOK_RP_CLIENT_SECRET ; laissez le secret vide pour un client public tel qu'une SPA Okta (Okta Admin Console › Applications › app › General › Client authentication ; Terraform : okta_app_oauth.token_endpoint_auth_method)."},
		"problem.next.error.invalid_grant":             {"The code was used, expired, or was issued for another redirect URL: sign in again, and check that PSCHOOK_RP_REDIRECT_URL is exactly the one registered (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.redirect_uris).", "Le code a servi, a expiré, ou a été émis pour une autre URL de retour : connectez-vous à nouveau, et vérifiez que PSCHOOK_RP_REDIRECT_URL est exactement celle enregistrée (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.redirect_uris)."},
		"problem.next.error.invalid_scope":             {"The provider does not know a scope that was asked for, or no rule of its access policy grants it: check PSCHOOK_RP_SCOPES, and Okta Admin Console › Security › API › Authorization Servers › Scopes and Access Policies (Terraform: okta_auth_server_policy_rule.scope_whitelist).", "Le fournisseur ne connaît pas un scope demandé, ou aucune règle de sa politique d'accès ne l'accorde : vérifiez PSCHOOK_RP_SCOPES, et Okta Admin Console › Security › API › Authorization Servers › Scopes et Access Policies (Terraform : okta_auth_server_policy_rule.scope_whitelist)."},
		"problem.next.error.unauthorized_client":       {"The client may not use the Authorization Code flow: allow it (Okta Admin Console › Applications › app › General › Grant type; Terraform: okta_app_oauth.grant_types).", "Le client n'a pas droit au flux Authorization Code : autorisez-le (Okta Admin Console › Applications › app › General › Grant type ; Terraform : okta_app_oauth.grant_types)."},
		"problem.next.error.unsupported_response_type": {"The client may not use the Authorization Code flow: allow response type code (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.response_types).", "Le client n'a pas droit au flux Authorization Code : autorisez le type de réponse code (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.response_types)."},
		"problem.next.error.invalid_request":           {"The provider could not read the request: check PSCHOOK_RP_REDIRECT_URL, PSCHOOK_RP_ACR_VALUES and PSCHOOK_RP_SCOPES against what the app has registered (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.redirect_uris).", "Le fournisseur n'a pas compris la demande : comparez PSCHOOK_RP_REDIRECT_URL, PSCHOOK_RP_ACR_VALUES et PSCHOOK_RP_SCOPES à ce que l'application a enregistré (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.redirect_uris)."},
		"problem.next.error.login_required":            {"The provider wants you to authenticate: sign in again.", "Le fournisseur veut que vous vous authentifiiez : connectez-vous à nouveau."},
		"problem.next.error.other":                     {"Look the error up at the provider: in Okta, Admin Console › Reports › System Log.", "Cherchez l'erreur chez le fournisseur : chez Okta, Admin Console › Reports › System Log."},
	}
}
