package scenario

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/mishap"
	"pschook/internal/outside"
	"pschook/verify"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// party is a client of the provider. Unlike [rp.Client] it can also do what a correct client never
// does.
type party struct {
	opts      rp.ClientOptions
	client    *rp.Client
	endpoints rp.Endpoints
}

// newParty fetches the provider's metadata.
func newParty(ctx context.Context, opts rp.ClientOptions) (*party, error) {
	client, err := rp.NewClient(opts)
	if err != nil {
		return nil, err
	}
	endpoints, err := client.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	return &party{opts: opts, client: client, endpoints: endpoints}, nil
}

// request is an authorization request.
type request struct {
	party                  *party
	state, nonce, verifier string
	scopes                 []string
	redirect               string
	parameters             url.Values // additional parameters
}

// ask returns a request. Additional parameters come in pairs.
func (p *party) ask(pairs ...string) request {
	r := request{
		party: p, state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text(),
		scopes: p.opts.Scopes, redirect: p.opts.RedirectURL, parameters: url.Values{},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.parameters.Set(pairs[i], pairs[i+1])
	}
	return r
}

// with returns the request with one more scope.
func (r request) with(scope string) request {
	r.scopes = append(append([]string{}, r.scopes...), scope)
	return r
}

// address returns the URL to send the browser to (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core
// §3.1.2.1).
func (r request) address() string {
	digest := sha256.Sum256([]byte(r.verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {r.party.opts.ClientID}, "redirect_uri": {r.redirect}, "scope": {strings.Join(r.scopes, " ")},
		"state": {r.state}, "nonce": {r.nonce},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {"S256"},
	}
	if len(r.party.opts.ACRValues) > 0 {
		q.Set("acr_values", strings.Join(r.party.opts.ACRValues, " "))
	}
	if r.party.opts.Hint != "" {
		q.Set("kc_idp_hint", r.party.opts.Hint)
	}
	maps.Copy(q, r.parameters)
	maps.DeleteFunc(q, func(_ string, values []string) bool { return values[0] == "" })
	separator := "?"
	if strings.Contains(r.party.endpoints.Authorization, "?") {
		separator = "&"
	}
	return r.party.endpoints.Authorization + separator + q.Encode()
}

// grant is the result of a sign-in.
type grant struct {
	request             request
	code                string
	idToken             string
	accessToken         string
	refreshToken        string
	id, access          outside.Object // claims; empty when it is no JWT
	answeredIss, stated string         // parameters of the answer
}

// refusedError is an error from the provider (RFC 6749 §4.1.2.1, §5.2), or a page in place of an
// answer.
type refusedError struct {
	code string // "" for a page
	page string
}

func (e *refusedError) Error() string { return e.Text().In(words.English) }

// Text is the error in words.
func (e *refusedError) Text() words.Text {
	switch {
	case e.code != "":
		return words.Say("the provider answered %s", "le fournisseur a répondu %s", e.code)
	case e.page != "":
		return words.Say("the provider shows a page instead of an answer: %q", "le fournisseur montre une page au lieu d'une réponse : %q", e.page)
	}
	return words.Say("the provider shows a page instead of an answer", "le fournisseur montre une page au lieu d'une réponse")
}

// plainError is an error with its sentence.
type plainError struct{ words.Text }

func (e *plainError) Error() string { return e.In(words.English) }

func saying(en, fr string, values ...any) error { return &plainError{words.Say(en, fr, values...)} }

// authorize sends the browser to the provider and returns the code.
func (r request) authorize(ctx context.Context, browser Browser, v Visit) (*grant, error) {
	v.Address, v.Redirect = r.address(), r.redirect
	arrival, err := browser.Visit(ctx, v)
	if err != nil {
		return nil, err
	}
	q := arrival.Query
	switch {
	case q == nil:
		return nil, &refusedError{page: words.Printable(words.Shorten(arrival.Page, maxShown))}
	case q.Get("error") != "":
		return nil, &refusedError{code: words.Printable(words.Shorten(q.Get("error"), maxShown))}
	case q.Get("code") == "":
		return nil, saying("the provider answered neither a code nor an error", "le fournisseur n'a répondu ni code ni erreur")
	}
	return &grant{request: r, code: q.Get("code"), stated: q.Get("state"), answeredIss: q.Get("iss")}, nil
}

// signIn authorizes and redeems the code.
func (r request) signIn(ctx context.Context, browser Browser, v Visit) (*grant, error) {
	g, err := r.authorize(ctx, browser, v)
	if err != nil {
		return nil, err
	}
	if g.stated != r.state {
		return nil, saying("the state of the answer is not that of the request", "le state de la réponse n'est pas celui de la demande")
	}
	err = g.redeem(ctx, nil)
	return g, err
}

// redeem exchanges the code for tokens. over replaces single parameters.
func (g *grant) redeem(ctx context.Context, over url.Values) error {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {g.code}, "redirect_uri": {g.request.redirect}, "code_verifier": {g.request.verifier},
	}
	maps.Copy(form, over)
	return g.request.party.token(ctx, form, g)
}

