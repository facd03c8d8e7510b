package evidence

import (
	"crypto"
	"encoding/base64"
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Key describes a key of the provider, so that anybody can compare it.
type Key struct {
	KeyID      string `json:"kid"`
	Use        string `json:"use,omitempty"`
	Algorithm  string `json:"alg,omitempty"`
	Thumbprint string `json:"thumbprint"` // SHA-256 (RFC 7638), base64url; "" for a key that cannot be read
}

// maxKeys bounds the keys of a set that are read. Providers have a handful.
const maxKeys = 100

// Keys returns the keys of a JWK set (RFC 7517 §5), in its order.
func Keys(set []byte) ([]Key, error) {
	var found struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(set, &found); err != nil || len(found.Keys) > maxKeys {
		return nil, errors.New("the provider's keys are no JWK set")
	}
	keys := []Key{}
	for _, text := range found.Keys {
		var k Key
		var raw struct {
			KeyID     string `json:"kid"`
			Use       string `json:"use"`
			Algorithm string `json:"alg"`
		}
		if json.Unmarshal(text, &raw) == nil {
			k = Key{KeyID: raw.KeyID, Use: raw.Use, Algorithm: raw.Algorithm}
		}
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(text) == nil {
			if thumbprint, err := jwk.Thumbprint(crypto.SHA256); err == nil {
				k.Thumbprint = base64.RawURLEncoding.EncodeToString(thumbprint)
			}
		}
		keys = append(keys, k)
	}
	return keys, nil
}
