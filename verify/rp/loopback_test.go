package rp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pschook/internal/tokentest"
	"pschook/verify/words"
)

// loopbackClient returns a listener for the browser, and the client whose redirect URL it is.
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
	refused := make(chan string, 10)
	got, err := c.SignInLoopback(t.Context(), LoopbackOptions{Listener: listener, Language: words.French, Refused: func(e *RefusedError) { refused <- e.Reason }, Open: func(address string) error {
		go func() {
			browser := op.server.Client()
			// None of these requests belongs to the sign-in, and none ends it.
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
			other.Host = "localhost" // only a header: the machine may not resolve the name
			if resp, err := browser.Do(other); err != nil || resp.StatusCode != http.StatusNotFound {
				t.Errorf("other host name: %v, error %v, want status 404", resp, err)
			} else {
				_ = resp.Body.Close()
			}
			if status, body := visit(t, browser, address); status != 200 || !strings.Contains(body, "le rapport est dans le terminal") || !strings.Contains(body, "Vous êtes connecté") {
				t.Errorf("status %d: %s", status, body)
			}
		}()
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for range len(refused) {
		told = append(told, <-refused)
	}
	slices.Sort(told)
	if want := []string{"empty", "host", "request", "state"}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
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
		_, err := c.SignInLoopback(t.Context(), LoopbackOptions{Listener: listener, Open: func(address string) error {
			go visit(t, op.server.Client(), address)
			return nil
		}})
		var answered *ProviderError
		if !errors.As(err, &answered) || answered.Code != "access_denied" {
			t.Errorf("error %v, want access_denied", err)
		}
	})
	t.Run("nobody comes", func(t *testing.T) {
		t.Parallel()
		c, listener := loopbackClient(t, newTestOP(t))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := c.SignInLoopback(ctx, LoopbackOptions{Listener: listener, Open: func(string) error { cancel(); return nil }})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want that of the context", err)
		}
	})
	t.Run("no browser", func(t *testing.T) {
		t.Parallel()
		c, listener := loopbackClient(t, newTestOP(t))
		if _, err := c.SignInLoopback(t.Context(), LoopbackOptions{Listener: listener, Open: func(string) error { return errNoBrowser }}); !errors.Is(err, errNoBrowser) {
			t.Errorf("error %v, want %v", err, errNoBrowser)
		}
	})
}

// Every refused answer is reported at once, with its cause, while waiting goes on.
func TestLoopbackTellsOfRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		method string
		query  func(state, issuer string) string // of a refused answer
		reason string
		en, fr string
	}{
		{"no iss", "GET", func(state, _ string) string { return "?code=c&state=" + state }, "iss_missing", "no iss parameter", "ne porte pas de paramètre iss"},
		{"another iss", "GET", func(state, _ string) string { return "?code=c&iss=https://evil.example&state=" + state }, "iss", "It said: iss=https://evil.example.", "Elle disait\u00a0: iss=https://evil.example."},
		{"an error without iss", "GET", func(state, _ string) string { return "?error=access_denied&error_description=No&state=" + state }, "iss_missing", "error=access_denied (No)", "error=access_denied (No)"},
		{"no state", "GET", func(_, iss string) string { return "?code=c&iss=" + iss }, "state_missing", "carries no state", "ne porte pas de state"},
		{"an error without state", "GET", func(_, iss string) string { return "?error=server_error&iss=" + iss }, "state_missing", "error=server_error", "error=server_error"},
		{"another state", "GET", func(_, iss string) string { return "?code=c&state=guess&iss=" + iss }, "state", "belongs to another sign-in", "appartient à une autre connexion"},
		{"no code", "GET", func(state, iss string) string { return "?state=" + state + "&iss=" + iss }, "code", "holds no code", "ne contient pas de code"},
		{"twice", "GET", func(state, iss string) string { return "?code=c&code=d&state=" + state + "&iss=" + iss }, "twice", "It said: code.", "Elle disait\u00a0: code."},
		{"nothing", "GET", func(_, _ string) string { return "" }, "empty", "came back with nothing", "revenu sans rien"},
		{"posted", "POST", func(state, iss string) string { return "?code=c&state=" + state + "&iss=" + iss }, "method", "form_post", "form_post"},
		{"characters that steer a terminal", "GET", func(state, _ string) string { return "?code=c&iss=%1b%5b2J&state=" + state }, "iss", `iss=\u001b[2J`, `iss=\u001b[2J`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			op.metadata = map[string]any{"authorization_response_iss_parameter_supported": true}
			op.authorize = func(_, answer url.Values) { answer.Set("iss", op.server.URL) }
			c, listener := loopbackClient(t, op)
			refused := make(chan *RefusedError, 1)
			_, err := c.SignInLoopback(t.Context(), LoopbackOptions{Listener: listener, Refused: func(e *RefusedError) { refused <- e }, Open: func(address string) error {
				go func() {
					u, err := url.Parse(address)
					if err != nil {
						t.Error(err)
						return
					}
					req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+listener.Addr().String()+"/callback"+tt.query(u.Query().Get("state"), url.QueryEscape(op.server.URL)), nil)
					if err != nil {
						t.Error(err)
						return
					}
					resp, err := op.server.Client().Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					_ = resp.Body.Close()
					visit(t, op.server.Client(), address) // the real answer ends it
				}()
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			e := <-refused
			if text := e.Text(); e.Reason != tt.reason || !strings.Contains(text.In(words.English), tt.en) || !strings.Contains(text.In(words.French), tt.fr) {
				t.Errorf("reason %q, %q, %q; want %q, %q, %q", e.Reason, text.In(words.English), text.In(words.French), tt.reason, tt.en, tt.fr)
			}
		})
	}
}

