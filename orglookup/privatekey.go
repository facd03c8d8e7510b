package orglookup

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"

	"pschook/internal/secret"

	"github.com/go-jose/go-jose/v4"
)

// minRSABits is the least size that RFC 7518 section 3.3 allows for RS256.
const minRSABits = 2048

// PrivateKey signs client assertions. It prints as [redacted] everywhere.
type PrivateKey struct {
	key       crypto.Signer
	algorithm jose.SignatureAlgorithm
}

// Format prints [redacted] for every verb.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(secret.Redacted)) }

// LogValue logs [redacted].
func (PrivateKey) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// MarshalText writes [redacted].
func (PrivateKey) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// ParsePrivateKey reads the private key of an Okta app in both forms that the Admin Console shows:
// PEM (PKCS #8, PKCS #1 or SEC 1) or JWK. It accepts RSA of at least 2048 bits and EC on P-256,
// P-384 or P-521. Its errors never quote the text.
func ParsePrivateKey(text []byte) (*PrivateKey, error) {
	key, err := parseKey(bytes.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < minRSABits {
			return nil, fmt.Errorf("orglookup: the private key has %d bits, at least %d are needed", bits, minRSABits)
		}
		if key.Validate() != nil {
			return nil, errors.New("orglookup: the numbers of the private key do not match")
		}
		return &PrivateKey{key: key, algorithm: jose.RS256}, nil
	case *ecdsa.PrivateKey:
		algorithm, ok := map[string]jose.SignatureAlgorithm{
			"P-256": jose.ES256, "P-384": jose.ES384, "P-521": jose.ES512,
		}[key.Curve.Params().Name]
		if !ok {
			return nil, fmt.Errorf("orglookup: the private key is on curve %s; use P-256, P-384 or P-521", key.Curve.Params().Name)
		}
		return &PrivateKey{key: key, algorithm: algorithm}, nil
	default:
		return nil, errors.New("orglookup: the private key is neither RSA nor EC")
	}
}

var errNotPrivateKey = errors.New("orglookup: the private key is neither an unencrypted PEM private key nor a private JWK")

func parseKey(text []byte) (any, error) {
	if bytes.HasPrefix(text, []byte("{")) {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(text) != nil || jwk.IsPublic() {
			return nil, errNotPrivateKey
		}
		return jwk.Key, nil
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errNotPrivateKey
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, errNotPrivateKey
	}
	if err != nil {
		return nil, errNotPrivateKey
	}
	return key, nil
}
