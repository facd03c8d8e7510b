package verify

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
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
		{ID: "id.alg", Title: words.Say("The signature algorithm is a public-key one", "L'algorithme de signature est à clé publique"), Spec: "RFC 8725 §3.1; OIDC Core §3.1.3.7 (7)", Needs: []string{"id.parse"}, Run: idAlg},
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
		"empty":     words.Say("No ID token came: ask for the scope openid (PSCHOOK_RP_SCOPES) and allow the Authorization Code grant for the app (Okta Admin Console › Applications › app › General; Terraform: okta_app_oauth.grant_types).", "Aucun jeton d'identité n'est venu : demandez la portée openid (PSCHOOK_RP_SCOPES) et autorisez le flux Authorization Code pour l'application (Okta Admin Console › Applications › app › General ; Terraform : okta_app_oauth.grant_types)."),
		"opaque":    words.Say("An ID token is always a JWT. This looks like an authorization code or an opaque access token: copy the value of id_token.", "Un jeton d'identité est toujours un JWT. Ceci ressemble à un code d'autorisation ou à un jeton d'accès opaque : copiez la valeur d'id_token."),
		"encrypted": words.Say("Turn off ID token encryption in the settings of this client at the provider (id_token_encrypted_response_alg in client metadata): only signed tokens are read.", "Désactivez le chiffrement du jeton d'identité dans les réglages de ce client chez le fournisseur (id_token_encrypted_response_alg dans les métadonnées du client) : seuls les jetons signés sont lus."),
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
	if hint, ok := hints[fault.kind]; ok {
		return f.Fail(hint), true
	}
	if hint, ok := copyHints()[fault.kind]; ok {
		return f.Fail(hint), true
	}
	return f.Fail(words.Say("Copy the whole token, from eyJ to the end of the third part, without line breaks or quotes.", "Copiez le jeton entier, d'eyJ à la fin de la troisième partie, sans retour à la ligne ni guillemets.")), true
}

// copyHints say what to do if somebody copied another text instead of a token, by kind.
func copyHints() map[string]words.Text {
	return map[string]words.Text{
		"basic":           words.Say("These are the credentials of a client, not a token, and now in a place where they do not belong: take id_token and access_token from the answer to that request, and consider changing the secret.", "Ce sont les identifiants d'un client, pas un jeton, et les voici là où ils n'ont rien à faire : prenez id_token et access_token dans la réponse à cette requête, et songez à changer le secret."),
		"claims":          words.Say("Claims that were decoded carry no signature. Copy the token itself, the text that begins with eyJ.", "Des claims déjà décodés ne portent pas de signature. Copiez le jeton lui-même, le texte qui commence par eyJ."),
		"code":            words.Say("The code has to be exchanged for tokens at the token endpoint first, or let pschook verify --login do both.", "Le code doit d'abord être échangé au point d'accès aux jetons ; pschook verify --login fait les deux."),
		"error_response":  words.Say("The provider gave no tokens. Fix what it names, sign in again and copy the new answer.", "Le fournisseur n'a pas donné de jetons. Corrigez ce qu'il nomme, reconnectez-vous et copiez la nouvelle réponse."),
		"key_set":         words.Say("Keys are read from the issuer by themselves. Copy the token, the text that begins with eyJ.", "Les clés sont lues chez l'émetteur sans cela. Copiez le jeton, le texte qui commence par eyJ."),
		"not_in_response": words.Say("The answer came without this token. An ID token comes with the scope openid (PSCHOOK_RP_SCOPES, --scopes), also when refreshing.", "La réponse est venue sans ce jeton. Un jeton d'identité vient avec la portée openid (PSCHOOK_RP_SCOPES, --scopes), y compris au renouvellement."),
		"several":         words.Say("Give one token in each place: id_token and access_token of one token response. The whole response works, too.", "Donnez un jeton à chaque place : id_token et access_token d'une même réponse. La réponse entière convient aussi."),
		"shortened":       words.Say("Whatever showed the token cut it short. Copy the whole text from the response itself.", "Ce qui a affiché le jeton l'a abrégé. Copiez le texte entier dans la réponse elle-même."),
	}
}

