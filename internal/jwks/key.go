package jwks

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

const (
	// minRSABits is the least size of an RSA key (RFC 7518 §3.3).
	minRSABits = 2048
	// maxRSABits is the longest RSA key that is used, because longer ones take seconds to check a
	// signature. Go's TLS has the same limit.
	maxRSABits = 8192
	// maxExponent is the largest public exponent that crypto/rsa accepts.
	maxExponent = 1<<31 - 1
)

// Key is a key as its issuer publishes it (RFC 7517 §4).
type Key struct {
	ID     string           // kid; "" when it has none
	Alg    string           // the algorithm that the key is for; "" when it does not say
	Public crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey; nil when Fault says why there is none
	Fault  *Fault           // why it cannot check signatures; nil: it can
	// Flaws are faults of members that are not needed, such as x5c. Many programs drop the whole
	// key for one of them.
	Flaws []Fault
}

// Kind says what kind of fault a key has.
type Kind string

// Hex is the Detail of a [NotBase64] member that is written in hexadecimal.
const Hex = "hex"

// All kinds. The comment says which of Member and Detail a [Fault] of that kind has.
const (
	NotObject   Kind = "object"    // not a strict JSON object. Detail: why
	Missing     Kind = "missing"   // Member
	NotText     Kind = "text"      // Member is of another type
	NotBase64   Kind = "base64"    // Member. Detail: where
	Length      Kind = "length"    // Member. Detail: bytes found and wanted
	KeyType     Kind = "kty"       // unknown. Detail: which
	OtherType   Kind = "type"      // kty is not that of the other members. Member: one of those. Detail: kty
	Curve       Kind = "crv"       // unknown. Detail: which
	OffCurve    Kind = "off_curve" // x and y are no point of the curve
	Exponent    Kind = "exponent"  // e is not one of RSA. Detail: its value
	Modulus     Kind = "modulus"   // n is not one of RSA: it is even
	TooShort    Kind = "short"     // Detail: bits
	TooLong     Kind = "long"      // Detail: bits
	Symmetric   Kind = "symmetric" // a shared secret, which no key set may hold
	Private     Kind = "private"   // the private key is published. Member: the first private one
	Use         Kind = "use"       // not for signatures. Detail: the value
	Operations  Kind = "key_ops"   // not for checking signatures. Detail: the values
	NotX509     Kind = "x509"      // Member does not hold a certificate
	OtherKey    Kind = "other_key" // Member holds the certificate of another key
	Thumbprint  Kind = "hash"      // Member is not the thumbprint of the certificate in x5c
	NotURL      Kind = "url"       // Member
	NotTextList Kind = "texts"     // Member is not a list of texts
)

// Fault says what is wrong with a key.
type Fault struct {
	Kind   Kind
	Member string // member of the key; "" when the kind implies it
	Detail string // a value or a place, shortened
}

// String describes the fault in a few words.
func (f *Fault) String() string {
	return strings.Join(slices.DeleteFunc([]string{f.Member, string(f.Kind), f.Detail}, func(s string) bool { return s == "" }), ": ")
}

// maxDetail bounds what a fault quotes, in bytes.
const maxDetail = 60

func fault(kind Kind, member, detail string) *Fault {
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "") + "…"
	}
	return &Fault{Kind: kind, Member: member, Detail: detail}
}

// Signing returns the keys without a fault, which can check signatures. It includes keys whose
// key_ops do not name verify, because the issuer's service may depend on them.
func Signing(keys []Key) []Key {
	var list []Key
	for _, k := range keys {
		if k.Fault != nil && k.Fault.Kind == Operations {
			k.Fault = nil
		}
		if k.Fault == nil {
			list = append(list, k)
		}
	}
	return list
}

// parseKey reads a key, usable or not.
func parseKey(raw jsontext.Value) Key {
	o, err := outside.ParseObject(raw)
	if err != nil {
		return Key{Fault: fault(NotObject, "", err.Error())}
	}
	var k Key
	var kidFault, algFault *Fault
	k.ID, kidFault = text(o, "kid")
	k.Alg, algFault = text(o, "alg")
	k.Public, k.Fault = material(o)
	if f := purpose(o); f != nil && (k.Fault == nil || k.Fault.Kind != Private && k.Fault.Kind != Symmetric) {
		k.Fault = f
	}
	for _, f := range []*Fault{kidFault, algFault} {
		if k.Fault == nil {
			k.Fault = f
		}
	}
	if k.Public != nil {
		k.Flaws = certificateFlaws(o, k.Public)
	}
	return k
}

// text returns a text member that may be absent.
func text(o outside.Object, name string) (string, *Fault) {
	s, p := o.Text(name)
	if p == outside.Malformed {
		return "", fault(NotText, name, "")
	}
	return s, nil
}

