package verify

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"pschook/internal/jwks"
	"pschook/internal/mishap"
	"pschook/verify/report"
	"pschook/verify/words"
)

// maxKeysNamed is how many keys one sentence lists.
const maxKeysNamed = 10

// signature is the result of checking one signature.
type signature struct {
	report.Finding

	// key says that the fault is in the key or the key set, not in the token. Two tokens with the
	// same header then have the same fault.
	key bool
}

// signatureOf checks a signature with the keys that the provider publishes under the token's kid. A
// token without kid is accepted only when there is one key (OpenID Connect Core §10.1). If no such
// key fits, it looks for the key that signed among all published keys, so that the report names the
// true fault. It says "changed" only if no published key signed.
func signatureOf(ev *evidence, t *token, answer keyAnswer) signature {
	f := report.Want(words.Say("a key published by %s", "une clé publiée par %s", ev.in.Issuer))
	if answer.err != nil {
		return signature{keysUnread(f, answer.err), true}
	}
	able := slices.DeleteFunc(slices.Clone(answer.keys), func(k jwks.Key) bool { return k.Fault != nil })
	if t.kid == "" && len(able) > 1 {
		return signature{f.Got(words.Say("no kid, while %d keys are published", "pas de kid, alors que %d clés sont publiées", len(able))).Fail(words.Say(
			"The provider publishes several keys: its tokens must say which one signed (header kid).",
			"Le fournisseur publie plusieurs clés : ses jetons doivent dire laquelle a signé (en-tête kid).")), true}
	}
	fitting := slices.DeleteFunc(slices.Clone(able), func(k jwks.Key) bool { return !keyFits(k, t.alg) })
	for _, k := range fitting {
		if t.verify(k) {
			return signature{valid(f, t, k, answer.all), true}
		}
	}
	switch signer, found := signerOf(t, answer.all); {
	case found && t.kid != "" && signer.ID != t.kid:
		return signature{otherKid(f, t, signer), true}
	case found && signer.Fault != nil:
		return signature{keyUnusable(f, t, []jwks.Key{signer}, true), true}
	case found:
		return signature{algMismatch(t, signer, true), true}
	case len(answer.keys) == 0:
		return signature{notPublished(f, t, answer.all), true}
	case len(able) == 0:
		return signature{keyUnusable(f, t, answer.keys, false), true}
	case len(fitting) == 0:
		return signature{algMismatch(t, able[0], false), true}
	}
	return signature{changed(f, t, fitting[0]), false}
}

// signerOf finds the published key that made the signature, whatever it is published for.
func signerOf(t *token, keys []jwks.Key) (jwks.Key, bool) {
	i := slices.IndexFunc(keys, func(k jwks.Key) bool { return typeFits(k, t.alg) && t.verify(k) })
	if i < 0 {
		return jwks.Key{}, false
	}
	return keys[i], true
}

func quoted(s string) string { return strconv.Quote(words.Shorten(s, shownRunes)) }

// kidText names a key by its kid, after the word key.
func kidText(kid string) words.Text {
	if kid == "" {
		return words.Say("without kid", "sans kid")
	}
	return words.Literal(quoted(kid))
}

// valid passes. It warns if other programs would drop the key, or if the set gives away a secret.
func valid(f report.Finding, t *token, k jwks.Key, all []jwks.Key) report.Finding {
	what := words.Say("valid, key %s, %s", "valide, clé %s, %s", kidText(t.kid), t.alg)
	i := slices.IndexFunc(all, func(k jwks.Key) bool {
		return k.Fault != nil && (k.Fault.Kind == jwks.Private || k.Fault.Kind == jwks.Symmetric)
	})
	switch {
	case i >= 0:
		return f.Got(words.Say("%s; but the same key set gives away a secret: %s", "%s ; mais le même jeu de clés livre un secret : %s", what, keyText(all[i]))).Warn(words.Say(
			"This token is not signed with that key. But whoever reads the key set can forge what is, and other receivers may take it: have the provider withdraw that key at once, and publish public keys only.",
			"Ce jeton n'est pas signé avec cette clé-là. Mais quiconque lit le jeu de clés peut forger ce qui l'est, et d'autres destinataires peuvent l'accepter : faites retirer cette clé sans délai par le fournisseur, qui ne doit publier que des clés publiques."))
	case len(k.Flaws) == 0:
		return f.Got(what).Pass()
	}
	flaws := make([]words.Text, len(k.Flaws))
	for i := range k.Flaws {
		flaws[i] = faultText(&k.Flaws[i])
	}
	return f.Got(words.Say("%s; but %s", "%s ; mais %s", what, words.Join("; ", " ; ", flaws...))).Warn(words.Say(
		"The key itself is right and was used. Its other members are not, and many programs drop the whole key for that: have the provider correct them in its key set, or leave them out (RFC 7517 §4.6 to §4.9).",
		"La clé elle-même est juste et a servi. Ses autres membres ne le sont pas, et bien des programmes écartent alors la clé entière : faites-les corriger, ou retirer, par le fournisseur dans son jeu de clés (RFC 7517 §4.6 à §4.9)."))
}

