package orglookup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	codeDPoP  = "invalid_dpop_proof" // RFC 9449 section 5: the app requires a proof
	codeNonce = "use_dpop_nonce"     // RFC 9449 section 8: the proof must hold the nonce of this answer
	// maxProofs bounds how often one token is requested: without a proof, with one, and with the
	// nonce.
	maxProofs = 3
)

// nonceKey is the context key of a *string that receives the nonce of a refusal.
type nonceKey struct{}

// prover proves that a token is used by the client that it was issued to (DPoP, RFC 9449). Okta
// requires this of API service apps by default. Its key lives as long as the process. It is safe
// for concurrent use.
type prover struct {
	signer jose.Signer
	now    func() time.Time
}

func newProver(now func() time.Time) (*prover, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("orglookup: no key for DPoP: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		return nil, fmt.Errorf("orglookup: the key for DPoP cannot sign: %w", err)
	}
	return &prover{signer: signer, now: now}, nil
}

// prove sets the proof header of one request (RFC 9449 section 4.2). token is the access token of
// the request, and nonce the one that the server asked for. Each may be empty.
func (p *prover) prove(req *http.Request, token, nonce string) error {
	target := *req.URL
	target.RawQuery, target.Fragment = "", ""
	claims := map[string]any{"jti": rand.Text(), "htm": req.Method, "htu": target.String(), "iat": jwt.NewNumericDate(p.now())}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	proof, err := jwt.Signed(p.signer).Claims(claims).Serialize()
	if err != nil {
		return fmt.Errorf("orglookup: the DPoP proof cannot be signed: %w", err)
	}
	req.Header.Set("DPoP", proof)
	return nil
}

// proving is a transport that adds a proof to every request.
type proving struct {
	next   http.RoundTripper
	prover *prover
	nonce  string
}

// RoundTrip implements [http.RoundTripper].
func (p proving) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if err := p.prover.prove(req, "", p.nonce); err != nil {
		return nil, err
	}
	return p.next.RoundTrip(req)
}
