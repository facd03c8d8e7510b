package hook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	metricnoop "go.opentelemetry.io/otel/metric/noop"

	"pschook/hook"
)

func oauthOptions(i *issuer) hook.OAuthOptions {
	return hook.OAuthOptions{
		Issuer: issuerURL, Audience: audience, ClientIDs: []string{"0oaother", callerID}, Scope: "pschook.call",
		Transport: i, Logger: slog.New(slog.DiscardHandler), Meter: metricnoop.NewMeterProvider().Meter(""), Now: time.Now,
	}
}

// runOAuth keeps the keys fresh until the test ends.
func runOAuth(t *testing.T, opts hook.OAuthOptions) *hook.OAuth {
	t.Helper()
	auth, err := hook.NewOAuth(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = auth.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return auth
}

// try sends an Authorization header with these values and returns the error's text.
func try(t *testing.T, a hook.Authenticator, values ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, hook.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		r.Header.Add("Authorization", v)
	}
	if err := a.Authenticate(r); err != nil {
		return err.Error()
	}
	return ""
}

// TestOAuthTokens changes one thing of a good access token at a time.
func TestOAuthTokens(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ago := func(d time.Duration) int64 { return now.Add(-d).Unix() }
	keys := signingKeys()
	const (
		form      = "the access token is not a JWT signed with RS256 or ES256 and a named key"
		signature = "the access token's signature does not match"
		client    = "the access token was issued to a client that may not call this hook"
		scope     = "the access token lacks the scope for this hook"
		aud       = "the access token is for another audience"
		unknown   = "the access token is signed with a key that its issuer does not publish"
		kind      = "the JWT is not an access token, by its typ"
		missing   = "the credential is missing"
	)
	set := func(pairs ...any) token {
		claims := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			claims[pairs[i].(string)] = pairs[i+1]
		}
		return token{claims: claims}
	}
	good := token{}.sign(t, now)
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"rsa"}`)) + "." + parts[1] + "."
	hmac := token{key: []byte("the public key, taken for a secret, which is the classic attack!"), alg: jose.HS256, kid: "rsa"}
	tests := []struct {
		name  string
		token token
		want  string // error; "" accepts
	}{
		{"RS256", token{}, ""},
		{"ES256", token{key: keys.ec, alg: jose.ES256, kid: "ec"}, ""},
		{"typ at+jwt", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: "at+jwt"}, ""},
		{"typ with application/", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: "application/AT+JWT"}, ""},
		{"typ JWT", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: "JWT"}, ""},
		{"typ of Okta's org authorization server", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: "application/okta-internal-at+jwt"}, ""},
		{"typ of a logout token", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: "logout+jwt"}, kind},
		{"typ is a number", token{key: keys.rsa, alg: jose.RS256, kid: "rsa", typ: 7}, kind},

		{"PS256", token{key: keys.rsa, alg: jose.PS256, kid: "rsa"}, form},
		{"RS512", token{key: keys.rsa, alg: jose.RS512, kid: "rsa"}, form},
		{"HS256", hmac, form},
		{"none", token{raw: none}, form},
		{"no kid", token{key: keys.rsa, alg: jose.RS256}, form},
		{"no JWT", token{raw: "opaque-token"}, form},
		{"two parts", token{raw: parts[0] + "." + parts[1]}, form},
		{"trailing part", token{raw: good + ".x"}, form},
		{"too long", token{raw: good + strings.Repeat("A", 8<<10)}, missing},
		{"another key under a known kid", token{key: keys.otherRSA, alg: jose.RS256, kid: "rsa"}, signature},
		{"key of another algorithm", token{key: keys.ec, alg: jose.ES256, kid: "rsa"}, signature},
		{"unknown kid", token{key: keys.otherRSA, alg: jose.RS256, kid: "other"}, unknown},
		{"payload changed", token{raw: parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+issuerURL+`"}`)) + "." + parts[2]}, signature},

		{"issuer of another server", set("iss", "https://hopital.okta.com/oauth2/default"), "the access token is of another issuer"},
		{"issuer with a slash", set("iss", issuerURL+"/"), "the access token is of another issuer"},
		{"no issuer", set("iss", nil), "the access token is of another issuer"},
		{"among audiences", set("aud", []string{"api://default", audience}), ""},
		{"other audience", set("aud", "api://default"), aud},
		{"no audience", set("aud", nil), aud},
		{"expired", set("exp", ago(62*time.Second)), "the access token has expired"},
		{"expired within the skew", set("exp", ago(50*time.Second)), ""},
		{"no exp", set("exp", nil), "the access token does not say when it expires"},
		{"exp is text", set("exp", "tomorrow"), "the access token's claims cannot be read"},
		{"not before, within the skew", set("nbf", ago(-50*time.Second)), ""},
		{"not before", set("nbf", ago(-70*time.Second)), "the access token is not valid yet"},
		{"issued in the future", set("iat", ago(-70*time.Second)), "the access token is not valid yet"},
		{"no iat", set("iat", nil), ""},
		{"client not listed", set("cid", "0oaattacker"), client},
		{"client_id", set("cid", nil, "client_id", callerID), ""},
		{"azp", set("cid", nil, "azp", callerID), ""},
		{"cid goes before client_id", set("cid", "0oaattacker", "client_id", callerID), client},
		{"no client", set("cid", nil), client},
		{"sub is no client", set("cid", nil, "sub", callerID), client},
		{"scope among others", set("scp", []string{"a", "pschook.call"}), ""},
		{"scp in words", set("scp", "a pschook.call"), ""},
		{"scope in words", set("scp", nil, "scope", "a pschook.call"), ""},
		{"other scope", set("scp", []string{"pschook.call2"}), scope},
		{"scope inside a word", set("scp", nil, "scope", "xpschook.call"), scope},
		{"no scope", set("scp", nil), scope},
	}
	opts := oauthOptions(newIssuer())
	opts.Now = func() time.Time { return now } // the clock stands still, so tokens that are about to expire stay valid on a slow machine
	auth := runOAuth(t, opts)
	for try(t, auth, "Bearer "+good) != "" { // until the keys are there
		t.Log("keys not there yet")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := try(t, auth, "Bearer "+tt.token.sign(t, now)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("header", func(t *testing.T) {
		t.Parallel()
		for want, values := range map[string][]string{
			"":      {"bearer " + good},
			missing: {},
		} {
			if got := try(t, auth, values...); got != want {
				t.Errorf("%q: got %q, want %q", values, got, want)
			}
		}
		for _, values := range [][]string{{good}, {"Basic " + good}, {"Bearer " + good, "Bearer " + good}, {""}} {
			if got := try(t, auth, values...); got != missing {
				t.Errorf("%d values: got %q", len(values), got)
			}
		}
	})
}

func TestOAuthWithoutScope(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opts := oauthOptions(newIssuer())
		opts.Scope = ""
		auth := runOAuth(t, opts)
		synctest.Wait()
		if got := try(t, auth, "Bearer "+token{claims: map[string]any{"scp": nil}}.sign(t, time.Now())); got != "" {
			t.Error(got)
		}
	})
}

