package rp

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/oauth2"

	"pschook/internal/secret"
	"pschook/internal/tokentest"
	"pschook/verify"
	"pschook/verify/words"
)

// testOP is an OpenID provider whose answers a test can change.
type testOP struct {
	t      *testing.T
	server *httptest.Server

	mu    sync.Mutex
	codes map[string]url.Values // code → authorization request

	// Set these before use.
	change        func(w *world)                                    // changes the sign-in that is answered
	authorize     func(query url.Values, answer url.Values)         // changes the answer to the browser
	token         func(w http.ResponseWriter, r *http.Request) bool // answers in place of the token endpoint if it returns true
	metadata      map[string]any                                    // replaces members of the discovery document
	userinfoFails bool
	userinfo      func(w http.ResponseWriter, claims map[string]any) // answers in place of the userinfo endpoint
	discoveries   int
	keyFetches    int
	tokenRequests []*http.Request
}

func newTestOP(t *testing.T) *testOP {
	t.Helper()
	op := &testOP{t: t, codes: make(map[string]url.Values)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", op.serveDiscovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		op.mu.Lock()
		op.keyFetches++
		op.mu.Unlock()
		_, _ = w.Write(tokentest.JWKS(t))
	})
	mux.HandleFunc("GET /authorize", op.serveAuthorize)
	mux.HandleFunc("POST /token", op.serveToken)
	mux.HandleFunc("GET /userinfo", op.serveUserInfo)
	op.server = httptest.NewServer(mux)
	t.Cleanup(op.server.Close)
	return op
}

func (op *testOP) document() map[string]any {
	doc := map[string]any{
		"issuer": op.server.URL, "authorization_endpoint": op.server.URL + "/authorize", "token_endpoint": op.server.URL + "/token",
		"jwks_uri": op.server.URL + "/keys", "userinfo_endpoint": op.server.URL + "/userinfo", "code_challenge_methods_supported": []string{"S256"},
	}
	for k, v := range op.metadata {
		doc[k] = v
	}
	return doc
}

func (op *testOP) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	op.mu.Lock()
	op.discoveries++
	op.mu.Unlock()
	op.answer(w, op.document())
}

func (op *testOP) answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.MarshalWrite(w, body); err != nil {
		op.t.Error(err)
	}
}

func (op *testOP) refuse(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	if err := json.MarshalWrite(w, body); err != nil {
		op.t.Error(err)
	}
}

func (op *testOP) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	code := "code-" + query.Get("state")
	op.mu.Lock()
	op.codes[code] = query
	op.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {query.Get("state")}}
	if op.authorize != nil {
		op.authorize(query, answer)
	}
	http.Redirect(w, r, query.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther)
}

func (op *testOP) serveToken(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		op.t.Error(err)
	}
	op.mu.Lock()
	op.tokenRequests = append(op.tokenRequests, r)
	query, known := op.codes[r.PostForm.Get("code")]
	delete(op.codes, r.PostForm.Get("code"))
	op.mu.Unlock()
	if op.token != nil && op.token(w, r) {
		return
	}
	if !known || oauth2.S256ChallengeFromVerifier(r.PostForm.Get("code_verifier")) != query.Get("code_challenge") ||
		query.Get("code_challenge_method") != "S256" || r.PostForm.Get("redirect_uri") != query.Get("redirect_uri") {
		op.refuse(w, map[string]any{"error": "invalid_grant"})
		return
	}
	in := op.sign(query)
	op.answer(w, map[string]any{"access_token": in.AccessToken, "id_token": in.IDToken, "token_type": "Bearer", "expires_in": 3600})
}

// sign makes a good pair of tokens for the request, with the test's changes.
func (op *testOP) sign(query url.Values) verify.Input {
	w := goodWorld(op.t, "psc")
	for _, claims := range []map[string]any{w.ID.Claims, w.Access.Claims} {
		claims["iss"] = op.server.URL
	}
	w.ID.Claims["nonce"] = query.Get("nonce")
	if op.change != nil {
		op.change(w)
	}
	return w.input(op.t)
}

func (op *testOP) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	if op.userinfoFails || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ey") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	claims := map[string]any{"sub": tokentest.User}
	if op.userinfo != nil {
		op.userinfo(w, claims)
		return
	}
	op.answer(w, claims)
}

