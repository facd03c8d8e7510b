package rp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pschook/internal/tokentest"
	"pschook/verify/words"
)

// loopbackClient listens for the browser and makes the client that it answers to.
func loopbackClient(t *testing.T, op *testOP) (*Client, net.Listener) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(ClientOptions{
		Issuer: op.server.URL, ClientID: tokentest.Client, RedirectURL: "http://" + listener.Addr().String() + "/callback", HTTPClient: op.server.Client(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, listener
}

// visit follows the redirects as a browser does.
func visit(t *testing.T, client *http.Client, address string) (int, string) {
	t.Helper()
	resp, err := client.Get(address)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	return resp.StatusCode, readAll(t, resp)
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	c, listener := loopbackClient(t, op)
	base := "http://" + listener.Addr().String()
	got, err := c.SignInLoopback(t.Context(), listener, words.French, func(address string) error {
		go func() {
			browser := op.server.Client()
			// None of these belongs to the sign-in, and none ends it.
			for path, want := range map[string]int{"/favicon.ico": 404, "/callback": 400, "/callback?state=guess&error=access_denied": 400, "/callback?%zz": 400} {
				if status, _ := visit(t, browser, base+path); status != want {
					t.Errorf("%s: status %d, want %d", path, status, want)
				}
			}
			other, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/callback?state=x", nil)
			if err != nil {
				t.Error(err)
				return
			}
			other.Host = "localhost" // said, not resolved: a machine may not know the name
			if resp, err := browser.Do(other); err != nil || resp.StatusCode != http.StatusNotFound {
				t.Errorf("other host name: %v, error %v, want status 404", resp, err)
			} else {
				_ = resp.Body.Close()
			}
			if status, body := visit(t, browser, address); status != 200 || !strings.Contains(body, "le rapport est dans le terminal") {
				t.Errorf("status %d: %s", status, body)
			}
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Nonce == "" || got.Tokens.IDToken == "" || got.Tokens.AccessToken == "" || got.Tokens.UserInfo == nil {
		t.Errorf("result lacks something: nonce %q", got.Nonce)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

func TestLoopbackEndsInError(t *testing.T) {
	t.Parallel()
	errNoBrowser := errors.New("no browser")
	t.Run("provider refuses", func(t *testing.T) {
		t.Parallel()
		op := newTestOP(t)
		op.authorize = func(_, answer url.Values) { answer.Set("error", "access_denied") }
		c, listener := loopbackClient(t, op)
		_, err := c.SignInLoopback(t.Context(), listener, words.English, func(address string) error {
			go visit(t, op.server.Client(), address)
			return nil
		})
		var answered *ProviderError
		if !errors.As(err, &answered) || answered.Code != "access_denied" {
			t.Errorf("error %v, want access_denied", err)
		}
	})
	t.Run("nobody comes", func(t *testing.T) {
		t.Parallel()
		c, listener := loopbackClient(t, newTestOP(t))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.SignInLoopback(ctx, listener, words.English, func(string) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the context", err)
		}
	})
	t.Run("no browser", func(t *testing.T) {
		t.Parallel()
		c, listener := loopbackClient(t, newTestOP(t))
		if _, err := c.SignInLoopback(t.Context(), listener, words.English, func(string) error { return errNoBrowser }); !errors.Is(err, errNoBrowser) {
			t.Errorf("error %v, want %v", err, errNoBrowser)
		}
	})
}
