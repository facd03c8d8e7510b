package verify

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// maxSubLength is the longest sub that OpenID Connect Core §2 allows, in ASCII characters.
const maxSubLength = 255

// idTokenChecks returns the checks of an ID token that every OpenID Connect relying party must make
// (OpenID Connect Core §3.1.3.7). authTimeMissing is the status for an absent auth_time.
func idTokenChecks(authTimeMissing report.Status) []rule {
	return []rule{
		{ID: "id.parse", Title: words.Say("The ID token is a well-formed JWT", "Le jeton d'identité (ID token) est un JWT bien formé"), Spec: "RFC 7519 §7.2, RFC 7515 §7.1", Run: idParse},
		{ID: "id.signature", Title: words.Say("The ID token is signed by the provider", "Le jeton d'identité est signé par le fournisseur"), Spec: "OIDC Core §3.1.3.7, §10.1; RFC 7515 §5.2", Needs: []string{"id.parse", "id.alg", "id.iss"}, Run: idSignature},
		{ID: "id.alg", Title: words.Say("The signature algorithm is an accepted one, with a public key", "L'algorithme de signature est accepté, et à clé publique"), Spec: "RFC 8725 §3.1; OIDC Core §3.1.3.7 (7)", Needs: []string{"id.parse"}, Run: idAlg},
		{ID: "id.iss", Title: words.Say("The ID token comes from the expected issuer", "Le jeton d'identité vient de l'émetteur attendu"), Spec: "OIDC Core §3.1.3.7 (2); RFC 9207", Needs: []string{"id.parse"}, Run: idIssuer},
		{ID: "id.aud", Title: words.Say("The ID token is meant for this client", "Le jeton d'identité est destiné à ce client"), Spec: "OIDC Core §3.1.3.7 (3)", Needs: []string{"id.parse"}, Run: idAudience},
		{ID: "id.azp", Title: words.Say("No other client is named as the authorized party", "Aucun autre client n'est désigné comme partie autorisée"), Spec: "OIDC Core §3.1.3.7 (4, 5)", Needs: []string{"id.parse", "id.aud"}, Run: idAuthorizedParty},
		{ID: "id.exp", Title: words.Say("The ID token has not expired", "Le jeton d'identité n'a pas expiré"), Spec: "OIDC Core §3.1.3.7 (9); RFC 7519 §4.1.4", Needs: []string{"id.parse"}, Run: idExpiry},
		{ID: "id.iat", Title: words.Say("The ID token was issued in the past", "Le jeton d'identité a été émis dans le passé"), Spec: "OIDC Core §3.1.3.7 (10); RFC 7519 §4.1.5, §4.1.6", Needs: []string{"id.parse"}, Run: idIssuedAt},
		{ID: "id.nonce", Title: words.Say("The ID token answers this very sign-in", "Le jeton d'identité répond bien à cette connexion"), Spec: "OIDC Core §3.1.3.7 (11); RFC 9700 §2.1.1", Needs: []string{"id.parse"}, Run: idNonce},
		{
			ID: "id.at_hash", Title: words.Say("ID token and access token belong together", "Jeton d'identité et jeton d'accès vont ensemble"), Spec: "OIDC Core §3.1.3.6, §3.1.3.8", Needs: []string{"id.parse", "id.alg", "access.parse"},
			Unless: []string{"access.signature"}, Run: idAccessTokenHash,
		},
		{
			ID: "id.auth_time", Title: words.Say("The time of authentication is plausible", "La date d'authentification est plausible"), Spec: "OIDC Core §2, §3.1.3.7 (13)", Needs: []string{"id.parse", "id.iat"},
			Run: func(ev *evidence) report.Finding { return idAuthTime(ev, authTimeMissing) },
		},
		{ID: "id.sub", Title: words.Say("The ID token names the user", "Le jeton d'identité désigne l'utilisateur"), Spec: "OIDC Core §2", Needs: []string{"id.parse"}, Run: idSubject},
	}
}

func idParse(ev *evidence) report.Finding {
	f := report.Want(words.Say("three base64url parts; header and claims are JSON objects", "trois parties en base64url ; en-tête et claims sont des objets JSON"))
	if f, bad := parseFinding(f, ev.idErr, idTokenHints()); bad {
		return f
	}
	switch k := kindOf(ev.id, ev.in.ClientID); k {
	case kindUnknown, kindID:
	default:
		if k == kindOther {
			return otherType(f, ev.id)
		}
		return misplaced(f, k, ev.access != nil && kindOf(ev.access, ev.in.ClientID) == kindID)
	}
	return wellFormed(f, ev.id, ev.notes.id)
}

// wellFormed passes, and says what was removed around the token.
func wellFormed(f report.Finding, t *token, notes []words.Text) report.Finding {
	f = f.Got(words.Say("a JWT; number of claims: %d", "un JWT ; nombre de claims : %d", len(t.claims.Names)))
	if len(notes) == 0 {
		return f.Pass()
	}
	return f.Note(words.Join(" ", " ", notes...))
}

// otherType reports a JWT that its header says to be for something else.
func otherType(f report.Finding, t *token) report.Finding {
	return f.Got(words.Say("a JWT of the type %s", "un JWT du type %s", quoted(t.typ))).Fail(words.Say(
		"Its header says that it was made for something else (typ, RFC 8725 §3.11). Copy id_token and access_token of the token response.",
		"Son en-tête dit qu'il est fait pour autre chose (typ, RFC 8725 §3.11). Copiez id_token et access_token de la réponse du point d'accès aux jetons."))
}

