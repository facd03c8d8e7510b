package jwks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"pschook/internal/tokentest"
)

// jwksServer serves key sets and counts the requests.
type jwksServer struct {
	*httptest.Server
	fetches atomic.Int32
	answer  atomic.Value // func(http.ResponseWriter)
}

func newJWKSServer(t *testing.T, kids ...string) *jwksServer {
	t.Helper()
	s := &jwksServer{}
	s.serve(t, kids...)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.fetches.Add(1)
		s.answer.Load().(func(http.ResponseWriter))(w)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *jwksServer) serve(t *testing.T, kids ...string) {
	t.Helper()
	var keys []jose.JSONWebKey
	for _, kid := range kids {
		keys = append(keys, jose.JSONWebKey{Key: tokentest.MakeKeys().RSA.Public(), KeyID: kid, Use: "sig"})
	}
	body, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	s.answer.Store(func(w http.ResponseWriter) { _, _ = w.Write(body) })
}

func (s *jwksServer) fail(status int) {
	s.answer.Store(func(w http.ResponseWriter) { w.WriteHeader(status) })
}

type keySet interface {
	Keys(ctx context.Context, kid string) ([]Key, error)
}

func expectKeys(t *testing.T, set keySet, kid string, count int) {
	t.Helper()
	keys, err := set.Keys(t.Context(), kid)
	if err != nil || len(keys) != count {
		t.Errorf("Keys(%q): %d keys, error %v; want %d", kid, len(keys), err, count)
	}
}

func (s *jwksServer) expectFetches(t *testing.T, want int32) {
	t.Helper()
	if got := s.fetches.Load(); got != want {
		t.Errorf("%d fetches, want %d", got, want)
	}
}

func TestRemoteFetchOnce(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "a")
	clock := tokentest.NewClock()
	set := NewRemote(s.URL, s.Client(), clock.Now)
	s.expectFetches(t, 0)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { expectKeys(t, set, "a", 1) })
	}
	wg.Wait()
	s.expectFetches(t, 1)
}

// A new key is found, but unknown key ids cannot make this service flood the provider.
func TestRemoteUnknownKeyOncePerMinute(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "a")
	clock := tokentest.NewClock()
	set := NewRemote(s.URL, s.Client(), clock.Now)
	expectKeys(t, set, "a", 1)
	s.serve(t, "a", "b")
	for i := range 50 {
		expectKeys(t, set, fmt.Sprintf("made-up-%d", i), 0)
	}
	expectKeys(t, set, "b", 0)
	s.expectFetches(t, 1)
	clock.Advance(time.Minute)
	expectKeys(t, set, "b", 1)
	for i := range 50 {
		expectKeys(t, set, fmt.Sprintf("made-up-%d", i), 0)
	}
	s.expectFetches(t, 2)
}

// A key that the provider withdrew is not accepted after an hour.
func TestRemoteExpire(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "old")
	clock := tokentest.NewClock()
	set := NewRemote(s.URL, s.Client(), clock.Now)
	expectKeys(t, set, "old", 1)
	s.serve(t, "new")
	clock.Advance(TTL - time.Second)
	expectKeys(t, set, "old", 1)
	clock.Advance(time.Second)
	expectKeys(t, set, "old", 0)
	expectKeys(t, set, "new", 1)
}

// Expired keys are not used while the provider is down, and it is not asked
// again and again.
func TestRemoteProviderDown(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "a")
	clock := tokentest.NewClock()
	set := NewRemote(s.URL, s.Client(), clock.Now)
	expectKeys(t, set, "a", 1)
	s.fail(http.StatusServiceUnavailable)
	clock.Advance(TTL)
	for range 10 {
		if _, err := set.Keys(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "status 503") {
			t.Fatalf("error %v, want status 503", err)
		}
	}
	s.expectFetches(t, 2)
	s.serve(t, "a")
	clock.Advance(retryFirst)
	expectKeys(t, set, "a", 1)
	s.expectFetches(t, 3)
}

