package oktaemu_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pschook/internal/golden"
	"pschook/oktaemu"
)

// TestHookPayload compares the calls of each kind of minting with golden files:
// which parts are there is what a hook must cope with.
func TestHookPayload(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		mint func(t *testing.T, org *oktaemu.Org)
	}{
		{"authorization_code", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			signIn(t, org, oktaemu.SignIn{Login: "okta-verify"})
		}},
		{"access_token_only", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"profile"}})
		}},
		{"refresh", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "offline_access"}})
			postToken(t, org, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}, http.StatusOK)
		}},
		{"implicit", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			answer := newBrowser(t).signIn(authorizeURL(org, url.Values{"response_type": {"id_token token"}}), url.Values{"persona": {"totp"}}).answer(t)
			if answer.Get("id_token") == "" || answer.Get("access_token") == "" {
				t.Errorf("answer %v", answer)
			}
		}},
		{"id_token_only", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			answer := newBrowser(t).signIn(authorizeURL(org, url.Values{"response_type": {"id_token"}}), url.Values{"persona": {"password"}}).answer(t)
			if answer.Get("id_token") == "" {
				t.Errorf("answer %v", answer)
			}
		}},
		{"client_credentials", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			id, secret := newWebApp(t, org, "client_secret_post", "client_credentials")
			addScope(t, org, "psc.read")
			postToken(t, org, url.Values{"grant_type": {"client_credentials"}, "scope": {"psc.read"}, "client_id": {id}, "client_secret": {secret}}, http.StatusOK)
		}},
		{"password", func(t *testing.T, org *oktaemu.Org) {
			t.Helper()
			id, secret := newWebApp(t, org, "client_secret_post", "password")
			postToken(t, org, url.Values{
				"grant_type": {"password"}, "scope": {"openid"}, "client_id": {id}, "client_secret": {secret},
				"username": {"cpx@hopital.example"}, "password": {"demo"},
			}, http.StatusOK)
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			hook := hookThatAnswers(t, http.StatusNoContent, "")
			clock := newClock(time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC))
			org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}, Now: clock.Now})
			tc.mint(t, org)
			calls := org.HookCalls()
			golden.Equal(t, filepath.Join("testdata", "hook-"+tc.name+".json"), stable(t, org, calls[len(calls)-1].Request))
		})
	}
}

// stable replaces what differs from run to run, and indents.
func stable(t *testing.T, org *oktaemu.Org, payload []byte) []byte {
	t.Helper()
	text := strings.ReplaceAll(string(payload), org.URL(), "https://hopital.okta.example")
	for pattern, replacement := range map[string]string{
		`"eventId":"[^"]+"`:       `"eventId":"EVENT"`,
		`"req[0-9A-Za-z]{22}"`:    `"REQUEST"`,
		`"102[0-9A-Za-z]{22}"`:    `"SESSION"`,
		`"(AT|ID)\.[^"]+"`:        `"$1.JTI"`,
		`"oar[0-9A-Za-z]{17}"`:    `"REFRESH"`,
		`"scp[0-9A-Za-z]{17}"`:    `"SCOPE"`,
		`"0oa[0-9A-Za-z]{17}"`:    `"CLIENT"`,
		`"(state|nonce)":"[^"]+"`: `"$1":"RANDOM"`,
		`(authorize\?)[^"]+"`:     `${1}QUERY"`,
		`"ipAddress":"[^"]+"`:     `"ipAddress":"127.0.0.1"`,
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, replacement)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}