// misplaced reports a token of another kind than is expected there. exchanged says that the two
// tokens were exchanged.
func misplaced(f report.Finding, k kind, exchanged bool) report.Finding {
	switch k {
	case kindID:
		f = f.Got(words.Say("an ID token", "un jeton d'identité"))
	case kindAccess:
		f = f.Got(words.Say("an access token", "un jeton d'accès"))
	case kindRefresh:
		return f.Got(words.Say("a refresh token", "un jeton de renouvellement")).Fail(words.Say(
			"A refresh token is for the provider alone. Copy id_token and access_token of the token response.",
			"Un jeton de renouvellement n'est que pour le fournisseur. Copiez id_token et access_token de la réponse du point d'accès aux jetons."))
	default:
		return f.Got(words.Say("a logout token", "un jeton de déconnexion")).Fail(words.Say(
			"A logout token tells that a session ended. Copy id_token and access_token of the token response.",
			"Un jeton de déconnexion annonce la fin d'une session. Copiez id_token et access_token de la réponse du point d'accès aux jetons."))
	}
	if exchanged {
		return f.Fail(words.Say("The two tokens are swapped: exchange them.", "Les deux jetons sont intervertis : échangez-les."))
	}
	return f.Fail(words.Say("This token belongs in the other place: put id_token and access_token of one token response where they belong.",
		"Sa place est l'autre : mettez id_token et access_token d'une même réponse là où ils vont."))
}

// idTokenHints say what to do if something else was given as ID token.
func idTokenHints() map[string]words.Text {
	return map[string]words.Text{
		"empty":           words.Say("No ID token came: ask for the scope openid (PSCHOOK_RP_SCOPES) and allow the Authorization Code grant for the app (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.grant_types).", "Aucun jeton d'identité n'est venu : demandez la portée openid (PSCHOOK_RP_SCOPES) et autorisez le flux Authorization Code pour l'application (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.grant_types)."),
		"not_in_response": words.Say("The answer came without this token. An ID token comes with the scope openid (PSCHOOK_RP_SCOPES, --scopes), also when refreshing.", "La réponse est venue sans ce jeton. Un jeton d'identité vient avec la portée openid (PSCHOOK_RP_SCOPES, --scopes), y compris au renouvellement."),
		"opaque":          words.Say("An ID token is always a JWT. This looks like an authorization code or an opaque access token: copy the value of id_token.", "Un jeton d'identité est toujours un JWT. Ceci ressemble à un code d'autorisation ou à un jeton d'accès opaque : copiez la valeur d'id_token."),
		"encrypted":       words.Say("Turn off ID token encryption in the settings of this client at the provider (id_token_encrypted_response_alg in client metadata): only signed tokens are read.", "Désactivez le chiffrement du jeton d'identité dans les réglages de ce client chez le fournisseur (id_token_encrypted_response_alg dans les métadonnées du client) : seuls les jetons signés sont lus."),
	}
}

// parseFinding turns a parse error into a failed finding. hints are those that differ between the
// two tokens, by kind.
func parseFinding(f report.Finding, err error, hints map[string]words.Text) (report.Finding, bool) {
	var fault *parseError
	if !errors.As(err, &fault) {
		return f, false
	}
	f = f.Got(fault.text())
	if fault.kind == "header" {
		return f.Fail(headerRemedy(fault.detail)), true
	}
	if hint, ok := hints[fault.kind]; ok {
		return f.Fail(hint), true
	}
	if hint, ok := copyHints()[fault.kind]; ok {
		return f.Fail(hint), true
	}
	return f.Fail(words.Say("Copy the whole token, from eyJ to the end of the third part, without line breaks or quotes.", "Copiez le jeton entier, d'eyJ à la fin de la troisième partie, sans retour à la ligne ni guillemets.")), true
}

// headerRemedy says what to do about a header member that makes a token unusable.
func headerRemedy(member string) words.Text {
	switch member {
	case "crit":
		return words.Say(
			"The header asks receivers to refuse the token unless they understand what crit names, and no sign-in needs that: have the provider leave crit out (RFC 7515 §4.1.11; RFC 7797 §7 for b64).",
			"L'en-tête demande de refuser le jeton à qui ne comprend pas ce que nomme crit, ce dont aucune connexion n'a besoin : faites retirer crit par le fournisseur (RFC 7515 §4.1.11 ; RFC 7797 §7 pour b64).")
	case "jwk", "x5c":
		return words.Say(
			"This member of the header is not written as it should be, and nobody needs it: have the provider leave %s out. Keys come from its key set, by kid.",
			"Ce membre de l'en-tête n'est pas écrit comme il se doit, et nul n'en a besoin : faites retirer %s par le fournisseur. Les clés viennent de son jeu de clés, par kid.", member)
	}
	return words.Say(
		"The header of a token must have alg, and alg, kid and typ must be texts (RFC 7515 §4.1): have the provider correct %s. Copying again does not help.",
		"L'en-tête d'un jeton doit avoir alg, et alg, kid et typ doivent être des textes (RFC 7515 §4.1) : faites corriger %s par le fournisseur. Le recopier n'y change rien.", member)
}

