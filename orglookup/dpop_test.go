package orglookup_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// proofs checks a client's proofs (RFC 9449 section 4.3) and notes what it saw.
type proofs struct {
	mu    sync.Mutex
	now   time.Time
	seen  map[string]bool // jti of proofs and client assertions
	keys  map[string]bool
	tries int
}

// check returns the OAuth 2.0 error for the proof of r, or "" for a good proof.
func (p *proofs) check(t *testing.T, r *http.Request, token, nonce string) string {
	t.Helper()
	proof := r.Header.Get("DPoP")
	if proof == "" {
		return "invalid_dpop_proof"
	}
	parsed, err := jwt.ParseSigned(proof, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders["typ"] != "dpop+jwt" || parsed.Headers[0].JSONWebKey == nil || !parsed.Headers[0].JSONWebKey.IsPublic() {
		t.Errorf("proof %q: %v", proof, err)
		return "invalid_dpop_proof"
	}
	var claims struct {
		ID    string          `json:"jti"`
		Meth  string          `json:"htm"`
		URL   string          `json:"htu"`
		At    jwt.NumericDate `json:"iat"`
		Hash  string          `json:"ath"`
		Nonce string          `json:"nonce"`
	}
	if err := parsed.Claims(parsed.Headers[0].JSONWebKey, &claims); err != nil {
		t.Errorf("proof: %v", err)
	}
	thumbprint, err := parsed.Headers[0].JSONWebKey.Thumbprint(5)
	if err == nil {
		p.keys[string(thumbprint)] = true
	}
	if p.seen[claims.ID] || claims.ID == "" {
		t.Errorf("jti %q again", claims.ID)
	}
	p.seen[claims.ID] = true
	if claims.Meth != r.Method || claims.URL != "http://"+r.Host+r.URL.Path || !claims.At.Time().Equal(p.now) {
		t.Errorf("proof of %s %s at %v, want %s %s", claims.Meth, claims.URL, claims.At.Time(), r.Method, r.URL.Path)
	}
	sum := sha256.Sum256([]byte(token))
	if hash := base64.RawURLEncoding.EncodeToString(sum[:]); token != "" && claims.Hash != hash || token == "" && claims.Hash != "" {
		t.Errorf("ath %q for token %q", claims.Hash, token)
	}
	if claims.Nonce != nonce {
		return "use_dpop_nonce"
	}
	return ""
}

// TestDPoP signs in at an app that requires DPoP: without a proof, with one, with the nonce. Then
// it uses the token with a proof.
func TestDPoP(t *testing.T) {
	t.Parallel()
	const token, nonce = "bound-token", "nonce-of-okta"
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	p := &proofs{now: time.Now().Truncate(time.Second), seen: map[string]bool{}, keys: map[string]bool{}}
	okta.on(tokenPath, func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.tries++
		if err := r.ParseForm(); err != nil || p.seen[r.PostForm.Get("client_assertion")] {
			t.Errorf("the client assertion came twice, %v", err)
		}
		p.seen[r.PostForm.Get("client_assertion")] = true
		if code := p.check(t, r, "", nonce); code != "" {
			if code == "use_dpop_nonce" {
				w.Header().Set("DPoP-Nonce", nonce)
			}
			answer(400, `{"error":"`+code+`"}`)(w, r)
			return
		}
		answer(200, `{"token_type":"DPoP","expires_in":3600,"access_token":"`+token+`"}`)(w, r)
	})
	okta.on(orgPath, func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.Header.Get("Authorization") != "DPoP "+token || p.check(t, r, token, "") != "" {
			answer(401, `{"errorCode":"E0000011"}`)(w, r)
			return
		}
		answer(200, orgDocument(orgID))(w, r)
	})
	source := okta.source(t, key, func() time.Time { return p.now })
	for range 2 { // the second time, the token is already there
		if org, err := source.Org(t.Context()); err != nil || org.ID != orgID {
			t.Fatalf("%+v, %v", org, err)
		}
	}
	if p.tries != 3 || len(p.keys) != 1 {
		t.Errorf("%d token requests by %d keys, want 3 by 1", p.tries, len(p.keys))
	}
}

// TestDPoPGivesUp checks that an app that refuses every proof is asked exactly three times.
func TestDPoPGivesUp(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	var mu sync.Mutex
	tries := 0
	okta.on(tokenPath, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		tries++
		answer(400, `{"error":"use_dpop_nonce"}`)(w, r)
	})
	_, err := okta.source(t, key, time.Now).Org(t.Context())
	if err == nil || !strings.Contains(err.Error(), "use_dpop_nonce") || tries != 3 {
		t.Errorf("%d tries, error %v", tries, err)
	}
}
