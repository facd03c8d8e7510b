package orglookup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	orgScope = "okta.orgs.read"
	// assertionLife is how long a client assertion is valid. Okta allows an hour. It is used at
	// once, so the rest allows for clocks that differ.
	assertionLife = 5 * time.Minute
	// tokenMargin is how long before its end an access token is replaced.
	tokenMargin = time.Minute
)

// accessTokens gets access tokens of OAuth 2.0 for Okta: client credentials (RFC 6749 section 4.4)
// with private_key_jwt (RFC 7523 section 2.2). It keeps one token until shortly before it ends.
//
// It does not use the SDK's own mode "PrivateKey", for four reasons. That mode puts the client
// assertion in the query of the token URL, so that proxies log it and transport errors quote it. It
// ignores the caller's context. It drops the status and code of a refusal ("Empty access token").
// And it retries every transport error.
type accessTokens struct {
	edge     edge // without authorize
	clientID string
	tokenURL string
	scopes   []string
	signer   jose.Signer
	prover   *prover // for apps that demand DPoP

	turn    chan struct{} // holds one item; whoever took it owns the fields below
	token   string
	bound   bool // the token is used with a proof
	renewAt time.Time
	reused  bool // the token has been used for more than one call
}

func newAccessTokens(e edge, opts ManagementOptions, scopes ...string) (*accessTokens, error) {
	header := (&jose.SignerOptions{}).WithHeader("kid", opts.PrivateKeyID)
	key := jose.SigningKey{Algorithm: opts.PrivateKey.algorithm, Key: opts.PrivateKey.key}
	signer, err := jose.NewSigner(key, header)
	if err != nil {
		return nil, fmt.Errorf("orglookup: the private key cannot sign: %w", err)
	}
	prover, err := newProver(e.now)
	if err != nil {
		return nil, err
	}
	a := &accessTokens{
		edge:     e,
		prover:   prover,
		clientID: opts.ClientID,
		tokenURL: e.org.JoinPath(tokenPath).String(),
		scopes:   scopes,
		signer:   signer,
		turn:     make(chan struct{}, 1),
	}
	a.turn <- struct{}{}
	return a, nil
}

// authorize sets the Authorization header of req. It fetches an access token if it has none.
func (a *accessTokens) authorize(req *http.Request) error {
	token, bound, err := a.get(req.Context())
	if err != nil {
		return err
	}
	if bound {
		req.Header.Set("Authorization", "DPoP "+token)
		return a.prover.prove(req, token, "")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// get returns an access token. bound says whether it must be used with a proof.
func (a *accessTokens) get(ctx context.Context) (token string, bound bool, err error) {
	select {
	case <-a.turn:
		defer func() { a.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", false, a.failure(transportResult(ctx.Err()), ctx.Err())
	}
	if a.edge.now().Before(a.renewAt) {
		a.reused = true
		return a.token, a.bound, nil
	}
	fetched, err := a.fetch(ctx)
	if err != nil {
		return "", false, err
	}
	a.token, a.renewAt, a.reused, a.bound = fetched.AccessToken, time.Time{}, false, strings.EqualFold(fetched.TokenType, "DPoP")
	if !fetched.Expiry.IsZero() {
		// x/oauth2 computes Expiry with time.Now, so only the time until then counts.
		a.renewAt = a.edge.now().Add(time.Until(fetched.Expiry) - tokenMargin)
	}
	return a.token, a.bound, nil
}

// forget drops the current token and reports whether it had been reused.
func (a *accessTokens) forget() bool {
	<-a.turn
	defer func() { a.turn <- struct{}{} }()
	reused := a.reused
	a.token, a.renewAt, a.reused = "", time.Time{}, false
	return reused
}

// fetch requests a token without a proof, which most apps accept. If the app requires DPoP, it
// requests one with a proof: first without a nonce, then with the nonce that Okta names.
func (a *accessTokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	client, kind, nonce := a.edge.client(), "Bearer", ""
	ctx = context.WithValue(ctx, nonceKey{}, &nonce)
	for tries := 1; ; tries++ {
		token, err := a.ask(ctx, client, kind)
		refused, ok := errors.AsType[*Error](err)
		if !ok || tries == maxProofs || refused.Code != codeDPoP && refused.Code != codeNonce {
			return token, err
		}
		client, kind = &http.Client{Transport: proving{&a.edge, a.prover, nonce}, Timeout: maxCallTime}, "DPoP"
	}
}

// ask makes one token request. Each request has its own assertion, because Okta accepts an
// assertion only once. kind is the required type of token.
func (a *accessTokens) ask(ctx context.Context, client *http.Client, kind string) (*oauth2.Token, error) {
	assertion, err := a.assertion()
	if err != nil {
		return nil, err
	}
	config := clientcredentials.Config{
		ClientID:  a.clientID,
		TokenURL:  a.tokenURL,
		Scopes:    a.scopes,
		AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		},
	}
	var token *oauth2.Token
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	err = withExchange(ctx, func(ctx context.Context) error {
		var err error
		token, err = config.Token(ctx)
		if err != nil || !strings.EqualFold(token.TokenType, kind) {
			return a.failure(ResultInvalid, fmt.Errorf("the answer holds no token of type %s", kind))
		}
		return nil
	})
	return token, err
}

func (a *accessTokens) failure(result Result, err error) *Error {
	return &Error{Source: SourceManagement, Op: http.MethodPost + " " + tokenPath, Result: result, Err: err}
}

// assertion returns the JWT that Okta's page "Client authentication methods" describes: iss and sub
// are the client id, aud is the token endpoint.
func (a *accessTokens) assertion() (string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("orglookup: no random number for a client assertion: %w", err)
	}
	now := a.edge.now()
	text, err := jwt.Signed(a.signer).Claims(jwt.Claims{
		Issuer:   a.clientID,
		Subject:  a.clientID,
		Audience: jwt.Audience{a.tokenURL},
		IssuedAt: jwt.NewNumericDate(now),
		Expiry:   jwt.NewNumericDate(now.Add(assertionLife)),
		ID:       id.String(),
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("orglookup: the client assertion cannot be signed: %w", err)
	}
	return text, nil
}
