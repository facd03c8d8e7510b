package rp

import (
	"pschook/verify/words"
)

// problem says why there is no report, and what to do next.
type problem struct{ title, text, next words.Text }

// problems returns all reasons, by [problemPage.Key].
func problems() map[string]problem { //nolint:funlen // a table
	return map[string]problem{
		"no_sign_in": {
			words.Say("No sign-in is under way", "Aucune connexion n'est en cours"),
			words.Say("The provider's answer came without a sign-in that waits for it: it was used already, or cookies are off, or the sign-in began in another browser.", "La réponse du fournisseur est arrivée sans connexion qui l'attende : elle a déjà servi, ou les cookies sont bloqués, ou la connexion a commencé dans un autre navigateur."),
			words.Say("Sign in again for a new report. If that leads back here, allow cookies for this site, and check that PSCHOOK_RP_REDIRECT_URL has the host that you see in the address bar.", "Connectez-vous à nouveau pour un nouveau rapport. Si cela vous ramène ici, autorisez les cookies pour ce site et vérifiez que PSCHOOK_RP_REDIRECT_URL a l'hôte visible dans la barre d'adresse."),
		},
		"gone": {
			words.Say("This report is not here (any more)", "Ce rapport n'est pas (ou plus) ici"),
			words.Say("A report can be seen for ten minutes, in the browser that it was made for. Those minutes have passed, the service was restarted, another instance answered, or this is another browser.", "Un rapport se consulte pendant dix minutes, dans le navigateur pour lequel il a été établi. Ces minutes sont passées, le service a redémarré, une autre instance a répondu, ou c'est un autre navigateur."),
			words.Say("Sign in again for a new report. To hand one on, download it or print it.", "Connectez-vous à nouveau pour un nouveau rapport. Pour en transmettre un, téléchargez-le ou imprimez-le."),
		},
		"no_play": {
			words.Say("This scenario is not being played", "Ce scénario n'est pas en cours"),
			words.Say("A scenario is played in one browser, for twenty minutes at most. It ended, another one was begun, the service was restarted, another instance answered, this is another browser, or cookies are off.", "Un scénario se joue dans un seul navigateur, vingt minutes au plus. Il est terminé, un autre a été commencé, le service a redémarré, une autre instance a répondu, c'est un autre navigateur, ou les cookies sont bloqués."),
			words.Say("Begin it again. If that leads back here, allow cookies for this site.", "Recommencez-le. Si cela vous ramène ici, autorisez les cookies pour ce site."),
		},
		"missing": {
			words.Say("There is no such page", "Cette page n'existe pas"),
			words.Say("Nothing is served at this address.", "Rien n'est servi à cette adresse."),
			words.Say("Go to the start page.", "Allez à la page d'accueil."),
		},
		"too_old": {
			words.Say("The sign-in took too long", "La connexion a pris trop de temps"),
			words.Say("It must end within ten minutes.", "Elle doit se terminer en dix minutes."),
			words.Say("Sign in again.", "Connectez-vous à nouveau."),
		},
		"replayed": {
			words.Say("This sign-in was used already", "Cette connexion a déjà servi"),
			words.Say("Each sign-in gives one report. The same answer came twice, and the second was refused.", "Chaque connexion donne un rapport. La même réponse est venue deux fois, et la seconde a été refusée."),
			words.Say("Sign in again for a new report. If you did not load the page twice, somebody may have tried to replay the answer: look into the logs of this service and of the provider.", "Connectez-vous à nouveau pour un nouveau rapport. Si vous n'avez pas chargé la page deux fois, quelqu'un a pu tenter de rejouer la réponse : consultez les journaux de ce service et du fournisseur."),
		},
		"state": {
			words.Say("The answer belongs to another sign-in", "La réponse appartient à une autre connexion"),
			words.Say("It does not carry the state of the sign-in that began in this browser, and was refused (RFC 6749 §10.12).", "Elle ne porte pas le state de la connexion commencée dans ce navigateur, et a été refusée (RFC 6749 §10.12)."),
			words.Say("This happens when a second sign-in is begun in another tab: sign in again, in one tab. If you followed a link from elsewhere, do not trust it.", "Cela arrive quand une seconde connexion est commencée dans un autre onglet : connectez-vous à nouveau, dans un seul onglet. Si vous avez suivi un lien venu d'ailleurs, ne lui faites pas confiance."),
		},
		"iss": {
			words.Say("The answer comes from another provider", "La réponse vient d'un autre fournisseur"),
			words.Say("Its iss parameter is not the configured issuer, and it was refused (RFC 9207).", "Son paramètre iss n'est pas l'émetteur configuré, et elle a été refusée (RFC 9207)."),
			words.Say("Check that PSCHOOK_RP_ISSUER (--issuer) is exactly the issuer of the provider's metadata. If it is, somebody may have mixed up two providers on purpose: do not go on.", "Vérifiez que PSCHOOK_RP_ISSUER (--issuer) est exactement l'émetteur des métadonnées du fournisseur. Si c'est le cas, quelqu'un a pu confondre deux fournisseurs à dessein : n'allez pas plus loin."),
		},
		"iss_missing": {
			words.Say("The answer does not say which provider it comes from", "La réponse ne dit pas de quel fournisseur elle vient"),
			words.Say("It carries no iss parameter, although the provider's metadata promise one (authorization_response_iss_parameter_supported), and it was refused (RFC 9207).", "Elle ne porte pas de paramètre iss, alors que les métadonnées du fournisseur l'annoncent (authorization_response_iss_parameter_supported), et elle a été refusée (RFC 9207)."),
			words.Say("Something between the provider and here may drop it: a proxy, a gateway, an old version of the provider. If the provider does not send it, its metadata must not promise it. Otherwise somebody may have mixed up two providers on purpose: do not go on.", "Quelque chose entre le fournisseur et ici peut le retirer : un proxy, une passerelle, une ancienne version du fournisseur. Si le fournisseur ne l'envoie pas, ses métadonnées ne doivent pas l'annoncer. Sinon quelqu'un a pu confondre deux fournisseurs à dessein : n'allez pas plus loin."),
		},
		"state_missing": {
			words.Say("The answer carries no state", "La réponse ne porte pas de state"),
			words.Say("Nothing ties it to the sign-in that began here, and it was refused (RFC 6749 §10.12).", "Rien ne la relie à la connexion commencée ici, et elle a été refusée (RFC 6749 §10.12)."),
			words.Say("Providers hand back the state that they got: something between may drop it, or somebody made this answer up. Sign in again; if it happens again, look at what the provider sends.", "Les fournisseurs restituent le state reçu : quelque chose entre les deux peut le retirer, ou quelqu'un a fabriqué cette réponse. Connectez-vous à nouveau ; si cela persiste, regardez ce que le fournisseur envoie."),
		},
		"empty": {
			words.Say("The browser came back with nothing", "Le navigateur est revenu sans rien"),
			words.Say("The address had no parameters. What a provider puts behind # never reaches a server.", "L'adresse n'avait pas de paramètres. Ce qu'un fournisseur met derrière # n'arrive jamais à un serveur."),
			words.Say("Check that the app uses the Authorization Code flow and response mode query (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.response_types). If you opened the address by hand, go on where the sign-in began.", "Vérifiez que l'application utilise le flux Authorization Code et le mode de réponse query (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.response_types). Si vous avez ouvert l'adresse à la main, continuez là où la connexion a commencé."),
		},
		"host": {
			words.Say("The answer came to another name than the redirect URL", "La réponse est arrivée sous un autre nom que l'URI de redirection"),
			words.Say("Names are compared to the letter: localhost is not 127.0.0.1.", "Les noms sont comparés à la lettre : localhost n'est pas 127.0.0.1."),
			words.Say("Give --redirect-url as it is registered at the provider. If you followed a link from elsewhere, do not trust it.", "Donnez --redirect-url tel qu'il est déclaré chez le fournisseur. Si vous avez suivi un lien venu d'ailleurs, ne lui faites pas confiance."),
		},
		"method": {
			words.Say("The answer came in another way than as an address", "La réponse est arrivée autrement que par une adresse"),
			words.Say("The provider had the browser post it (response mode form_post), which was not asked for.", "Le fournisseur l'a fait envoyer par le navigateur (mode de réponse form_post), ce qui n'était pas demandé."),
			words.Say("Have the client use response mode query at the provider.", "Faites utiliser le mode de réponse query pour ce client chez le fournisseur."),
		},
		"twice": {
			words.Say("The answer is ambiguous", "La réponse est ambiguë"),
			words.Say("A parameter came twice, which no provider does, and the answer was refused (RFC 6749 §3.1).", "Un paramètre est venu deux fois, ce qu'aucun fournisseur ne fait ; la réponse a été refusée (RFC 6749 §3.1)."),
			words.Say("Sign in again. If you followed a link from elsewhere, do not trust it.", "Connectez-vous à nouveau. Si vous avez suivi un lien venu d'ailleurs, ne lui faites pas confiance."),
		},
		"code": {
			words.Say("The answer holds no code", "La réponse ne contient pas de code"),
			words.Say("The provider sent the browser back without an authorization code and without an error.", "Le fournisseur a renvoyé le navigateur sans code d'autorisation ni erreur."),
			words.Say("Check that the app uses the Authorization Code flow and response mode query (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.response_types).", "Vérifiez que l'application utilise le flux Authorization Code et le mode de réponse query (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.response_types)."),
		},
		"request": {
			words.Say("The request cannot be read", "La demande est illisible"),
			words.Say("Nothing was checked.", "Rien n'a été vérifié."),
			words.Say("Go back, correct it and send it again.", "Revenez en arrière, corrigez-la et renvoyez-la."),
		},
		"busy": {
			words.Say("Too many reports are being made", "Trop de rapports sont en cours"),
			words.Say("Nothing was checked: only a few reports are made at a time, so that the token hook is not slowed down.", "Rien n'a été vérifié : seuls quelques rapports sont établis à la fois, pour ne pas ralentir le hook."),
			words.Say("Try again in a moment. If it goes on, somebody may be sending requests on purpose: protect the tester with PSCHOOK_RP_BASIC_AUTH_FILE, or turn it off with PSCHOOK_RP_ENABLED=false.", "Réessayez dans un instant. Si cela dure, quelqu'un envoie peut-être des requêtes à dessein : protégez le contrôle des jetons avec PSCHOOK_RP_BASIC_AUTH_FILE, ou désactivez-le avec PSCHOOK_RP_ENABLED=false."),
		},
		"unavailable": {
			words.Say("The provider cannot be reached", "Le fournisseur est injoignable"),
			words.Say("Its metadata or its tokens could not be fetched.", "Ses métadonnées ou ses jetons n'ont pas pu être obtenus."),
			words.Say("Check PSCHOOK_RP_ISSUER (in Okta: Security › API › Authorization Servers › Issuer URI) and that this service may reach it (proxy, firewall, TLS). For a provider without discovery give its metadata in PSCHOOK_RP_METADATA_FILE.", "Vérifiez PSCHOOK_RP_ISSUER (chez Okta : Security › API › Authorization Servers › Issuer URI) et que ce service peut le joindre (proxy, pare-feu, TLS). Pour un fournisseur sans découverte, donnez ses métadonnées dans PSCHOOK_RP_METADATA_FILE."),
		},
		"answer": {
			words.Say("The provider does not answer as it should", "Le fournisseur ne répond pas comme il faut"),
			words.Say("Somebody answers at its address, but its metadata or its tokens are not there.", "Quelqu'un répond à son adresse, mais ses métadonnées ou ses jetons n'y sont pas."),
			words.Say("Compare PSCHOOK_RP_ISSUER (--issuer) with the issuer in the provider's console (in Okta: Security › API › Authorization Servers › Issuer URI), and the endpoints with its metadata.", "Comparez PSCHOOK_RP_ISSUER (--issuer) à l'émetteur indiqué dans la console du fournisseur (chez Okta : Security › API › Authorization Servers › Issuer URI), et les points d'accès à ses métadonnées."),
		},
		"internal": {
			words.Say("Something went wrong here", "Une erreur s'est produite ici"),
			words.Say("The fault lies with this service, not with you or the provider.", "L'erreur vient de ce service, ni de vous ni du fournisseur."),
			words.Say("Try again. If it happens again, look into the log of this service.", "Réessayez. Si cela persiste, consultez le journal de ce service."),
		},
		"provider": {
			words.Say("The provider did not let the sign-in end", "Le fournisseur n'a pas laissé la connexion aboutir"),
			words.Say("There are no tokens to check. Below is what it said, in its own words.", "Il n'y a pas de jetons à vérifier. Voici ce qu'il a répondu, dans ses propres termes."),
			words.Say("Look the error up at the provider: in Okta, Admin Console › Reports › System Log.", "Cherchez l'erreur chez le fournisseur : chez Okta, Admin Console › Reports › System Log."),
		},
	}
}