// material returns the public key itself (RFC 7518 §6, RFC 8037 §2).
func material(o outside.Object) (crypto.PublicKey, *Fault) {
	kind, p := o.Text("kty")
	if p != outside.Present {
		return nil, lacking(p, "kty")
	}
	if kind == "oct" {
		return nil, fault(Symmetric, "", "")
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		if o.Has(name) {
			return nil, fault(Private, name, "")
		}
	}
	switch {
	case kind == "RSA" && !o.Has("n") && o.Has("crv"):
		return nil, fault(OtherType, "crv", strconv.Quote(kind))
	case (kind == "EC" || kind == "OKP") && !o.Has("crv") && o.Has("n"):
		return nil, fault(OtherType, "n", strconv.Quote(kind))
	}
	switch kind {
	case "RSA":
		return rsaKey(o)
	case "EC":
		return ecKey(o)
	case "OKP":
		return edKey(o)
	}
	return nil, fault(KeyType, "", strconv.Quote(kind))
}

func lacking(p outside.Presence, name string) *Fault {
	if p == outside.Malformed {
		return fault(NotText, name, "")
	}
	return fault(Missing, name, "")
}

// leastHex is the length from which a text of hexadecimal digits is taken for a number in hexadecimal.
// A SHA-1 thumbprint has 40 of them. That as many characters of base64url are all such digits does
// not happen.
const leastHex = 40

// number returns the bytes of a member.
func number(o outside.Object, name string) ([]byte, *Fault) {
	s, p := o.Text(name)
	if p != outside.Present || s == "" {
		return nil, lacking(p, name)
	}
	if len(s) >= leastHex && len(s)%2 == 0 && strings.Trim(s, "0123456789abcdef") == "" {
		return nil, fault(NotBase64, name, Hex)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		var at base64.CorruptInputError
		if errors.As(err, &at) {
			return nil, fault(NotBase64, name, strconv.FormatInt(int64(at)+1, 10))
		}
		return nil, fault(NotBase64, name, "")
	}
	return b, nil
}

// lengths writes the found and the wanted length.
func lengths(got, want int) string { return strconv.Itoa(got) + "/" + strconv.Itoa(want) }

func rsaKey(o outside.Object) (crypto.PublicKey, *Fault) {
	n, f := number(o, "n")
	if f != nil {
		return nil, f
	}
	e, f := number(o, "e")
	if f != nil {
		return nil, f
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	bits := strconv.Itoa(modulus.BitLen())
	switch {
	case modulus.BitLen() < minRSABits:
		return nil, fault(TooShort, "n", bits)
	case modulus.BitLen() > maxRSABits:
		return nil, fault(TooLong, "n", bits)
	case !exponent.IsInt64() || exponent.Int64() > maxExponent || exponent.Int64() < 3 || exponent.Bit(0) == 0:
		return nil, fault(Exponent, "e", exponent.Text(10))
	case modulus.Bit(0) == 0: // the product of two odd primes is odd
		return nil, fault(Modulus, "n", "")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func ecKey(o outside.Object) (crypto.PublicKey, *Fault) {
	name, p := o.Text("crv")
	if p != outside.Present {
		return nil, lacking(p, "crv")
	}
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	curve, known := curves[name]
	if !known {
		return nil, fault(Curve, "", strconv.Quote(name))
	}
	size := (curve.Params().BitSize + 7) / 8
	point := []byte{4} // not compressed (SEC 1, 2.3.3)
	for _, name := range []string{"x", "y"} {
		b, f := number(o, name)
		if f != nil {
			return nil, f
		}
		if len(b) != size { // leading zeros must stay (RFC 7518 §6.2.1.2)
			return nil, fault(Length, name, lengths(len(b), size))
		}
		point = append(point, b...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, fault(OffCurve, "", "")
	}
	return public, nil
}

func edKey(o outside.Object) (crypto.PublicKey, *Fault) {
	name, p := o.Text("crv")
	if p != outside.Present {
		return nil, lacking(p, "crv")
	}
	if name != "Ed25519" {
		return nil, fault(Curve, "", strconv.Quote(name))
	}
	x, f := number(o, "x")
	if f != nil {
		return nil, f
	}
	if len(x) != ed25519.PublicKeySize {
		return nil, fault(Length, "x", lengths(len(x), ed25519.PublicKeySize))
	}
	return ed25519.PublicKey(bytes.Clone(x)), nil
}

// purpose checks what the key is for (RFC 7517 §4.2, §4.3).
func purpose(o outside.Object) *Fault {
	use, p := o.Text("use")
	if p == outside.Malformed || p == outside.Present && use != "sig" {
		return fault(Use, "", o.Show("use"))
	}
	operations, p := o.Texts("key_ops")
	if p == outside.Malformed || p == outside.Present && !slices.Contains(operations, "verify") {
		return fault(Operations, "", o.Show("key_ops"))
	}
	return nil
}
