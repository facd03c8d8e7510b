package orglookup_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/orglookup"
)

func TestWellKnownTellsIDAndHosts(t *testing.T) {
	t.Parallel()
	okta := newFakeOkta(t)
	now := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	source, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: okta.orgURL(t), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	got, err := source.Org(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := orglookup.Org{
		ID: orgID, Hosts: []string{"hopital.okta.com", "login.hopital.example:8443"},
		Source: "well-known", FetchedAt: now,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if calls := okta.calls(wellKnownPath); len(calls) != 1 || calls[0].authorization != "" {
		t.Errorf("calls %+v, want one without a credential", calls)
	}
}

func TestManagementSendsTokenOnce(t *testing.T) {
	t.Parallel()
	okta := newFakeOkta(t)
	got, err := okta.management(t).Org(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != orgID || got.Hosts != nil || got.Source != "management" || got.FetchedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	if calls := okta.calls(orgPath); len(calls) != 1 || calls[0].authorization != "SSWS "+apiToken {
		t.Errorf("%d calls, want one with the token", len(calls))
	}
}

func TestSourceFaults(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	t.Cleanup(elsewhere.Close)
	date := time.Now().UTC().Add(-time.Hour) // a clock that is an hour behind ours
	reset := fmt.Sprint(date.Unix() + 30)
	html := "<html>" + orgID + "</html>"
	tests := []struct {
		name      string
		handler   http.HandlerFunc
		want      orglookup.Error // the test adds Source and Op
		text      string
		temporary bool
	}{
		{"401", answer(401, oktaError("E0000011")), orglookup.Error{Result: "refused", Status: 401, Code: "E0000011", RequestID: "req-1"}, "credential was refused", false},
		{"403", answer(403, oktaError("E0000006")), orglookup.Error{Result: "refused", Status: 403, Code: "E0000006", RequestID: "req-1"}, "okta.orgs.read", false},
		{"403_not_json", answer(403, html, "Content-Type", "text/html"), orglookup.Error{Result: "refused", Status: 403, RequestID: "req-1"}, "status 403, request id req-1", false},
		{"404", answer(404, oktaError("E0000007")), orglookup.Error{Result: "not_found", Status: 404, Code: "E0000007", RequestID: "req-1"}, "check the org URL", false},
		{
			"429_reset", answer(429, oktaError("E0000047"), "X-Rate-Limit-Reset", reset, "Date", date.Format(http.TimeFormat)),
			orglookup.Error{Result: "rate_limited", Status: 429, Code: "E0000047", RequestID: "req-1", RetryAfter: 31 * time.Second}, "over the rate limit", true,
		},
		{"429_without_reset", answer(429, ``), orglookup.Error{Result: "rate_limited", Status: 429, RequestID: "req-1"}, "over the rate limit", true},
		{"500", answer(500, oktaError("E0000009")), orglookup.Error{Result: "unavailable", Status: 500, Code: "E0000009", RequestID: "req-1"}, "unavailable", true},
		{
			"503_retry_after", answer(503, ``, "Retry-After", "7"),
			orglookup.Error{Result: "unavailable", Status: 503, RequestID: "req-1", RetryAfter: 7 * time.Second}, "unavailable", true,
		},
		{"hang", hang, orglookup.Error{Result: "timeout"}, "no answer in time", true},
		{"cut", cut, orglookup.Error{Result: "network"}, "the network failed", true},
		{"truncated", truncate, orglookup.Error{Result: "network", Status: 200}, "unexpected EOF", true},
		{"garbage", answer(200, "\x00\xff{"), orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "not a JSON object", false},
		{"empty", answer(200, ""), orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "not a JSON object", false},
		{"array", answer(200, "[]"), orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "not a JSON object", false},
		{"duplicate_member", answer(200, `{"id":"`+orgID+`","id":"`+otherID+`"}`), orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "not a JSON object", false},
		{"html", answer(200, html, "Content-Type", "text/html"), orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "not of type application/json", false},
		{"id_missing", answer(200, `{"companyName":"x"}`), orglookup.Error{Result: "invalid"}, "not an Okta org id", false},
		{"id_number", answer(200, `{"id":7}`), orglookup.Error{Result: "invalid"}, "could not read the answer", false},
		{"id_of_user", answer(200, `{"id":"00u`+orgID[3:]+`"}`), orglookup.Error{Result: "invalid"}, "not an Okta org id", false},
		{"id_short", answer(200, `{"id":"`+orgID[:19]+`"}`), orglookup.Error{Result: "invalid"}, "not an Okta org id", false},
		{"huge", huge, orglookup.Error{Result: "invalid", Status: 200, RequestID: "req-1"}, "more than 65536 bytes", false},
		{
			"redirect", answer(302, "", "Location", elsewhere.URL+orgPath),
			orglookup.Error{Result: "invalid", Status: 302, RequestID: "req-1"}, "redirects are not followed", false,
		},
		{"code_is_no_code", answer(401, `{"errorCode":"`+apiToken+`"}`, "X-Okta-Request-Id", "a b"), orglookup.Error{Result: "refused", Status: 401}, "(status 401)", false},
	}
	for _, tt := range tests {
		for _, kind := range []string{"management", "well-known"} {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				okta := newFakeOkta(t)
				path, source := orgPath, orglookup.Source(okta.management(t))
				if kind == "well-known" {
					path, source = wellKnownPath, okta.wellKnown(t)
				}
				okta.on(path, tt.handler)
				ctx := t.Context()
				if tt.name == "hang" {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
					defer cancel()
				}
				org, err := source.Org(ctx)
				if org.ID != "" {
					t.Errorf("an id came of it: %+v", org)
				}
				var got *orglookup.Error
				if !errors.As(err, &got) {
					t.Fatalf("error %v, want an *Error", err)
				}
				want := tt.want
				want.Source, want.Op, want.Err = kind, "GET "+path, got.Err
				if diff := cmp.Diff(want, *got, cmp.Comparer(errors.Is)); diff != "" {
					t.Error(diff)
				}
				if !strings.Contains(err.Error(), tt.text) {
					t.Errorf("error %q does not say %q", err, tt.text)
				}
				for _, secret := range []string{apiToken, "SSWS", orgID, "<html>"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("error %q quotes %q", err, secret)
					}
				}
				if got.Temporary() != tt.temporary {
					t.Errorf("Temporary is %v", got.Temporary())
				}
				// On a busy machine the deadline may come before the call.
				if calls := len(okta.calls(path)); calls > 1 || calls == 0 && tt.name != "hang" {
					t.Errorf("%d calls, want 1: neither retries nor a cache", calls)
				}
			})
		}
	}
}

