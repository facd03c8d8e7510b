package verify

import (
	"strconv"
	"strings"

	"pschook/internal/jwks"
	"pschook/verify/words"
)

// faultText says what is wrong with a key, as the end of a sentence.
func faultText(f *jwks.Fault) words.Text { //nolint:funlen,cyclop // a table
	switch f.Kind {
	case jwks.NotObject:
		return words.Say("not a strict JSON object (%s)", "pas un objet JSON strict (%s)", f.Detail)
	case jwks.Missing:
		return words.Say("%s is missing", "%s manque", f.Member)
	case jwks.NotText:
		return words.Say("%s is not a text", "%s n'est pas un texte", f.Member)
	case jwks.NotTextList:
		return words.Say("%s is not a list of texts", "%s n'est pas une liste de textes", f.Member)
	case jwks.NotBase64:
		switch {
		case f.Member == "x5c":
			return words.Say("x5c is not base64", "x5c n'est pas du base64")
		case f.Detail == jwks.Hex:
			return words.Say("%s is in hexadecimal, not base64url", "%s est en hexadécimal, pas en base64url", f.Member)
		case f.Detail == "":
			return words.Say("%s is not base64url", "%s n'est pas du base64url", f.Member)
		}
		return words.Say("%s is not base64url (at character %s)", "%s n'est pas du base64url (au caractère %s)", f.Member, f.Detail)
	case jwks.Length:
		return words.Say("%s has the wrong length (%s bytes)", "%s n'a pas la bonne longueur (%s octets)", f.Member, f.Detail)
	case jwks.KeyType:
		return words.Say("kty %s is unknown", "kty %s est inconnu", f.Detail)
	case jwks.OtherType:
		return words.Say("kty %s does not go with its member %s", "kty %s ne va pas avec son membre %s", f.Detail, f.Member)
	case jwks.Curve:
		return words.Say("crv %s is not for signatures, or unknown", "crv %s ne sert pas à signer, ou est inconnue", f.Detail)
	case jwks.OffCurve:
		return words.Say("x and y are no point of the curve", "x et y ne sont pas un point de la courbe")
	case jwks.Exponent:
		return words.Say("e = %s is no exponent of RSA", "e = %s n'est pas un exposant RSA", f.Detail)
	case jwks.Modulus:
		return words.Say("n is no modulus of RSA, for it is even", "n n'est pas un module RSA, car il est pair")
	case jwks.TooShort:
		return words.Say("RSA of %s bits, at least 2048 are wanted", "RSA de %s bits, au moins 2048 sont exigés", f.Detail)
	case jwks.TooLong:
		return words.Say("RSA of %s bits, at most 8192 are taken", "RSA de %s bits, au plus 8192 sont acceptés", f.Detail)
	case jwks.Symmetric:
		return words.Say("kty \"oct\", a shared secret", "kty \"oct\", un secret partagé")
	case jwks.Private:
		return words.Say("it holds the private key (%s)", "elle contient la clé privée (%s)", f.Member)
	case jwks.Use:
		return words.Say("use %s, not for signatures", "use %s, pas pour signer", f.Detail)
	case jwks.Operations:
		if !strings.HasPrefix(f.Detail, "[") {
			return words.Say("key_ops %s is not a list of texts", "key_ops %s n'est pas une liste de textes", f.Detail)
		}
		return words.Say("key_ops %s without \"verify\"", "key_ops %s sans « verify »", f.Detail)
	case jwks.NotX509:
		return words.Say("%s holds no X.509 certificate", "%s ne contient pas de certificat X.509", f.Member)
	case jwks.OtherKey:
		return words.Say("the certificate in %s is one of another key", "le certificat de %s est celui d'une autre clé", f.Member)
	case jwks.Thumbprint:
		return words.Say("%s is not the thumbprint of the certificate in x5c", "%s n'est pas l'empreinte du certificat de x5c", f.Member)
	case jwks.NotURL:
		return words.Say("%s is not a URL", "%s n'est pas une URL", f.Member)
	}
	return words.Literal(f.String())
}

// setText says what an answer is instead of a set of keys.
func setText(e *jwks.SetError) words.Text {
	switch e.Why {
	case jwks.SetTooLarge:
		return words.Say("a JWK Set out of bounds: %s", "un jeu de clés hors limites : %s", e.Detail)
	case jwks.SetSingleKey:
		return words.Say("no JWK Set but a single key, without the list keys around it", "pas un jeu de clés, mais une seule clé, sans la liste keys autour")
	case jwks.SetMetadata:
		return words.Say("no JWK Set but provider metadata, whose jwks_uri leads to it", "pas un jeu de clés, mais les métadonnées du fournisseur, dont jwks_uri y mène")
	case jwks.SetNoKeys:
		return words.Say("no JWK Set: the member keys is missing", "pas un jeu de clés : le membre keys manque")
	case jwks.SetEmpty:
		return words.Say("a JWK Set without any key", "un jeu de clés sans aucune clé")
	case jwks.SetUnusable:
		return words.Say("a JWK Set without a key for signatures: %s", "un jeu de clés sans clé de signature : %s", e.Detail)
	}
	if e.Detail != "" {
		return words.Say("no JWK Set: not the JSON object expected (%s)", "pas un jeu de clés : pas l'objet JSON attendu (%s)", e.Detail)
	}
	return words.Say("no JWK Set: not the JSON object expected", "pas un jeu de clés : pas l'objet JSON attendu")
}

