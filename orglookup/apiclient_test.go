package orglookup_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pschook/orglookup"
)

// TestAPIClient makes requests that the sources would refuse, and requests to other hosts.
func TestAPIClient(t *testing.T) {
	t.Parallel()
	const secret = "00token-of-an-administrator"
	org := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "SSWS "+secret {
			t.Errorf("%s: Authorization is not the API token", r.URL.Path)
		}
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/list", http.StatusFound)
		case "/large":
			_, _ = w.Write(make([]byte, 33<<20))
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/refused":
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"errorCode":"E0000006"}`)
		default:
			_, _ = io.WriteString(w, `[1,2]`)
		}
	}))
	t.Cleanup(org.Close)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was called") }))
	t.Cleanup(elsewhere.Close)
	u, err := url.Parse(org.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := orglookup.NewAPIClient(orglookup.ManagementOptions{OrgURL: u, APIToken: secret})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, url string
		status    int // 0: an error
		body      string
		result    orglookup.Result
	}{
		{name: "a list", url: org.URL + "/list", status: 200, body: "[1,2]"},
		{name: "no body", url: org.URL + "/nothing", status: 204},
		{name: "a refusal as it is", url: org.URL + "/refused", status: 403, body: `{"errorCode":"E0000006"}`},
		{name: "a redirect as it is", url: org.URL + "/moved", status: 302, body: "<a href"},
		{name: "too large", url: org.URL + "/large", result: orglookup.ResultInvalid},
		{name: "another host", url: elsewhere.URL, result: orglookup.ResultInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, tt.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			var body []byte
			resp, err := client.Do(req)
			if err == nil {
				body, err = io.ReadAll(resp.Body)
				err = errors.Join(err, resp.Body.Close())
			}
			if err != nil {
				var failed *orglookup.Error
				if !errors.As(err, &failed) || failed.Result != tt.result || strings.Contains(err.Error(), secret) {
					t.Errorf("error %v, want result %q", err, tt.result)
				}
				return
			}
			if resp.StatusCode != tt.status || !strings.HasPrefix(string(body), tt.body) {
				t.Errorf("%d %.100q, want %d %q", resp.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}

// TestAPIClientNeedsACredential checks that NewAPIClient refuses options without a credential.
func TestAPIClientNeedsACredential(t *testing.T) {
	t.Parallel()
	_, err := orglookup.NewAPIClient(orglookup.ManagementOptions{OrgURL: &url.URL{Scheme: "https", Host: "acme.okta.com"}})
	if err == nil || !strings.Contains(err.Error(), "needs an API token or an OAuth 2.0 client") {
		t.Errorf("error %v", err)
	}
}
