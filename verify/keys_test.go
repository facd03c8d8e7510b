package verify

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"net"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"pschook/internal/jwks"
	"pschook/internal/mishap"
	"pschook/internal/tokentest"
	"pschook/verify/report"
)

// fixedKeys is a key set as a provider publishes it.
type fixedKeys []map[string]any

// published returns the public key with changed members; nil removes one.
func published(t *testing.T, public any, over map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name, value := range over {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

// set reads the keys. It adds one good key, because [jwks.Parse] refuses a set without any.
func (keys fixedKeys) set(t *testing.T) KeySet {
	t.Helper()
	other := published(t, tokentest.MakeKeys().OtherRSA.Public(), map[string]any{"kid": "other", "alg": "RS256"})
	text, err := json.Marshal(map[string]any{"keys": append(keys, other)})
	if err != nil {
		t.Fatal(err)
	}
	set, err := jwks.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// thirdRSA returns a key that no set holds.
func thirdRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A fault of a key is reported as a fault of the key, never of the token: not as "changed", and not
// as "not published".
func TestFindingsOfKeys(t *testing.T) {
	t.Parallel()
	keys := tokentest.MakeKeys()
	with := func(public any, over map[string]any) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.in.Keys = fixedKeys{published(t, public, over)}.set(t)
		}
	}
	signed := func(alg jose.SignatureAlgorithm, key any, set func(*testing.T, *world)) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			t.Helper()
			w.ID.Alg, w.ID.Key = alg, key
			set(t, w)
		}
	}
	rsa := keys.RSA.Public()
	third := thirdRSA(t)
	tests := []struct {
		name   string
		do     func(*testing.T, *world)
		status report.Status
		actual string
		hint   string
	}{
		{"x5c of no certificate", with(rsa, map[string]any{"x5c": []string{"x"}}), report.StatusWarn, `valid, key "k1", RS256; but x5c is not base64`, "The key itself is right and was used"},
		{"x5t too long", with(rsa, map[string]any{"x5t": strings.Repeat("A", 43)}), report.StatusWarn, "x5t has the wrong length (32/20 bytes)", "The key itself is right"},
		{"x5t#S256 not base64url", with(rsa, map[string]any{"x5t#S256": "a+b"}), report.StatusWarn, "x5t#S256 is not base64url (at character 2)", "The key itself is right"},
		{"x5u", with(rsa, map[string]any{"x5u": 7}), report.StatusWarn, "x5u is not a URL", "The key itself is right"},
		{"use enc", with(rsa, map[string]any{"use": "enc"}), report.StatusFail, `key "k1" is published, but cannot be used: use "enc", not for signatures; the signature holds under this key all the same`, "signs, but is published for encryption"},
		{"use enc of a key that did not sign", with(keys.EC.Public(), map[string]any{"use": "enc"}), report.StatusFail, `use "enc", not for signatures`, "keeps for encryption"},
		{"key_ops", with(rsa, map[string]any{"key_ops": []string{"encrypt"}}), report.StatusFail, `key_ops ["encrypt"] without "verify"`, "key_ops"},
		{"use in capitals", with(rsa, map[string]any{"use": "SIG"}), report.StatusFail, `use "SIG", not for signatures`, `put "sig", in small letters`},
		{"use of something else", with(rsa, map[string]any{"use": "tls"}), report.StatusFail, `use "tls", not for signatures`, `put "sig", in small letters`},
		{"key_ops as a text", with(rsa, map[string]any{"key_ops": "verify"}), report.StatusFail, `cannot be used: key_ops "verify" is not a list of texts`, "which is a list"},
		{"key_ops of nothing", with(rsa, map[string]any{"key_ops": []string{}}), report.StatusFail, `key_ops [] without "verify"`, "leave key_ops out"},
		{"key_ops of the private key", with(rsa, map[string]any{"key_ops": []string{"sign"}}), report.StatusFail, `key_ops ["sign"] without "verify"`, "leave key_ops out"},
		{"key_ops of both", with(rsa, map[string]any{"key_ops": []string{"sign", "verify"}}), report.StatusPass, `valid, key "k1", RS256`, ""},
		{"use enc and a bad x5c", with(rsa, map[string]any{"use": "enc", "x5c": []string{"x"}}), report.StatusFail, `use "enc", not for signatures`, "published for encryption"},
		{"x5c and alg that do not fit", signed(jose.RS512, keys.RSA, with(rsa, map[string]any{"alg": "RS256", "x5c": []string{"x"}})), report.StatusFail, `the token says RS512, key "k1" is published for "RS256"`, "than it publishes the key for"},
		{"x5c and x5t bad", with(rsa, map[string]any{"x5c": []string{"x"}, "x5t": "a+b"}), report.StatusWarn, "x5c is not base64; x5t is not base64url", "The key itself is right"},
		{"kty unknown", with(rsa, map[string]any{"kty": "PQC"}), report.StatusFail, `kty "PQC" is unknown`, "a key that receivers know"},
		{"curve unknown", with(keys.EC.Public(), map[string]any{"crv": "P-192"}), report.StatusFail, `crv "P-192" is not for signatures`, "a key that receivers know"},
		{"too short", with(keys.SmallRSA.Public(), nil), report.StatusFail, "RSA of 1024 bits, at least 2048 are wanted", "can be broken"},
		{"bad base64", with(rsa, map[string]any{"n": "a+b"}), report.StatusFail, "n is not base64url (at character 2)", "was not published well"},
		{"no modulus", with(rsa, map[string]any{"n": nil}), report.StatusFail, "n is missing", "was not published well"},
		{"private", with(rsa, map[string]any{"d": "AQAB"}), report.StatusFail, "it holds the private key (d)", "can forge tokens"},
		{"symmetric", with(rsa, map[string]any{"kty": "oct", "k": "AQAB"}), report.StatusFail, "a shared secret", "can forge tokens"},
		{"not published", with(keys.EC.Public(), map[string]any{"kid": "k2", "use": "enc"}), report.StatusFail, `key "k1" is not published; those that are: "k2" (cannot be used: use "enc", not for signatures), "other" (RS256)`, "does not publish"},

		{"RS512 with a key for RS256", signed(jose.RS512, keys.RSA, with(rsa, map[string]any{"alg": "RS256"})), report.StatusFail,
			`the token says RS512, key "k1" is published for "RS256"; the signature holds under this key all the same`, "than it publishes the key for"},
		{"RS256 with a key for RS512", signed(jose.RS256, keys.RSA, with(rsa, map[string]any{"alg": "RS512"})), report.StatusFail, `the token says RS256, key "k1" is published for "RS512"`, "than it publishes the key for"},
		{"PS256 with a key for RS256", signed(jose.PS256, keys.RSA, with(rsa, map[string]any{"alg": "RS256"})), report.StatusFail, `the token says PS256, key "k1" is published for "RS256"`, "than it publishes the key for"},
		{"RS256 with an encryption key by alg", signed(jose.RS256, keys.RSA, with(rsa, map[string]any{"alg": "RSA-OAEP"})), report.StatusFail, `is published for "RSA-OAEP"`, "than it publishes the key for"},
		{"RS512, another key, for RS256", signed(jose.RS512, third, with(rsa, map[string]any{"alg": "RS256"})), report.StatusFail, "whether the signature is right cannot be said", "than it publishes the key for"},
		{"RS256 with an EC key", signed(jose.RS256, keys.RSA, with(keys.EC.Public(), nil)), report.StatusFail, `the token says RS256, key "k1" is EC P-256`, "A key of this type"},
		{"ES256 with an RSA key", signed(jose.ES256, keys.EC, with(rsa, nil)), report.StatusFail, `the token says ES256, key "k1" is RSA`, "A key of this type"},
		{"ES256 with an RSA key for RS256", signed(jose.ES256, keys.EC, with(rsa, map[string]any{"alg": "RS256"})), report.StatusFail, `the token says ES256, key "k1" is RSA`, "A key of this type"},
		{"ES256 with a key for ES384 by alg", signed(jose.ES256, keys.EC, with(keys.EC.Public(), map[string]any{"alg": "ES384"})), report.StatusFail, `the token says ES256, key "k1" is published for "ES384"`, "than it publishes the key for"},
		{"alg in small letters", with(rsa, map[string]any{"alg": "rs256"}), report.StatusFail, `is published for "rs256"; the signature holds`, "letter by letter"},
		{"kty in small letters", with(rsa, map[string]any{"kty": "rsa"}), report.StatusFail, `kty "rsa" is unknown`, `write "RSA"`},
		{"crv by another name", with(keys.EC.Public(), map[string]any{"crv": "secp256r1"}), report.StatusFail, `crv "secp256r1" is not for signatures`, `write "P-256"`},
		{"kty of another type", with(keys.EC.Public(), map[string]any{"kty": "RSA"}), report.StatusFail, `kty "RSA" does not go with its member crv`, "was not published well"},
		{"kty EC of an RSA key", with(rsa, map[string]any{"kty": "EC"}), report.StatusFail, `kty "EC" does not go with its member n`, "was not published well"},
		{"n in hexadecimal", with(rsa, map[string]any{"n": keys.RSA.N.Text(16)}), report.StatusFail, "n is in hexadecimal", "was not published well"},
		{"n cut", with(rsa, map[string]any{"n": base64.RawURLEncoding.EncodeToString(keys.RSA.N.Bytes()[1:])}), report.StatusFail, "RSA of 20", "n was cut or damaged"},
		{"n even", with(rsa, map[string]any{"n": base64.RawURLEncoding.EncodeToString(append(keys.RSA.N.Bytes()[:255], 2))}), report.StatusFail, "it is even", "was not published well"},
		{"e of another key", with(rsa, map[string]any{"e": "Aw"}), report.StatusFail, `does not fit key "k1"; nor does the access token`, "replaced or damaged"},
		{"kid in capitals", with(rsa, map[string]any{"kid": "K1"}), report.StatusFail, `the token names key "k1", but its signature is by the published key "K1" (RSA)`, "letter by letter"},
		{"key without kid", with(rsa, map[string]any{"kid": nil}), report.StatusFail, `the token names key "k1", but its signature is by the published key without kid (RSA)`, "its name is not"},
		{"kid a number", with(rsa, map[string]any{"kid": 1}), report.StatusFail, "by the published key without kid (cannot be used: kid is not a text)", "its name is not"},
		{"kid of two keys, one for encryption", func(t *testing.T, w *world) {
			t.Helper()
			w.in.Keys = fixedKeys{published(t, rsa, map[string]any{"use": "enc"}), published(t, keys.EC.Public(), nil)}.set(t)
		}, report.StatusFail, `use "enc", not for signatures; the signature holds`, "published for encryption"},
		{"a key that cannot be read and has no kid", func(t *testing.T, w *world) {
			t.Helper()
			w.ID.Key, w.Access.Key = third, third
			w.in.Keys = fixedKeys{{"kty": "RSA"}}.set(t)
		}, report.StatusFail, `key "k1" is not published`, "it may be the one"},
		{"a private key beside it", func(t *testing.T, w *world) {
			t.Helper()
			w.in.Keys = fixedKeys{published(t, rsa, nil), published(t, keys.EC.Public(), map[string]any{"kid": "k2", "d": "AQAB"})}.set(t)
		}, report.StatusWarn, `gives away a secret: "k2" (cannot be used: it holds the private key (d))`, "withdraw that key"},
		{"a shared secret beside it", func(t *testing.T, w *world) {
			t.Helper()
			w.in.Keys = fixedKeys{published(t, rsa, nil), {"kty": "oct", "kid": "s", "k": "AQAB"}}.set(t)
		}, report.StatusWarn, `gives away a secret: "s"`, "withdraw that key"},
		{"signed by a longer key", func(t *testing.T, w *world) {
			t.Helper()
			w.ID.Edit = func(s string) string {
				return tokentest.SwapPart(s, 2, func(sig string) string { return sig + sig[:128] })
			}
		}, report.StatusFail, "384 bytes of signature instead of 256", "Another key signed"},
		{"EdDSA", func(t *testing.T, w *world) {
			t.Helper()
			w.ID.Edit = func(s string) string {
				return tokentest.SwapPart(s, 0, func(h string) string { return strings.Replace(h, "RS256", "EdDSA", 1) })
			}
		}, report.StatusSkip, "", "id.alg failed"},
		{"no alg in the key", signed(jose.RS512, keys.RSA, with(rsa, nil)), report.StatusPass, `valid, key "k1", RS512`, ""},
		{"PS256", signed(jose.PS256, keys.RSA, with(rsa, map[string]any{"alg": "PS256"})), report.StatusPass, `valid, key "k1", PS256`, ""},
		{"signed by another", signed(jose.RS256, third, with(rsa, map[string]any{"alg": "RS256"})), report.StatusFail, `does not fit key "k1"`, "changed after it was signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc")
			tt.do(t, w)
			c, _ := Run(t.Context(), w.input(t)).Check("id.signature")
			if c.Status != tt.status || !strings.Contains(c.Actual, tt.actual) || !strings.Contains(c.Hint, tt.hint) {
				t.Errorf("%s, actual %q, hint %q; want %s, %q, %q", c.Status, c.Actual, c.Hint, tt.status, tt.actual, tt.hint)
			}
			if tt.name != "signed by another" && strings.Contains(c.Hint, "changed") {
				t.Errorf("hint %q blames the token", c.Hint)
			}
		})
	}
}