// faultRemedy says what to do about a key that a token names and that cannot check its signature.
// signed says that the key signed the token all the same. named says that the token names the key.
func faultRemedy(f *jwks.Fault, signed, named bool) words.Text { //nolint:cyclop // a table
	switch f.Kind {
	case jwks.Use:
		switch {
		case f.Detail == `"enc"` && signed:
			return words.Say(
				"The key signs, but is published for encryption: have the provider put \"sig\" into use of this key, or leave use out (RFC 7517 §4.2). The signature itself is right.",
				"La clé signe, mais elle est publiée pour le chiffrement : faites mettre « sig » par le fournisseur dans use de cette clé, ou retirer use (RFC 7517 §4.2). La signature elle-même est juste.")
		case f.Detail == `"enc"` && !named:
			return words.Say(
				"The provider publishes keys for encryption only: have it publish the key that signs, with use \"sig\" or without use (RFC 7517 §4.2).",
				"Le fournisseur ne publie que des clés de chiffrement : faites-lui publier la clé qui signe, avec use « sig » ou sans use (RFC 7517 §4.2).")
		}
		if f.Detail != `"enc"` {
			return words.Say(
				"Have the provider put \"sig\", in small letters, into use of the key that signs, or leave use out (RFC 7517 §4.2).",
				"Faites mettre « sig », en minuscules, par le fournisseur dans use de la clé qui signe, ou retirer use (RFC 7517 §4.2).")
		}
		return words.Say(
			"The token names a key that the provider keeps for encryption. Either kid in the token is wrong, or use in the key set: it must be \"sig\", or absent, for the key that signs (RFC 7517 §4.2). That an encryption key stands beside the signing key is normal, at PSC too.",
			"Le jeton désigne une clé que le fournisseur réserve au chiffrement. Soit le kid du jeton est faux, soit l'est use dans le jeu de clés : il doit valoir « sig », ou être absent, pour la clé qui signe (RFC 7517 §4.2). Qu'une clé de chiffrement figure à côté de la clé de signature est normal, chez PSC aussi.")
	case jwks.Operations:
		return words.Say(
			"Have the provider put \"verify\" into key_ops of the key that signs, which is a list, or leave key_ops out (RFC 7517 §4.3).",
			"Faites ajouter « verify » par le fournisseur à key_ops de la clé qui signe, qui est une liste, ou retirer key_ops (RFC 7517 §4.3).")
	case jwks.Private, jwks.Symmetric:
		return words.Say(
			"Whoever reads the key set can forge tokens of this issuer: trust none. Have the provider withdraw this key at once, make a new one and publish its public part only.",
			"Quiconque lit le jeu de clés peut forger des jetons de cet émetteur : n'en croyez aucun. Faites retirer cette clé sans délai par le fournisseur, qui doit en créer une autre et n'en publier que la partie publique.")
	case jwks.TooShort:
		if bits, err := strconv.Atoi(f.Detail); err == nil && bits%64 != 0 {
			return words.Say(
				"No provider makes RSA keys of this length, so n was cut or damaged when it was published or copied: have it corrected in the key set, or import the keys again. The token itself cannot be judged before that.",
				"Aucun fournisseur ne crée de clé RSA de cette longueur : n a donc été tronqué ou abîmé à la publication ou à la copie. Faites-le corriger dans le jeu de clés, ou importez de nouveau les clés. D'ici là, le jeton lui-même ne peut être jugé.")
		}
		return words.Say(
			"Such a short key can be broken, and its signatures prove nothing: have the provider sign with a key of at least 2048 bits (RFC 7518 §3.3).",
			"Une clé aussi courte peut être cassée, et ses signatures ne prouvent rien : faites signer par le fournisseur avec une clé d'au moins 2048 bits (RFC 7518 §3.3).")
	case jwks.KeyType, jwks.Curve, jwks.TooLong:
		if right, ok := spelling()[strings.ToLower(strings.Trim(f.Detail, `"`))]; ok && f.Kind != jwks.TooLong {
			return words.Say(
				"Names in keys are compared letter by letter: have the provider write \"%s\" in its key set (RFC 7518 §6, §7.6). The key itself may be right.",
				"Les noms dans les clés sont comparés lettre par lettre : faites écrire « %s » par le fournisseur dans son jeu de clés (RFC 7518 §6, §7.6). La clé elle-même est peut-être juste.", right)
		}
		return words.Say(
			"Have the provider sign with a key that receivers know: RSA of 2048 bits or more, or EC on curve P-256 (RFC 7518 §6).",
			"Faites signer par le fournisseur avec une clé que les destinataires connaissent : RSA de 2048 bits ou plus, ou EC sur la courbe P-256 (RFC 7518 §6).")
	}
	return words.Say(
		"The key was not published well: have the provider correct this member in its key set, or import the keys again if they were copied by hand (RFC 7517 §4, RFC 7518 §6). The token itself cannot be judged before that.",
		"La clé est mal publiée : faites corriger ce membre par le fournisseur dans son jeu de clés, ou importez de nouveau les clés si elles ont été copiées à la main (RFC 7517 §4, RFC 7518 §6). D'ici là, le jeton lui-même ne peut être jugé.")
}

// spelling returns the registered name of a type or curve of keys for other names of it, in small
// letters (RFC 7518 §7.4, §7.6; the other names are those of SEC 2 and X9.62).
func spelling() map[string]string {
	return map[string]string{
		"rsa": "RSA", "ec": "EC", "ecdsa": "EC", "okp": "OKP",
		"p-256": "P-256", "p256": "P-256", "secp256r1": "P-256", "prime256v1": "P-256",
		"p-384": "P-384", "p384": "P-384", "secp384r1": "P-384",
		"p-521": "P-521", "p521": "P-521", "secp521r1": "P-521",
	}
}