// copyHints say what to do if somebody copied another text instead of a token, by kind.
func copyHints() map[string]words.Text {
	return map[string]words.Text{
		"basic":          words.Say("These are the credentials of a client, not a token, and now in a place where they do not belong: take id_token and access_token from the answer to that request, and consider changing the secret.", "Ce sont les identifiants d'un client, pas un jeton, et les voici là où ils n'ont rien à faire : prenez id_token et access_token dans la réponse à cette requête, et songez à changer le secret."),
		"claims":         words.Say("Claims that were decoded carry no signature. Copy the token itself, the text that begins with eyJ.", "Des claims déjà décodés ne portent pas de signature. Copiez le jeton lui-même, le texte qui commence par eyJ."),
		"code":           words.Say("The code has to be exchanged for tokens at the token endpoint first, or let pschook verify --login do both.", "Le code doit d'abord être échangé au point d'accès aux jetons ; pschook verify --login fait les deux."),
		"error_response": words.Say("The provider gave no tokens. Fix what it names, sign in again and copy the new answer.", "Le fournisseur n'a pas donné de jetons. Corrigez ce qu'il nomme, reconnectez-vous et copiez la nouvelle réponse."),
		"key_set":        words.Say("Keys are read from the issuer by themselves. Copy the token, the text that begins with eyJ.", "Les clés sont lues chez l'émetteur sans cela. Copiez le jeton, le texte qui commence par eyJ."),
		"too_large":      words.Say("Web servers refuse such a token. Have the provider put fewer claims into it (groups, roles), or ask for fewer scopes (PSCHOOK_RP_SCOPES).", "Les serveurs web refusent un tel jeton. Faites-y mettre moins de claims par le fournisseur (groupes, rôles), ou demandez moins de portées (PSCHOOK_RP_SCOPES)."),
		"detached":       words.Say("Logs and some tools leave out a part of the token: copy the whole text from the response itself.", "Des journaux et certains outils omettent une partie du jeton : copiez le texte entier dans la réponse elle-même."),
		"nested":         words.Say("Such tokens are not read. Have the provider sign the claims once, without another JWT around them (cty JWT, RFC 7519 §5.2).", "De tels jetons ne sont pas lus. Faites signer les claims une seule fois par le fournisseur, sans autre JWT autour (cty JWT, RFC 7519 §5.2)."),
		"no_claims":      words.Say("It says nothing about anybody: check where this token comes from, and what the provider puts into it.", "Il ne contient rien sur qui que ce soit : vérifiez d'où vient ce jeton, et ce que le fournisseur y met."),
		"json":           words.Say("Copy the token again, from eyJ to the end of its third part. If it says the same, the provider does not write this part as a JSON object in UTF-8 without duplicates (RFC 7519 §4, §7.2), and must correct that.", "Copiez de nouveau le jeton, d'eyJ à la fin de sa troisième partie. Si le message reste le même, le fournisseur n'écrit pas cette partie comme un objet JSON en UTF-8 sans doublon (RFC 7519 §4, §7.2), et doit le corriger."),
		"saml":           words.Say("The application in the provider is a SAML one. Make an OpenID Connect application (Okta Admin Console › Applications › Create App Integration › OIDC) and sign in with it.", "L'application chez le fournisseur est de type SAML. Créez une application OpenID Connect (Okta Admin Console › Applications › Create App Integration › OIDC) et connectez-vous par elle."),
		"html":           words.Say("Copy the answer of the token endpoint, not what the browser shows: the text that begins with eyJ.", "Copiez la réponse du point d'accès aux jetons, et non ce que montre le navigateur : le texte qui commence par eyJ."),
		"http_answer":    words.Say("Its status and headers say why there are no tokens. Mend that, send the request again and copy the body of the answer.", "Son statut et ses en-têtes disent pourquoi il n'y a pas de jetons. Réparez-le, envoyez de nouveau la requête et copiez le corps de la réponse."),
		"pem":            words.Say("Keys are read from the issuer by themselves. Copy the token, the text that begins with eyJ.", "Les clés sont lues chez l'émetteur sans cela. Copiez le jeton, le texte qui commence par eyJ."),
		"placeholder":    words.Say("Whatever should have put the token here did not: put in the token itself, the text that begins with eyJ.", "Ce qui devait mettre le jeton ici ne l'a pas fait : mettez-y le jeton lui-même, le texte qui commence par eyJ."),
		"file_name":      words.Say("Copy what is in the file, or name the file on the command line (--id-token, --access-token).", "Copiez ce que contient le fichier, ou nommez le fichier en ligne de commande (--id-token, --access-token)."),
		"api_token":      words.Say("This is the key to the org's management, and now in a place where it does not belong: consider revoking it (Okta Admin Console › Security › API › Tokens). Copy id_token and access_token of a sign-in.", "C'est la clé de l'administration de l'organisation, et la voici là où elle n'a rien à faire : songez à la révoquer (Okta Admin Console › Security › API › Tokens). Copiez id_token et access_token d'une connexion."),
		"token_request":  words.Say("Copy the answer to this request, the JSON with id_token and access_token.", "Copiez la réponse à cette requête, le JSON avec id_token et access_token."),
		"metadata":       words.Say("They are read from the issuer by themselves, or given with --metadata. Copy the token, the text that begins with eyJ.", "Elles sont lues chez l'émetteur sans cela, ou données par --metadata. Copiez le jeton, le texte qui commence par eyJ."),
		"introspection":  words.Say("It tells about a token. Copy the token itself, the text that begins with eyJ.", "Elle parle d'un jeton. Copiez le jeton lui-même, le texte qui commence par eyJ."),
		"header_only":    words.Say("What was decoded carries no signature. Copy the token itself, the text that begins with eyJ.", "Ce qui a été décodé ne porte pas de signature. Copiez le jeton lui-même, le texte qui commence par eyJ."),
		"object":         words.Say("Copy the answer of the token endpoint, or the token itself, the text that begins with eyJ.", "Copiez la réponse du point d'accès aux jetons, ou le jeton lui-même, le texte qui commence par eyJ."),
		"cut_object":     words.Say("Copy the whole answer of the token endpoint, from { to }, or the token itself, the text that begins with eyJ.", "Copiez toute la réponse du point d'accès aux jetons, de { à }, ou le jeton lui-même, le texte qui commence par eyJ."),
		"several":        words.Say("Give one token in each place: id_token and access_token of one token response. The whole response works, too.", "Donnez un jeton à chaque place : id_token et access_token d'une même réponse. La réponse entière convient aussi."),
		"shortened":      words.Say("Whatever showed the token cut it short. Copy the whole text from the response itself.", "Ce qui a affiché le jeton l'a abrégé. Copiez le texte entier dans la réponse elle-même."),
	}
}

