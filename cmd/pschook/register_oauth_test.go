package main

import (
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/oktaemu"
)

// oauthServer makes an authorization server of its own for the hook and a service app that gets tokens there. It returns
// the settings by which the service takes them, and the app's secret.
func oauthServer(t *testing.T, org *oktaemu.Org) (set config.Source, secret string) {
	t.Helper()
	type object = map[string]any
	text := func(o object, name string) string { s, _ := o[name].(string); return s }
	as := manage(t, org, http.MethodPost, "/api/v1/authorizationServers", object{"name": "hooks", "description": "for hooks", "audiences": []string{"pschook"}})
	path := "/api/v1/authorizationServers/" + text(as, "id")
	manage(t, org, http.MethodPost, path+"/scopes", object{"name": "pschook.call"})
	app := manage(t, org, http.MethodPost, "/api/v1/apps", object{
		"label": "hook caller", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
		"credentials": object{"oauthClient": object{"token_endpoint_auth_method": "client_secret_post"}},
		"settings":    object{"oauthClient": object{"application_type": "service", "grant_types": []string{"client_credentials"}, "response_types": []string{"token"}}},
	})
	credentials, _ := app["credentials"].(object)
	client, _ := credentials["oauthClient"].(object)
	policy := manage(t, org, http.MethodPost, path+"/policies", object{
		"type": "OAUTH_AUTHORIZATION_POLICY", "name": "hooks", "description": "for hooks", "status": "ACTIVE", "priority": 1,
		"conditions": object{"clients": object{"include": []any{client["client_id"]}}},
	})
	manage(t, org, http.MethodPost, path+"/policies/"+text(policy, "id")+"/rules", object{
		"type": "RESOURCE_ACCESS", "name": "hooks", "status": "ACTIVE", "priority": 1,
		"conditions": object{"people": object{"groups": object{"include": []string{"EVERYONE"}}}, "grantTypes": object{"include": []string{"client_credentials"}}, "scopes": object{"include": []string{"*"}}},
		"actions":    object{"token": object{"accessTokenLifetimeMinutes": 60}},
	})
	return config.Source{
		"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_OAUTH_ISSUER": text(as, "issuer"), "PSCHOOK_HOOK_OAUTH_AUDIENCE": "pschook",
		"PSCHOOK_HOOK_OAUTH_CLIENT_IDS": text(client, "client_id"), "PSCHOOK_HOOK_OAUTH_SCOPE": "pschook.call",
	}, text(client, "client_secret")
}

// TestRegisterOAuthHook registers a hook that Okta calls with an access token, for a service that takes nothing else: the
// tokens of a sign-in then carry the claims.
func TestRegisterOAuthHook(t *testing.T) {
	t.Parallel()
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hookURL := "http://" + listener.Addr().String() + hook.Path
	set, secret := oauthServer(t, org)
	serveFor(t, org, listener, set)
	makeBare(t, org)
	env, dir := registerEnvironment(org), t.TempDir()
	for name, value := range set {
		env[name] = value
	}
	secretFile := filepath.Join(dir, "secret")
	if err := os.WriteFile(secretFile, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, env, registerArgs("apply", hookURL, filepath.Join(dir, "journal"), "--yes", "--hook-oauth-secret-file", secretFile)...)
	if code != 0 || strings.Contains(out+errs, secret) {
		t.Fatalf("apply: exit %d\n%s%s", code, out, errs)
	}
	client := regexp.MustCompile(`PSCHOOK_CLIENT_IDS=(\S+)`).FindStringSubmatch(out)[1]
	issuer := regexp.MustCompile(`issuer (\S+),`).FindStringSubmatch(out)[1]
	var claims string
	for begin := time.Now(); time.Since(begin) < time.Minute; { // the service fetches the keys for its callers in the background
		tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: professional().Login, ClientID: client, RedirectURI: pscRedirect, AuthServerID: issuer[strings.LastIndexByte(issuer, '/')+1:]})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(tokens.AccessToken, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		if claims = string(payload); strings.Contains(claims, `"oid":"`+professional().UserID) {
			env["PSCHOOK_CLIENT_IDS"] = client
			if code, out, errs := call(t, env, "doctor", "--hook-url", hookURL, "--issuer", issuer, "--redirect-uri", pscRedirect, "--lang", "en"); code != 0 {
				t.Errorf("doctor: exit %d\n%s%s", code, out, errs)
			}
			return
		}
	}
	t.Errorf("the access token has no oid: %s", claims)
}
