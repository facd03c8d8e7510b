package verify

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// specPSC is the source of the facts about delegated tokens: the guide of the Agence du Numérique
// en Santé for Okta.
const specPSC = "ANS, PSC × Okta"

// pscChecks returns the checks of tokens of an Okta org that PSC delegates to.
func pscChecks() []rule {
	checks := idTokenChecks(report.StatusWarn)
	checks = append(checks,
		rule{ID: "id.tid", Title: words.Say("The ID token carries the tenant id (tid)", "Le jeton d'identité porte l'identifiant d'organisation (tid)"), Spec: specPSC + ": tid", Needs: []string{"id.parse"}, Run: idTenant},
		rule{ID: "id.amr", Title: words.Say("Okta says in the ID token how the user authenticated", "Okta indique dans le jeton d'identité comment l'utilisateur s'est authentifié"), Spec: "RFC 8176 §1; OIDC Core §2", Needs: []string{"id.parse"}, Run: idAMR},
	)
	checks = append(checks, accessTokenChecks()...)
	checks = append(checks,
		rule{
			ID: "oid.matches_sub", Title: words.Say("oid is the Okta user id, as in the ID token's sub", "oid est l'identifiant Okta de l'utilisateur, comme le sub du jeton d'identité"), Spec: specPSC + ": oid", Needs: []string{"id.parse", "id.sub", "access.parse", "access.oid"},
			Unless: []string{"oid.not_login"}, Run: oidMatchesSub,
		},
		rule{ID: "oid.not_login", Title: words.Say("oid is not a login, which can change", "oid n'est pas un login, qui peut changer"), Spec: specPSC + ": oid", Needs: []string{"access.parse", "access.oid"}, Run: oidNotLogin},
		rule{ID: "tid.matches_org", Title: words.Say("tid is the id of this Okta org", "tid est l'identifiant de cette organisation Okta"), Spec: specPSC + ": tid", Needs: []string{"access.parse", "access.tid"}, Unless: []string{"tid.same"}, Run: tidMatchesOrg},
		rule{ID: "tid.matches_idp", Title: words.Say("tid is the org that the ID token names", "tid est l'organisation que désigne le jeton d'identité"), Spec: "Okta developer docs: claims of ID tokens", Needs: []string{"id.parse", "access.parse", "access.tid"}, Unless: []string{"tid.matches_org", "tid.same"}, Run: tidMatchesIDP},
		rule{ID: "tid.same", Title: words.Say("Both tokens carry the same tid", "Les deux jetons portent le même tid"), Spec: specPSC + ": tid", Needs: []string{"id.parse", "id.tid", "access.parse", "access.tid"}, Run: tidSame},
		rule{ID: "amr.psc_approved", Title: words.Say("amr is one of the sets that the ANS approved", "amr est l'un des ensembles approuvés par l'ANS"), Spec: specPSC + ": amr", Needs: []string{"access.parse", "access.amr"}, Run: amrApproved},
		rule{ID: "amr.not_overstated", Title: words.Say("amr says no more than Okta itself does", "amr n'affirme rien de plus qu'Okta"), Spec: "RFC 8176 §1; " + specPSC + ": amr", Needs: []string{"id.parse", "id.amr", "access.parse", "access.amr"}, Run: amrNotOverstated},
		rule{ID: "userinfo.sub", Title: words.Say("Userinfo is about the same user", "Userinfo parle du même utilisateur"), Spec: "OIDC Core §5.3.2", Needs: []string{"id.parse", "id.sub"}, Run: userinfoSubject},
		rule{ID: "hook.called", Title: words.Say("Okta called the token hook for these tokens", "Okta a appelé le hook pour ces jetons"), Spec: "Okta developer docs: token inline hook", Run: hookCalled},
		rule{ID: "hook.applied", Title: words.Say("Okta applied what the hook answered", "Okta a appliqué la réponse du hook"), Spec: "Okta developer docs: token inline hook", Run: hookApplied},
	)
	for i := range checks {
		checks[i].Doctor = doctorOf()[checks[i].ID]
	}
	return checks
}