// text says what is wrong with the token.
func (e *parseError) text() words.Text { //nolint:cyclop // a table
	switch e.kind {
	case "empty":
		return words.Say("no token", "pas de jeton")
	case "too_large":
		return words.Say("more than 64 KiB", "plus de 64 Kio")
	case "opaque":
		return words.Say("an opaque token, not a JWT", "un jeton opaque, pas un JWT")
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

func idSignature(ev *evidence) report.Finding { return signatureOf(ev, ev.id, ev.idKeys).Finding }

func idAlg(ev *evidence) report.Finding {
	f := report.Want(words.Say("one of %s", "l'un de %s", words.List(allowedAlgs()))).Got(words.Literal(strconv.Quote(words.Shorten(ev.id.alg, shownRunes))))
	if !algAllowed(ev.id.alg) {
		return f.Fail(words.Say(
			"Have the tokens signed with RS256 or ES256. “none” proves nothing, and HS256 lets whoever knows the shared secret forge tokens. Okta always signs with RS256, so this token does not come from Okta; elsewhere set id_token_signed_response_alg of the client.",
			"Faites signer les jetons en RS256 ou ES256. « none » ne prouve rien, et HS256 permet à quiconque connaît le secret partagé de forger des jetons. Okta signe toujours en RS256, ce jeton ne vient donc pas de lui ; ailleurs, réglez id_token_signed_response_alg du client."))
	}
	return f.Pass()
}

func idIssuer(ev *evidence) report.Finding {
	return issuerFinding(ev, ev.id, words.Say("Set PSCHOOK_RP_ISSUER (--issuer) to the issuer that the app uses: Okta Admin Console › Security › API › Authorization Servers › Issuer URI. Mind org or custom authorization server, and okta.com host or custom domain (Terraform: okta_auth_server.issuer_mode).", "Mettez dans PSCHOOK_RP_ISSUER (--issuer) l'émetteur utilisé par l'application : Okta Admin Console › Security › API › Authorization Servers › Issuer URI. Attention au serveur d'autorisation (de l'organisation ou personnalisé) et à l'hôte (okta.com ou domaine personnalisé ; Terraform : okta_auth_server.issuer_mode)."))
}

func issuerFinding(ev *evidence, t *token, hint words.Text) report.Finding {
	f := report.Want(words.Literal(ev.in.Issuer)).Got(shown(t.claims, "iss"))
	iss, p := t.claims.Text("iss")
	switch {
	case p != outside.Present:
		return f.Fail(hint)
	case iss == ev.in.Issuer:
		return f.Pass()
	case strings.TrimRight(iss, "/") == strings.TrimRight(ev.in.Issuer, "/"):
		return f.Fail(words.Say(
			"Only a slash at the end differs, but issuers are compared character by character: write PSCHOOK_RP_ISSUER (--issuer) exactly as in the provider's metadata.",
			"Seule la barre oblique finale diffère, mais les émetteurs sont comparés caractère par caractère : écrivez PSCHOOK_RP_ISSUER (--issuer) exactement comme dans les métadonnées du fournisseur."))
	}
	return f.Fail(hint)
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
	return words.Say("missing", "absent")
}

func idAudience(ev *evidence) report.Finding {
	f := report.Want(words.Literal(ev.in.ClientID)).Got(shown(ev.id.claims, "aud"))
	aud, _ := ev.id.claims.Audience()
	switch {
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
	if p == outside.Malformed || (p == outside.Present && azp != ev.in.ClientID) {
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
	if p != outside.Present {
		return f.Got(shown(t.claims, "exp")).Fail(words.Say(
			"A token without a usable exp must be refused. Okta always sets it: check where this token comes from.",
			"Un jeton sans exp utilisable doit être refusé. Okta le met toujours : vérifiez d'où vient ce jeton."))
	}
	if !ev.in.Now.Before(exp.Add(clockSkew)) {
		return f.Got(words.Say("%s (%s ago)", "%s (il y a %s)", exp, ev.in.Now.Sub(exp))).Fail(words.Say(
			"Get new tokens and check them at once. If they are fresh, compare the clocks (NTP), and look at the lifetime in the access policy rule: Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform: okta_auth_server_policy_rule.access_token_lifetime_minutes).",
			"Obtenez de nouveaux jetons et vérifiez-les aussitôt. S'ils sont récents, comparez les horloges (NTP) et regardez la durée de vie dans la règle d'accès : Okta Admin Console › Security › API › Authorization Servers › Access Policies (Terraform : okta_auth_server_policy_rule.access_token_lifetime_minutes)."))
	}
	return f.Got(words.Literal(exp.Format(time.RFC3339))).Pass()
}

// idIssuedAt checks iat and, if present, nbf: neither may be in the future.
func idIssuedAt(ev *evidence) report.Finding {
	f := report.Want(words.Say("not later than %s (60 s of clock skew allowed)", "pas après %s (60 s d'écart d'horloge toléré)", ev.in.Now))
	for _, name := range []string{"iat", "nbf"} {
		at, p := ev.id.claims.Time(name)
		if p == outside.Absent && name == "nbf" {
			continue
		}
		if p != outside.Present {
			return f.Got(shown(ev.id.claims, name)).Fail(words.Say(
				"%s must be a number of seconds since 1970. Okta always sets iat: check where this token comes from.",
				"%s doit être un nombre de secondes depuis 1970. Okta met toujours iat : vérifiez d'où vient ce jeton.", name))
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
	if nonce, p := ev.id.claims.Text("nonce"); p != outside.Present || nonce != ev.in.Nonce {
		return f.Fail(words.Say(
			"The token answers another sign-in: it may have been replayed or injected. Sign in again; if it happens again, the provider does not return the nonce.",
			"Le jeton répond à une autre connexion : il peut avoir été rejoué ou injecté. Reconnectez-vous ; si cela persiste, le fournisseur ne restitue pas le nonce."))
	}
	return f.Pass()
}

func idAccessTokenHash(ev *evidence) report.Finding {
	raw := strings.TrimSpace(ev.in.AccessToken)
	f := report.Want(words.Say("the hash of this access token", "l'empreinte de ce jeton d'accès")).Got(shown(ev.id.claims, "at_hash"))
	if raw == "" {
		return f.Skip(words.Say("Not checked: there is no access token.", "Non vérifié : il n'y a pas de jeton d'accès."))
	}
	got, p := ev.id.claims.Text("at_hash")
	switch {
	case p == outside.Absent:
		return f.Skip(words.Say("Not checked: the ID token has no at_hash, which is optional in the code flow.",
			"Non vérifié : le jeton d'identité n'a pas d'at_hash, facultatif dans le flux par code."))
	case p == outside.Malformed || got != accessTokenHash(ev.id.alg, raw):
		return f.Fail(words.Say("The two tokens do not come from the same answer, or one was replaced: take both from one sign-in.",
			"Les deux jetons ne viennent pas de la même réponse, ou l'un a été remplacé : prenez-les tous deux d'une même connexion."))
	}
	return f.Pass()
}

// accessTokenHash returns the left half of the hash of the access token, with the hash function of
// the ID token's alg (OpenID Connect Core §3.1.3.6).
func accessTokenHash(alg, accessToken string) string {
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
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func idAuthTime(ev *evidence, missing report.Status) report.Finding {
	f := report.Want(words.Say("a time not later than iat", "une date qui ne suit pas iat"))
	at, p := ev.id.claims.Time("auth_time")
	if p == outside.Absent {
		f = f.Got(words.Say("missing", "absent"))
		if missing == report.StatusFail {
			return f.Fail(words.Say(
				"Without auth_time nobody can tell how old the authentication is. Okta sets it itself; at other providers ask for it with max_age or in the client's claims.",
				"Sans auth_time, nul ne sait de quand date l'authentification. Okta le met lui-même ; chez d'autres fournisseurs, demandez-le par max_age ou dans les claims du client."))
		}
		return f.Warn(words.Say(
			"Without auth_time nobody can tell how old the authentication is. Okta sets it itself; at other providers ask for it with max_age or in the client's claims.",
			"Sans auth_time, nul ne sait de quand date l'authentification. Okta le met lui-même ; chez d'autres fournisseurs, demandez-le par max_age ou dans les claims du client."))
	}
	remedy := words.Say(
		"auth_time must be a number of seconds since 1970 and cannot follow iat. Okta sets it itself: check where this token comes from.",
		"auth_time doit être un nombre de secondes depuis 1970 et ne peut suivre iat. Okta le met lui-même : vérifiez d'où vient ce jeton.")
	if p == outside.Malformed {
		return f.Got(shown(ev.id.claims, "auth_time")).Fail(remedy)
	}
	f = f.Got(words.Say("%s (%s ago)", "%s (il y a %s)", at, ev.in.Now.Sub(at)))
	if iat, _ := ev.id.claims.Time("iat"); at.After(iat.Add(clockSkew)) {
		return f.Fail(remedy)
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
	return sub != "" && len(sub) <= maxSubLength && isASCII(sub)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7e || r < 0x20 }) < 0
}