// bubble runs a test of the keys in fake time, after the first fetch.
func bubble(t *testing.T, i *issuer, test func(t *testing.T, auth *hook.OAuth, good, newer func() string)) {
	t.Helper()
	signingKeys()
	synctest.Test(t, func(t *testing.T) {
		auth := runOAuth(t, oauthOptions(i))
		synctest.Wait()
		test(t, auth,
			func() string { return try(t, auth, "Bearer "+token{}.sign(t, time.Now())) },
			func() string {
				return try(t, auth, "Bearer "+token{key: signingKeys().otherRSA, alg: jose.RS256, kid: "newer"}.sign(t, time.Now()))
			})
	})
}

const unpublished = "the access token is signed with a key that its issuer does not publish"

// A key that the cache does not know is fetched for the token that needs it. Unknown keys cause one
// fetch a minute at most, however many there are.
func TestKeysUnknownKey(t *testing.T) {
	t.Parallel()
	i := newIssuer()
	bubble(t, i, func(t *testing.T, _ *hook.OAuth, good, newer func() string) {
		for range 100 {
			if got := newer(); got != unpublished {
				t.Fatal(got)
			}
		}
		if n := i.fetches.Load(); n != 1 {
			t.Errorf("%d fetches within a minute of the first, want no other", n)
		}
		<-time.After(time.Minute)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if got := newer(); got != unpublished {
					t.Error(got)
				}
			})
		}
		wg.Wait()
		if n := i.fetches.Load(); n != 2 {
			t.Errorf("%d fetches after a minute and 100 tokens, want 2", n)
		}
		i.change(func(i *issuer) { i.keys = append(i.keys, public(signingKeys().otherRSA, "newer")) })
		<-time.After(time.Minute)
		if got := newer(); got != "" {
			t.Errorf("rotated key: %q", got)
		}
		if got := good(); got != "" || i.fetches.Load() != 3 {
			t.Errorf("%q, %d fetches", got, i.fetches.Load())
		}
	})
}