// doctorOf returns, by id of a check of tokens, the checks of pschook doctor that find its cause.
// Doctor reads the org.
func doctorOf() map[string][]string {
	added := []string{"hook.registered", "hook.active", "rule.linked", "rule.priority", "app.selected"}
	return map[string][]string{
		"id.iss": {"server.issuer"}, "id.aud": {"app.active"}, "id.exp": {"clock.skew"}, "id.iat": {"clock.skew"},
		"access.parse": {"server.active", "tokens.encrypted"}, "access.iss": {"server.issuer"}, "access.exp": {"clock.skew", "rule.lifetime"},
		"id.tid": added, "access.oid": added, "access.tid": added, "access.amr": added,
		"oid.matches_sub": {"claims.static"}, "oid.not_login": {"claims.static"}, "tid.matches_org": {"org.tid", "claims.static"}, "tid.same": {"claims.static"},
		"amr.psc_approved": {"app.sign_on"},
		"hook.called":      {"rule.linked", "app.selected"}, "hook.applied": {"hook.dropped", "claims.reserved", "hook.time"},
	}
}

// accessTokenChecks are those of the access token itself.
func accessTokenChecks() []rule {
	return []rule{
		{ID: "access.parse", Title: words.Say("The access token is a well-formed JWT", "Le jeton d'accès (access token) est un JWT bien formé"), Spec: "RFC 9068 §2; RFC 7519 §7.2", Run: accessParse},
		{ID: "access.signature", Title: words.Say("The access token is signed by the provider", "Le jeton d'accès est signé par le fournisseur"), Spec: "RFC 9068 §4; RFC 8725 §3.1", Needs: []string{"access.parse", "access.iss"}, Run: accessSignature},
		{ID: "access.iss", Title: words.Say("The access token comes from the expected issuer", "Le jeton d'accès vient de l'émetteur attendu"), Spec: "RFC 9068 §4", Needs: []string{"access.parse"}, Run: accessIssuer},
		{ID: "access.aud", Title: words.Say("The access token names its audience", "Le jeton d'accès désigne son audience"), Spec: "RFC 9068 §4; RFC 8725 §3.9", Needs: []string{"access.parse"}, Run: accessAudience},
		{ID: "access.exp", Title: words.Say("The access token has not expired", "Le jeton d'accès n'a pas expiré"), Spec: "RFC 9068 §4; RFC 7519 §4.1.4", Needs: []string{"access.parse"}, Run: accessExpiry},
		{ID: "access.oid", Title: words.Say("The access token carries the user id (oid)", "Le jeton d'accès porte l'identifiant de l'utilisateur (oid)"), Spec: specPSC + ": oid", Needs: []string{"access.parse"}, Run: accessOID},
		{ID: "access.tid", Title: words.Say("The access token carries the tenant id (tid)", "Le jeton d'accès porte l'identifiant d'organisation (tid)"), Spec: specPSC + ": tid", Needs: []string{"access.parse"}, Run: accessTenant},
		{ID: "access.amr", Title: words.Say("The access token says how the user authenticated (amr)", "Le jeton d'accès indique comment l'utilisateur s'est authentifié (amr)"), Spec: specPSC + ": amr; RFC 8176 §1", Needs: []string{"access.parse"}, Run: accessAMR},
	}
}

func accessParse(ev *evidence) report.Finding {
	f := report.Want(words.Say("three base64url parts; header and claims are JSON objects", "trois parties en base64url ; en-tête et claims sont des objets JSON"))
	var fault *parseError
	if errors.As(ev.accessErr, &fault) && fault.kind == "empty" && ev.id != nil && kindOf(ev.id, ev.in.ClientID) == kindAccess {
		return report.BlockedBy("id.parse") // it is in the other place
	}
	if f, bad := parseFinding(f, ev.accessErr, accessTokenHints()); bad {
		return f
	}
	switch k := kindOf(ev.access, ev.in.ClientID); k {
	case kindUnknown, kindAccess:
	default:
		if k == kindID && ev.id != nil && ev.id.raw == ev.access.raw {
			return f.Got(words.Say("the ID token a second time", "le jeton d'identité une seconde fois")).Fail(words.Say(
				"The same token stands in both places: put access_token of the same token response here.",
				"Le même jeton est aux deux places : mettez ici access_token de la même réponse."))
		}
		if k == kindID && ev.id != nil && kindOf(ev.id, ev.in.ClientID) == kindAccess {
			return report.BlockedBy("id.parse")
		}
		if k == kindOther {
			return otherType(f, ev.access)
		}
		return misplaced(f, k, false)
	}
	return wellFormed(f, ev.access, ev.notes.access)
}

