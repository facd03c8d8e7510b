package rehearsal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Service is a service provider: a confidential client of a realm that uses the authorization code
// flow.
type Service struct {
	Issuer      string // of the realm
	ClientID    string
	Secret      string
	RedirectURI string // nothing needs to listen there
	Scope       string // default "openid scope_all", as at PSC
	ACRValues   string // "" requests no level
	Hint        string // kc_idp_hint; "" lets the person choose
}

// Tokens are what a service gets.
type Tokens struct {
	ID       string `json:"id_token"`
	Access   string `json:"access_token"`
	Refresh  string `json:"refresh_token"`
	Scope    string `json:"scope"`
	Userinfo string `json:"-"` // JSON, or a JWT
	MimeType string `json:"-"` // of Userinfo
}

// AuthorizationURL returns the URL at which a sign-in begins.
func (s Service) AuthorizationURL(nonce string) string {
	if s.Scope == "" {
		s.Scope = "openid scope_all"
	}
	q := url.Values{
		"response_type": {"code"}, "client_id": {s.ClientID}, "redirect_uri": {s.RedirectURI}, "scope": {s.Scope},
		"state": {"state-" + nonce}, "nonce": {nonce},
	}
	if s.ACRValues != "" {
		q.Set("acr_values", s.ACRValues)
	}
	if s.Hint != "" {
		q.Set("kc_idp_hint", s.Hint)
	}
	return s.endpoint("auth") + "?" + q.Encode()
}

func (s Service) endpoint(name string) string {
	return s.Issuer + "/protocol/openid-connect/" + name
}

// KeysURL returns the URL of the realm's key set.
func (s Service) KeysURL() string { return s.endpoint("certs") }

// Redeem exchanges the code of a callback for tokens, and fetches userinfo.
func (s Service) Redeem(ctx context.Context, callback *url.URL) (Tokens, error) {
	q := callback.Query()
	if q.Get("code") == "" {
		return Tokens{}, fmt.Errorf("the callback brought no code but error %q: %s", q.Get("error"), q.Get("error_description"))
	}
	return s.tokens(ctx, url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {s.RedirectURI}})
}

// Renew exchanges the refresh token for new tokens, and fetches userinfo again.
func (s Service) Renew(ctx context.Context, old Tokens) (Tokens, error) {
	return s.tokens(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {old.Refresh}})
}

func (s Service) tokens(ctx context.Context, form url.Values) (Tokens, error) {
	form.Set("client_id", s.ClientID)
	form.Set("client_secret", s.Secret)
	var t Tokens
	if err := postForm(ctx, s.endpoint("token"), form, &t); err != nil {
		return Tokens{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint("userinfo"), nil)
	if err != nil {
		return Tokens{}, err
	}
	request.Header.Set("Authorization", "Bearer "+t.Access)
	body, mediaType, err := fetch(request)
	t.Userinfo, t.MimeType = string(body), mediaType
	return t, err
}