func TestSourceNetworkFaults(t *testing.T) {
	t.Parallel()
	silent := httptest.NewUnstartedServer(http.NotFoundHandler())
	silent.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	silent.StartTLS()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(silent.Close)
	t.Cleanup(plain.Close)
	tests := []struct {
		name, url string
		want      orglookup.Result
		temporary bool
	}{
		{"unknown_authority", silent.URL, orglookup.ResultTLS, false},
		{"not_tls", strings.Replace(plain.URL, "http:", "https:", 1), orglookup.ResultTLS, false},
		{"refused_connection", gone.URL, orglookup.ResultNetwork, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: mustOrgURL(t, tt.url)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = source.Org(t.Context())
			var got *orglookup.Error
			if !errors.As(err, &got) || got.Result != tt.want || got.Temporary() != tt.temporary {
				t.Errorf("error %v, want result %q", err, tt.want)
			}
		})
	}
}

func TestCanceledCallSaysSo(t *testing.T) {
	t.Parallel()
	okta := newFakeOkta(t)
	ctx, cancel := context.WithCancel(t.Context())
	okta.on(orgPath, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		hang(w, r)
	})
	_, err := okta.management(t).Org(ctx)
	var got *orglookup.Error
	if !errors.As(err, &got) || got.Result != orglookup.ResultCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want result canceled", err)
	}
}

func TestWellKnownHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, links string
		want        []string
	}{
		{"both", `{"organization":{"href":"https://a.okta.com"},"alternate":{"href":"https://id.example"}}`, []string{"a.okta.com", "id.example"}},
		{"the_same_twice", `{"organization":{"href":"https://a.okta.com"},"alternate":{"href":"https://A.okta.com:443/"}}`, []string{"a.okta.com"}},
		{"no_custom_domain", `{"organization":{"href":"https://a.okta.com"}}`, []string{"a.okta.com"}},
		{"none", `{}`, []string{}},
		{"plain_http", `{"organization":{"href":"http://a.okta.com"}}`, []string{}},
		{"loopback", `{"organization":{"href":"http://127.0.0.1:8081"},"alternate":{"href":"http://[::1]:80"}}`, []string{"127.0.0.1:8081", "[::1]"}},
		{"not_urls", `{"organization":{"href":"%zz"},"alternate":{"href":"a.okta.com"}}`, []string{}},
		{"not_ascii", `{"organization":{"href":"https://hôpital.example"}}`, []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			okta := newFakeOkta(t)
			okta.on(wellKnownPath, answer(200, `{"id":"`+orgID+`","_links":`+tt.links+`}`))
			org, err := okta.wellKnown(t).Org(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if org.Hosts == nil || !slices.Equal(org.Hosts, tt.want) {
				t.Errorf("hosts %q, want %q", org.Hosts, tt.want)
			}
		})
	}
}

func TestConstructorsRefuse(t *testing.T) {
	t.Parallel()
	org := &url.URL{Scheme: "https", Host: "acme.okta.com"}
	key := newECKey(t)
	tests := []struct {
		name string
		opts orglookup.ManagementOptions
		want string
	}{
		{"nothing", orglookup.ManagementOptions{OrgURL: org}, "needs an API token or an OAuth 2.0 client"},
		{"both", orglookup.ManagementOptions{OrgURL: org, APIToken: apiToken, ClientID: "0oa"}, "both an API token and"},
		{"no_key_id", orglookup.ManagementOptions{OrgURL: org, ClientID: "0oa", PrivateKey: key}, "all of client id"},
		{"no_client_id", orglookup.ManagementOptions{OrgURL: org, PrivateKeyID: "k", PrivateKey: key}, "all of client id"},
		{"newline_in_token", orglookup.ManagementOptions{OrgURL: org, APIToken: apiToken + "\n"}, "no header can carry"},
		{"no_url", orglookup.ManagementOptions{APIToken: apiToken}, "has no host"},
		{"plain_http", orglookup.ManagementOptions{OrgURL: &url.URL{Scheme: "http", Host: "acme.okta.com"}, APIToken: apiToken}, "use https"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := orglookup.NewManagement(tt.opts)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), apiToken) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNewStatic(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, id, wantErr string }{
		{name: "org_id", id: orgID},
		{name: "alias", id: "OKTA_CHU-Exemple"},
		{name: "uuid", id: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
		{name: "longest", id: strings.Repeat("x", 128)},
		{name: "empty", wantErr: "is empty"},
		{name: "too_long", id: strings.Repeat("x", 129), wantErr: "has 129 bytes, at most 128"},
		{name: "space", id: "OKTA CHU", wantErr: "space or an unprintable"},
		{name: "newline", id: orgID + "\n", wantErr: "space or an unprintable"},
		{name: "zero_width", id: "OKTA\u200b", wantErr: "space or an unprintable"},
		{name: "not_utf8", id: "OKTA\xff", wantErr: "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source, err := orglookup.NewStatic(tt.id)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("error %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if org, err := source.Org(t.Context()); err != nil || org.ID != tt.id || org.Source != "static" || source.Name() != "static" {
				t.Errorf("got %+v, %v", org, err)
			}
		})
	}
}

func TestSecretsPrintRedacted(t *testing.T) {
	t.Parallel()
	opts := orglookup.ManagementOptions{APIToken: apiToken, PrivateKey: newECKey(t)}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text := fmt.Sprintf(format, opts)
		if strings.Contains(text, apiToken) || strings.Contains(text, fmt.Sprintf("%x", apiToken)) || strings.Count(text, "[redacted]") != 2 {
			t.Errorf("%s prints %s", format, text)
		}
	}
}
