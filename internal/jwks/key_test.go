package jwks

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/tokentest"
)

// members returns a public key in JSON, as its issuer writes it.
func members(t testing.TB, public any, over map[string]any) jsontext.Value {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: "k"})
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
	out, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each fault of a key has its own name. What does not matter for signatures does not make a key
// unusable.
func TestKeyFaults(t *testing.T) {
	t.Parallel()
	keys := tokentest.MakeKeys()
	rsa, ec := keys.RSA.Public(), keys.EC.Public()
	b64 := base64.RawURLEncoding.EncodeToString
	tests := []struct {
		name   string
		public any
		over   map[string]any
		want   string // of the fault; "" for none
	}{
		{"RSA", rsa, nil, ""},
		{"EC", ec, nil, ""},
		{"Ed25519", nil, map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(make([]byte, 32)), "n": nil, "e": nil}, ""},
		{"for signatures", rsa, map[string]any{"use": "sig", "key_ops": []string{"verify"}, "alg": "RS256"}, ""},
		{"without kid", rsa, map[string]any{"kid": nil}, ""},
		{"members that nobody knows", rsa, map[string]any{"exp": 1, "iat": nil, "x": map[string]any{}}, ""},
		{"kid a number", rsa, map[string]any{"kid": 7}, "kid: text"},
		{"alg a number", rsa, map[string]any{"alg": 7}, "alg: text"},
		{"no kty", rsa, map[string]any{"kty": nil}, "kty: missing"},
		{"kty a number", rsa, map[string]any{"kty": 1}, "kty: text"},
		{"kty unknown", rsa, map[string]any{"kty": "rsa"}, `kty: "rsa"`},
		{"symmetric", rsa, map[string]any{"kty": "oct", "k": "c2VjcmV0"}, "symmetric"},
		{"symmetric, for encryption", rsa, map[string]any{"kty": "oct", "k": "c2VjcmV0", "use": "enc"}, "symmetric"},
		{"private", rsa, map[string]any{"d": "AQAB"}, "d: private"},
		{"private, for encryption", rsa, map[string]any{"d": "AQAB", "use": "enc"}, "d: private"},
		{"for encryption", rsa, map[string]any{"use": "enc"}, `use: "enc"`},
		{"for encryption, and of unknown type", rsa, map[string]any{"use": "enc", "kty": "new"}, `use: "enc"`},
		{"use in capitals", rsa, map[string]any{"use": "SIG"}, `use: "SIG"`},
		{"use a list", rsa, map[string]any{"use": []string{"sig"}}, `use: ["sig"]`},
		{"for wrapping keys", rsa, map[string]any{"key_ops": []string{"wrapKey"}}, `key_ops: ["wrapKey"]`},
		{"key_ops a text", rsa, map[string]any{"key_ops": "verify"}, `key_ops: "verify"`},
		{"no n", rsa, map[string]any{"n": nil}, "n: missing"},
		{"n empty", rsa, map[string]any{"n": ""}, "n: missing"},
		{"n a number", rsa, map[string]any{"n": 7}, "n: text"},
		{"n in plain base64", rsa, map[string]any{"n": "ab+/"}, "n: base64: 3"},
		{"n padded", rsa, map[string]any{"n": "YQ=="}, "n: base64: 3"},
		{"e missing", rsa, map[string]any{"e": nil}, "e: missing"},
		{"e even", rsa, map[string]any{"e": b64([]byte{4})}, "e: exponent: 4"},
		{"e is one", rsa, map[string]any{"e": "AQ"}, "e: exponent: 1"},
		{"e too large", rsa, map[string]any{"e": b64([]byte{1, 0, 0, 0, 1})}, "e: exponent: 4294967297"},
		{"RSA too short", keys.SmallRSA.Public(), nil, "n: short: 1024"},
		{"RSA too long", rsa, map[string]any{"n": b64(slices.Repeat([]byte{0xff}, 1025))}, "n: long: 8200"},
		{"no crv", ec, map[string]any{"crv": nil}, "crv: missing"},
		{"crv unknown", ec, map[string]any{"crv": "secp256k1"}, `crv: "secp256k1"`},
		{"crv of another size", ec, map[string]any{"crv": "P-384"}, "x: length: 32/48"},
		{"x without its leading zero", ec, map[string]any{"x": b64(make([]byte, 31))}, "x: length: 31/32"},
		{"y missing", ec, map[string]any{"y": nil}, "y: missing"},
		{"not on the curve", ec, map[string]any{"y": b64(make([]byte, 32))}, "off_curve"},
		{"for key agreement", nil, map[string]any{"kty": "OKP", "crv": "X25519", "x": b64(make([]byte, 32))}, `crv: "X25519"`},
		{"Ed25519 too short", nil, map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}, "x: length: 3/32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.public == nil {
				tt.public = rsa
			}
			k := parseKey(members(t, tt.public, tt.over))
			got := ""
			if k.Fault != nil {
				got = k.Fault.String()
			}
			if got != tt.want || len(k.Flaws) > 0 {
				t.Errorf("fault %q, flaws %v; want %q", got, k.Flaws, tt.want)
			}
			if k.Fault == nil && k.Public == nil {
				t.Error("neither a key nor a fault")
			}
		})
	}
	if k := parseKey(jsontext.Value(`["k"]`)); k.Fault == nil || k.Fault.Kind != NotObject {
		t.Errorf("an array: fault %v", k.Fault)
	}
}