// otherKid reports a signature that is right, by a key that is published under another kid.
func otherKid(f report.Finding, t *token, signer jwks.Key) report.Finding {
	return f.Got(words.Say("the token names key %s, but its signature is by the published key %s", "le jeton désigne la clé %s, mais sa signature est de la clé publiée %s", kidText(t.kid), keyText(signer))).Fail(words.Say(
		"The signature is right, its name is not: kid in the token and in the key set must be the same, letter by letter (RFC 7515 §4.1.4, RFC 7517 §4.5). Have the provider correct the one that is wrong, or import the keys again if they were copied by hand.",
		"La signature est juste, son nom ne l'est pas : le kid du jeton et celui du jeu de clés doivent être les mêmes, lettre par lettre (RFC 7515 §4.1.4, RFC 7517 §4.5). Faites corriger par le fournisseur celui qui est faux, ou importez de nouveau les clés si elles ont été copiées à la main."))
}

// changed reports a signature that no published key made.
func changed(f report.Finding, t *token, k jwks.Key) report.Finding {
	raw, _ := base64.RawURLEncoding.DecodeString(t.raw[strings.LastIndexByte(t.raw, '.')+1:]) // decoded before
	size, want := len(raw), signatureSize(k)
	sizes := words.Say("does not fit key %s: %d bytes of signature instead of %d", "ne correspond pas à la clé %s : %d octets de signature au lieu de %d", kidText(t.kid), size, want)
	switch {
	case size == 0:
		return f.Got(words.Say("does not fit key %s: the signature is empty", "ne correspond pas à la clé %s : la signature est vide", kidText(t.kid))).Fail(words.Say(
			"The third part of the token is missing, as logs and some tools leave it out: copy the token from the response itself. If the provider sends it like that, nothing proves what it says.",
			"La troisième partie du jeton manque ; des journaux et certains outils l'omettent : copiez le jeton dans la réponse elle-même. Si le fournisseur l'envoie ainsi, rien ne prouve ce qu'il dit."))
	case t.alg[0] == 'E' && size > want && raw[0] == 0x30:
		return f.Got(words.Say("does not fit key %s: the signature is in DER form", "ne correspond pas à la clé %s : la signature est au format DER", kidText(t.kid))).Fail(words.Say(
			"The signature was written as X.509 does (DER): a JWT has the two numbers one after the other, %d bytes (RFC 7518 §3.4). Correct the program that signs.",
			"La signature est écrite comme dans X.509 (DER) : un JWT porte les deux nombres l'un derrière l'autre, %d octets (RFC 7518 §3.4). Corrigez le programme qui signe.", want))
	case size != want && t.alg[0] != 'E' && size%64 == 0 && size >= leastRSABytes:
		return f.Got(sizes).Fail(keyReplaced())
	case size < want:
		return f.Got(sizes).Fail(words.Say(
			"The end of the token is missing: copy it again, whole.",
			"La fin du jeton manque : copiez-le de nouveau, en entier."))
	case size > want:
		return f.Got(sizes).Fail(words.Say(
			"Something hangs on the end of the token that does not belong to it: copy it again.",
			"Quelque chose qui n'en fait pas partie suit la fin du jeton : copiez-le de nouveau."))
	}
	return f.Got(words.Say("does not fit key %s", "ne correspond pas à la clé %s", kidText(t.kid))).Fail(words.Say(
		"The token was changed after it was signed, or signed by someone else, or the provider has replaced this key under the same kid. Get new tokens; if it happens again, do not trust this source.",
		"Le jeton a été modifié après signature, ou signé par quelqu'un d'autre, ou le fournisseur a remplacé cette clé sous le même kid. Obtenez de nouveaux jetons ; si cela persiste, ne faites pas confiance à cette source."))
}

