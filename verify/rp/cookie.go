package rp

import (
	"cmp"
	"container/list"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"pschook/verify/words"
)

const (
	// signInLifetime is how long a sign-in may take. It is long enough to find a card reader, and
	// so short that a forgotten cookie is worthless.
	signInLifetime = 10 * time.Minute
	// clockSkew is how far the clocks of replicas may differ.
	clockSkew = time.Minute
	// cookieKeyBytes is the length of a key of AES-256.
	cookieKeyBytes = 32
	// maxUsedSignIns bounds the memory of used sign-ins. The oldest are dropped first; the provider
	// also accepts their codes only once (RFC 6749 §4.1.2).
	maxUsedSignIns = 4096
	// maxBegun is how many unfinished sign-ins a browser may have. Their cookies are sent with each
	// request, and its headers may have 16 KiB.
	maxBegun = 8
	// maxSealed bounds the content of a cookie, in bytes before base64. Browsers accept cookies of
	// 4,096 bytes.
	maxSealed = 2800
	// cookiePurpose separates the derived key from other uses of the same secret.
	cookiePurpose = "pschook relying party sign-in v1"
)

// cookieJar puts a sign-in into an encrypted cookie. The cookie is bound to issuer, client and
// redirect URL. It expires soon and can be used once.
type cookieJar struct {
	name   string
	secure bool
	aead   cipher.AEAD
	bound  []byte
	used   usedSignIns
}

// begunSignIn is the content of the cookie.
type begunSignIn struct {
	SignIn SignIn         `json:"s"`
	Lang   words.Language `json:"l"`
	Choice choice         `json:"c,omitzero"`
	At     int64          `json:"t"` // seconds since 1970
}

func newCookieJar(client ClientOptions, key []byte) (*cookieJar, error) {
	if key == nil {
		key = make([]byte, cookieKeyBytes)
		_, _ = rand.Read(key) // never fails: crypto/rand documents that it aborts instead
	}
	if len(key) != cookieKeyBytes {
		return nil, fmt.Errorf("cookie key: %d bytes, want %d", len(key), cookieKeyBytes)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, cookiePurpose, cookieKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("cookie key: %w", err)
	}
	jar := &cookieJar{name: "pschook-rp", aead: aead, bound: []byte(strings.Join([]string{client.Issuer, client.ClientID, client.RedirectURL}, "\n"))}
	if strings.HasPrefix(client.RedirectURL, "https://") {
		// A __Host- cookie is Secure, belongs to this host alone, and no other host can set it (RFC
		// 6265bis §4.1.3.2). Browsers refuse it over plain http.
		jar.name, jar.secure = "__Host-"+jar.name, true
	}
	return jar, nil
}

// nameFor returns the cookie name for one sign-in. It contains the state, so only an answer with
// that state can use the cookie, and sign-ins in two tabs do not disturb each other.
func (j *cookieJar) nameFor(state string) string {
	sum := sha256.Sum256([]byte(state))
	return j.name + "-" + base64.RawURLEncoding.EncodeToString(sum[:12])
}

func (j *cookieJar) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the browser comes over https
		Name: name, Value: value, Path: "/", MaxAge: maxAge, Secure: j.secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, // the provider sends the browser back from another site
	}
}

func (j *cookieJar) cleared(state string) *http.Cookie { return j.cookie(j.nameFor(state), "", -1) }

// surplus returns clearing cookies for the oldest sign-ins of a browser that already has maxBegun.
func (j *cookieJar) surplus(r *http.Request, now time.Time) []*http.Cookie {
	type old struct {
		cookie *http.Cookie
		at     int64
	}
	var open []old
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, j.name+"-") {
			begun, _ := j.unseal(c.Value, now) // an unreadable one counts as the oldest
			open = append(open, old{j.cookie(c.Name, "", -1), begun.At})
		}
	}
	slices.SortStableFunc(open, func(a, b old) int { return cmp.Compare(a.at, b.at) })
	var out []*http.Cookie
	for len(open) >= maxBegun {
		out, open = append(out, open[0].cookie), open[1:]
	}
	return out
}

func (j *cookieJar) seal(begun begunSignIn) (*http.Cookie, error) {
	plain, err := json.Marshal(begun)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxSealed {
		return nil, &badRequestError{Status: http.StatusBadRequest, Say: fmt.Sprintf("the request is longer than %d bytes in all", maxSealed)}
	}
	s := begun.SignIn
	sealed := j.aead.Seal(nil, nil, plain, j.bound) //nolint:gosec // this AEAD draws a random nonce itself
	return j.cookie(j.nameFor(s.State), base64.RawURLEncoding.EncodeToString(sealed), int(signInLifetime/time.Second)), nil
}

// open takes the sign-in with that state from the request's cookie, once. Errors are *RefusedError.
func (j *cookieJar) open(r *http.Request, state string, now time.Time) (begunSignIn, error) {
	cookie, err := r.Cookie(j.nameFor(state))
	if err != nil {
		return begunSignIn{}, &RefusedError{Reason: j.missing(r)}
	}
	begun, err := j.unseal(cookie.Value, now)
	if err == nil && !j.used.take(begun.SignIn.State, now) {
		return begun, &RefusedError{Reason: "replayed"}
	}
	return begun, err
}

// missing says why there is no sign-in for an answer: the browser has begun none here, or only
// others.
func (j *cookieJar) missing(r *http.Request) string {
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, j.name+"-") {
			return "state"
		}
	}
	return "no_sign_in"
}

// unseal reads the value of a cookie.
func (j *cookieJar) unseal(value string, now time.Time) (begunSignIn, error) {
	var begun begunSignIn
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return begun, &RefusedError{Reason: "no_sign_in"}
	}
	plain, err := j.aead.Open(nil, nil, sealed, j.bound)
	if err != nil {
		return begun, &RefusedError{Reason: "no_sign_in"}
	}
	if err := json.Unmarshal(plain, &begun); err != nil {
		return begun, &RefusedError{Reason: "no_sign_in"}
	}
	age := now.Sub(time.Unix(begun.At, 0))
	if age > signInLifetime || age < -clockSkew {
		return begun, &RefusedError{Reason: "too_old"}
	}
	return begun, nil
}

// usedSignIns remembers used sign-ins for as long as their cookies would be accepted. The zero
// value is ready.
type usedSignIns struct {
	mu    sync.Mutex
	order list.List // of usedSignIn, oldest first
	known map[[sha256.Size]byte]bool
}

type usedSignIn struct {
	key [sha256.Size]byte
	at  time.Time
}

// take marks a sign-in as used. It reports whether it was unused before.
func (u *usedSignIns) take(state string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for e := u.order.Front(); e != nil; e = u.order.Front() {
		oldest, _ := e.Value.(usedSignIn)
		if now.Sub(oldest.at) <= signInLifetime+clockSkew && u.order.Len() < maxUsedSignIns {
			break
		}
		u.order.Remove(e)
		delete(u.known, oldest.key)
	}
	key := sha256.Sum256([]byte(state))
	if u.known[key] {
		return false
	}
	if u.known == nil {
		u.known = make(map[[sha256.Size]byte]bool)
	}
	u.known[key] = true
	u.order.PushBack(usedSignIn{key: key, at: now})
	return true
}