// accessTokenHints say what to do if something else was given as access token.
func accessTokenHints() map[string]words.Text {
	return map[string]words.Text{
		"empty":           words.Say("PSC reads oid, tid and amr in the access token: give it too. In Okta it comes from a custom authorization server (Security › API › Authorization Servers).", "PSC lit oid, tid et amr dans le jeton d'accès : fournissez-le aussi. Chez Okta, il vient d'un serveur d'autorisation personnalisé (Security › API › Authorization Servers)."),
		"not_in_response": words.Say("The answer holds no access token. Sign in by the Authorization Code flow (response_type=code) and copy the whole answer of the token endpoint; response_type=id_token gives none.", "La réponse ne contient pas de jeton d'accès. Connectez-vous par le flux Authorization Code (response_type=code) et copiez toute la réponse du point d'accès aux jetons ; response_type=id_token n'en donne pas."),
		"opaque":          words.Say("Only a custom authorization server gives access tokens that others may read: use its issuer, such as https://ORG/oauth2/default, in PSCHOOK_RP_ISSUER (Okta Admin Console › Security › API › Authorization Servers; Terraform: okta_auth_server).", "Seul un serveur d'autorisation personnalisé délivre des jetons d'accès lisibles par d'autres : mettez son émetteur, tel que https://ORG/oauth2/default, dans PSCHOOK_RP_ISSUER (Okta Admin Console › Security › API › Authorization Servers ; Terraform : okta_auth_server)."),
		"encrypted":       words.Say("Turn off access token encryption on the authorization server (Okta Admin Console › Security › API › Authorization Servers): only signed tokens are read.", "Désactivez le chiffrement du jeton d'accès sur le serveur d'autorisation (Okta Admin Console › Security › API › Authorization Servers) : seuls les jetons signés sont lus."),
	}
}

func accessSignature(ev *evidence) report.Finding {
	if !algAllowed(ev.access.alg) {
		if ev.sameHeader() && ev.found.Find("id.alg").Status == report.StatusFail {
			return report.BlockedBy("id.alg")
		}
		return report.Want(words.Say("one of %s", "l'un de %s", words.List(allowedAlgs()))).
			Got(words.Literal(strconv.Quote(words.Shorten(ev.access.alg, shownRunes)))).Fail(algRemedy(ev.access.alg))
	}
	s := signatureOf(ev, ev.access, ev.accessKeys)
	// A fault of a key concerns both tokens. It is one fault, and id.signature reports it.
	if !ev.sameHeader() || !s.key && !ev.changed() {
		return s.Finding
	}
	switch of := ev.found.Find("id.signature").Status; {
	case s.Status == report.StatusFail && of == report.StatusFail:
		return report.BlockedBy("id.signature")
	case s.Status == report.StatusWarn && of == report.StatusWarn:
		return s.Note(words.Say("About the key, id.signature says more.", "Au sujet de la clé, voir id.signature."))
	}
	return s.Finding
}

// accessIssuer is silent when both tokens come from the same wrong issuer. That is one fault, and
// id.iss reports it.
func accessIssuer(ev *evidence) report.Finding {
	if ev.id != nil && ev.found.Find("id.iss").Status == report.StatusFail && ev.id.claims.Show("iss") == ev.access.claims.Show("iss") {
		return report.BlockedBy("id.iss")
	}
	return issuerFinding(ev, ev.access, words.Say("The access token comes from another authorization server than expected: take both tokens from one answer of the token endpoint of PSCHOOK_RP_ISSUER (--issuer).", "Le jeton d'accès vient d'un autre serveur d'autorisation que prévu : prenez les deux jetons dans une même réponse du point d'accès aux jetons de PSCHOOK_RP_ISSUER (--issuer)."))
}

func accessAudience(ev *evidence) report.Finding {
	f := report.Want(words.Say("an audience", "une audience"))
	if ev.in.AccessAudience != "" {
		f = report.Want(words.Literal(ev.in.AccessAudience))
	}
	f = f.Got(shown(ev.access.claims, "aud"))
	aud, p := ev.access.claims.Audience()
	if p != outside.Present || strings.Join(aud, "") == "" {
		return f.Fail(words.Say(
			"Set the audience of the authorization server: Okta Admin Console › Security › API › Authorization Servers › Settings › Audience (Terraform: okta_auth_server.audiences).",
			"Renseignez l'audience du serveur d'autorisation : Okta Admin Console › Security › API › Authorization Servers › Settings › Audience (Terraform : okta_auth_server.audiences)."))
	}
	if ev.in.AccessAudience != "" && len(missingFrom(aud, []string{ev.in.AccessAudience})) > 0 {
		return f.Fail(words.Say(
			"Set the audience of the authorization server: Okta Admin Console › Security › API › Authorization Servers › Settings › Audience (Terraform: okta_auth_server.audiences).",
			"Renseignez l'audience du serveur d'autorisation : Okta Admin Console › Security › API › Authorization Servers › Settings › Audience (Terraform : okta_auth_server.audiences)."))
	}
	return f.Pass()
}