// A caller that gives up does not evade the limits.
func TestRemoteCanceledCallerCounts(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "a")
	clock := tokentest.NewClock()
	set := NewRemote(s.URL, s.Client(), clock.Now)
	expectKeys(t, set, "a", 1)
	clock.Advance(unknownKeyWait)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = set.Keys(ctx, "made-up")
	}
	if got := s.fetches.Load(); got > 2 {
		t.Errorf("%d fetches, want at most 2", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	public := tokentest.MakeKeys().RSA.Public()
	private, err := json.Marshal(jose.JSONWebKey{Key: tokentest.MakeKeys().RSA, KeyID: "p"})
	if err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: "g"})
	if err != nil {
		t.Fatal(err)
	}
	encryption, err := json.Marshal(jose.JSONWebKey{Key: public, KeyID: "e", Use: "enc"})
	if err != nil {
		t.Fatal(err)
	}
	const oct = `{"kty":"oct","kid":"o","k":"c2VjcmV0c2VjcmV0c2VjcmV0"}`
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	tests := []struct {
		name, text, wantErr string
		want                int
	}{
		{"good", set(string(good)), "", 1},
		{"beside others", set(`{"kty":"new"}`, string(encryption), oct, string(private), string(good)), "", 5},
		{"symmetric only", set(oct), "without a public signing key", 0},
		{"private only", set(string(private)), "without a public signing key", 0},
		{"why not", set(string(encryption)), `key "e": use: "enc"`, 0},
		{"a single key", string(good), "not a JWK Set: a single key", 0},
		{"metadata", `{"issuer":"https://op.example","jwks_uri":"https://op.example/keys"}`, "not a JWK Set: provider metadata", 0},
		{"another object", `{}`, "not a JWK Set: without the member keys", 0},
		{"none", set(), "without a public signing key", 0},
		{"not JSON", "<html>", "not a JWK Set", 0},
		{"duplicate member", `{"keys":[],"keys":[]}`, "not a JWK Set", 0},
		{"too deep", `{"keys":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, "JWK Set out of bounds: is nested deeper than 20 levels", 0},
		{"too many values", `{"keys":[],"x":[0` + strings.Repeat(",0", 5000) + `]}`, "JWK Set out of bounds: holds more than 5000 values", 0},
		{"too many", set(strings.Split(strings.Repeat(`{};`, maxKeys)+"{}", ";")...), "at most 100", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			keys, err := Parse([]byte(tt.text))
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want part %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			expectKeys(t, keys, "", tt.want)
		})
	}
}

func TestRemoteRefuseHugeSets(t *testing.T) {
	t.Parallel()
	s := newJWKSServer(t, "a")
	s.answer.Store(func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, maxBytes+1)) })
	_, err := NewRemote(s.URL, s.Client(), tokentest.NewClock().Now).Keys(t.Context(), "a")
	if err == nil || !strings.Contains(err.Error(), "more than 262144 bytes") {
		t.Errorf("error %v, want the limit", err)
	}
}

// Known keys are used at once while they are fetched again. A caller that needs a new key is told
// that the key is not known yet, not that there is none.
func TestCacheDuringASlowFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		cache := NewCache(Options{Timeout: 10 * time.Second, MaxStale: 2 * TTL, Now: time.Now, Fetch: func(ctx context.Context) ([]Key, error) {
			if slow.Load() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return []Key{{ID: "a"}}, nil
		}})
		expectKeys(t, cache, "a", 1)
		slow.Store(true)
		<-time.After(TTL)
		begin := time.Now()
		expectKeys(t, cache, "a", 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if keys, err := cache.Keys(ctx, "new"); !errors.Is(err, context.DeadlineExceeded) || keys != nil {
			t.Errorf("%v, %v; want the caller's own deadline", keys, err)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("took %v, want the second that the caller had", took)
		}
		<-time.After(TTL)
		if _, err := cache.Keys(t.Context(), "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after two hours: error %v, want that of the fetch", err)
		}
	})
}