// testRP is a running relying party and a browser without script.
type testRP struct {
	*RP

	server  *httptest.Server
	browser *http.Client
	clock   *tokentest.Clock
	logged  *bytes.Buffer
}

func newTestRP(t *testing.T, op *testOP, change func(*Options)) *testRP {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	clock := tokentest.NewClock()
	logged := &bytes.Buffer{}
	opts := Options{
		Client: ClientOptions{
			Issuer: op.server.URL, ClientID: tokentest.Client, RedirectURL: "http://" + server.Listener.Addr().String() + "/rp/callback",
			Now: clock.Now, HTTPClient: op.server.Client(),
		},
		ExpectedTID: func() string { return tokentest.Org },
		Logger:      slog.New(slog.NewTextHandler(logged, nil)),
	}
	if change != nil {
		change(&opts)
	}
	rp, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = rp.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); rp.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &testRP{RP: rp, server: server, browser: &http.Client{Jar: jar, Transport: server.Client().Transport}, clock: clock, logged: logged}
}

// get fetches a page and returns status, body and the final URL.
func (rp *testRP) get(t *testing.T, path string) (int, string, *url.URL) {
	t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = rp.server.URL + path
	}
	resp, err := rp.browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	body := readAll(t, resp)
	return resp.StatusCode, body, resp.Request.URL
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// holdsToken reports whether text holds the beginning of a JWT: a header, a dot and the brace of
// the claims. "eyJ" alone is not enough, because a random key id may contain it.
func holdsToken(text string) bool {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.eyJ`).MatchString(text)
}

func expectPage(t *testing.T, status int, body string, wantStatus int, parts ...string) {
	t.Helper()
	if status != wantStatus {
		t.Errorf("status %d, want %d", status, wantStatus)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q:\n%s", part, inMain(body))
		}
	}
}

// inMain returns the part of a page that differs from page to page.
func inMain(body string) string {
	if _, rest, ok := strings.Cut(body, "<main"); ok {
		body = rest
	}
	return words.Shorten(body, 1500)
}

func TestSignInEndsInReport(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	status, body, at := rp.get(t, "/rp/login")
	expectPage(t, status, body, http.StatusOK, "Pass: the tokens are what profile psc asks for.", `id="check-amr.psc_approved"`, "Level: substantial")
	if !strings.HasPrefix(at.Path, "/rp/report/") {
		t.Errorf("ended at %s, want an address of its own", at.Path)
	}
	if len(op.tokenRequests) != 1 || op.tokenRequests[0].Header.Get("Authorization") != "" || op.tokenRequests[0].PostForm.Get("client_id") != tokentest.Client {
		t.Error("a public client must name itself in the body, without credentials")
	}
	for _, secret := range []string{op.tokenRequests[0].PostForm.Get("code"), op.tokenRequests[0].PostForm.Get("code_verifier"), tokentest.User, tokentest.Login} {
		if strings.Contains(rp.logged.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if holdsToken(rp.logged.String()) {
		t.Error("the log holds a raw token")
	}
}

func TestLanguageStaysThroughTheSignIn(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	status, body, _ := rp.get(t, "/rp/login?lang=fr")
	expectPage(t, status, body, http.StatusOK, `<html lang="fr">`, "Conforme\u00a0: les jetons répondent au profil psc.", ">English</a>", ">Français</a>")
}

func TestConfidentialClient(t *testing.T) {
	t.Parallel()
	const secret = "a client secret"
	for _, tt := range []struct {
		methods []string
		header  bool
	}{{nil, true}, {[]string{"client_secret_basic", "client_secret_post"}, true}, {[]string{"client_secret_post"}, false}} {
		t.Run(strings.Join(tt.methods, "+"), func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			if tt.methods != nil {
				op.metadata = map[string]any{"token_endpoint_auth_methods_supported": tt.methods}
			}
			rp := newTestRP(t, op, func(o *Options) { o.Client.ClientSecret = secret })
			status, body, _ := rp.get(t, "/rp/login")
			expectPage(t, status, body, http.StatusOK, "Pass:")
			_, password, inHeader := op.tokenRequests[0].BasicAuth()
			if inHeader != tt.header || (inHeader && password != url.QueryEscape(secret)) || (!inHeader && op.tokenRequests[0].PostForm.Get("client_secret") != secret) {
				t.Errorf("secret in header %v, want %v", inHeader, tt.header)
			}
			if strings.Contains(rp.logged.String()+body, secret) {
				t.Error("the client secret came out")
			}
		})
	}
}

func TestAuthorizationRequest(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	var asked []url.Values
	op.authorize = func(query, _ url.Values) { asked = append(asked, query) }
	rp := newTestRP(t, op, func(o *Options) {
		o.Client.Scopes, o.Client.ACRValues = []string{"openid", "scope_all"}, []string{"eidas2", "eidas1"}
	})
	rp.get(t, "/rp/login")
	rp.get(t, "/rp/login?again=1")
	for name, want := range map[string]string{
		"response_type": "code", "client_id": tokentest.Client, "scope": "openid scope_all", "acr_values": "eidas2 eidas1",
		"code_challenge_method": "S256", "prompt": "",
	} {
		if got := asked[0].Get(name); got != want {
			t.Errorf("%s=%q, want %q", name, got, want)
		}
	}
	if asked[1].Get("prompt") != "login" {
		t.Errorf("again: prompt=%q, want login", asked[1].Get("prompt"))
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(asked[0].Get(name)) < 26 || asked[0].Get(name) == asked[1].Get(name) {
			t.Errorf("%s is short or not fresh: %q, %q", name, asked[0].Get(name), asked[1].Get(name))
		}
	}
}

// A provider's error is shown, escaped, with what to do next.
func TestProviderErrors(t *testing.T) {
	t.Parallel()
	const denied = `org id unknown <script>alert(1)</script>`
	tests := []struct {
		name   string
		bend   func(op *testOP)
		status int
		parts  []string
	}{
		{"access_denied", func(op *testOP) {
			op.authorize = func(_, answer url.Values) {
				answer.Del("code")
				answer.Set("error", "access_denied")
				answer.Set("error_description", denied)
			}
		}, http.StatusForbidden, []string{"access_denied", "org id unknown &lt;script&gt;", "when asked to sign you in", "Assignments"}},
		{"login_required", func(op *testOP) {
			op.authorize = func(_, answer url.Values) {
				answer.Del("code")
				answer.Set("error", "login_required")
			}
		}, http.StatusBadGateway, []string{"login_required", "when asked to sign you in", "wants you to authenticate"}},
		{"server_error with the hook's words", func(op *testOP) {
			op.token = func(w http.ResponseWriter, _ *http.Request) bool {
				op.refuse(w, map[string]any{"error": "server_error", "error_description": denied})
				return true
			}
		}, http.StatusBadGateway, []string{"server_error", "org id unknown &lt;script&gt;", "when asked for the tokens", "PSCHOOK_ON_FAILURE"}},
		{"unknown error", func(op *testOP) {
			op.authorize = func(_, answer url.Values) { answer.Set("error", "weird\u202e"+strings.Repeat("x", 900)) }
		}, http.StatusBadGateway, []string{`weird\u202e`, "System Log"}},
		{"other issuer", func(op *testOP) {
			op.authorize = func(_, answer url.Values) { answer.Set("iss", "https://evil.example") }
		}, http.StatusBadRequest, []string{"comes from another provider", "PSCHOOK_RP_ISSUER"}},
		{"promised issuer missing", func(op *testOP) {
			op.metadata = map[string]any{"authorization_response_iss_parameter_supported": true}
		}, http.StatusBadRequest, []string{"does not say which provider it comes from"}},
		{"state changed", func(op *testOP) {
			op.authorize = func(_, answer url.Values) { answer.Set("state", "mine"); answer.Set("error", "phishing") }
		}, http.StatusBadRequest, []string{"belongs to another sign-in"}},
		{"code twice", func(op *testOP) {
			op.authorize = func(_, answer url.Values) { answer.Add("code", "mine") }
		}, http.StatusBadRequest, []string{"ambiguous"}},
		{"no code", func(op *testOP) {
			op.authorize = func(_, answer url.Values) { answer.Del("code") }
		}, http.StatusBadRequest, []string{"holds no code"}},
		{"token endpoint broken", func(op *testOP) {
			op.token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusInternalServerError)
				return true
			}
		}, http.StatusBadGateway, []string{"does not answer as it should", "status 500 with nothing in it", "The fault is the provider&#39;s"}},
		{"token endpoint redirects", func(op *testOP) {
			op.token = func(w http.ResponseWriter, r *http.Request) bool {
				http.Redirect(w, r, "/keys", http.StatusTemporaryRedirect)
				return true
			}
		}, http.StatusBadGateway, []string{"does not answer as it should", "redirect"}},
		{"token endpoint without end", func(op *testOP) {
			op.token = func(w http.ResponseWriter, _ *http.Request) bool {
				_, _ = w.Write(make([]byte, providerLimits().Bytes+1))
				return true
			}
		}, http.StatusBadGateway, []string{"does not answer as it should", "is longer than"}},
		{"endpoints on plain http", func(op *testOP) {
			op.metadata = map[string]any{"token_endpoint": "http://provider.example/token"}
		}, http.StatusBadGateway, []string{"does not answer as it should", "token_endpoint"}},
		{"discovery names another issuer", func(op *testOP) {
			op.metadata = map[string]any{"issuer": "https://evil.example"}
		}, http.StatusBadGateway, []string{"does not answer as it should", "evil.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			tt.bend(op)
			status, body, _ := newTestRP(t, op, nil).get(t, "/rp/login")
			expectPage(t, status, body, tt.status, tt.parts...)
			if strings.Contains(body, "<script>") || strings.Contains(body, "phishing") || strings.Contains(body, strings.Repeat("x", 100)) {
				t.Errorf("the page holds what it must not:\n%s", body)
			}
		})
	}
}

// The report shows faults of the tokens themselves.
func TestBadTokensEndInReport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		check string
		bend  func(op *testOP)
	}{
		{"id.nonce", func(op *testOP) { op.change = setID("nonce", "replayed") }},
		{"id.aud", func(op *testOP) { op.change = setID("aud", "0oaother") }},
		{"tid.matches_org", func(op *testOP) {
			op.change = func(w *world) { w.ID.Claims["tid"], w.Access.Claims["tid"] = "00oother", "00oother" }
		}},
		{"id.parse", func(op *testOP) { op.change = func(w *world) { w.ID.Edit = func(string) string { return "" } } }},
	}
	for _, tt := range tests {
		t.Run(tt.check, func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			tt.bend(op)
			status, body, _ := newTestRP(t, op, nil).get(t, "/rp/login")
			expectPage(t, status, body, http.StatusOK, "Fail: the tokens are not", `<li class="fail" id="check-`+tt.check+`">`)
			if n := strings.Count(body, `<li class="fail"`); n != 1 {
				t.Errorf("%d failed checks, want 1", n)
			}
		})
	}
}

// A sign-in goes on when the userinfo endpoint fails.
func TestUserInfoFails(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	op.userinfoFails = true
	status, body, _ := newTestRP(t, op, nil).get(t, "/rp/login")
	expectPage(t, status, body, http.StatusOK, "Pass with warnings", `<li class="warn" id="check-userinfo.sub">`, "401")
}

func TestCallbackIsGoodForOneUse(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	callback := ""
	rp.browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/rp/callback" {
			callback = req.URL.String()
		}
		return nil
	}
	rp.get(t, "/rp/login")
	status, body, _ := rp.get(t, callback)
	expectPage(t, status, body, http.StatusBadRequest, "No sign-in is under way", "Sign in again")
}

// Neither somebody who can make a browser request a page, nor a second tab, can use up a sign-in
// that has begun.
func TestForeignCallbackLeavesTheSignIn(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	rp.browser.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/rp/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	answer := func() string {
		resp, err := rp.browser.Get(rp.server.URL + "/rp/login")
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, resp)
		_, query, _ := strings.Cut(resp.Header.Get("Location"), "/rp/callback")
		return rp.server.URL + "/rp/callback" + query
	}
	first, second := answer(), answer()
	for _, forged := range []string{"?state=x", "?state=x&code=y", "?state=x&error=access_denied", "?state=", ""} {
		status, body, _ := rp.get(t, rp.server.URL+"/rp/callback"+forged)
		expectPage(t, status, body, http.StatusBadRequest, "belongs to another sign-in")
	}
	for range maxBegun - 2 {
		answer()
	}
	for _, at := range []string{second, first} {
		status, body, _ := rp.get(t, at)
		expectPage(t, status, body, http.StatusOK, "Pass:")
	}
}

// Cookies of abandoned sign-ins do not accumulate: the oldest is dropped.
func TestBegunSignInsAreBounded(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	rp.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	here, err := url.Parse(rp.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for range maxBegun + 3 {
		resp, err := rp.browser.Get(rp.server.URL + "/rp/login")
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, resp)
		names = append(names, signInCookie(t, rp, resp).Name)
		rp.clock.Advance(time.Second)
	}
	var kept []string
	for _, c := range rp.browser.Jar.Cookies(here) {
		if strings.HasPrefix(c.Name, rp.cookies.name+"-") {
			kept = append(kept, c.Name)
		}
	}
	slices.Sort(kept)
	want := slices.Sorted(slices.Values(names[3:]))
	if !slices.Equal(kept, want) {
		t.Errorf("kept %v, want the %d newest", kept, maxBegun)
	}
}

// A stolen cookie and callback URL are useless after the first use, after ten minutes, and at
// another relying party.
func TestCookieReplay(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, rp *testRP) (*http.Cookie, string) {
		t.Helper()
		rp.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, err := rp.browser.Get(rp.server.URL + "/rp/login")
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, resp)
		sent, err := resp.Location()
		if err != nil {
			t.Fatal(err)
		}
		back, err := rp.browser.Get(sent.String())
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, back)
		return signInCookie(t, rp, resp), strings.SplitN(back.Header.Get("Location"), "?", 2)[1]
	}
	call := func(t *testing.T, rp *testRP, cookie *http.Cookie, query string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rp.server.URL+"/rp/callback?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		resp, err := rp.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, readAll(t, resp)
	}
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		rp := newTestRP(t, newTestOP(t), nil)
		cookie, query := begin(t, rp)
		status, body := call(t, rp, cookie, query)
		expectPage(t, status, body, http.StatusOK, "Pass:")
		status, body = call(t, rp, cookie, query)
		expectPage(t, status, body, http.StatusBadRequest, "used already")
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		rp := newTestRP(t, newTestOP(t), nil)
		cookie, query := begin(t, rp)
		rp.clock.Advance(signInLifetime + time.Second)
		status, body := call(t, rp, cookie, query)
		expectPage(t, status, body, http.StatusBadRequest, "took too long")
	})
	t.Run("tampered", func(t *testing.T) {
		t.Parallel()
		rp := newTestRP(t, newTestOP(t), nil)
		cookie, query := begin(t, rp)
		raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		cookie.Value = base64.RawURLEncoding.EncodeToString(raw)
		status, body := call(t, rp, cookie, query)
		expectPage(t, status, body, http.StatusBadRequest, "No sign-in is under way")
	})
	t.Run("other relying party with the same key", func(t *testing.T) {
		t.Parallel()
		key := bytes.Repeat([]byte{7}, cookieKeyBytes)
		withKey := func(o *Options) { o.CookieKey = key }
		cookie, query := begin(t, newTestRP(t, newTestOP(t), withKey))
		status, body := call(t, newTestRP(t, newTestOP(t), withKey), cookie, query)
		expectPage(t, status, body, http.StatusBadRequest, "No sign-in is under way")
	})
	t.Run("the cookie tells nothing", func(t *testing.T) {
		t.Parallel()
		cookie, query := begin(t, newTestRP(t, newTestOP(t), nil))
		raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
		if err != nil {
			t.Fatal(err)
		}
		values, _ := url.ParseQuery(query)
		if bytes.Contains(raw, []byte(values.Get("state"))) || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 {
			t.Errorf("cookie %+v holds the state or lacks protection", cookie)
		}
	})
}

// signInCookie returns the cookie that an answer sets for a new sign-in.
func signInCookie(t *testing.T, rp *testRP, resp *http.Response) *http.Cookie {
	t.Helper()
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(c.Name, rp.cookies.name+"-") && c.MaxAge > 0 {
			return c
		}
	}
	t.Fatalf("no sign-in begins: %v", resp.Cookies())
	return nil
}

func TestUsedSignInsAreBounded(t *testing.T) {
	t.Parallel()
	var used usedSignIns
	now := tokentest.Now()
	for range 3 * maxUsedSignIns {
		if !used.take(time.Duration(used.order.Len()).String()+now.String(), now) {
			t.Fatal("a fresh sign-in counts as used")
		}
		now = now.Add(time.Millisecond)
	}
	if used.order.Len() > maxUsedSignIns || len(used.known) != used.order.Len() {
		t.Errorf("%d remembered, %d known, want at most %d", used.order.Len(), len(used.known), maxUsedSignIns)
	}
	if !used.take("x", now) || used.take("x", now) || used.take("x", now.Add(signInLifetime)) || !used.take("x", now.Add(time.Hour)) {
		t.Error("a sign-in is good once, and forgotten after its cookie has expired")
	}
}

// The service starts while the provider is down, says so, and finds it later.
func TestProviderDownAtStart(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	handler := op.server.Config.Handler
	down := true
	op.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	})
	rp := newTestRP(t, op, nil)
	status, body, _ := rp.get(t, "/rp/")
	expectPage(t, status, body, http.StatusOK, "Sign in and check")
	for range 3 {
		status, body, _ = rp.get(t, "/rp/login")
		expectPage(t, status, body, http.StatusBadGateway, "does not answer as it should", "503", "being maintained")
	}
	down = false
	rp.clock.Advance(discoveryRetryWait)
	status, body, _ = rp.get(t, "/rp/login")
	expectPage(t, status, body, http.StatusOK, `id="check-id.parse"`)
	if op.discoveries != 1 {
		t.Errorf("%d discoveries, want 1", op.discoveries)
	}
}

// Metadata given by hand replaces discovery. Keys imported once replace the JWKS.
func TestMetadataByHand(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(doc map[string]any){
		"with jwks_uri": func(map[string]any) {},
		"with the keys": func(doc map[string]any) {
			delete(doc, "jwks_uri")
			doc["jwks"] = jsontext.Value(tokentest.JWKS(t))
		},
		"without userinfo": func(doc map[string]any) { delete(doc, "userinfo_endpoint") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			doc := op.document()
			change(doc)
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			rp := newTestRP(t, op, func(o *Options) { o.Client.Metadata = text })
			status, body, _ := rp.get(t, "/rp/login")
			expectPage(t, status, body, http.StatusOK, "Pass:")
			if op.discoveries != 0 || (doc["jwks"] != nil && op.keyFetches != 0) {
				t.Errorf("%d discoveries, %d fetches of keys, want none", op.discoveries, op.keyFetches)
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	for _, path := range []string{"/rp/", "/rp/style.css", "/rp/callback", "/rp/nothing"} {
		resp, err := rp.browser.Get(rp.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body := readAll(t, resp)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", path, name, got, want)
			}
		}
		csp := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		for _, inline := range []string{"<script>", "<style", " style=", " onclick="} {
			if strings.Contains(body, inline) {
				t.Errorf("%s: the page holds %q, which its own policy forbids", path, inline)
			}
		}
	}
}

// Over https the cookie is bound to the host, and browsers are told to stay on https.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), func(o *Options) { o.Client.RedirectURL = "https://pschook.example/rp/callback" })
	rp.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := rp.browser.Get(rp.server.URL + "/rp/login")
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, resp)
	cookie := signInCookie(t, rp, resp)
	if !strings.HasPrefix(cookie.Name, "__Host-pschook-rp-") || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("cookie %+v, want one with the __Host- prefix", cookie)
	}
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	hash, err := bcrypt.GenerateFromPassword([]byte("open sesame"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	file := "# testers\n\nclaire:" + strings.Replace(string(hash), "$2a$", "$2y$", 1) + "\n"
	rp := newTestRP(t, newTestOP(t), func(o *Options) { o.BasicAuth = []byte(file) })
	tests := []struct {
		name, password string
		want           int
	}{
		{"claire", "open sesame", http.StatusOK},
		{"claire", "wrong", http.StatusUnauthorized},
		{"claire", "", http.StatusUnauthorized},
		{"paul", "open sesame", http.StatusUnauthorized},
		{"", "", http.StatusUnauthorized},
	}
	for _, tt := range tests {
		for _, path := range []string{"/rp/", "/rp/callback", "/rp/style.css"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rp.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.name != "" {
				req.SetBasicAuth(tt.name, tt.password)
			}
			resp, err := rp.server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			readAll(t, resp)
			allowed := resp.StatusCode != http.StatusUnauthorized
			if allowed != (tt.want == http.StatusOK) || (!allowed && resp.Header.Get("WWW-Authenticate") == "") {
				t.Errorf("%s with %q at %s: status %d", tt.name, tt.password, path, resp.StatusCode)
			}
		}
	}
}

func TestUsersFileFaults(t *testing.T) {
	t.Parallel()
	hash, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file, want string
	}{
		{"empty", "", "no user in it"},
		{"no colon", "claire\n", "line 1: not of the form name:hash"},
		{"MD5", "claire:$apr1$x$y\n", "line 1: not a bcrypt hash"},
		{"twice", "a:" + string(hash) + "\n\na:" + string(hash), `line 3: user "a" twice`},
		{"costly", "a:$2a$31$" + strings.Repeat("a", 53), "cost 31"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseUsers([]byte(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want part %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "$") {
				t.Errorf("error %q quotes a hash", err)
			}
		})
	}
}

func TestOptionFaults(t *testing.T) {
	t.Parallel()
	good := Options{Client: ClientOptions{Issuer: tokentest.Issuer, ClientID: tokentest.Client, RedirectURL: "https://pschook.example/rp/callback"}}
	tests := []struct {
		name   string
		change func(o *Options)
		want   []string
	}{
		{"good", func(*Options) {}, nil},
		{"all at once", func(o *Options) { o.Client = ClientOptions{Scopes: []string{"email"}} }, []string{"issuer:", "redirect URL:", "client id:", "scopes:"}},
		{"plain http", func(o *Options) { o.Client.Issuer = "http://hopital.example" }, []string{"http is accepted on loopback only"}},
		{"user in URL", func(o *Options) { o.Client.Issuer = "https://a:b@hopital.example" }, []string{"issuer:"}},
		{"query", func(o *Options) { o.Client.Issuer = "https://hopital.example?x=1" }, []string{"has a query"}},
		{"profile", func(o *Options) { o.Profile = "entra" }, []string{`unknown profile "entra"`}},
		{"cookie key", func(o *Options) { o.CookieKey = []byte("short") }, []string{"cookie key: 5 bytes"}},
		{"metadata not JSON", func(o *Options) { o.Client.Metadata = []byte("<html>") }, []string{"provider metadata: not the JSON object"}},
		{"metadata of another", func(o *Options) { o.Client.Metadata = []byte(`{"issuer":"https://evil.example"}`) }, []string{"evil.example"}},
		{"metadata incomplete", func(o *Options) { o.Client.Metadata = []byte(`{"issuer":"` + tokentest.Issuer + `"}`) },
			[]string{"authorization_endpoint", "token_endpoint", "jwks_uri"}},
		{"metadata with keys", func(o *Options) {
			o.Client.Metadata = []byte(`{"issuer":"` + tokentest.Issuer + `","authorization_endpoint":"https://a.example","token_endpoint":"https://a.example","jwks":` + string(tokentest.JWKS(t)) + `}`)
		}, nil},
		{"metadata with useless keys", func(o *Options) {
			o.Client.Metadata = []byte(`{"issuer":"` + tokentest.Issuer + `","authorization_endpoint":"https://a.example","token_endpoint":"https://a.example","jwks":{"keys":[]}}`)
		}, []string{"jwks", "without a public signing key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := good
			tt.change(&opts)
			rp, err := New(opts)
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				rp.Close()
				return
			}
			for _, part := range tt.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v, want part %q", err, part)
				}
			}
		})
	}
}

// Secrets are not printed.
func TestSecretIsRedacted(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "secret", Secret("hush"), "options", ClientOptions{ClientSecret: "hush"})
	out, err := json.Marshal(ClientOptions{ClientSecret: "hush"}, json.WithMarshalers(json.MarshalFunc(func(func() time.Time) ([]byte, error) { return []byte("null"), nil })))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String()+string(out), "hush") || !strings.Contains(b.String(), secret.Redacted) {
		t.Errorf("logged %s, JSON %s", b.String(), out)
	}
}

// A right signature is not shown. Claims that the hook added are marked.
func TestReportPageMarksAddedClaims(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	calls := testCalls{"AT.1": {At: tokentest.Now(), Took: time.Millisecond, Outcome: "commands", IDTokenClaims: []string{"tid"}, AccessTokenClaims: []string{"oid", "tid", "amr"}}}
	rp := newTestRP(t, op, func(o *Options) { o.HookCalls = calls })
	op.change = func(w *world) { w.ID.Claims["groups"] = `</textarea><script>x</script>` }
	status, body, _ := rp.get(t, "/rp/login")
	expectPage(t, status, body, http.StatusOK, "The hook was called", "Pass:")
	if n := strings.Count(body, `class="mark"`); n != 4 {
		t.Errorf("%d claims marked as added by the hook, want 4", n)
	}
	if strings.Contains(body, "<script>x") || strings.Contains(body, "</textarea><script") {
		t.Error("a claim breaks out of the page")
	}
	if holdsToken(body) {
		t.Error("the page holds a raw token")
	}
}