// accessExpiry checks exp and, if present, nbf. A fault that both tokens have is one fault, and id.exp
// reports it.
func accessExpiry(ev *evidence) report.Finding {
	f := expiryFinding(ev, ev.access)
	if f.Status == report.StatusFail && ev.sameFault(ev.access.claims, "exp") {
		return report.BlockedBy("id.exp")
	}
	nbf, p := ev.access.claims.Time("nbf")
	switch {
	case f.Status == report.StatusFail || p == outside.Absent:
	case p == outside.Malformed:
		return f.Got(words.Say("nbf = %s", "nbf = %s", shown(ev.access.claims, "nbf"))).Fail(timeRemedy("nbf", ev.access.claims))
	case nbf.After(ev.in.Now.Add(clockSkew)):
		return f.Got(words.Say("nbf = %s (%s ahead)", "nbf = %s (dans %s)", nbf, nbf.Sub(ev.in.Now))).Fail(words.Say(
			"The access token is not valid yet. Unless the provider wants that, its clock and this machine's differ: set both by NTP.",
			"Le jeton d'accès n'est pas encore valable. Si le fournisseur ne le veut pas ainsi, son horloge et celle de cette machine diffèrent : réglez-les par NTP."))
	}
	return f
}

// lacking chooses the hint for a claim that the hook should have added. If Okta dropped the hook's
// answer, the hint is about that.
func lacking(ev *evidence, o outside.Object, name string, hint words.Text) words.Text {
	if !o.Has(name) && ev.found.Find("hook.applied").Status == report.StatusFail {
		return words.Say("The hook sent it, and it did not arrive: see hook.applied.", "Le hook l'a envoyé, et il n'est pas arrivé : voir hook.applied.")
	}
	return hint
}

// setElsewhere says what to do about a claim of another type than the hook gives it.
func setElsewhere(name string) words.Text {
	return words.Say(
		"%s must be one text. The hook sends it so, so that something else sets it: look for a claim of this name (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim), delete it and let the hook add %s.",
		"%s doit être un seul texte. Le hook l'envoie ainsi ; autre chose le définit donc : cherchez un claim de ce nom (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim), supprimez-le et laissez le hook ajouter %s.", name, name)
}

// claimString checks that a token has name as a string that is not empty.
func claimString(ev *evidence, o outside.Object, name string, hint words.Text) (report.Finding, bool) {
	f := report.Want(words.Say("a text that is not empty", "un texte non vide")).Got(shown(o, name))
	switch s, p := o.Text(name); {
	case p == outside.Malformed:
		return f.Fail(setElsewhere(name)), false
	case p != outside.Present || strings.TrimSpace(s) == "":
		return f.Fail(lacking(ev, o, name, hint)), false
	}
	return f, true
}

func idTenant(ev *evidence) report.Finding {
	f, ok := claimString(ev, ev.id.claims, "tid",
		words.Say("Let the hook add it: PSCHOOK_ID_TOKEN_CLAIMS must contain tid, and the access policy rule must use the hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › rule › Use this inline hook; Terraform: okta_auth_server_policy_rule.inline_hook_id).", "Faites-le ajouter par le hook : PSCHOOK_ID_TOKEN_CLAIMS doit contenir tid, et la règle d'accès doit utiliser le hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › règle › Use this inline hook ; Terraform : okta_auth_server_policy_rule.inline_hook_id)."))
	if !ok {
		return f
	}
	return f.Pass()
}

func accessTenant(ev *evidence) report.Finding {
	if _, p := ev.access.claims.Text("tid"); p == outside.Malformed && ev.id != nil && ev.id.claims.Show("tid") == ev.access.claims.Show("tid") {
		return report.BlockedBy("id.tid")
	}
	f, ok := claimString(ev, ev.access.claims, "tid",
		words.Say("Let the hook add it: PSCHOOK_ACCESS_TOKEN_CLAIMS must contain tid, and the access policy rule must use the hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › rule › Use this inline hook; Terraform: okta_auth_server_policy_rule.inline_hook_id).", "Faites-le ajouter par le hook : PSCHOOK_ACCESS_TOKEN_CLAIMS doit contenir tid, et la règle d'accès doit utiliser le hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › règle › Use this inline hook ; Terraform : okta_auth_server_policy_rule.inline_hook_id)."))
	if !ok {
		return f
	}
	return f.Pass()
}

