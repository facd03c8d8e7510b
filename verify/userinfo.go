package verify

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"pschook/internal/mishap"
	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// userinfo is a userinfo response: a strict JSON object, or a JWT that the provider signed (OpenID
// Connect Core §5.3.2).
type userinfo struct {
	claims outside.Object
	signed *token // nil for a plain object
	keys   keyAnswer
	err    error // why it is neither of the two
}

func readUserInfo(ctx context.Context, in Input) *userinfo {
	if in.UserInfo == nil {
		return nil
	}
	text := bytes.TrimSpace(unquote(in.UserInfo))
	if in.Pasted {
		text = []byte(trimCopy(afterHeaders(string(text))))
	}
	if len(text) > 0 && text[0] != '{' && text[0] != '[' && text[0] != '<' {
		return readSignedUserInfo(ctx, in, string(text))
	}
	var u userinfo
	switch {
	case len(text) == 0:
		return &userinfo{err: &parseError{kind: "empty"}}
	case text[0] == '<':
		return &userinfo{err: &parseError{kind: "html"}}
	}
	if u.claims, u.err = outside.ParseObject(text); u.err == nil {
		u.err = errorInside(u.claims)
	}
	return &u
}

func readSignedUserInfo(ctx context.Context, in Input, text string) *userinfo {
	if in.Pasted {
		found := unwrap(text, "userinfo")
		if found.err != nil {
			return &userinfo{err: found.err}
		}
		text = found.token
	}
	t, err := parseToken(text)
	if err != nil {
		return &userinfo{err: err}
	}
	return &userinfo{claims: t.claims, signed: t, keys: askKeys(ctx, in.Keys, t)}
}

// userinfoSubject compares the sub of userinfo with the ID token's. If they differ, the response
// may belong to someone else (OpenID Connect Core §5.3.2).
func userinfoSubject(ev *evidence) report.Finding {
	sub, _ := ev.id.claims.Text("sub")
	f := report.Want(shown(ev.id.claims, "sub"))
	switch {
	case ev.in.UserInfoFault != nil:
		return noUserInfo(f, ev.in.UserInfoFault)
	case ev.userinfo == nil || !ev.id.claims.Has("sub"):
		return f.Skip(words.Say("Not checked: there is no userinfo to compare.", "Non vérifié : il n'y a pas d'userinfo à comparer."))
	case ev.userinfo.err != nil:
		return ev.userinfo.unreadable(f)
	}
	if f, bad := ev.userinfo.forged(ev); bad {
		return f
	}
	f = f.Got(shown(ev.userinfo.claims, "sub"))
	switch got, p := ev.userinfo.claims.Text("sub"); {
	case p != outside.Present || got == "":
		return f.Fail(words.Say(
			"Userinfo must say whom it is about, by sub as a text (OpenID Connect Core §5.3.2). Without it, nobody may use the rest: copy the whole body of the response, or have the provider correct it.",
			"Userinfo doit dire de qui il parle, par sub sous forme de texte (OpenID Connect Core §5.3.2). Sans cela, nul ne peut se servir du reste : copiez tout le corps de la réponse, ou faites corriger le fournisseur."))
	case got == sub:
	case ev.changed():
		return report.BlockedBy("id.signature")
	case ev.found.Find("oid.matches_sub").Status == report.StatusFail && ev.access != nil && got == ev.accessUser():
		return report.BlockedBy("oid.matches_sub") // the ID token alone names another user
	case nearly(got, sub):
		return f.Fail(letterByLetter("sub"))
	default:
		return f.Fail(words.Say(
			"The userinfo response belongs to someone else and must not be used: fetch it with the access token of this very sign-in.",
			"La réponse userinfo concerne quelqu'un d'autre et ne doit pas être utilisée : demandez-la avec le jeton d'accès de cette connexion même."))
	}
	if ev.userinfo.signed != nil {
		return f.Note(words.Say("The userinfo response is a signed JWT, and its signature holds.", "La réponse userinfo est un JWT signé, et sa signature est valide."))
	}
	return f.Pass()
}

// accessUser returns the user id that the access token names, in Okta's claim uid; "" for none.
func (ev *evidence) accessUser() string {
	uid, _ := ev.access.claims.Text("uid")
	return uid
}

// noUserInfo is for a request that failed. The ID token alone names the user: a relying party can do without userinfo.
func noUserInfo(f report.Finding, err error) report.Finding {
	what, remedy, known := mishap.Explain(err)
	f = f.Got(what)
	var answer *mishap.AnswerError
	if known && (!errors.As(err, &answer) || !slices.Contains([]int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}, answer.Status)) {
		return f.Warn(remedy)
	}
	return f.Warn(words.Say(
		"The provider does not accept the access token for userinfo: it must carry the scope openid (PSCHOOK_RP_SCOPES) and be meant for userinfo too. If it does, compare userinfo_endpoint in the provider's metadata.",
		"Le fournisseur n'accepte pas le jeton d'accès pour userinfo : il doit avoir la portée openid (PSCHOOK_RP_SCOPES) et valoir aussi pour userinfo. Si c'est le cas, vérifiez userinfo_endpoint dans les métadonnées du fournisseur."))
}