// text says what is wrong with the token.
func (e *parseError) text() words.Text { //nolint:cyclop,funlen // a table
	switch e.kind {
	case "empty":
		return words.Say("no token", "pas de jeton")
	case "too_large":
		return words.Say("more than 64 KiB", "plus de 64 Kio")
	case "opaque":
		return words.Say("an opaque token, not a JWT", "un jeton opaque, pas un JWT")
	case "detached":
		return words.Say("a token whose second part, the claims, is empty", "un jeton dont la deuxième partie, les claims, est vide")
	case "nested":
		return words.Say("a JWT within a JWT", "un JWT dans un JWT")
	case "no_claims":
		return words.Say("a token without any claim", "un jeton sans aucun claim")
	case "saml":
		return words.Say("a SAML message, not a token", "un message SAML, pas un jeton")
	case "html":
		return words.Say("a page of HTML or XML, not a token", "une page HTML ou XML, pas un jeton")
	case "pem":
		return words.Say("a certificate or key (PEM), not a token", "un certificat ou une clé (PEM), pas un jeton")
	case "placeholder":
		return words.Say("a placeholder, not a token", "un espace réservé, pas un jeton")
	case "file_name":
		return words.Say("the name of a file, not its content", "le nom d'un fichier, pas son contenu")
	case "api_token":
		return words.Say("an Okta API token (SSWS), not a token of a person", "un jeton d'API Okta (SSWS), pas un jeton d'une personne")
	case "token_request":
		return words.Say("a request to the token endpoint, not its answer", "une requête au point d'accès aux jetons, pas sa réponse")
	case "metadata":
		return words.Say("provider metadata, not a token", "les métadonnées du fournisseur, pas un jeton")
	case "introspection":
		return words.Say("the answer of an introspection, not a token", "la réponse d'une introspection, pas un jeton")
	case "header_only":
		return words.Say("the decoded header of a token, not a token", "l'en-tête décodé d'un jeton, pas un jeton")
	case "http_answer":
		return words.Say("an HTTP answer without a token", "une réponse HTTP sans jeton")
	case "cut_object":
		return words.Say("JSON that cannot be read, perhaps because its end is missing", "du JSON illisible, peut-être parce que sa fin manque")
	case "encrypted":
		return words.Say("an encrypted token (five parts)", "un jeton chiffré (cinq parties)")
	case "basic":
		return words.Say("an Authorization header with a name and a password (Basic)", "un en-tête Authorization avec un nom et un mot de passe (Basic)")
	case "claims":
		return words.Say("decoded claims, not a token", "des claims décodés, pas un jeton")
	case "code":
		return words.Say("an address with an authorization code, not a token", "une adresse avec un code d'autorisation, pas un jeton")
	case "error_response":
		return words.Say("an error of the provider, not a token: %s", "une erreur du fournisseur, pas un jeton : %s", e.detail)
	case "key_set":
		return words.Say("a key set, not a token", "un jeu de clés, pas un jeton")
	case "not_in_response":
		return words.Say("a token response without this token", "une réponse du point d'accès aux jetons sans ce jeton")
	case "object":
		return words.Say("a JSON object without a token; its members: %s", "un objet JSON sans jeton ; ses membres : %s", e.detail)
	case "several":
		return words.Say("several tokens one after another", "plusieurs jetons à la suite")
	case "shortened":
		return words.Say("a token that was shortened", "un jeton abrégé")
	case "parts":
		return words.Say("not three parts separated by dots", "pas trois parties séparées par des points")
	case "base64":
		return words.Say("not base64url: %s", "pas du base64url : %s", e.place())
	case "json":
		return words.Say("not a strict JSON object: %s: %s", "pas un objet JSON strict : %s : %s", e.place(), e.detail)
	}
	return words.Say("unusable header member: %s", "membre d'en-tête inutilisable : %s", e.detail)
}

// place says where in the token the fault is.
func (e *parseError) place() words.Text {
	parts := map[string]words.Text{
		"header": words.Say("header", "en-tête"), "claims": words.Literal("claims"), "signature": words.Literal("signature"),
		"line break": words.Say("a line break", "un saut de ligne"),
	}
	if e.at == 0 {
		return parts[e.part]
	}
	return words.Say("%s, character %d", "%s, caractère %d", parts[e.part], e.at)
}

// idSignature says so if the access token does not fit the same key either: then the key is the
// likely fault.
func idSignature(ev *evidence) report.Finding {
	s := signatureOf(ev, ev.id, ev.idKeys)
	if s.key || !ev.sameHeader() {
		return s.Finding
	}
	if other := signatureOf(ev, ev.access, ev.accessKeys); !other.key {
		return s.Got(words.Say("%s; nor does the access token", "%s ; le jeton d'accès non plus", s.Actual)).Fail(keyReplaced())
	}
	return s.Finding
}

// sameHeader reports whether both tokens name the same key and algorithm.
func (ev *evidence) sameHeader() bool {
	return ev.id != nil && ev.access != nil && ev.id.kid == ev.access.kid && ev.id.alg == ev.access.alg
}

// changed reports whether no published key signed the ID token. What it says then proves nothing.
func (ev *evidence) changed() bool {
	return ev.found.Find("id.signature").Status == report.StatusFail && !signatureOf(ev, ev.id, ev.idKeys).key
}

func idAlg(ev *evidence) report.Finding {
	f := report.Want(words.Say("one of %s", "l'un de %s", words.List(allowedAlgs()))).Got(words.Literal(strconv.Quote(words.Shorten(ev.id.alg, shownRunes))))
	if !algAllowed(ev.id.alg) {
		return f.Fail(algRemedy(ev.id.alg))
	}
	return f.Pass()
}

