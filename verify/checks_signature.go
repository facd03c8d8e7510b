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
// token without kid is accepted only when there is one key (OpenID Connect Core §10.1). The report
// says "changed" only if the signature is wrong for a key that fits. Every other fault is reported
// as a fault of the key.
func signatureOf(ev *evidence, t *token, answer keyAnswer) signature {
	f := report.Want(words.Say("a key published by %s", "une clé publiée par %s", ev.in.Issuer))
	if answer.err != nil {
		return signature{keysUnread(f, answer.err), true}
	}
	able := slices.DeleteFunc(slices.Clone(answer.keys), func(k jwks.Key) bool { return k.Fault != nil })
	switch {
	case len(answer.keys) == 0:
		return signature{notPublished(f, t, answer.others), true}
	case t.kid == "" && len(able) > 1:
		return signature{f.Got(words.Say("no kid, while %d keys are published", "pas de kid, alors que %d clés sont publiées", len(able))).Fail(words.Say(
			"The provider publishes several keys: its tokens must say which one signed (header kid).",
			"Le fournisseur publie plusieurs clés : ses jetons doivent dire laquelle a signé (en-tête kid).")), true}
	case len(able) == 0:
		return signature{keyUnusable(f, answer.keys), true}
	}
	fitting := slices.DeleteFunc(slices.Clone(able), func(k jwks.Key) bool { return !keyFits(k, t.alg) })
	if len(fitting) == 0 {
		return signature{algMismatch(t, able[0]), true}
	}
	for _, k := range fitting {
		if t.verify(k) {
			return signature{valid(f, t, k), true}
		}
	}
	return signature{changed(f, t, fitting[0]), false}
}

func quoted(s string) string { return strconv.Quote(words.Shorten(s, shownRunes)) }

// valid passes, and warns if other programs would drop the key.
func valid(f report.Finding, t *token, k jwks.Key) report.Finding {
	f = f.Got(words.Say("valid, key %s, %s", "valide, clé %s, %s", quoted(t.kid), t.alg))
	if len(k.Flaws) == 0 {
		return f.Pass()
	}
	flaws := make([]words.Text, len(k.Flaws))
	for i := range k.Flaws {
		flaws[i] = faultText(&k.Flaws[i])
	}
	what := words.Join("; ", " ; ", flaws...)
	return f.Got(words.Say("valid, key %s, %s; but %s", "valide, clé %s, %s ; mais %s", quoted(t.kid), t.alg, what)).Warn(words.Say(
		"The key itself is right and was used. Its other members are not, and many programs drop the whole key for that: have the provider correct them in its key set, or leave them out (RFC 7517 §4.6 to §4.9).",
		"La clé elle-même est juste et a servi. Ses autres membres ne le sont pas, et bien des programmes écartent alors la clé entière : faites-les corriger, ou retirer, par le fournisseur dans son jeu de clés (RFC 7517 §4.6 à §4.9)."))
}

