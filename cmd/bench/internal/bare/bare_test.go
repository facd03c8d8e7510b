package bare_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pschook/cmd/bench/internal/bare"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestServe holds that the server answers with what it was given, only where it should, and stops.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	addr := freeAddr(t)
	ended := make(chan error, 1)
	go func() {
		ended <- bare.Serve(ctx, bare.Options{Addr: addr, Path: "/hook", Answer: []byte(`{"commands":[]}`)})
	}()
	status, body := post(t, "http://"+addr+"/hook")
	if status != http.StatusOK || body != `{"commands":[]}` {
		t.Errorf("status %d, body %q", status, body)
	}
	if status, _ := post(t, "http://"+addr+"/other"); status != http.StatusNotFound {
		t.Errorf("another path: status %d, want 404", status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string]bare.Options{
		"missing port":              {Addr: "127.0.0.1"},
		"no such file or directory": {Addr: "127.0.0.1:0", CertFile: "absent", KeyFile: "absent"},
	} {
		if err := bare.Serve(t.Context(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	return server.Listener.Addr().String()
}

// post posts until somebody answers.
func post(t *testing.T, url string) (status int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		response, err := client.Post(url, "application/json", strings.NewReader(strings.Repeat(" ", 10_000)))
		if err == nil {
			text, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return response.StatusCode, string(text)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
}