// algRemedy says what to do about an algorithm that is not accepted.
func algRemedy(alg string) words.Text {
	i := slices.IndexFunc(allowedAlgs(), func(a string) bool { return strings.EqualFold(a, alg) })
	switch {
	case i >= 0:
		return words.Say(
			"Only small and capital letters differ, but names are compared letter by letter (RFC 7515 §4.1.1): have the provider write alg %s.",
			"Seules les majuscules diffèrent, mais les noms sont comparés lettre par lettre (RFC 7515 §4.1.1) : faites écrire alg %s par le fournisseur.", allowedAlgs()[i])
	case strings.EqualFold(alg, "none"), strings.HasPrefix(alg, "HS"):
		return words.Say(
			"Have the tokens signed with RS256 or ES256. “none” proves nothing, and HS256 lets whoever knows the shared secret forge tokens. Okta always signs with RS256, so this token does not come from Okta; elsewhere set id_token_signed_response_alg of the client.",
			"Faites signer les jetons en RS256 ou ES256. « none » ne prouve rien, et HS256 permet à quiconque connaît le secret partagé de forger des jetons. Okta signe toujours en RS256, ce jeton ne vient donc pas de lui ; ailleurs, réglez id_token_signed_response_alg du client.")
	}
	return words.Say(
		"Not every receiver knows this algorithm, and it is not accepted here: have the tokens signed with RS256 or ES256 (id_token_signed_response_alg of the client at the provider). Okta always signs with RS256.",
		"Tous les destinataires ne connaissent pas cet algorithme, et il n'est pas accepté ici : faites signer les jetons en RS256 ou ES256 (id_token_signed_response_alg du client chez le fournisseur). Okta signe toujours en RS256.")
}

func idIssuer(ev *evidence) report.Finding {
	return issuerFinding(ev, ev.id, words.Say("Set PSCHOOK_RP_ISSUER (--issuer) to the issuer that the app uses: Okta Admin Console › Security › API › Authorization Servers › Issuer URI. Mind org or custom authorization server, and okta.com host or custom domain (Terraform: okta_auth_server.issuer_mode).", "Mettez dans PSCHOOK_RP_ISSUER (--issuer) l'émetteur utilisé par l'application : Okta Admin Console › Security › API › Authorization Servers › Issuer URI. Attention au serveur d'autorisation (de l'organisation ou personnalisé) et à l'hôte (okta.com ou domaine personnalisé ; Terraform : okta_auth_server.issuer_mode)."))
}

func issuerFinding(ev *evidence, t *token, hint words.Text) report.Finding {
	f := report.Want(words.Literal(ev.in.Issuer)).Got(shown(t.claims, "iss"))
	iss, p := t.claims.Text("iss")
	switch {
	case p != outside.Present || iss == "":
		return f.Fail(words.Say(
			"iss must name the issuer as a text (OpenID Connect Core §2). Okta always sets it: check where this token comes from, or have the provider correct it.",
			"iss doit nommer l'émetteur, sous forme de texte (OpenID Connect Core §2). Okta le met toujours : vérifiez d'où vient ce jeton, ou faites corriger le fournisseur."))
	case iss == ev.in.Issuer:
		return f.Pass()
	case plainIssuer(iss) == plainIssuer(ev.in.Issuer) && strings.TrimRight(iss, "/") != strings.TrimRight(ev.in.Issuer, "/"):
		return f.Fail(words.Say(
			"Both name the same place, written differently (http or https, port, capital letters, blanks, /.well-known/…), but issuers are compared character by character: write PSCHOOK_RP_ISSUER (--issuer) exactly as in the provider's metadata. If the metadata is wrong too, tell the provider its public address; http is a sign of a proxy that ends TLS before it.",
			"Les deux désignent le même endroit, écrit différemment (http ou https, port, majuscules, espaces, /.well-known/…), mais les émetteurs sont comparés caractère par caractère : écrivez PSCHOOK_RP_ISSUER (--issuer) exactement comme dans les métadonnées du fournisseur. Si elles sont fausses aussi, indiquez au fournisseur son adresse publique ; http est le signe d'un proxy qui termine TLS devant lui."))
	case strings.TrimRight(iss, "/") == strings.TrimRight(ev.in.Issuer, "/"):
		return f.Fail(words.Say(
			"Only a slash at the end differs, but issuers are compared character by character: write PSCHOOK_RP_ISSUER (--issuer) exactly as in the provider's metadata.",
			"Seule la barre oblique finale diffère, mais les émetteurs sont comparés caractère par caractère : écrivez PSCHOOK_RP_ISSUER (--issuer) exactement comme dans les métadonnées du fournisseur."))
	}
	return f.Fail(hint)
}

// plainIssuer returns an issuer without the differences of writing that do not change the place.
func plainIssuer(iss string) string {
	plain, _, _ := strings.Cut(strings.TrimSpace(iss), "/.well-known/")
	u, err := url.Parse(plain)
	if err != nil {
		return iss
	}
	return strings.ToLower(u.Hostname()) + strings.TrimRight(u.Path, "/")
}

// shownRunes is how much of a value the "actual" of a check quotes. The report also shows the
// decoded claims with the whole value.
const shownRunes = 200

// quote returns the JSON of a claim, shortened; "" when the claim is absent.
func quote(o outside.Object, name string) string { return words.Shorten(o.Show(name), shownRunes) }

// shown returns the value of a claim, shortened, or "missing".
func shown(o outside.Object, name string) words.Text {
	if v := quote(o, name); v != "" {
		return words.Literal(v)
	}
	for _, n := range o.Names {
		if strings.EqualFold(n, name) {
			return words.Say("missing; but %s is there, and names are compared letter by letter", "absent ; mais %s est présent, et les noms sont comparés lettre par lettre", words.Shorten(n, shownRunes))
		}
	}
	return words.Say("missing", "absent")
}

// nearly reports whether two values differ only in blanks around them and in capital letters.
func nearly(got, want string) bool {
	return got != want && strings.EqualFold(strings.TrimSpace(got), strings.TrimSpace(want))
}