// A key that is used for both tokens is reported once. A level that its signature proves is still
// reached.
func TestFlawOfAKeyShowsOnce(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.in.Keys = fixedKeys{published(t, tokentest.MakeKeys().RSA.Public(), map[string]any{"x5c": []string{"x"}})}.set(t)
	r := Run(t.Context(), w.input(t))
	access, _ := r.Check("access.signature")
	if r.Verdict != report.StatusWarn || r.Count(report.StatusWarn) != 1 || access.Status != report.StatusPass || r.AMRLevel != LevelSubstantial {
		t.Errorf("verdict %s, %d warnings, access.signature %s, level %s; want warn, 1, pass, substantiel", r.Verdict, r.Count(report.StatusWarn), access.Status, r.AMRLevel)
	}
}

// Keys cannot be read because of the network, of the answer, or of the set itself. Each has its own
// remedy.
func TestFindingsOfKeySets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err         error
		found, hint string
	}{
		{errNoKeys, "no key set is configured", "proxy, firewall, TLS"},
		{&mishap.AnswerError{Address: "https://op.example/keys", Status: 404}, "https://op.example/keys answered status 404", "no such thing at this address"},
		{&mishap.AnswerError{Address: "https://op.example/keys", Status: 500, Content: mishap.HTML}, "status 500 with a page of HTML", "The fault is the provider's"},
		{&net.DNSError{Name: "op.example", IsNotFound: true}, `the name "op.example" is not known`, "spelling of the issuer"},
		{&jwks.SetError{Why: jwks.SetMetadata}, "provider metadata, whose jwks_uri leads to it", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetNotJSON, Detail: "x at byte 3"}, "not the JSON object expected (x at byte 3)", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetNotJSON}, "not the JSON object expected", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetSingleKey}, "a single key, without the list", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetNoKeys}, "the member keys is missing", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetEmpty}, "without any key", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetUnusable, Detail: "key x"}, "without a key for signatures: key x", "not with a set of keys"},
		{&jwks.SetError{Why: jwks.SetTooLarge, Detail: "33 keys"}, "out of bounds: 33 keys", "not with a set of keys"},
	}
	for _, tt := range tests {
		w := goodWorld(t, "psc")
		w.in.Keys = failingKeys{tt.err}
		r := Run(t.Context(), w.input(t))
		if c, _ := r.Check("id.signature"); c.Status != report.StatusFail || !strings.Contains(c.Actual, tt.found) || !strings.Contains(c.Hint, tt.hint) {
			t.Errorf("%s, actual %q, hint %q; want %q", c.Status, c.Actual, c.Hint, tt.hint)
		}
		if n := r.Count(report.StatusFail); n != 1 {
			t.Errorf("%v: %d failures, want 1", tt.err, n)
		}
	}
}

// An ECDSA signature in the format of certificates is a fault of the signing program, not of the
// person with the token.
func TestSignatureInDERForm(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.ID.Alg, w.ID.Key, w.ID.Kid = jose.ES256, tokentest.MakeKeys().EC, "k2"
	w.ID.Edit = func(s string) string {
		return tokentest.SwapPart(s, 2, func(sig string) string { return "\x30\x46\x02\x21\x00" + sig[:32] + "\x02\x21\x00" + sig[32:] })
	}
	c, _ := Run(t.Context(), w.input(t)).Check("id.signature")
	if c.Status != report.StatusFail || !strings.Contains(c.Actual, "in DER form") || !strings.Contains(c.Hint, "64 bytes") {
		t.Errorf("%s, actual %q, hint %q", c.Status, c.Actual, c.Hint)
	}
}
