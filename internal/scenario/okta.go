package scenario

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// Scopes of OAuth 2.0 for Okta that [Okta] needs.
const (
	scopeUsers   = "okta.users.manage"
	scopeServers = "okta.authorizationServers.manage"
)

// OktaScopes are the scopes of OAuth 2.0 for Okta that [Okta] needs.
func OktaScopes() []string { return []string{scopeUsers, scopeServers} }

// Okta makes [Changes] in an Okta org through its Management API.
type Okta struct {
	Client   oktaread.Client
	ServerID string // id of the authorization server, such as "default"
}

// Rename gives the user a random login in the same domain.
func (o Okta) Rename(ctx context.Context, sub string) (login string, undo func(ctx context.Context) error, err error) {
	type user struct {
		Profile struct {
			Login string `json:"login"`
		} `json:"profile"`
	}
	path := "/api/v1/users/" + url.PathEscape(sub)
	found, err := oktaread.Get[user](ctx, o.Client, path, scopeUsers)
	if err != nil {
		return "", nil, err
	}
	old := found.Profile.Login
	_, domain, ok := strings.Cut(old, "@")
	if !ok {
		return "", nil, fmt.Errorf("the user's login has no domain, so no other one can be made of it")
	}
	login = "pschook-" + strings.ToLower(rand.Text()[:10]) + "@" + domain
	set := func(ctx context.Context, login string) error {
		var u user
		u.Profile.Login = login
		return o.post(ctx, path, scopeUsers, u)
	}
	return login, func(ctx context.Context) error { return set(ctx, old) }, set(ctx, login)
}

// EndSessions clears the user's sessions (Okta Management API, User Sessions).
func (o Okta) EndSessions(ctx context.Context, sub string) error {
	_, err := o.Client.Call(ctx, oktaread.Request{Method: http.MethodDelete, Path: "/api/v1/users/" + url.PathEscape(sub) + "/sessions", Scope: scopeUsers})
	return err
}

// RotateKeys makes the authorization server sign with its next key (Okta Management API,
// Authorization Server Keys).
func (o Okta) RotateKeys(ctx context.Context) error {
	return o.post(ctx, oktaread.ServerPath(o.ServerID)+"/credentials/lifecycle/keyRotate", scopeServers, map[string]string{"use": "sig"})
}

func (o Okta) post(ctx context.Context, path, scope string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = o.Client.Call(ctx, oktaread.Request{Method: http.MethodPost, Path: path, Scope: scope, Body: text})
	return err
}