// letterByLetter is the remedy for values that differ only like that.
func letterByLetter(name string) words.Text {
	return words.Say(
		"Only blanks or capital letters differ, but %s is compared character by character: have it written the same on both sides.",
		"Seules des espaces ou des majuscules diffèrent, mais %s est comparé caractère par caractère : faites-le écrire de même des deux côtés.", name)
}

func idAudience(ev *evidence) report.Finding {
	f := report.Want(words.Literal(ev.in.ClientID)).Got(shown(ev.id.claims, "aud"))
	aud, p := ev.id.claims.Audience()
	switch {
	case p != outside.Present || strings.Join(aud, "") == "":
		return f.Fail(words.Say(
			"aud must name the client that the token is for, as a text or a list of texts (RFC 7519 §4.1.3). Okta always sets it: check where this token comes from, or have the provider correct it.",
			"aud doit nommer le client auquel le jeton est destiné, par un texte ou une liste de textes (RFC 7519 §4.1.3). Okta le met toujours : vérifiez d'où vient ce jeton, ou faites corriger le fournisseur."))
	case len(aud) == 1 && nearly(aud[0], ev.in.ClientID):
		return f.Fail(letterByLetter("aud"))
	case !slices.Contains(aud, ev.in.ClientID):
		return f.Fail(words.Say(
			"The token was issued to another client. Set PSCHOOK_RP_CLIENT_ID (--client-id) to the app's client ID: Okta Admin Console › Applications › app › General (Terraform: okta_app_oauth.client_id).",
			"Le jeton a été émis pour un autre client. Mettez dans PSCHOOK_RP_CLIENT_ID (--client-id) l'identifiant client de l'application : Okta Admin Console › Applications › app › General (Terraform : okta_app_oauth.client_id)."))
	case len(missingFrom([]string{ev.in.ClientID}, aud)) > 0:
		return f.Fail(words.Say(
			"The token is also meant for others, which this client has no reason to trust: have the provider issue it for this client alone (aud of the ID token).",
			"Le jeton est aussi destiné à d'autres, auxquels ce client n'a pas de raison de faire confiance : faites-le émettre pour ce seul client (aud du jeton d'identité)."))
	}
	return f.Pass()
}

func idAuthorizedParty(ev *evidence) report.Finding {
	f := report.Want(words.Say("absent, or %s", "absent, ou %s", ev.in.ClientID)).Got(shown(ev.id.claims, "azp"))
	azp, p := ev.id.claims.Text("azp")
	switch {
	case p == outside.Malformed, p == outside.Present && azp == "":
		return f.Fail(words.Say(
			"azp names one client, as a text, or is left out (OpenID Connect Core §2): have the provider correct it.",
			"azp nomme un seul client, par un texte, ou est omis (OpenID Connect Core §2) : faites corriger le fournisseur."))
	case p == outside.Present && nearly(azp, ev.in.ClientID):
		return f.Fail(letterByLetter("azp"))
	case p == outside.Present && azp != ev.in.ClientID:
		return f.Fail(words.Say(
			"The token was issued at the request of another client: use tokens that this client (PSCHOOK_RP_CLIENT_ID) obtained itself.",
			"Le jeton a été émis à la demande d'un autre client : utilisez des jetons que ce client (PSCHOOK_RP_CLIENT_ID) a obtenus lui-même."))
	}
	return f.Pass()
}

func idExpiry(ev *evidence) report.Finding { return expiryFinding(ev, ev.id) }

func expiryFinding(ev *evidence, t *token) report.Finding {
	f := report.Want(words.Say("later than %s (60 s of clock skew allowed)", "après %s (60 s d'écart d'horloge toléré)", ev.in.Now))
	exp, p := t.claims.Time("exp")
	switch p {
	case outside.Absent:
		return f.Got(shown(t.claims, "exp")).Fail(words.Say(
			"A token without a usable exp must be refused. Okta always sets it: check where this token comes from.",
			"Un jeton sans exp utilisable doit être refusé. Okta le met toujours : vérifiez d'où vient ce jeton."))
	case outside.Malformed:
		return f.Got(shown(t.claims, "exp")).Fail(timeRemedy("exp", t.claims))
	}
	if !ev.in.Now.Before(exp.Add(clockSkew)) {
		return f.Got(words.Say("%s (%s ago)", "%s (il y a %s)", exp, ev.in.Now.Sub(exp))).Fail(words.Say(
			"Get new tokens and check them at once. If they are fresh, compare the clocks (NTP), and look at the lifetime in the access policy rule: Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform: okta_auth_server_policy_rule.access_token_lifetime_minutes).",
			"Obtenez de nouveaux jetons et vérifiez-les aussitôt. S'ils sont récents, comparez les horloges (NTP) et regardez la durée de vie dans la règle d'accès : Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform : okta_auth_server_policy_rule.access_token_lifetime_minutes)."))
	}
	return f.Got(words.Literal(exp.Format(time.RFC3339))).Pass()
}

// timeRemedy says what to do about a claim that is no time.
func timeRemedy(name string, claims outside.Object) words.Text {
	switch v := claims.Show(name); {
	case strings.HasPrefix(v, `"`):
		return words.Say(
			"%s is a text, and must be a number of seconds since 1970, without quotes (RFC 7519 §2). Okta writes it so: have the provider correct it.",
			"%s est un texte, et doit être un nombre de secondes depuis 1970, sans guillemets (RFC 7519 §2). Okta l'écrit ainsi : faites corriger le fournisseur.", name)
	case len(v) >= 13 && strings.Trim(v, "0123456789") == "":
		return words.Say(
			"%s is no number of seconds since 1970 (RFC 7519 §2), but most likely one of milliseconds or smaller: have the provider correct it.",
			"%s n'est pas un nombre de secondes depuis 1970 (RFC 7519 §2), mais sans doute de millisecondes ou moins : faites corriger le fournisseur.", name)
	}
	return words.Say(
		"%s must be a number of seconds since 1970 (RFC 7519 §2). Okta writes it so: check where this token comes from, or have the provider correct it.",
		"%s doit être un nombre de secondes depuis 1970 (RFC 7519 §2). Okta l'écrit ainsi : vérifiez d'où vient ce jeton, ou faites corriger le fournisseur.", name)
}