// unreadable says what the response is instead of JSON or a signed JWT.
func (u *userinfo) unreadable(f report.Finding) report.Finding {
	f.Expected = words.Say("a JSON object, or a signed JWT", "un objet JSON, ou un JWT signé")
	var fault *parseError
	if !errors.As(u.err, &fault) {
		return f.Got(words.Literal(u.err.Error())).Fail(words.Say("Userinfo must be one JSON object without duplicate members: copy the whole response body.",
			"Userinfo doit être un objet JSON sans membre en double : copiez tout le corps de la réponse."))
	}
	hint := words.Say("Copy the whole body of the userinfo response: a JSON object, or a JWT (application/jwt).", "Copiez tout le corps de la réponse userinfo : un objet JSON, ou un JWT (application/jwt).")
	switch fault.kind {
	case "error_response":
		hint = words.Say("The provider refused the request for userinfo: send it the access token of this sign-in while it is valid, with the scope openid, as Authorization: Bearer.",
			"Le fournisseur a refusé la requête userinfo : envoyez-lui le jeton d'accès de cette connexion pendant sa validité, avec la portée openid, dans Authorization: Bearer.")
	case "html":
		hint = words.Say("Something else than the provider's userinfo endpoint answered, such as a sign-in page or a proxy: check the address (userinfo_endpoint in the metadata).",
			"Autre chose que le point d'accès d'userinfo a répondu, comme une page de connexion ou un proxy : vérifiez l'adresse (userinfo_endpoint dans les métadonnées).")
	case "encrypted":
		hint = words.Say("Turn off the encryption of userinfo for this client at the provider (userinfo_encrypted_response_alg in client metadata): only signed responses are read.",
			"Désactivez le chiffrement d'userinfo pour ce client chez le fournisseur (userinfo_encrypted_response_alg dans les métadonnées du client) : seules les réponses signées sont lues.")
	}
	return f.Got(fault.text()).Fail(hint)
}

// forged checks that a signed response comes from the provider: its signature, iss and aud (OpenID
// Connect Core §5.3.2).
func (u *userinfo) forged(ev *evidence) (report.Finding, bool) {
	if u.signed == nil {
		return report.Finding{}, false
	}
	if k := kindOf(u.signed, ev.in.ClientID); k == kindID || k == kindAccess {
		f := misplaced(report.Want(words.Say("the userinfo response", "la réponse userinfo")), k, false)
		return f.Fail(words.Say("This is a token, not the answer of the userinfo endpoint: copy that, or leave userinfo out.", "C'est un jeton, pas la réponse du point d'accès d'userinfo : copiez celle-ci, ou laissez userinfo de côté.")), true
	}
	if !algAllowed(u.signed.alg) {
		return report.Want(words.Say("userinfo signed with one of %s", "userinfo signé avec l'un de %s", words.List(allowedAlgs()))).Got(words.Literal(quoted(u.signed.alg))).Fail(words.Say(
			"A userinfo response in this form proves nothing: have it signed with RS256 or ES256, or sent as plain JSON (userinfo_signed_response_alg of the client at the provider).",
			"Une réponse userinfo sous cette forme ne prouve rien : faites-la signer en RS256 ou ES256, ou envoyer en JSON simple (userinfo_signed_response_alg du client chez le fournisseur).")), true
	}
	if s := signatureOf(ev, u.signed, u.keys); s.Status == report.StatusFail {
		if s.key && u.signed.kid == ev.id.kid && ev.found.Find("id.signature").Status == report.StatusFail {
			return report.BlockedBy("id.signature"), true
		}
		s.Actual = words.Say("signature of userinfo: %s", "signature d'userinfo : %s", s.Actual)
		return s.Finding, true
	}
	if exp, p := u.claims.Time("exp"); p == outside.Present && !ev.in.Now.Before(exp.Add(clockSkew)) {
		return report.Want(words.Say("userinfo that has not expired", "un userinfo qui n'a pas expiré")).Got(words.Say("exp of userinfo: %s (%s ago)", "exp d'userinfo : %s (il y a %s)", exp, ev.in.Now.Sub(exp))).Fail(words.Say(
			"The userinfo response is old: fetch it anew.", "La réponse userinfo est ancienne : demandez-la de nouveau.")), true
	}
	if iss, p := u.claims.Text("iss"); p != outside.Absent && plainIssuer(iss) == plainIssuer(ev.in.Issuer) && iss != ev.in.Issuer {
		return issuerFinding(ev, u.signed, words.Text{}).Got(words.Say("iss of userinfo: %s", "iss d'userinfo : %s", shown(u.claims, "iss"))), true
	}
	if iss, p := u.claims.Text("iss"); p != outside.Absent && iss != ev.in.Issuer {
		return report.Want(words.Literal(ev.in.Issuer)).Got(words.Say("iss of userinfo: %s", "iss d'userinfo : %s", shown(u.claims, "iss"))).Fail(words.Say(
			"The userinfo response comes from another issuer and must not be used: check userinfo_endpoint in the provider's metadata.",
			"La réponse userinfo vient d'un autre émetteur et ne doit pas être utilisée : vérifiez userinfo_endpoint dans les métadonnées du fournisseur.")), true
	}
	if aud, p := u.claims.Audience(); p != outside.Absent && !slices.Contains(aud, ev.in.ClientID) {
		return report.Want(words.Literal(ev.in.ClientID)).Got(words.Say("aud of userinfo: %s", "aud d'userinfo : %s", shown(u.claims, "aud"))).Fail(words.Say(
			"The userinfo response was made for another client and must not be used: fetch it with the access token of this very sign-in.",
			"La réponse userinfo est faite pour un autre client et ne doit pas être utilisée : demandez-la avec le jeton d'accès de cette connexion même.")), true
	}
	return report.Finding{}, false
}