// What the browser shows: of an answer to the sign-in what it says, as text, and the remedy; of another answer only why
// it was refused, since anybody may have written it.
func TestLoopbackPages(t *testing.T) {
	t.Parallel()
	const said = `<b>call 0800</b>`
	asked := func(u url.Values, add ...string) string {
		query := url.Values{"state": {u.Get("state")}}
		for i := 0; i < len(add); i += 2 {
			query.Set(add[i], add[i+1])
		}
		return query.Encode()
	}
	tests := []struct {
		name   string
		query  func(u url.Values) string
		status int
		en, fr []string
		hidden string
	}{
		{"access_denied", func(u url.Values) string { return asked(u, "error", "access_denied", "error_description", said) }, 200,
			[]string{"The provider did not let the sign-in end", "Its answer: access_denied: &lt;b&gt;call 0800&lt;/b&gt;", "Assignments"}, []string{"Le fournisseur n’a pas laissé la connexion aboutir", "Sa réponse\u00a0: access_denied: &lt;b&gt;", "attribuez-la"}, "<b>"},
		{"login_required", func(u url.Values) string { return asked(u, "error", "login_required") }, 200,
			[]string{"Its answer: login_required", "sign in again"}, []string{"Sa réponse\u00a0: login_required", "connectez-vous à nouveau"}, "<b>"},
		{"wrong state", func(u url.Values) string {
			return "state=guess&error=access_denied&error_description=" + url.QueryEscape(said)
		}, 400,
			[]string{"belongs to another sign-in", "still waits", "do not trust it"}, []string{"appartient à une autre connexion", "attend toujours"}, "0800"},
		{"no state", func(url.Values) string { return "code=c" }, 400, []string{"carries no state", "still waits"}, []string{"ne porte pas de state"}, "<b>"},
		{"wrong iss", func(u url.Values) string { return asked(u, "code", "c", "iss", "https://evil.example/"+said) }, 400,
			[]string{"comes from another provider", "--issuer"}, []string{"vient d’un autre fournisseur"}, "evil"},
	}
	for _, tt := range tests {
		for lang, want := range map[words.Language][]string{words.English: tt.en, words.French: tt.fr} {
			t.Run(tt.name+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				op := newTestOP(t)
				c, listener := loopbackClient(t, op)
				ctx, cancel := context.WithCancel(t.Context())
				_, err := c.SignInLoopback(ctx, LoopbackOptions{Listener: listener, Language: lang, Open: func(address string) error {
					go func() {
						defer cancel()
						u, err := url.Parse(address)
						if err != nil {
							t.Error(err)
							return
						}
						status, body := visit(t, op.server.Client(), "http://"+listener.Addr().String()+"/callback?"+tt.query(u.Query()))
						body = strings.NewReplacer("<wbr>", "", "<bdi>", "", "</bdi>", "").Replace(body)
						if status != tt.status || !strings.Contains(body, `<html lang="`+string(lang)) || strings.Contains(body, tt.hidden) {
							t.Errorf("status %d, want %d: %s", status, tt.status, body)
						}
						for _, part := range want {
							if !strings.Contains(body, part) {
								t.Errorf("the page lacks %q: %s", part, body)
							}
						}
					}()
					return nil
				}})
				if _, answered := errors.AsType[*ProviderError](err); answered != (tt.status == http.StatusOK) {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}