// sameFault reports whether a time of one token has the fault that id.exp reports.
func (ev *evidence) sameFault(of outside.Object, name string) bool {
	if ev.id == nil || ev.found.Find("id.exp").Status != report.StatusFail {
		return false
	}
	first, p := ev.id.claims.Time("exp")
	second, q := of.Time(name)
	if p != q || p == outside.Absent {
		return false
	}
	a, b := ev.id.claims.Show("exp"), of.Show(name)
	return a == b || p == outside.Malformed && len(a) == len(b) ||
		p == outside.Present && name == "exp" && first.Sub(second).Abs() < sameExpiry
}

// sameExpiry is how far apart two tokens expire that were issued together.
const sameExpiry = clockSkew

// idIssuedAt checks iat and, if present, nbf: neither may be in the future.
func idIssuedAt(ev *evidence) report.Finding {
	f := report.Want(words.Say("not later than %s (60 s of clock skew allowed)", "pas après %s (60 s d'écart d'horloge toléré)", ev.in.Now))
	for _, name := range []string{"iat", "nbf"} {
		at, p := ev.id.claims.Time(name)
		if p == outside.Absent && name == "nbf" {
			continue
		}
		if p == outside.Malformed && ev.sameFault(ev.id.claims, name) {
			return report.BlockedBy("id.exp")
		}
		if p != outside.Present {
			return f.Got(shown(ev.id.claims, name)).Fail(timeRemedy(name, ev.id.claims))
		}
		f = f.Got(words.Say("%s (%s ago)", "%s (il y a %s)", at, ev.in.Now.Sub(at)))
		if at.After(ev.in.Now.Add(clockSkew)) {
			return f.Got(words.Say("%s = %s (%s ahead)", "%s = %s (dans %s)", name, at, at.Sub(ev.in.Now))).Fail(words.Say(
				"The provider's clock and this machine's differ by more than a minute: set both by NTP.",
				"L'horloge du fournisseur et celle de cette machine diffèrent de plus d'une minute : réglez-les par NTP."))
		}
	}
	return f.Pass()
}

func idNonce(ev *evidence) report.Finding {
	if ev.in.Nonce == "" {
		return report.Want(words.Say("the nonce of the sign-in request", "le nonce de la demande de connexion")).Got(shown(ev.id.claims, "nonce")).Skip(words.Say(
			"Not checked: the nonce of the sign-in is not known (tokens were given, not obtained here).",
			"Non vérifié : le nonce de la connexion n'est pas connu (les jetons ont été fournis, pas obtenus ici)."))
	}
	f := report.Want(words.Literal(strconv.Quote(ev.in.Nonce))).Got(shown(ev.id.claims, "nonce"))
	switch nonce, p := ev.id.claims.Text("nonce"); {
	case p != outside.Present || nonce == "":
		return f.Fail(words.Say(
			"The provider must return the nonce of the request, as a text (OpenID Connect Core §3.1.3.7). Without it nobody can tell whether this token answers this sign-in: refuse it, and have the provider corrected. If you typed the nonce yourself, it may belong to another sign-in.",
			"Le fournisseur doit restituer le nonce de la demande, sous forme de texte (OpenID Connect Core §3.1.3.7). Sans lui, nul ne sait si ce jeton répond à cette connexion : refusez-le, et faites corriger le fournisseur. Si vous avez saisi le nonce vous-même, il est peut-être d'une autre connexion."))
	case nearly(nonce, ev.in.Nonce):
		return f.Fail(letterByLetter("nonce"))
	case nonce != ev.in.Nonce && ev.in.Pasted:
		return f.Fail(words.Say(
			"The token answers another sign-in than the one whose nonce was given: compare where both come from. If both are of one sign-in, the token was replayed or injected, and must be refused.",
			"Le jeton répond à une autre connexion que celle dont le nonce a été donné : vérifiez d'où viennent les deux. S'ils sont d'une même connexion, le jeton a été rejoué ou injecté, et doit être refusé."))
	case nonce != ev.in.Nonce:
		return f.Fail(words.Say(
			"The token answers another sign-in: it may have been replayed or injected. Sign in again; if it happens again, the provider does not return the nonce.",
			"Le jeton répond à une autre connexion : il peut avoir été rejoué ou injecté. Reconnectez-vous ; si cela persiste, le fournisseur ne restitue pas le nonce."))
	}
	return f.Pass()
}