// leastRSABytes is the length of the signatures of the shortest RSA keys in use, of 1024 bits.
const leastRSABytes = 128

// keyReplaced is the remedy when the key and not the token seems to be the wrong one.
func keyReplaced() words.Text {
	return words.Say(
		"Another key signed than the one that is published under this kid. Most likely the provider has replaced or damaged it in its key set, or keys that were imported by hand are old: compare with jwks_uri, import them again, and give each new key a kid of its own. If the published key is right, the tokens come from elsewhere: do not trust their source.",
		"Une autre clé a signé que celle publiée sous ce kid. Le plus probable : le fournisseur l'a remplacée ou abîmée dans son jeu de clés, ou des clés importées à la main sont anciennes. Comparez avec jwks_uri, importez-les de nouveau, et donnez à chaque nouvelle clé son propre kid. Si la clé publiée est la bonne, les jetons viennent d'ailleurs : ne faites pas confiance à leur source.")
}

// signatureSize returns the length in bytes of a signature with the key (RFC 7518 §3.3, §3.4).
func signatureSize(k jwks.Key) int {
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		return public.Size()
	case *ecdsa.PublicKey:
		return 2 * ((public.Curve.Params().BitSize + 7) / 8)
	}
	return 0
}

// algMismatch reports a key that is published for another algorithm than the token names.
func algMismatch(t *token, k jwks.Key, signed bool) report.Finding {
	if !typeFits(k, t.alg) {
		return report.Want(words.Say("a key for %s", "une clé pour %s", t.alg)).
			Got(words.Say("the token says %s, key %s is %s", "le jeton dit %s, la clé %s est %s", t.alg, kidText(t.kid), keyType(k))).Fail(words.Say(
			"A key of this type cannot make such signatures: kid in the token names the wrong key, or alg the wrong algorithm. Correct what signs (the client's id_token_signed_response_alg at the provider), or publish the right key under this kid. Whether the token itself is right cannot be said before that.",
			"Une clé de ce type ne produit pas de telles signatures : le kid du jeton désigne la mauvaise clé, ou alg le mauvais algorithme. Corrigez ce qui signe (id_token_signed_response_alg du client chez le fournisseur), ou publiez la bonne clé sous ce kid. D'ici là, on ne peut dire si le jeton lui-même est juste."))
	}
	held := heldText()
	if !signed {
		held = words.Say("whether the signature is right cannot be said", "on ne peut dire si la signature est juste")
	}
	f := report.Want(words.Say("a key for %s", "une clé pour %s", t.alg)).
		Got(words.Say("the token says %s, key %s is published for %s; %s", "le jeton dit %s, la clé %s est publiée pour %s ; %s", t.alg, kidText(t.kid), quoted(k.Alg), held))
	if strings.EqualFold(t.alg, k.Alg) {
		return f.Fail(words.Say(
			"Only small and capital letters differ, but names are compared letter by letter (RFC 7515 §4.1.1): have the provider write alg %s in its key set.",
			"Seules les majuscules diffèrent, mais les noms sont comparés lettre par lettre (RFC 7515 §4.1.1) : faites écrire alg %s par le fournisseur dans son jeu de clés.", t.alg))
	}
	return f.Fail(words.Say(
		"The issuer signs with another algorithm than it publishes the key for, and receivers must refuse that (RFC 7517 §4.4, RFC 8725 §3.1). Have the token signed with the key's algorithm (the client's id_token_signed_response_alg at the provider), or the key published with alg %s, or without alg. Okta does RS256 only.",
		"L'émetteur signe avec un autre algorithme que celui pour lequel il publie la clé, et un destinataire doit refuser (RFC 7517 §4.4, RFC 8725 §3.1). Faites signer avec l'algorithme de la clé (id_token_signed_response_alg du client chez le fournisseur), ou publier la clé avec alg %s, ou sans alg. Okta ne fait que du RS256.", t.alg))
}