// renew uses the refresh token. nil scopes ask for the same scopes again.
func (g *grant) renew(ctx context.Context, scopes []string) (*grant, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {g.refreshToken}}
	if scopes != nil {
		form.Set("scope", strings.Join(scopes, " "))
	}
	next := &grant{request: g.request}
	err := g.request.party.token(ctx, form, next)
	return next, err
}

// token makes a request to the token endpoint and fills in the grant.
func (p *party) token(ctx context.Context, form url.Values, into *grant) error {
	status, body, err := p.post(ctx, p.endpoints.Token, form)
	if err != nil {
		return err
	}
	var answer struct {
		IDToken      string `json:"id_token"`
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		Error        string `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return saying("the token endpoint answered status %d with something that is not the JSON object expected",
			"le point d'accès aux jetons a répondu %d avec autre chose que l'objet JSON attendu", status)
	}
	switch {
	case answer.Error != "":
		return &refusedError{code: words.Printable(words.Shorten(answer.Error, maxShown))}
	case status != http.StatusOK || answer.AccessToken == "":
		return saying("the token endpoint answered status %d without an access token", "le point d'accès aux jetons a répondu %d sans jeton d'accès", status)
	}
	into.idToken, into.accessToken, into.refreshToken = answer.IDToken, answer.AccessToken, answer.RefreshToken
	into.id, into.access = claimsOf(answer.IDToken), claimsOf(answer.AccessToken)
	return nil
}

// maxShown bounds, in characters, what is quoted of the provider's words.
const maxShown = 60

// post sends a form as the client that p is.
func (p *party) post(ctx context.Context, address string, form url.Values) (status int, body []byte, err error) {
	if p.opts.ClientSecret == "" || !p.endpoints.BasicAuth {
		form.Set("client_id", p.opts.ClientID)
	}
	if p.opts.ClientSecret != "" && !p.endpoints.BasicAuth {
		form.Set("client_secret", string(p.opts.ClientSecret))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if p.opts.ClientSecret != "" && p.endpoints.BasicAuth {
		req.SetBasicAuth(url.QueryEscape(p.opts.ClientID), url.QueryEscape(string(p.opts.ClientSecret))) // RFC 6749 §2.3.1
	}
	resp, err := p.client.HTTP().Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(resp.Body) // bounded by the client
	return resp.StatusCode, body, err
}

// claimsOf reads the claims of a JWT without verifying it; [verify.Run] does that. They are empty
// for other text.
func claimsOf(token string) outside.Object {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return outside.Object{}
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return outside.Object{}
	}
	claims, err := outside.ParseObject(text)
	if err != nil {
		return outside.Object{}
	}
	return claims
}

// header reads a member of the JWT's header.
func header(token, name string) string {
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return ""
	}
	o, err := outside.ParseObject(text)
	if err != nil {
		return ""
	}
	value, _ := o.Text(name)
	return value
}

// input returns what the tokens are checked against. Renewed tokens have no nonce.
func (g *grant) input(ctx context.Context, opts Options, renewed bool) (verify.Input, error) {
	p := g.request.party
	in := opts.Base
	in.Now = opts.Now()
	in.IDToken, in.AccessToken, in.ClientID, in.Confidential = g.idToken, g.accessToken, p.opts.ClientID, p.opts.ClientSecret != ""
	in.Scopes, in.Keys = p.opts.Scopes, p.client.Keys()
	if !renewed {
		in.Nonce = g.request.nonce
	}
	in.UserInfo, in.UserInfoFault = p.userInfo(ctx, g.accessToken)
	var err error
	in.Provider, err = p.client.Provider(ctx)
	return in, err
}

// userInfo asks who the access token speaks for (OIDC Core §5.3).
func (p *party) userInfo(ctx context.Context, access string) (info []byte, fault error) {
	if p.endpoints.UserInfo == "" {
		return nil, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.endpoints.UserInfo, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	resp, err := p.client.HTTP().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body) // bounded by the client
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &mishap.AnswerError{Address: mishap.Plain(req.URL), Status: resp.StatusCode, Content: mishap.Look(body)}
	}
	return body, err
}

// fault is an error in a few words, fit to be shown.
func fault(err error) words.Text {
	var told interface{ Text() words.Text }
	var plain *plainError
	switch {
	case errors.As(err, &plain):
		return plain.Text
	case errors.As(err, &told):
		return told.Text()
	}
	what, _, _ := mishap.Explain(err)
	return what
}
