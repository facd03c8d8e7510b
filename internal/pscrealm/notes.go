package pscrealm

// Note says in what the realm may differ from PSC. Testers must know it.
type Note struct {
	Kind string // [Assumed] or [NotPlayed]
	Text string
}

// The kinds of notes.
const (
	Assumed   = "assumed"
	NotPlayed = "not-played"
)

// Notes lists what is assumed and what the realm cannot do. The realm has them in its attributes
// (rehearsal.…). The guide docs/en/psc-rehearsal.md explains them.
func Notes() []Note {
	return []Note{
		{Assumed, "How PSC's own Keycloak is configured is not public. This realm does what the ANS describes, the way stock Keycloak does it."},
		{Assumed, "Each of oid, tid and amr is read in the access token first, then in the ID token, then in userinfo. An amr that the access token lacks is thus read in the ID token, where Okta puts its own; a null in it is passed over, and a value that is there twice counts once."},
		{Assumed, "Level substantiel shows as acr eidas2, élevé as eidas3. A service that asks for less is told what it asked for: eidas2 for both, or eidas1. Nobody is let in below substantiel."},
		{Assumed, "PSC's app in Okta is an SPA (no secret) or a Web app (client_secret_basic), as chosen. For an SPA Keycloak sends an empty client_secret, which RFC 6749 section 2.3.1 takes for none."},
		{Assumed, "The appairage is keyed on tid and oid, one for each person and establishment. Another oid asks for a new appairage, which replaces the old one."},
		{Assumed, "scope_all gives preferred_username, given_name, family_name and SubjectNameID: a part of what PSC gives. No login of the establishment shows."},
		{NotPlayed, "CPx card and e-CPS: in the appairage a password takes their place. A sign-in at PSC without an establishment is refused."},
		{NotPlayed, "The amr gate before the appairage: stock Keycloak can only look at an account that is linked. At a first sign-in with an amr that is not agreed the person is asked for the appairage and refused after it. The tid of the ID token is held against the white list before anything else."},
		{NotPlayed, "The end of an appairage after a time, and the comparison of the time of authentication."},
		{NotPlayed, "Two sign-ins of one person at the same moment by different means: the amr is kept on the account while it is checked, so that one may be taken for the other. This realm protects nothing."},
		{NotPlayed, "PSC's own addresses (wallet-openid-configuration, the wallet's host) and the form of its sub: metadata are at Keycloak's path, sub is Keycloak's id of the account. Tokens always have at_hash and no nbf; at PSC at_hash may be missing and nbf be 0."},
		{NotPlayed, "The multi-tenant (mutualisée) approach, of which little is public: here each establishment is a provider of its own, with one org, one tid and one hint."},
		{NotPlayed, "The type of oid and tid: Keycloak reads a list of one as the text in it. More than one tid, and an oid that is no Okta user id or UUID, are refused; several of these in oid are a person of their own, who needs an appairage."},
	}
}

// texts are the messages of the realm's pages, by language. They replace those of Keycloak's theme.
func texts() map[string]map[string]string {
	return map[string]map[string]string{
		"en": {
			"loginIdpReviewProfileTitle": "First sign-in from this establishment",
			"loginTitle":                 "Sign in to Pro Santé Connect (rehearsal)",
			"loginTitleHtml":             "Pro Santé Connect (rehearsal, pschook)",
			"loginProfileTitle":          "Confirm who you are",
			"username":                   "National id (8 + RPPS)",
			"pscConfirm":                 "Confirmation",
			"pscConfirmYes":              "I am this person and want to go on",
			"pscNotAgreed":               "Your establishment did not sign you in by a means agreed with Pro Santé Connect. Sign in by another means, or tell your establishment’s IT department.",
			"pscOnlyDelegation":          "This rehearsal only plays the sign-in by an establishment.",
		},
		"fr": {
			"loginIdpReviewProfileTitle": "Première connexion depuis cet établissement",
			"loginTitle":                 "Se connecter à Pro Santé Connect (répétition)",
			"loginTitleHtml":             "Pro Santé Connect (répétition, pschook)",
			"loginProfileTitle":          "Confirmer votre identité",
			"username":                   "Identifiant national (8 + RPPS)",
			"pscConfirm":                 "Confirmation",
			"pscConfirmYes":              "Je suis cette personne et je souhaite continuer",
			"pscNotAgreed":               "Votre établissement ne vous a pas authentifié par un moyen convenu avec Pro Santé Connect. Utilisez un autre moyen, ou prévenez le service informatique de votre établissement.",
			"pscOnlyDelegation":          "Cette répétition ne joue que la connexion par un établissement.",
		},
	}
}