// accessOID requires oid in the access token. The ID token normally has none: Okta reserves the
// name there, and sub holds the value.
func accessOID(ev *evidence) report.Finding {
	f, ok := claimString(ev, ev.access.claims, "oid",
		words.Say("Let the hook add it: PSCHOOK_ACCESS_TOKEN_CLAIMS must contain oid, and the access policy rule must use the hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › rule › Use this inline hook; Terraform: okta_auth_server_policy_rule.inline_hook_id).", "Faites-le ajouter par le hook : PSCHOOK_ACCESS_TOKEN_CLAIMS doit contenir oid, et la règle d'accès doit utiliser le hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › règle › Use this inline hook ; Terraform : okta_auth_server_policy_rule.inline_hook_id)."))
	switch {
	case !ok:
		return f
	case ev.id != nil && !ev.id.claims.Has("oid"):
		return f.Note(words.Say("The ID token carries no oid, which is normal: Okta reserves the name there, and sub holds the same value.", "Le jeton d'identité ne porte pas d'oid, ce qui est normal : Okta y réserve ce nom, et sub porte la même valeur."))
	}
	return f.Pass()
}

// notAnArray says what to do about an amr of another type.
func notAnArray() words.Text {
	return words.Say(
		"amr must be an array of strings, such as [\"pwd\",\"mfa\"], and nothing else. If an authorization-server claim sets it (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim), delete that claim and let the hook add amr.",
		"amr doit être un tableau de chaînes, tel que [\"pwd\",\"mfa\"], et rien d'autre. Si un claim du serveur d'autorisation le définit (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim), supprimez ce claim et laissez le hook ajouter amr.")
}

// idAMR checks Okta's own amr. PSC reads that of the access token, so an absent one only causes a
// warning: nothing can be compared.
func idAMR(ev *evidence) report.Finding {
	f := report.Want(words.Say("an array of strings", "un tableau de chaînes")).Got(shown(ev.id.claims, "amr"))
	values, p := ev.id.claims.Texts("amr")
	switch {
	case p == outside.Malformed:
		return f.Fail(notAnArray())
	case len(values) == 0:
		return f.Warn(words.Say(
			"Okta sets amr in the ID token when the sign-in went through its own authenticators. For a smart card, tick PIN protected and Hardware protected as the cards really are: Okta Admin Console › Security › Identity Providers › the smart card provider. For an external OpenID Connect provider, map its AMR claims there.",
			"Okta met amr dans le jeton d'identité quand la connexion passe par ses propres authentificateurs. Pour une carte à puce, cochez PIN protected et Hardware protected d'après les cartes réelles : Okta Admin Console › Security › Identity Providers › le fournisseur par carte à puce. Pour un fournisseur OpenID Connect externe, réglez-y la correspondance de ses claims AMR."))
	}
	return f.Pass()
}

func accessAMR(ev *evidence) report.Finding {
	f := report.Want(words.Say("an array of strings", "un tableau de chaînes")).Got(shown(ev.access.claims, "amr"))
	values, p := ev.access.claims.Texts("amr")
	switch {
	case p == outside.Malformed && ev.id != nil && ev.id.claims.Show("amr") == ev.access.claims.Show("amr"):
		return report.BlockedBy("id.amr")
	case p == outside.Malformed:
		return f.Fail(notAnArray())
	case len(values) == 0:
		return f.Fail(lacking(ev, ev.access.claims, "amr", words.Say("Okta puts no amr in access tokens; the hook does: PSCHOOK_ACCESS_TOKEN_CLAIMS must contain amr, PSCHOOK_AMR_POLICY_FILE must not omit it for this sign-in, and the access policy rule must use the hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › rule › Use this inline hook; Terraform: okta_auth_server_policy_rule.inline_hook_id).", "Okta ne met pas d'amr dans les jetons d'accès ; le hook le fait : PSCHOOK_ACCESS_TOKEN_CLAIMS doit contenir amr, PSCHOOK_AMR_POLICY_FILE ne doit pas l'omettre pour cette connexion, et la règle d'accès doit utiliser le hook (Okta Admin Console › Security › API › Authorization Servers › Access Policies › règle › Use this inline hook ; Terraform : okta_auth_server_policy_rule.inline_hook_id).")))
	}
	return f.Pass()
}