// certificateOf returns a certificate of the RSA key, or of the other key.
func certificateOf(t *testing.T, other bool) []byte {
	t.Helper()
	keys := tokentest.MakeKeys()
	key := keys.RSA
	if other {
		key = keys.OtherRSA
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: tokentest.Now(), NotAfter: tokentest.Now()}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestKeyFlaws(t *testing.T) {
	t.Parallel()
	mine, other := certificateOf(t, false), certificateOf(t, true)
	x5c := func(der ...[]byte) []string {
		var list []string
		for _, d := range der {
			list = append(list, base64.StdEncoding.EncodeToString(d))
		}
		return list
	}
	b64 := base64.RawURLEncoding.EncodeToString
	sum1, sum256 := sha1.Sum(mine), sha256.Sum256(mine)
	tests := []struct {
		name string
		over map[string]any
		want string // flaws; "" for none
	}{
		{"all well", map[string]any{"x5c": x5c(mine, other), "x5t": b64(sum1[:]), "x5t#S256": b64(sum256[:]), "x5u": "https://op.example/c"}, ""},
		{"thumbprint of what is not there", map[string]any{"x5t": b64(sum1[:])}, ""},
		{"of another key", map[string]any{"x5c": x5c(other)}, "x5c: other_key"},
		{"not base64", map[string]any{"x5c": []string{"-----BEGIN CERTIFICATE-----"}}, "x5c: base64"},
		{"base64url", map[string]any{"x5c": []string{"_-8"}}, "x5c: base64"},
		{"no certificate", map[string]any{"x5c": []string{"MAA="}}, "x5c: x509"},
		{"no certificate further up", map[string]any{"x5c": append(x5c(mine), "MAA=")}, "x5c: x509"},
		{"one text", map[string]any{"x5c": "MAA="}, "x5c: texts"},
		{"an empty list", map[string]any{"x5c": []string{}}, "x5c: texts"},
		{"x5t of another certificate", map[string]any{"x5c": x5c(mine), "x5t": b64(make([]byte, 20))}, "x5t: hash"},
		{"x5t in hexadecimal", map[string]any{"x5t": strings.Repeat("0a", 20)}, "x5t: base64: hex"},
		{"x5t not base64url", map[string]any{"x5t": "ab+/"}, "x5t: base64: 3"},
		{"x5t a number", map[string]any{"x5t": 7}, "x5t: text"},
		{"x5t#S256 of another certificate", map[string]any{"x5c": x5c(mine), "x5t#S256": b64(make([]byte, 32))}, "x5t#S256: hash"},
		{"x5t#S256 too short", map[string]any{"x5t#S256": b64(sum1[:])}, "x5t#S256: length: 20/32"},
		{"x5u no URL", map[string]any{"x5u": "certificate.pem"}, "x5u: url"},
		{"several", map[string]any{"x5c": x5c(other), "x5t": "7", "x5u": 7}, "x5c: other_key x5t: base64: 1 x5u: url"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := parseKey(members(t, tokentest.MakeKeys().RSA.Public(), tt.over))
			got := make([]string, len(k.Flaws))
			for i := range k.Flaws {
				got[i] = k.Flaws[i].String()
			}
			if strings.Join(got, " ") != tt.want || k.Fault != nil {
				t.Errorf("flaws %q, fault %v; want %q", got, k.Fault, tt.want)
			}
			if len(Signing([]Key{k})) != 1 {
				t.Error("the key is not used")
			}
		})
	}
}

// A key whose key_ops do not name verify still works for callers that only need keys.
func TestSigning(t *testing.T) {
	t.Parallel()
	public := tokentest.MakeKeys().RSA.Public()
	keys := []Key{
		parseKey(members(t, public, nil)), parseKey(members(t, public, map[string]any{"key_ops": []string{"sign"}})),
		parseKey(members(t, public, map[string]any{"use": "enc"})), parseKey(members(t, public, map[string]any{"n": nil})),
	}
	if got := Signing(keys); len(got) != 2 || got[0].Fault != nil || got[1].Fault != nil {
		t.Errorf("%d keys, want 2: %v", len(got), got)
	}
}

// Every parsed key is either usable or has a fault.
func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}`, `{"kty":"OKP"}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Add([]byte(members(f, tokentest.MakeKeys().RSA.Public(), nil)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if k := parseKey(text); (k.Fault == nil) && k.Public == nil {
			t.Errorf("%q is neither a key nor a fault", text)
		}
	})
}