// Keys are fetched again within an hour. A withdrawn key is then refused.
func TestKeysAreRefreshed(t *testing.T) {
	t.Parallel()
	i := newIssuer()
	bubble(t, i, func(t *testing.T, _ *hook.OAuth, good, _ func() string) {
		i.change(func(i *issuer) { i.keys = i.keys[1:] })
		if got := good(); got != "" {
			t.Errorf("before the refresh: %q", got)
		}
		<-time.After(time.Hour)
		if got := good(); got != unpublished {
			t.Errorf("after the refresh: %q", got)
		}
	})
}

// Keys stay valid during an outage of the issuer, but not for ever. They are fetched again when it
// is back.
func TestKeysOutliveAnOutage(t *testing.T) {
	t.Parallel()
	i := newIssuer()
	bubble(t, i, func(t *testing.T, _ *hook.OAuth, good, _ func() string) {
		i.change(func(i *issuer) { i.status = 503 })
		<-time.After(23 * time.Hour)
		if got := good(); got != "" {
			t.Errorf("after 23 hours: %q", got)
		}
		<-time.After(2 * time.Hour)
		if got := good(); !strings.HasPrefix(got, "the credential cannot be checked now: metadata of ") {
			t.Errorf("after 25 hours: %q", got)
		}
		i.change(func(i *issuer) { i.status = 0 })
		<-time.After(time.Minute) // the longest step
		if got := good(); got != "" {
			t.Errorf("a minute after the outage: %q", got)
		}
	})
}

// deep returns nested arrays.
func deep(levels int) any {
	var value any = 1
	for range levels {
		value = []any{value}
	}
	return value
}

// An issuer with unusable documents has no keys until the documents are repaired.
func TestKeysOfAFaultyIssuer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault func(*issuer)
		want  string
	}{
		{"status", func(i *issuer) { i.status = 503 }, "status 503"},
		{"redirect", func(i *issuer) { i.status = 302 }, "status 302"},
		{"not JSON", func(i *issuer) { i.body = "<html>" }, "answered status 200 with a page of HTML"},
		{"no keys", func(i *issuer) { i.body = `{"keys":[]}` }, "JWK Set without a public signing key: it is empty"},
		{"too large", func(i *issuer) { i.body = `{"keys":[],"x":"` + strings.Repeat("x", 256<<10) + `"}` }, "more than 262144 bytes"},
		{"too many keys", func(i *issuer) { i.body = `{"keys":[1` + strings.Repeat(",1", 100) + `]}` }, "JWK Set out of bounds: 101 keys (at most 100)"},
		{"other issuer", func(i *issuer) { i.metadata["issuer"] = "https://attaquant.example" }, `they are those of "https://attaquant.example"`},
		{"keys over plain http", func(i *issuer) { i.metadata["jwks_uri"] = "http://hopital.okta.com/v1/keys" }, "jwks_uri is not an https URL (http is accepted on loopback only)"},
		{"keys over plain http on this machine", func(i *issuer) { i.metadata["jwks_uri"] = "http://127.0.0.1/v1/keys" }, "jwks_uri is not an https URL, as that of hopital.okta.com is"},
		{"URL of keys with a password", func(i *issuer) { i.metadata["jwks_uri"] = "https://a:b@hopital.okta.com/v1/keys" }, "jwks_uri is not an https URL without user and password"},
		{"metadata too deep", func(i *issuer) { i.metadata["x"] = deep(21) }, "is nested deeper than 20 levels at byte 174"},
		{"no URL of keys", func(i *issuer) { delete(i.metadata, "jwks_uri") }, "jwks_uri is not an https URL"},
		{"weak RSA key", func(i *issuer) { i.keys = []jose.JSONWebKey{public(signingKeys().weakRSA, "rsa")} }, "no usable signing key"},
		{"another curve", func(i *issuer) { i.keys = []jose.JSONWebKey{public(signingKeys().p384, "ec")} }, "no usable signing key"},
		{"key to encrypt with", func(i *issuer) { i.keys = i.keys[:1]; i.keys[0].Use = "enc" }, "no usable signing key"},
		{"key without kid", func(i *issuer) { i.keys = i.keys[:1]; i.keys[0].KeyID = "" }, "no usable signing key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer()
			i.change(tt.fault)
			bubble(t, i, func(t *testing.T, _ *hook.OAuth, good, _ func() string) {
				if got := good(); !strings.HasPrefix(got, "the credential cannot be checked now: ") || !strings.HasSuffix(got, tt.want) {
					t.Errorf("got %q, want it to end in %q", got, tt.want)
				}
				whole := newIssuer()
				i.change(func(i *issuer) { i.status, i.body, i.keys, i.metadata = 0, "", whole.keys, whole.metadata })
				<-time.After(time.Second) // the first step
				if got := good(); got != "" {
					t.Errorf("a second after the fault: %q", got)
				}
			})
		})
	}
}