func oidMatchesSub(ev *evidence) report.Finding {
	sub, _ := ev.id.claims.Text("sub")
	wanted := ev.in.OIDForSub(sub)
	f := report.Want(words.Literal(strconv.Quote(wanted))).Got(shown(ev.access.claims, "oid"))
	oid, _ := ev.access.claims.Text("oid")
	switch uid, _ := ev.access.claims.Text("uid"); {
	case oid == wanted:
	case ev.changed():
		return report.BlockedBy("id.signature")
	case nearly(oid, wanted):
		return f.Fail(letterByLetter("oid"))
	case oid == ev.in.OIDForSub(uid):
		return f.Fail(words.Say(
			"oid is the user id of the access token (uid), as it should be; sub of the ID token names another user. The two tokens are of two sign-ins, or something sets sub: take both from one sign-in, and if it stays so, see what sets sub (Okta Admin Console › Security › API › Authorization Servers › Claims).",
			"oid est bien l'identifiant d'utilisateur du jeton d'accès (uid) ; c'est sub, dans le jeton d'identité, qui désigne un autre utilisateur. Les deux jetons sont de deux connexions, ou autre chose définit sub : prenez-les d'une même connexion, et si cela persiste, voyez ce qui définit sub (Okta Admin Console › Security › API › Authorization Servers › Claims)."))
	default:
		return f.Fail(words.Say(
			"oid must be the Okta user id (00u…), which PSC keeps as the pivot of the appairage. Remove any claim that sets oid by expression (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim) and let the hook add it. If a UUID was agreed with the ANS, set PSCHOOK_OID_FORMAT=uuid.",
			"oid doit être l'identifiant Okta de l'utilisateur (00u…), que PSC garde comme pivot de l'appairage. Supprimez tout claim qui définit oid par une expression (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim) et laissez le hook l'ajouter. Si un UUID a été convenu avec l'ANS, mettez PSCHOOK_OID_FORMAT=uuid."))
	}
	if ev.id.claims.Has("oid") {
		if oid, _ := ev.id.claims.Text("oid"); oid != wanted {
			return f.Got(shown(ev.id.claims, "oid")).Fail(words.Say(
				"The ID token carries an oid of its own that differs from sub. Okta reserves the name there: check which claim or identity provider sets it.",
				"Le jeton d'identité porte un oid propre qui diffère de sub. Okta y réserve ce nom : vérifiez quel claim ou quel fournisseur d'identité le définit."))
		}
	}
	return f.Pass()
}

// oidNotLogin refuses an oid that is a login. Logins change (marriage, move), and PSC's pairing
// (appairage) depends on oid. In Okta's access tokens, sub is the login.
func oidNotLogin(ev *evidence) report.Finding {
	f := report.Want(words.Say("an immutable id such as 00u…, without “@”", "un identifiant immuable tel que 00u…, sans « @ »")).Got(shown(ev.access.claims, "oid"))
	oid, _ := ev.access.claims.Text("oid")
	sub, _ := ev.access.claims.Text("sub")
	uid, _ := ev.access.claims.Text("uid")
	if strings.Contains(oid, "@") || (strings.EqualFold(oid, sub) && oid != uid) {
		return f.Fail(words.Say(
			"This is a login: it can change, and the user would lose the appairage with PSC. The sub of an Okta access token is the login; the user id is in uid. Remove the claim that sets oid by expression (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim) and let the hook add it (PSCHOOK_ACCESS_TOKEN_CLAIMS).",
			"C'est un login : il peut changer, et l'utilisateur perdrait son appairage avec PSC. Le sub d'un jeton d'accès Okta est le login ; l'identifiant est dans uid. Supprimez le claim qui définit oid par une expression (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim) et laissez le hook l'ajouter (PSCHOOK_ACCESS_TOKEN_CLAIMS)."))
	}
	return f.Pass()
}

