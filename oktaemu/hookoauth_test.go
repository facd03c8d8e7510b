package oktaemu_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"pschook/oktaemu"
)

// tokenServer gives out "tok-1", and keeps the forms it got.
func tokenServer(t *testing.T, status int) (endpoint string, forms chan url.Values) {
	t.Helper()
	forms = make(chan url.Values, 1)
	return hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		forms <- r.PostForm
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}`)
	}).URL, forms
}

// linkHook creates a hook with channel OAUTH and gives it to the default rule.
func linkHook(t *testing.T, org *oktaemu.Org, config map[string]any, want int) {
	t.Helper()
	var made struct {
		ID      string
		Channel struct{ Config map[string]any }
	}
	hook := map[string]any{
		"name": "oauth", "type": oktaemu.TokenHookType, "version": "1.0.0",
		"channel": map[string]any{"type": "OAUTH", "version": "1.0.0", "config": config},
	}
	api(t, org, "POST", "/api/v1/inlineHooks", hook, want, &made)
	if want != http.StatusOK {
		return
	}
	if made.Channel.Config["clientSecret"] != nil || made.Channel.Config["clientId"] != "cid" {
		t.Errorf("a read shows %v", made.Channel.Config)
	}
	api(t, org, "PUT", defaultRule, map[string]any{
		"type": "RESOURCE_ACCESS", "name": "r",
		"conditions": map[string]any{"grantTypes": include("authorization_code"), "scopes": include("*"), "people": map[string]any{"groups": include("EVERYONE")}},
		"actions":    map[string]any{"token": map[string]any{"inlineHook": map[string]any{"id": made.ID}}},
	}, http.StatusOK, nil)
}

// bearerHook applies a patch for the bearer of "tok-1", and refuses anybody else.
func bearerHook(t *testing.T) string {
	t.Helper()
	return hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"commands":[`+patchTID+`]}`)
	}).URL
}

func TestHookOAuthSecret(t *testing.T) {
	t.Parallel()
	endpoint, forms := tokenServer(t, 200)
	org := newOrg(t, oktaemu.Options{})
	linkHook(t, org, map[string]any{
		"uri": bearerHook(t), "authType": "client_secret_post", "clientId": "cid", "clientSecret": "sec", "tokenUrl": endpoint, "scope": "psc",
	}, 200)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	checkCall(t, org, oktaemu.HookApplied, "")
	form := <-forms
	if form.Get("grant_type") != "client_credentials" || form.Get("client_id") != "cid" || form.Get("client_secret") != "sec" || form.Get("scope") != "psc" {
		t.Errorf("form %v", form)
	}
}

func TestHookOAuthPrivateKey(t *testing.T) {
	t.Parallel()
	endpoint, forms := tokenServer(t, 200)
	org := newOrg(t, oktaemu.Options{})
	var key struct {
		KeyID    string
		Embedded json.RawMessage `json:"_embedded"`
	}
	api(t, org, "POST", "/api/v1/hook-keys", map[string]any{"name": "k"}, 200, &key)
	config := map[string]any{"uri": bearerHook(t), "authType": "private_key_jwt", "clientId": "cid", "hookKeyId": "nonsense", "tokenUrl": endpoint}
	linkHook(t, org, config, 400)
	config["hookKeyId"] = key.KeyID
	linkHook(t, org, config, 200)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	checkCall(t, org, oktaemu.HookApplied, "")

	var public jose.JSONWebKey
	api(t, org, "GET", "/api/v1/hook-keys/public/"+key.KeyID, nil, 200, &public)
	token, err := jwt.ParseSigned((<-forms).Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.Claims
	if err := token.Claims(public.Key, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Issuer != "cid" || claims.Subject != "cid" || !claims.Audience.Contains(endpoint) || claims.ID == "" {
		t.Errorf("assertion %+v", claims)
	}
}

// TestHookOAuthFails: without a token the hook is not called.
func TestHookOAuthFails(t *testing.T) {
	t.Parallel()
	endpoint, _ := tokenServer(t, 400)
	org := newOrg(t, oktaemu.Options{})
	linkHook(t, org, map[string]any{
		"uri": bearerHook(t), "authType": "client_secret_post", "clientId": "cid", "clientSecret": "sec", "tokenUrl": endpoint,
	}, 200)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	checkCall(t, org, oktaemu.HookFailed, "token endpoint answered status 400")
}

// TestHookRecursion: a hook that needs a token of its own server and rule calls
// itself again and again, until the org's limit ends it.
func TestHookRecursion(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{HookConcurrency: 5})
	addScope(t, org, "psc.hook")
	id, secret := newWebApp(t, org, "client_secret_post", "client_credentials")
	linkHook(t, org, map[string]any{
		"uri": bearerHook(t), "authType": "client_secret_post", "clientId": "cid", "clientSecret": "x", "tokenUrl": org.Issuer() + "/v1/token", "scope": "psc.hook",
	}, 200)
	var hooks []struct{ ID string }
	api(t, org, "GET", "/api/v1/inlineHooks", nil, 200, &hooks)
	api(t, org, "POST", "/api/v1/inlineHooks/"+hooks[0].ID, map[string]any{"channel": map[string]any{"config": map[string]any{"clientId": id, "clientSecret": secret}}}, 200, nil)
	api(t, org, "PUT", defaultRule, map[string]any{
		"type": "RESOURCE_ACCESS", "name": "r",
		"conditions": map[string]any{"grantTypes": include("client_credentials", "authorization_code"), "scopes": include("*"), "people": map[string]any{"groups": include("EVERYONE")}},
		"actions":    map[string]any{"token": map[string]any{"inlineHook": map[string]any{"id": hooks[0].ID}}},
	}, 200, nil)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	calls := org.HookCalls()
	if len(calls) != 6 || !strings.Contains(calls[0].Reason, "5 hook calls are under way") {
		t.Errorf("%d calls, the innermost %+v", len(calls), calls[0])
	}
}

// TestHookTLS: https hooks are verified against the given authorities.
func TestHookTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"commands":[`+patchTID+`]}`)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: server.URL}, HookRootCAs: pool})
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	checkCall(t, org, oktaemu.HookApplied, "")
	stranger := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: server.URL}})
	signIn(t, stranger, oktaemu.SignIn{Login: "cpx"})
	checkCall(t, stranger, oktaemu.HookFailed, "certificate")
}