// A call does not wait for an issuer that hangs, because Okta gives up after 3 s.
func TestKeysDoNotHoldUpCalls(t *testing.T) {
	t.Parallel()
	signingKeys()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer()
		i.hang = make(chan struct{}) // in the bubble, so that waiting for it moves the clock
		auth := runOAuth(t, oauthOptions(i))
		good := func() string { return try(t, auth, "Bearer "+token{}.sign(t, time.Now())) }
		begin := time.Now()
		if got := good(); got != "the credential cannot be checked now: the issuer's keys have not been fetched yet" {
			t.Error(got)
		}
		if took := time.Since(begin); took != 500*time.Millisecond {
			t.Errorf("took %v, want half a second", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token{}.sign(t, time.Now()))
		begin = time.Now()
		var unavailable *hook.UnavailableError
		if err := auth.Authenticate(r); !errors.As(err, &unavailable) || time.Since(begin) != 0 {
			t.Errorf("a caller that is gone: %v after %v", err, time.Since(begin))
		}
		close(i.hang)
	})
}

// Tokens that do not name the issuer cause no fetch.
func TestKeysAreNotFetchedForStrangers(t *testing.T) {
	t.Parallel()
	i := newIssuer()
	bubble(t, i, func(t *testing.T, auth *hook.OAuth, _, _ func() string) {
		<-time.After(2 * time.Minute)
		k := token{key: signingKeys().otherRSA, alg: jose.RS256, kid: "strange", claims: map[string]any{"iss": "https://attaquant.example"}}
		if got := try(t, auth, "Bearer "+k.sign(t, time.Now())); got != "the access token is of another issuer" || i.fetches.Load() != 1 {
			t.Errorf("%q, %d fetches", got, i.fetches.Load())
		}
	})
}

// RFC 8414 metadata are enough when there is no OpenID Connect metadata.
func TestKeysByOAuthMetadata(t *testing.T) {
	t.Parallel()
	i := newIssuer()
	i.path = "/oauth2/aus1hook/.well-known/oauth-authorization-server"
	bubble(t, i, func(t *testing.T, _ *hook.OAuth, good, _ func() string) {
		if got := good(); got != "" {
			t.Error(got)
		}
	})
}

func TestKeyFaultsAreLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer()
		i.status = 404
		var log bytes.Buffer
		opts := oauthOptions(i)
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		runOAuth(t, opts)
		synctest.Wait()
		want := `level=ERROR msg="keys for callers' access tokens not fetched: no token can be accepted" err="metadata of \"` + issuerURL + `\": status 404"`
		if !strings.Contains(log.String(), want) {
			t.Errorf("log: %s", log.String())
		}
	})
}

func TestNewOAuthRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*hook.OAuthOptions){
		"oauth: issuer is not an https URL (http is accepted on loopback only)": func(o *hook.OAuthOptions) { o.Issuer = "http://hopital.okta.com" },
		"oauth: issuer is not an https URL":                                     func(o *hook.OAuthOptions) { o.Issuer = "hopital" },
		"oauth: the option ClientIDs is missing":                                func(o *hook.OAuthOptions) { o.ClientIDs = nil },
	} {
		opts := oauthOptions(newIssuer())
		change(&opts)
		if _, err := hook.NewOAuth(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Secrets and access tokens may be valid at the same time, and either is accepted.
func TestAnyOf(t *testing.T) {
	t.Parallel()
	secrets, err := hook.NewHeaderSecrets("Authorization", []string{secret, "Bearer " + secret})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		auth := hook.AnyOf(secrets, runOAuth(t, oauthOptions(newIssuer())))
		synctest.Wait()
		for value, want := range map[string]string{
			secret:                                  "",
			"Bearer " + secret:                      "",
			"Bearer " + token{}.sign(t, time.Now()): "",
			secret + "x":                            "the credential is wrong",
			"Bearer " + secret + "x":                "the access token is not a JWT signed with RS256 or ES256 and a named key",
		} {
			if got := try(t, auth, value); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if got := try(t, auth); got != "the credential is missing" {
			t.Error(got)
		}
	})
}

func TestRotatingSecrets(t *testing.T) {
	t.Parallel()
	of := func(secrets ...string) *hook.HeaderSecrets {
		h, err := hook.NewHeaderSecrets("Authorization", secrets)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	r := hook.NewRotatingSecrets(of("old"))
	r.Replace(of("old", "new"))
	for _, live := range []string{"old", "new"} {
		if got := try(t, r, live); got != "" {
			t.Errorf("%s: %s", live, got)
		}
	}
	r.Replace(of("new"))
	if got := try(t, r, "old"); got != "the credential is wrong" {
		t.Errorf("a secret that was taken out: %q", got)
	}
}