func tidMatchesOrg(ev *evidence) report.Finding {
	f := report.Want(words.Literal(strconv.Quote(ev.in.ExpectedTID))).Got(shown(ev.access.claims, "tid"))
	if ev.in.ExpectedTID == "" {
		return report.Want(words.Say("a text that is not empty", "un texte non vide")).Got(shown(ev.access.claims, "tid")).Skip(words.Say(
			"Not checked: the id of the org is not known. Set PSCHOOK_RP_EXPECTED_TID, or --expected-tid on the command line.",
			"Non vérifié : l'identifiant de l'organisation n'est pas connu. Renseignez PSCHOOK_RP_EXPECTED_TID, ou --expected-tid en ligne de commande."))
	}
	if tid, _ := ev.access.claims.Text("tid"); tid != ev.in.ExpectedTID {
		return f.Fail(words.Say(
			"PSC knows the établissement by this value. The hook takes it from the org (PSCHOOK_OKTA_ORG_URL, PSCHOOK_TID_SOURCE). If an alias or a UUID was agreed with the ANS, set PSCHOOK_TID_SOURCE=static with PSCHOOK_TID_VALUE, or PSCHOOK_TID_FORMAT=uuid, and the same in PSCHOOK_RP_EXPECTED_TID (--expected-tid).",
			"PSC reconnaît l'établissement à cette valeur. Le hook la prend de l'organisation (PSCHOOK_OKTA_ORG_URL, PSCHOOK_TID_SOURCE). Si un alias ou un UUID a été convenu avec l'ANS, mettez PSCHOOK_TID_SOURCE=static avec PSCHOOK_TID_VALUE, ou PSCHOOK_TID_FORMAT=uuid, et la même valeur dans PSCHOOK_RP_EXPECTED_TID (--expected-tid)."))
	}
	return f.Pass()
}

// tidMatchesIDP compares tid with the ID token's idp. That is the org's own id if no other identity
// provider was asked. It only warns: Okta's sample shows it, but no live org has confirmed it yet.
func tidMatchesIDP(ev *evidence) report.Finding {
	idp, _ := ev.id.claims.Text("idp")
	tid, _ := ev.access.claims.Text("tid")
	f := report.Want(words.Literal(ev.id.claims.Show("idp"))).Got(shown(ev.access.claims, "tid"))
	switch {
	case !strings.HasPrefix(idp, "00o"):
		return f.Skip(words.Say(
			"Not checked: idp in the ID token is not an org's id, because the person signed in through another identity provider (a smart card, for example).",
			"Non vérifié : idp, dans le jeton d'identité, n'est pas une organisation, car la personne s'est connectée par un autre fournisseur d'identité (une carte à puce, par exemple)."))
	case !strings.HasPrefix(tid, "00o"):
		return f.Skip(words.Say(
			"Not checked: tid is not the id of an Okta org but what was agreed in its place.",
			"Non vérifié : tid n'est pas l'identifiant d'une organisation Okta, mais ce qui a été convenu à sa place."))
	case idp != tid:
		return f.Warn(words.Say(
			"The ID token names another org as identity provider. If tid is a fixed value (PSCHOOK_TID_VALUE), compare it with id in https://example.okta.com/.well-known/okta-organization of your org. If it is right, report this: no live org has confirmed yet that idp always holds its id.",
			"Le jeton d'identité désigne une autre organisation comme fournisseur d'identité. Si tid est une valeur fixe (PSCHOOK_TID_VALUE), comparez-la avec id dans https://example.okta.com/.well-known/okta-organization de votre organisation. S'il est juste, signalez-le : aucune organisation réelle n'a encore confirmé qu'idp porte toujours son identifiant."))
	}
	return f.Pass()
}

func tidSame(ev *evidence) report.Finding {
	inID, _ := ev.id.claims.Text("tid")
	inAccess, _ := ev.access.claims.Text("tid")
	f := report.Want(words.Literal(quote(ev.id.claims, "tid"))).Got(shown(ev.access.claims, "tid"))
	if inID != inAccess {
		return f.Fail(words.Say(
			"One of the two is set by something other than the hook, most likely a claim typed into the authorization server: delete it (Okta Admin Console › Security › API › Authorization Servers › Claims; Terraform: okta_auth_server_claim) and let the hook add tid to both.",
			"L'un des deux est défini par autre chose que le hook, sans doute un claim saisi dans le serveur d'autorisation : supprimez-le (Okta Admin Console › Security › API › Authorization Servers › Claims ; Terraform : okta_auth_server_claim) et laissez le hook ajouter tid aux deux."))
	}
	return f.Pass()
}