func idAccessTokenHash(ev *evidence) report.Finding {
	raw := strings.TrimSpace(ev.in.AccessToken)
	if ev.access != nil && kindOf(ev.access, ev.in.ClientID) == kindID {
		return report.Want(words.Say("an access token", "un jeton d'accès")).Got(words.Say("an ID token in the place of the access token", "un jeton d'identité à la place du jeton d'accès")).Fail(words.Say(
			"Put id_token and access_token of one token response where they belong.",
			"Mettez id_token et access_token d'une même réponse là où ils vont."))
	}
	f := report.Want(words.Say("the hash of this access token", "l'empreinte de ce jeton d'accès")).Got(shown(ev.id.claims, "at_hash"))
	if raw == "" {
		return f.Skip(words.Say("Not checked: there is no access token.", "Non vérifié : il n'y a pas de jeton d'accès."))
	}
	got, p := ev.id.claims.Text("at_hash")
	switch {
	case p == outside.Absent:
		return f.Skip(words.Say("Not checked: the ID token has no at_hash, which is optional in the code flow.",
			"Non vérifié : le jeton d'identité n'a pas d'at_hash, facultatif dans le flux par code."))
	case p == outside.Malformed || got == "":
		return f.Fail(words.Say("at_hash must be a text that is not empty, or be left out (OpenID Connect Core §3.1.3.6): have the provider correct it.",
			"at_hash doit être un texte non vide, ou être omis (OpenID Connect Core §3.1.3.6) : faites corriger le fournisseur."))
	case got == accessTokenHash(ev.id.alg, raw):
		return f.Pass()
	case hashOtherwise(got, raw):
		return f.Got(words.Say("%s, which is a hash of this access token, but not the one that belongs here", "%s, qui est une empreinte de ce jeton d'accès, mais pas celle qu'il faut", shown(ev.id.claims, "at_hash"))).Fail(words.Say(
			"The tokens belong together. at_hash must be the left half of the hash that alg of the ID token names (%s), in base64url without = (OpenID Connect Core §3.1.3.6): have the provider correct it, because receivers will refuse the token.",
			"Les jetons vont ensemble. at_hash doit être la moitié gauche de l'empreinte que désigne alg du jeton d'identité (%s), en base64url sans = (OpenID Connect Core §3.1.3.6) : faites corriger le fournisseur, car les destinataires refuseront le jeton.", ev.id.alg))
	default:
		return f.Fail(words.Say("The two tokens do not come from the same answer, or one was replaced: take both from one sign-in.",
			"Les deux jetons ne viennent pas de la même réponse, ou l'un a été remplacé : prenez-les tous deux d'une même connexion."))
	}
}

// hashOtherwise reports whether hash is one of the access token after all: by another hash function,
// whole, in hexadecimal or in another base64.
func hashOtherwise(hash, accessToken string) bool {
	plain := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(hash)
	for _, alg := range []string{"RS256", "RS384", "RS512"} {
		sum := hashOf(alg, accessToken)
		for _, part := range [][]byte{sum, sum[:len(sum)/2]} {
			if plain == base64.RawURLEncoding.EncodeToString(part) || strings.EqualFold(hash, hex.EncodeToString(part)) {
				return true
			}
		}
	}
	return false
}

// accessTokenHash returns the left half of the hash of the access token, with the hash function of
// the ID token's alg (OpenID Connect Core §3.1.3.6).
func accessTokenHash(alg, accessToken string) string {
	sum := hashOf(alg, accessToken)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// hashOf returns the whole hash.
func hashOf(alg, accessToken string) []byte {
	var h hash.Hash
	switch {
	case strings.HasSuffix(alg, "384"):
		h = sha512.New384()
	case strings.HasSuffix(alg, "512"):
		h = sha512.New()
	default:
		h = sha256.New()
	}
	h.Write([]byte(accessToken))
	return h.Sum(nil)
}

func idAuthTime(ev *evidence, missing report.Status) report.Finding {
	f := report.Want(words.Say("a time not later than iat", "une date qui ne suit pas iat"))
	at, p := ev.id.claims.Time("auth_time")
	if p == outside.Absent || p == outside.Present && at.Unix() == 0 {
		f = f.Got(shown(ev.id.claims, "auth_time"))
		if p == outside.Present {
			f = f.Got(words.Say("0, which says nothing", "0, qui n'indique rien"))
		}
		if missing == report.StatusFail {
			return f.Fail(words.Say(
				"Without auth_time nobody can tell how old the authentication is. Okta sets it itself; at other providers ask for it with max_age or in the client's claims.",
				"Sans auth_time, nul ne sait de quand date l'authentification. Okta le met lui-même ; chez d'autres fournisseurs, demandez-le par max_age ou dans les claims du client."))
		}
		return f.Warn(words.Say(
			"Without auth_time nobody can tell how old the authentication is. Okta sets it itself; at other providers ask for it with max_age or in the client's claims.",
			"Sans auth_time, nul ne sait de quand date l'authentification. Okta le met lui-même ; chez d'autres fournisseurs, demandez-le par max_age ou dans les claims du client."))
	}
	if p == outside.Malformed {
		return f.Got(shown(ev.id.claims, "auth_time")).Fail(timeRemedy("auth_time", ev.id.claims))
	}
	f = f.Got(words.Say("%s (%s ago)", "%s (il y a %s)", at, ev.in.Now.Sub(at)))
	if iat, _ := ev.id.claims.Time("iat"); at.After(iat.Add(clockSkew)) {
		return f.Got(words.Say("auth_time %s, iat %s", "auth_time %s, iat %s", at, iat)).Fail(words.Say(
			"Nobody can be authenticated after the token was issued: one of the two times is wrong. Okta sets both itself: check where this token comes from, or have the provider correct it.",
			"Nul ne peut s'authentifier après l'émission du jeton : l'une des deux dates est fausse. Okta les met lui-même : vérifiez d'où vient ce jeton, ou faites corriger le fournisseur."))
	}
	return f.Pass()
}

func idSubject(ev *evidence) report.Finding {
	f := report.Want(words.Say("1 to 255 ASCII characters", "1 à 255 caractères ASCII")).Got(shown(ev.id.claims, "sub"))
	sub, p := ev.id.claims.Text("sub")
	if p != outside.Present || !validSubject(sub) {
		return f.Fail(words.Say(
			"sub must be there, as a text of at most 255 ASCII characters. Okta sets it to the user ID: check where this token comes from.",
			"sub doit être présent, sous forme d'un texte d'au plus 255 caractères ASCII. Okta y met l'identifiant de l'utilisateur : vérifiez d'où vient ce jeton."))
	}
	return f.Pass()
}

func validSubject(sub string) bool {
	return strings.TrimSpace(sub) != "" && len(sub) <= maxSubLength && isASCII(sub)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 }) < 0
}