// changed reports a signature that is wrong for a key that fits.
func changed(f report.Finding, t *token, k jwks.Key) report.Finding {
	f = f.Got(words.Say("does not fit key %s", "ne correspond pas à la clé %s", quoted(t.kid)))
	raw, err := base64.RawURLEncoding.DecodeString(t.raw[strings.LastIndexByte(t.raw, '.')+1:])
	want := signatureSize(k)
	switch {
	case err != nil || len(raw) == want:
	case t.alg[0] == 'E' && len(raw) > want && raw[0] == 0x30:
		return f.Got(words.Say("does not fit key %s: the signature is in DER form", "ne correspond pas à la clé %s : la signature est au format DER", quoted(t.kid))).Fail(words.Say(
			"The signature was written as X.509 does (DER): a JWT has the two numbers one after the other, %d bytes (RFC 7518 §3.4). Correct the program that signs.",
			"La signature est écrite comme dans X.509 (DER) : un JWT porte les deux nombres l'un derrière l'autre, %d octets (RFC 7518 §3.4). Corrigez le programme qui signe.", want))
	default:
		f = f.Got(words.Say("does not fit key %s: %d bytes of signature instead of %d", "ne correspond pas à la clé %s : %d octets de signature au lieu de %d", quoted(t.kid), len(raw), want))
	}
	return f.Fail(words.Say(
		"The token was changed after it was signed, cut short while copying, or signed by someone else. Get new tokens; if it happens again, do not trust this source.",
		"Le jeton a été modifié après signature, tronqué à la copie, ou signé par quelqu'un d'autre. Obtenez de nouveaux jetons ; si cela persiste, ne faites pas confiance à cette source."))
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
func algMismatch(t *token, k jwks.Key) report.Finding {
	if !typeFits(k, t.alg) {
		return report.Want(words.Say("a key for %s", "une clé pour %s", t.alg)).
			Got(words.Say("the token says %s, key %s is %s", "le jeton dit %s, la clé %s est %s", t.alg, quoted(t.kid), keyType(k))).Fail(words.Say(
			"A key of this type cannot make such signatures: kid in the token names the wrong key, or alg the wrong algorithm. Correct what signs (the client's id_token_signed_response_alg at the provider), or publish the right key under this kid. Whether the token itself is right cannot be said before that.",
			"Une clé de ce type ne produit pas de telles signatures : le kid du jeton désigne la mauvaise clé, ou alg le mauvais algorithme. Corrigez ce qui signe (id_token_signed_response_alg du client chez le fournisseur), ou publiez la bonne clé sous ce kid. D'ici là, on ne peut dire si le jeton lui-même est juste."))
	}
	held := words.Say("the signature holds under this key all the same", "la signature est pourtant bien de cette clé")
	if !t.verify(k) {
		held = words.Say("whether the signature is right cannot be said", "on ne peut dire si la signature est juste")
	}
	return report.Want(words.Say("a key for %s", "une clé pour %s", t.alg)).
		Got(words.Say("the token says %s, key %s is published for %s; %s", "le jeton dit %s, la clé %s est publiée pour %s ; %s", t.alg, quoted(t.kid), quoted(k.Alg), held)).Fail(words.Say(
		"The issuer signs with another algorithm than it publishes the key for, and receivers must refuse that (RFC 7517 §4.4, RFC 8725 §3.1). Have the token signed with the key's algorithm (the client's id_token_signed_response_alg at the provider), or the key published with alg %s, or without alg. Okta does RS256 only.",
		"L'émetteur signe avec un autre algorithme que celui pour lequel il publie la clé, et un destinataire doit refuser (RFC 7517 §4.4, RFC 8725 §3.1). Faites signer avec l'algorithme de la clé (id_token_signed_response_alg du client chez le fournisseur), ou publier la clé avec alg %s, ou sans alg. Okta ne fait que du RS256.", t.alg))
}

func notPublished(f report.Finding, t *token, published []jwks.Key) report.Finding {
	names := make([]words.Text, 0, maxKeysNamed)
	for _, k := range published[:min(len(published), maxKeysNamed)] {
		names = append(names, keyText(k))
	}
	f = f.Got(words.Say("key %s is not published", "la clé %s n'est pas publiée", quoted(t.kid)))
	if len(names) > 0 {
		f = f.Got(words.Say("key %s is not published; those that are: %s", "la clé %s n'est pas publiée ; celles qui le sont : %s", quoted(t.kid), words.Join(", ", ", ", names...)))
	}
	return f.Fail(words.Say(
		"The token was signed by a key that the issuer does not publish, or no longer: get new tokens, and check that PSCHOOK_RP_ISSUER (--issuer) is the authorization server that issued them, not another one of the same org (Okta Admin Console › Security › API › Authorization Servers). With hand-written metadata, check jwks_uri or import the keys again.",
		"Le jeton est signé par une clé que l'émetteur ne publie pas, ou plus : obtenez de nouveaux jetons et vérifiez que PSCHOOK_RP_ISSUER (--issuer) est bien le serveur d'autorisation qui les a émis, et non un autre de la même organisation (Okta Admin Console › Security › API › Authorization Servers). Avec des métadonnées saisies à la main, vérifiez jwks_uri ou importez de nouveau les clés."))
}

// keyText names a key and what it is for, or why it cannot be used.
func keyText(k jwks.Key) words.Text {
	if k.Fault != nil {
		return words.Say("%s (cannot be used: %s)", "%s (inutilisable : %s)", quoted(k.ID), faultText(k.Fault))
	}
	if k.Alg == "" {
		return words.Say("%s (%s)", "%s (%s)", quoted(k.ID), keyType(k))
	}
	return words.Say("%s (%s)", "%s (%s)", quoted(k.ID), words.Shorten(k.Alg, shownRunes))
}

// keyUnusable reports a published key that cannot check signatures.
func keyUnusable(f report.Finding, keys []jwks.Key) report.Finding {
	names := make([]words.Text, 0, maxKeysNamed)
	for _, k := range keys[:min(len(keys), maxKeysNamed)] {
		names = append(names, words.Say("key %s is published, but cannot be used: %s", "la clé %s est publiée, mais inutilisable : %s", quoted(k.ID), faultText(k.Fault)))
	}
	return f.Got(words.Join("; ", " ; ", names...)).Fail(faultRemedy(keys[0].Fault))
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