// amrApproved compares sets for equality. A superset is not approved: the ANS agrees a level for
// the named values, and each further value (an SMS, a federated sign-in) is another way of signing
// in.
func amrApproved(ev *evidence) report.Finding {
	sets := make([]string, len(ev.in.AMRSets))
	for i, s := range ev.in.AMRSets {
		sets[i] = s.describe()
	}
	f := report.Want(words.List(sets)).Got(shown(ev.access.claims, "amr"))
	if set, ok := ev.approved(); ok {
		return f.Note(words.Say("Set %s, level %s.", "Ensemble %s, niveau %s.", set.Name, levelName(set.Level)))
	}
	values, _ := ev.access.claims.Texts("amr")
	for _, s := range ev.in.AMRSets {
		if sameSet(plainAMR(s.Values), plainAMR(values)) {
			return f.Fail(words.Say(
				"These are the values of %s, written otherwise. PSC compares them letter by letter, one value in each element: correct emit in PSCHOOK_AMR_POLICY_FILE, or delete the claim that sets amr in its place.",
				"Ce sont les valeurs de %s, écrites autrement. PSC les compare lettre par lettre, une valeur par élément : corrigez emit dans PSCHOOK_AMR_POLICY_FILE, ou supprimez le claim qui définit amr à sa place.", s.Name))
		}
	}
	for _, s := range ev.in.AMRSets {
		if len(missingFrom(values, s.Values)) == 0 {
			return f.Fail(words.Say(
				"All of %s is there, but %s too. A level is approved for a set as a whole, since each further value changes what was done: let a rule in PSCHOOK_AMR_POLICY_FILE emit exactly the approved set where that is true, or have this one agreed with the ANS.",
				"Tout %s est là, mais %s aussi. Un niveau est approuvé pour un ensemble entier, car chaque valeur de plus change ce qui a été fait : faites émettre exactement l'ensemble approuvé par une règle de PSCHOOK_AMR_POLICY_FILE, là où c'est vrai, ou faites agréer celui-ci par l'ANS.", s.Name, words.List(missingFrom(s.Values, values))))
		}
	}
	return f.Fail(words.Say(
		"PSC will not accept this sign-in. If the user had one factor only, require two: Okta Admin Console › Security › Authentication Policies › policy of the app. If what was done deserves a level, check the rules in PSCHOOK_AMR_POLICY_FILE, or have the set agreed with the ANS.",
		"PSC n'acceptera pas cette connexion. Si l'utilisateur n'a présenté qu'un facteur, exigez-en deux : Okta Admin Console › Security › Authentication Policies › politique de l'application. Si ce qui a été fait mérite un niveau, vérifiez les règles de PSCHOOK_AMR_POLICY_FILE, ou faites agréer l'ensemble par l'ANS."))
}

// plainAMR returns amr values without differences of writing: in small letters, with underscores, one
// value in each element.
func plainAMR(values []string) []string {
	var plain []string
	for _, v := range values {
		v = strings.ReplaceAll(strings.ToLower(v), "-", "_")
		plain = append(plain, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })...)
	}
	return plain
}

func amrNotOverstated(ev *evidence) report.Finding {
	f := report.Want(words.Literal(quote(ev.id.claims, "amr"))).Got(shown(ev.access.claims, "amr"))
	own, p := ev.id.claims.Texts("amr")
	if p != outside.Present || len(own) == 0 {
		return f.Skip(words.Say("Not checked: the ID token has no amr to compare with.", "Non vérifié : le jeton d'identité n'a pas d'amr auquel comparer."))
	}
	values, _ := ev.access.claims.Texts("amr")
	if extra := missingFrom(own, values); len(extra) > 0 {
		if len(missingFrom(plainAMR(own), plainAMR(values))) == 0 {
			if ev.found.Find("amr.psc_approved").Status == report.StatusFail {
				return report.BlockedBy("amr.psc_approved")
			}
			return f.Warn(words.Say(
				"Both say the same, written otherwise. Okta writes amr in small letters, as RFC 8176 does: see what sets amr in the ID token.",
				"Les deux disent la même chose, écrite autrement. Okta écrit amr en minuscules, comme la RFC 8176 : voyez ce qui définit amr dans le jeton d'identité."))
		}
		return f.Warn(words.Say(
			"The access token claims %s, which Okta did not say in the ID token. That is right only if the AMR policy attests it (attest in PSCHOOK_AMR_POLICY_FILE) and it is true: overstating a level gives access to health data. Better let Okta say it: Okta Admin Console › Security › Identity Providers, where a smart card provider has the ticks PIN protected and Hardware protected, and an OpenID Connect provider the AMR claims mapping.",
			"Le jeton d'accès affirme %s, qu'Okta n'a pas dit dans le jeton d'identité. Ce n'est juste que si la politique AMR l'atteste (attest dans PSCHOOK_AMR_POLICY_FILE) et que c'est vrai : surestimer un niveau ouvre l'accès à des données de santé. Mieux vaut qu'Okta le dise : Okta Admin Console › Security › Identity Providers, où un fournisseur par carte à puce a les cases PIN protected et Hardware protected, et un fournisseur OpenID Connect la correspondance des claims AMR.", words.List(extra)))
	}
	return f.Pass()
}
