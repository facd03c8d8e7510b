package scenario_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/scenario"
	"pschook/internal/server"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// clock is moved by those who wait.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return nil
}

// stand is an emulated org with a hook, and something in front of it that can go wrong.
type stand struct {
	org    *oktaemu.Org
	url    string
	second string // client id
	clock  *clock
}

const redirect = "http://127.0.0.1:8976/callback"

// fault stands in front of the org.
type fault func(org *oktaemu.Org, next http.Handler) http.Handler

func newStand(t *testing.T, broken fault) *stand {
	t.Helper()
	const secret = "a secret of the test"
	s := &stand{clock: &clock{now: time.Now()}}
	front := httptest.NewUnstartedServer(nil)
	s.url = "http://" + front.Listener.Addr().String()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.org, err = oktaemu.New(oktaemu.Options{
		Addr: oktaemu.NoListener, PublicURL: s.url, Now: s.clock.Now, RedirectURIs: []string{redirect},
		Hook: oktaemu.Hook{URL: "http://" + listener.Addr().String() + hook.Path, Secret: secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s.org
	if broken != nil {
		front.Config.Handler = broken(s.org, s.org)
	}
	front.Start()
	c, _, err := config.Load(t.Context(), config.Source{
		"PSCHOOK_OKTA_ORG_URL": s.url, "PSCHOOK_OKTA_API_TOKEN": s.org.APIToken(), "PSCHOOK_HOOK_SECRETS": secret, "PSCHOOK_ADMIN_ADDR": "none", "PSCHOOK_DRAIN_DELAY": "0s",
	}, server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	service, err := server.New(t.Context(), server.Options{
		Config: c, Listener: listener, Now: s.clock.Now, Logger: slog.New(slog.DiscardHandler),
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		front.Close()
		if err := s.org.Close(); err != nil {
			t.Error(err)
		}
	})
	s.second = s.addApp(t)
	return s
}

// addApp adds a second public client, for the person of the scenarios.
func (s *stand) addApp(t *testing.T) string {
	t.Helper()
	app := `{"name":"oidc_client","label":"Second","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"token_endpoint_auth_method":"none"}},
		"settings":{"oauthClient":{"application_type":"browser","grant_types":["authorization_code"],"response_types":["code"],"redirect_uris":["` + redirect + `"]}}}`
	_, rest, ok := strings.Cut(s.manage(t, "/api/v1/apps", app), `"client_id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no second app")
	}
	for _, p := range oktaemu.Personas() {
		s.manage(t, "/api/v1/apps/"+id+"/users", `{"id":"`+p.UserID+`"}`)
	}
	return id
}

// manage posts to the Management API, past the faults.
func (s *stand) manage(t *testing.T, path, body string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS "+s.org.APIToken())
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.org.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d, %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (s *stand) options(t *testing.T) scenario.Options {
	t.Helper()
	profile, err := verify.ProfileNamed("psc")
	if err != nil {
		t.Fatal(err)
	}
	client := rp.ClientOptions{Issuer: s.org.Issuer(), ClientID: s.org.ClientID(), RedirectURL: redirect, Scopes: []string{"openid", "profile", "email"}}
	second := client
	second.ClientID = s.second
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Options{
		Client: client, Second: second, WeakLogin: "password@hopital.example", Now: s.clock.Now, Wait: s.clock.Wait,
		Base: verify.Input{Issuer: s.org.Issuer(), ClientID: s.org.ClientID(), ExpectedTID: s.org.OrgID(), Profile: profile, Language: words.English},
		NewBrowser: func() scenario.Browser {
			return scenario.NewWalker("cpx@hopital.example", oktaemu.PersonaPassword, []string{u.Host})
		},
		Changes: scenario.Okta{ServerID: "default", Client: oktaread.Client{
			OrgURL: u, HTTP: &http.Client{Transport: withToken(s.org.APIToken())}, Now: s.clock.Now,
			Wait: func(context.Context, time.Duration) error { return nil },
		}},
	}
}

// withToken carries the credential of the Management API.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "SSWS "+string(w))
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

// Faults.

// drops takes a parameter out of authorization requests.
func drops(parameter string) fault {
	return func(_ *oktaemu.Org, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/v1/authorize") {
				q := r.URL.Query()
				q.Del(parameter)
				r.URL.RawQuery = q.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// answers takes the place of the org for some requests.
func answers(method, suffix string, status int, body string) fault {
	return func(_ *oktaemu.Org, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == method && strings.HasSuffix(r.URL.Path, suffix) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// takesAll has the token endpoint refuse nothing.
func takesAll(_ *oktaemu.Org, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/v1/token") {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if answer.Code == http.StatusBadRequest {
			answer = httptest.NewRecorder()
			_, _ = answer.WriteString(`{"access_token":"opaque","token_type":"Bearer"}`)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// hookFails has Okta mint without our claims, from the n-th token request on.
func hookFails(from int) fault {
	return func(org *oktaemu.Org, next http.Handler) http.Handler {
		var mu sync.Mutex
		requests := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/v1/token") {
				mu.Lock()
				requests++
				if requests == from {
					_ = org.InjectFault(oktaemu.Fault{HookRefuse: true, Times: -1})
				}
				mu.Unlock()
			}
			next.ServeHTTP(w, r)
		})
	}
}

// otherPerson signs in somebody else from the second form on.
func otherPerson(_ *oktaemu.Org, next http.Handler) http.Handler {
	var mu sync.Mutex
	forms := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/signin/") {
			mu.Lock()
			forms++
			if forms > 1 {
				text := url.Values{"username": {"okta-verify@hopital.example"}, "password": {oktaemu.PersonaPassword}}.Encode()
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			}
			mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// forgetsSilent takes the cookie away where prompt=none.
func forgetsSilent(_ *oktaemu.Org, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("prompt") == "none" {
			r.Header.Del("Cookie")
		}
		next.ServeHTTP(w, r)
	})
}

// redirectsAnywhere sends the browser wherever the request says.
func redirectsAnywhere(_ *oktaemu.Org, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if target := r.URL.Query().Get("redirect_uri"); strings.HasSuffix(target, "/not-registered") {
			http.Redirect(w, r, target+"?code=x&state="+r.URL.Query().Get("state"), http.StatusFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}
