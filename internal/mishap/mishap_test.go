package mishap_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pschook/internal/mishap"
	"pschook/verify/words"
)

// TestFaultsOfTheNetwork makes real ones, on this machine.
func TestFaultsOfTheNetwork(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(plain.Close)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	late, cancel := context.WithTimeout(t.Context(), 0)
	t.Cleanup(cancel)
	fresh := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for name, tt := range map[string]struct {
		ctx    context.Context
		client *http.Client
		url    string
		says   string
	}{
		"refused":         {t.Context(), fresh, closed, "nothing listens there"},
		"untrusted":       {t.Context(), fresh, secure.URL, "does not trust the issuer"},
		"another host":    {t.Context(), secure.Client(), strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), `another host than "localhost"`},
		"no TLS":          {t.Context(), fresh, strings.Replace(plain.URL, "http:", "https:", 1), "ended the connection|does not speak TLS"},
		"plain to TLS":    {t.Context(), fresh, "https://" + plain.Listener.Addr().String(), "ended the connection|does not speak TLS"},
		"cut off":         {t.Context(), fresh, plain.URL, "ended the connection"},
		"out of time":     {late, fresh, plain.URL, "no answer came in time"},
		"query left away": {t.Context(), fresh, closed + "/x?token=s3cret", "/x: nothing listens there"},
	} {
		req, err := http.NewRequestWithContext(tt.ctx, http.MethodGet, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tt.client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		what, remedy, ok := mishap.Explain(fmt.Errorf("asking: %w", err))
		said, found := what.In(words.English), false
		for part := range strings.SplitSeq(tt.says, "|") {
			found = found || strings.Contains(said, part)
		}
		if !ok || !found || remedy == (words.Text{}) || what.In(words.French) == said || strings.Contains(said, "s3cret") {
			t.Errorf("%s: %v, %q, %q; want %q", name, ok, said, remedy.In(words.English), tt.says)
		}
	}
	if what, _, ok := mishap.Explain(errors.New("of another kind")); ok || what.In(words.French) != "of another kind" {
		t.Errorf("another error: %v, %v", what, ok)
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]mishap.Content{
		"": mishap.Empty, " \r\n": mishap.Empty, "\xef\xbb\xbf": mishap.Empty, "<html>": mishap.HTML, "\ufeff <!doctype html>": mishap.HTML,
		`{"a":1}`: mishap.JSON, " [1]": mishap.JSON, "eyJ.x.y": mishap.Other, "ok": mishap.Other,
	} {
		if got := mishap.Look([]byte(body)); got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}
