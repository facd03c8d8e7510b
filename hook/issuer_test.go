package hook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	issuerURL = "https://hopital.okta.com/oauth2/aus1hook"
	audience  = "https://pschook.hopital.example"
	callerID  = "0oa1okta2hook3"
)

// signingKeys are made once for all tests, because RSA keys take long to make.
var signingKeys = sync.OnceValue(func() (keys struct{ rsa, otherRSA, weakRSA, ec, p384 any }) { //nolint:gochecknoglobals // constant after the first use
	must := func(key any, err error) any {
		if err != nil {
			panic(err)
		}
		return key
	}
	rsaKey := func(bits int) any { key, err := rsa.GenerateKey(rand.Reader, bits); return must(key, err) }
	keys.rsa, keys.otherRSA, keys.weakRSA = rsaKey(2048), rsaKey(2048), rsaKey(1024)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	keys.ec = must(ec, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	keys.p384 = must(p384, err)
	return keys
})

// issuer is an authorization server that is used as a transport, without a network.
type issuer struct {
	fetches atomic.Int64 // of key sets

	mu       sync.Mutex
	keys     []jose.JSONWebKey
	metadata map[string]any
	path     string        // of the metadata
	status   int           // of every answer, unless 0
	body     string        // of the key set, unless ""
	hang     chan struct{} // holds every answer back until it is closed, unless nil
}

func newIssuer() *issuer {
	keys := signingKeys()
	return &issuer{
		keys: []jose.JSONWebKey{public(keys.rsa, "rsa"), public(keys.ec, "ec")}, path: "/oauth2/aus1hook/.well-known/openid-configuration",
		metadata: map[string]any{"issuer": issuerURL, "jwks_uri": issuerURL + "/v1/keys", "response_types_supported": []string{"code"}},
	}
}

// public is the public part of a key, as an issuer publishes it.
func public(key any, kid string) jose.JSONWebKey {
	return (&jose.JSONWebKey{Key: key, KeyID: kid, Use: "sig"}).Public()
}

// change applies f between two requests.
func (i *issuer) change(f func(*issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f(i)
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	status, text, hang := i.status, "", i.hang
	switch {
	case r.URL.Path == i.path:
		b, _ := json.Marshal(i.metadata)
		text = string(b)
	case strings.HasSuffix(r.URL.Path, "/v1/keys"):
		i.fetches.Add(1)
		b, _ := json.Marshal(jose.JSONWebKeySet{Keys: i.keys})
		if text = string(b); i.body != "" {
			text = i.body
		}
	case status == 0:
		status = http.StatusNotFound
	}
	i.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// token is what a test signs. A zero field means the value of a good token.
type token struct {
	key    any
	alg    jose.SignatureAlgorithm
	kid    string
	typ    any            // nil: none
	claims map[string]any // replace or add to those of a good token; nil removes
	raw    string         // used in place of the other fields
}

// sign makes the compact form.
func (k token) sign(t *testing.T, now time.Time) string {
	t.Helper()
	if k.raw != "" {
		return k.raw
	}
	if k.key == nil {
		k.key, k.alg, k.kid = signingKeys().rsa, jose.RS256, "rsa"
	}
	opts := (&jose.SignerOptions{}).WithHeader("kid", k.kid)
	if k.typ != nil {
		opts.WithHeader("typ", k.typ)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: k.key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{
		"iss": issuerURL, "aud": audience, "cid": callerID, "scp": []string{"pschook.call"}, "sub": callerID,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": "AT.caller", "ver": 1,
	}
	for name, value := range k.claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}