// remedies say what to do about an error of the provider, by its code (RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core
// §3.1.2.6).
func remedies() map[string]words.Text {
	interaction := words.Say("The provider has to show you a page, and prompt=none forbids it: sign in again without it.", "Le fournisseur doit vous montrer une page, et prompt=none l'interdit : connectez-vous à nouveau sans lui.")
	return map[string]words.Text{
		"access_denied":        words.Say("You declined, or you may not use this app: assign the user or a group to it (Okta Admin Console › Applications › app › Assignments; Terraform: okta_app_group_assignments.group), and look at the access policy of the authorization server (Security › API › Authorization Servers › Access Policies).", "Vous avez refusé, ou vous n'avez pas accès à cette application : attribuez-la à l'utilisateur ou à un groupe (Okta Admin Console › Applications › app › Assignments ; Terraform : okta_app_group_assignments.group), et regardez la politique d'accès du serveur d'autorisation (Security › API › Authorization Servers › Access Policies)."),
		"invalid_client":       words.Say("The client's credentials do not fit: check PSCHOOK_RP_CLIENT_ID and PSCHOOK_RP_CLIENT_SECRET; leave the secret empty for a public client such as an Okta SPA (Okta Admin Console › Applications › app › General › Client authentication; Terraform: okta_app_oauth.token_endpoint_auth_method).", "L'authentification du client ne convient pas : vérifiez PSCHOOK_RP_CLIENT_ID et PSCHOOK_RP_CLIENT_SECRET ; laissez le secret vide pour un client public tel qu'une SPA Okta (Okta Admin Console › Applications › app › General › Client authentication ; Terraform : okta_app_oauth.token_endpoint_auth_method)."),
		"invalid_grant":        words.Say("The code was used, expired, or was issued for another redirect URL: sign in again, and check that PSCHOOK_RP_REDIRECT_URL is exactly the one registered (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.redirect_uris).", "Le code a servi, a expiré, ou a été émis pour une autre URI de redirection : connectez-vous à nouveau, et vérifiez que PSCHOOK_RP_REDIRECT_URL est exactement celle qui y est déclarée (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.redirect_uris)."),
		"invalid_request":      words.Say("The provider could not read the request: check PSCHOOK_RP_REDIRECT_URL, PSCHOOK_RP_ACR_VALUES and PSCHOOK_RP_SCOPES against what the app has registered (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.redirect_uris).", "Le fournisseur n'a pas compris la demande : comparez PSCHOOK_RP_REDIRECT_URL, PSCHOOK_RP_ACR_VALUES et PSCHOOK_RP_SCOPES à ce qui est déclaré pour l'application (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.redirect_uris)."),
		"invalid_scope":        words.Say("The provider does not know a scope that was asked for, or no rule of its access policy grants it: check PSCHOOK_RP_SCOPES, and Okta Admin Console › Security › API › Authorization Servers › Scopes and Access Policies (Terraform: okta_auth_server_policy_rule.scope_whitelist).", "Le fournisseur ne connaît pas une portée demandée, ou aucune règle de sa politique d'accès ne l'accorde : vérifiez PSCHOOK_RP_SCOPES, et Okta Admin Console › Security › API › Authorization Servers › Scopes et Access Policies (Terraform : okta_auth_server_policy_rule.scope_whitelist)."),
		"login_required":       words.Say("The provider wants you to authenticate: sign in again. Where prompt=none was asked and nobody was signed in, this is the right answer.", "Le fournisseur veut que vous vous authentifiiez : connectez-vous à nouveau. Si prompt=none était demandé et que personne n'était connecté, c'est la bonne réponse."),
		"interaction_required": interaction, "consent_required": interaction, "account_selection_required": interaction,
		"unmet_authentication_requirements": words.Say("The provider could not reach the level that was asked for: check PSCHOOK_RP_ACR_VALUES (--acr-values), and that the person has a means of that level.", "Le fournisseur n'a pas pu atteindre le niveau demandé : vérifiez PSCHOOK_RP_ACR_VALUES (--acr-values), et que la personne a un moyen de ce niveau."),
		"server_error":                      words.Say("When the token hook refuses, Okta answers server_error with the hook's own sentence. The reference in it stands in the log of pschook, with the reason: the org id is not known (see PSCHOOK_TID_SOURCE and PSCHOOK_ON_FAILURE), or the AMR policy refuses this way of authenticating (see PSCHOOK_AMR_POLICY_FILE). Otherwise the fault is the provider's: Okta Admin Console › Reports › System Log.", "Quand le hook refuse, Okta répond server_error avec la phrase du hook. La référence qu'elle contient figure dans le journal de pschook, avec la cause : l'identifiant d'organisation n'est pas connu (voir PSCHOOK_TID_SOURCE et PSCHOOK_ON_FAILURE), ou la politique AMR refuse cette façon de s'authentifier (voir PSCHOOK_AMR_POLICY_FILE). Sinon l'erreur vient du fournisseur : Okta Admin Console › Reports › System Log."),
		"temporarily_unavailable":           words.Say("The provider is overloaded or being maintained: try again in a minute.", "Le fournisseur est surchargé ou en maintenance : réessayez dans une minute."),
		"unauthorized_client":               words.Say("The client may not use the Authorization Code flow: allow it (Okta Admin Console › Applications › app › General › Grant type; Terraform: okta_app_oauth.grant_types).", "Le client n'a pas droit au flux Authorization Code : autorisez-le (Okta Admin Console › Applications › app › General › Grant type ; Terraform : okta_app_oauth.grant_types)."),
		"unsupported_response_type":         words.Say("The client may not use the Authorization Code flow: allow response type code (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.response_types).", "Le client n'a pas droit au flux Authorization Code : autorisez le type de réponse code (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.response_types)."),
	}
}
