package evidence

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"pschook/verify/report"
	"pschook/verify/words"
)

// MinKey is the least length of a key for pseudonyms, in bytes, so that it cannot be guessed.
const MinKey = 16

// Pseudonyms replaces what identifies a person. The same person has the same pseudonym in all
// archives with the same key. Without the key nobody can find out who it is, not even by trying
// names (HMAC-SHA-256, RFC 2104). It is not safe for concurrent use.
type Pseudonyms struct {
	key   []byte
	known map[string]string // pseudonyms by original value
}

// NewPseudonyms uses the key, or a random one when key is nil. The key is never part of an archive.
func NewPseudonyms(key []byte) (*Pseudonyms, error) {
	if key == nil {
		key = []byte(rand.Text())
	}
	if len(key) < MinKey {
		return nil, fmt.Errorf("the key for pseudonyms has %d bytes, wanted at least %d", len(key), MinKey)
	}
	return &Pseudonyms{key: key, known: map[string]string{}}, nil
}

// Of returns the pseudonym of a value.
func (p *Pseudonyms) Of(value string) string {
	mac := hmac.New(sha256.New, p.key)
	_, _ = mac.Write([]byte(value)) // never fails
	return "p-" + strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:16])
}

// learn makes [Pseudonyms.text] replace a value wherever it occurs as a whole word. It ignores a
// single character, which identifies nobody.
func (p *Pseudonyms) learn(value string) {
	value = strings.TrimSpace(value)
	if len([]rune(value)) > 1 {
		p.known[value] = p.Of(value)
	}
}

// addresses matches e-mail addresses and user ids, which are replaced everywhere.
func addresses() *regexp.Regexp {
	return regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+|\b00u[0-9A-Za-z]{17}\b`)
}

// Addresses replaces every e-mail address and Okta user id in a text of any form.
func (p *Pseudonyms) Addresses(text []byte) []byte {
	return addresses().ReplaceAllFunc(text, func(found []byte) []byte { return []byte(p.Of(string(found))) })
}

// text replaces all learnt values, the longest first, and then does what [Pseudonyms.Addresses]
// does.
func (p *Pseudonyms) text(text string) string {
	values := slices.SortedFunc(maps.Keys(p.known), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	for _, v := range values {
		text = replaceWord(text, v, p.known[v])
	}
	return string(p.Addresses([]byte(text)))
}

// replaceWord replaces a value where no letter or digit is next to it.
func replaceWord(text, value, by string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, value)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := i + len(value)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[end:])
		b.WriteString(text[:i])
		if isPartOfWord(before) || isPartOfWord(after) {
			b.WriteString(value)
		} else {
			b.WriteString(by)
		}
		text = text[end:]
	}
}

func isPartOfWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// impersonal are the claims that describe the sign-in, the client or the provider. Their values
// stay.
func impersonal() []string {
	return []string{
		"acr", "alg", "amr", "at_hash", "aud", "auth_time", "azp", "c_hash", "cid", "exp", "iat", "idp", "iss", "kid", "nbf", "scope", "scp", "tid",
		"token_type", "typ", "updated_at", "ver", "email_verified", "locale", "zoneinfo",
	}
}

// Report returns the report without what identifies a person. It replaces all claims of its tokens
// except those that describe the sign-in, also where checks repeat them. It leaves out members of a
// report that it does not know.
func (p *Pseudonyms) Report(r report.Report, lang words.Language) (report.Report, error) {
	id, err := p.token(r.IDToken)
	if err != nil {
		return r, err
	}
	access, err := p.token(r.AccessToken)
	if err != nil {
		return r, err
	}
	checks := make([]report.Check, len(r.Checks))
	for i, c := range r.Checks {
		checks[i] = report.Check{
			ID: c.ID, Status: c.Status, Title: p.text(c.Title), Expected: p.text(c.Expected), Actual: p.text(c.Actual), Hint: p.text(c.Hint), Spec: c.Spec, Because: c.Because, Doctor: c.Doctor,
		}
	}
	out := report.Tokens(r.Profile, lang, checks, id, access, r.AMRLevel)
	return out, nil
}

func (p *Pseudonyms) token(t *report.Token) (*report.Token, error) {
	if t == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	var claims map[string]any
	if err := json.Unmarshal(t.Claims, &claims); err != nil {
		return nil, errors.New("claims that are no JSON object")
	}
	for name, value := range claims {
		if !slices.Contains(impersonal(), name) {
			claims[name] = p.value(value)
		}
	}
	text, err := json.Marshal(claims, json.Deterministic(true))
	return &report.Token{Header: t.Header, Claims: text}, err
}

// value replaces texts and numbers at any depth, and learns them.
func (p *Pseudonyms) value(v any) any {
	switch v := v.(type) {
	case string:
		p.learn(v)
		return p.Of(v)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		p.learn(text)
		return p.Of(text)
	case []any:
		for i := range v {
			v[i] = p.value(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = p.value(v[name])
		}
	}
	return v
}