func notPublished(f report.Finding, t *token, published []jwks.Key) report.Finding {
	names := make([]words.Text, 0, maxKeysNamed)
	for _, k := range published[:min(len(published), maxKeysNamed)] {
		names = append(names, keyText(k))
	}
	f = f.Got(words.Say("key %s is not published", "la clé %s n'est pas publiée", kidText(t.kid)))
	if len(names) > 0 {
		f = f.Got(words.Say("key %s is not published; those that are: %s", "la clé %s n'est pas publiée ; celles qui le sont : %s", kidText(t.kid), words.Join(", ", ", ", names...)))
	}
	if slices.ContainsFunc(published, func(k jwks.Key) bool { return k.ID == "" && k.Public == nil }) {
		return f.Fail(words.Say(
			"One of the published keys cannot be read and has no kid, and it may be the one: have the provider correct its key set first (RFC 7517 §4).",
			"L'une des clés publiées est illisible et sans kid, et c'est peut-être celle-là : faites d'abord corriger son jeu de clés par le fournisseur (RFC 7517 §4)."))
	}
	return f.Fail(words.Say(
		"The token was signed by a key that the issuer does not publish, or no longer: get new tokens, and check that PSCHOOK_RP_ISSUER (--issuer) is the authorization server that issued them, not another one of the same org (Okta Admin Console › Security › API › Authorization Servers). With hand-written metadata, check jwks_uri or import the keys again.",
		"Le jeton est signé par une clé que l'émetteur ne publie pas, ou plus : obtenez de nouveaux jetons et vérifiez que PSCHOOK_RP_ISSUER (--issuer) est bien le serveur d'autorisation qui les a émis, et non un autre de la même organisation (Okta Admin Console › Security › API › Authorization Servers). Avec des métadonnées saisies à la main, vérifiez jwks_uri ou importez de nouveau les clés."))
}

// keyText names a key and what it is for, or why it cannot be used.
func keyText(k jwks.Key) words.Text {
	if k.Fault != nil {
		return words.Say("%s (cannot be used: %s)", "%s (inutilisable : %s)", kidText(k.ID), faultText(k.Fault))
	}
	if k.Alg == "" {
		return words.Say("%s (%s)", "%s (%s)", kidText(k.ID), keyType(k))
	}
	return words.Say("%s (%s)", "%s (%s)", kidText(k.ID), words.Shorten(k.Alg, shownRunes))
}

// heldText says that a key signed although it is published for something else.
func heldText() words.Text {
	return words.Say("the signature holds under this key all the same", "la signature est pourtant bien de cette clé")
}

// keyUnusable reports published keys that cannot check signatures. signed says that the first one
// signed all the same.
func keyUnusable(f report.Finding, t *token, keys []jwks.Key, signed bool) report.Finding {
	names := make([]words.Text, 0, maxKeysNamed)
	for _, k := range keys[:min(len(keys), maxKeysNamed)] {
		names = append(names, words.Say("key %s is published, but cannot be used: %s", "la clé %s est publiée, mais inutilisable : %s", kidText(k.ID), faultText(k.Fault)))
	}
	if signed {
		names = append(names, heldText())
	}
	return f.Got(words.Join("; ", " ; ", names...)).Fail(faultRemedy(keys[0].Fault, signed, t.kid != ""))
}

// keysUnread reports that the key set is not known. A fault of the network, of the answer, and of
// the set itself have different remedies.
func keysUnread(f report.Finding, err error) report.Finding {
	what, remedy, known := mishap.Explain(err)
	f = f.Got(words.Say("reading the keys: %s", "lecture des clés : %s", what))
	var set *jwks.SetError
	switch {
	case known:
		return f.Fail(remedy)
	case errors.As(err, &set):
		return f.Got(setText(set)).Fail(words.Say(
			"The address answers, and not with a set of keys that can be used. Check jwks_uri in the provider's metadata (or in PSCHOOK_RP_METADATA_FILE, --metadata), or have the provider correct its key set (RFC 7517 §5).",
			"L'adresse répond, mais pas par un jeu de clés utilisable. Vérifiez jwks_uri dans les métadonnées du fournisseur (ou dans PSCHOOK_RP_METADATA_FILE, --metadata), ou faites corriger son jeu de clés par le fournisseur (RFC 7517 §5)."))
	}
	return f.Fail(words.Say(
		"The provider's keys could not be read. Check PSCHOOK_RP_ISSUER (or jwks_uri in PSCHOOK_RP_METADATA_FILE) and that this machine may reach the provider (proxy, firewall, TLS).",
		"Les clés du fournisseur n'ont pas pu être lues. Vérifiez PSCHOOK_RP_ISSUER (ou jwks_uri dans PSCHOOK_RP_METADATA_FILE) et que cette machine peut joindre le fournisseur (proxy, pare-feu, TLS)."))
}
