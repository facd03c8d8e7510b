package shapes

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one call. What exceeds them is not looked at.
const (
	maxDepth   = 32
	maxMembers = 2000
	maxName    = 40 // characters
)

// Shape is what one call looks like: the form of each value, by path. All elements of an array
// share the path "name[]". All scopes (an administrator chooses their names) share the path
// "scopes.*". A member whose name is not made of words that members are named by is only counted,
// as "(name of N)", because the name may be a person's.
//
// A form is one of: null, bool, number, empty, object or array (both without members), time, "word
// X" with X from a closed list, "okta-id 00u", "text N", "upper N", "mail N" with N the length in
// characters, or "url https /path". A value that occurs at several places of the call has the same
// mark at each, such as #1. For a URL, only the host is compared.
type Shape struct {
	Call  string              `json:"call"` // grant type, or "response_type" with its words
	Forms map[string][]string `json:"forms"`
}

// Of returns the shape of a call that Okta sent. It is safe for concurrent use. The error says that
// the call is not JSON, or is too deep or too long. It quotes nothing.
func Of(body []byte) (Shape, error) {
	var call any
	if err := json.Unmarshal(body, &call, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return Shape{}, errors.New("the call is not JSON")
	}
	w := walker{shape: Shape{Call: callOf(call), Forms: make(map[string][]string)}, seen: make(map[string]int)}
	if !w.walk("", call, 0, w.count) {
		return Shape{}, fmt.Errorf("the call is nested deeper than %d levels or has more than %d members", maxDepth, maxMembers)
	}
	w.members = 0
	w.walk("", call, 0, w.add)
	return w.shape, nil
}

// callOf names the kind of call by its grant type, or else by its response type.
func callOf(call any) string {
	request, _ := at(call, "data", "context", "protocol", "request").(map[string]any)
	if grant, ok := request["grant_type"].(string); ok && grant != "" {
		return wordOr(grant, "another grant")
	}
	response, _ := request["response_type"].(string)
	words := strings.Fields(response)
	slices.Sort(words)
	for i, w := range words {
		words[i] = wordOr(w, "other")
	}
	return strings.TrimSpace("response_type " + strings.Join(words, " "))
}

func wordOr(text, otherwise string) string {
	if isWord(text) {
		return text
	}
	return otherwise
}

func at(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// walker visits a call twice: first to see which values are equal, then to write their forms.
type walker struct {
	shape   Shape
	members int
	seen    map[string]int // how often a value was seen; later, as a negative number, its mark
	marks   int
}

// walk reports whether the call keeps within the limits.
func (w *walker) walk(path string, value any, depth int, do func(path string, value any)) bool {
	if w.members++; w.members > maxMembers || depth > maxDepth {
		return false
	}
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			do(path, v)
		}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !w.walk(join(path, name), v[name], depth+1, do) {
				return false
			}
		}
	case []any:
		if len(v) == 0 {
			do(path, v)
		}
		for _, element := range v {
			if !w.walk(path+"[]", element, depth+1, do) {
				return false
			}
		}
	default:
		do(path, v)
	}
	return true
}

// join adds a member's name to a path. It drops a name that may be personal data. If such a name
// makes the service take the call for a renewal, that is said.
func join(path, name string) string {
	switch {
	case path == "scopes", strings.HasSuffix(path, ".scopes"):
		name = "*"
	case !isMemberName(name):
		hint := ""
		if speaksOfRenewal(name) {
			hint = ", of a renewal"
		}
		name = fmt.Sprintf("(name of %d%s)", len([]rune(name)), hint)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// speaksOfRenewal reports whether a member's name may mean a renewal, as package hook has it.
func speaksOfRenewal(name string) bool {
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '"' }) { // JSON writes the last two with an escape
		return true
	}
	folded := bare(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, name))
	return slices.ContainsFunc([]string{"grant", "refresh", "renew", "original"}, func(word string) bool { return strings.Contains(folded, word) })
}

func (w *walker) count(_ string, value any) {
	if text, ok := value.(string); ok && text != "" {
		w.seen[marked(text)]++
	}
}

func (w *walker) add(path string, value any) {
	form := w.form(value)
	if !slices.Contains(w.shape.Forms[path], form) {
		w.shape.Forms[path] = append(w.shape.Forms[path], form)
	}
}

func (w *walker) form(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return strings.TrimSpace(formOf(v) + " " + w.mark(v))
	}
	return "unknown"
}

// mark returns the sign of equality. It is empty for a word, and for a value that occurs at one
// place only.
func (w *walker) mark(text string) string {
	key := marked(text)
	n := w.seen[key]
	if text == "" || isWord(text) || n == 1 {
		return ""
	}
	if n > 0 {
		w.marks++
		n = -w.marks
		w.seen[key] = n
	}
	return fmt.Sprintf("#%d", -n)
}

// marked returns the part of a text that is compared: the host of a URL, otherwise the whole text.
func marked(text string) string {
	if u, ok := webURL(text); ok {
		return "//" + strings.ToLower(u.Host)
	}
	return text
}

func webURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	return u, err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// formOf returns the form of a text without its mark.
func formOf(text string) string {
	length := len([]rune(text))
	switch u, isURL := webURL(text); {
	case text == "":
		return "empty"
	case isWord(text):
		return "word " + text
	case isURL:
		return "url " + u.Scheme + pathOf(u)
	case isTime(text):
		return "time"
	case oktaID(text):
		return "okta-id " + text[:3]
	case strings.Contains(text, "@"):
		return fmt.Sprintf("mail %d", length)
	case strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "":
		return fmt.Sprintf("upper %d", length)
	}
	return fmt.Sprintf("text %d", length)
}

func isTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

// oktaID reports whether text looks like an Okta id: 20 characters, of which the first three say
// the type (00u user, 00o org, 0oa app). The samples have some of 19 to 21 characters.
func oktaID(text string) bool {
	lower := func(c byte) bool { return 'a' <= c && c <= 'z' }
	if len(text) < 18 || len(text) > 22 || text[0] != '0' || text[1] != '0' && !lower(text[1]) || !lower(text[2]) {
		return false
	}
	return strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// pathOf keeps the parts of a path that Okta's own URLs have.
func pathOf(u *url.URL) string {
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if part != "" && !slices.Contains([]string{"oauth2", "v1", "token", "authorize", "default", "api", "users", "groups", "factors", "par"}, part) {
			parts[i] = "*"
		}
	}
	if path := strings.Join(parts, "/"); path != "" {
		return " " + path
	}
	return ""
}

// isWord reports whether text is one of the words that Okta's documents list for a member. Such a
// word is nobody's data.
func isWord(text string) bool {
	_, known := slices.BinarySearch(words(), text)
	return known
}

// words returns the closed list, in order (OpenAPI: TokenPayLoad…, SessionStatus,
// SessionAuthenticationMethod, SessionIdentityProviderType; RFC 6749, 7522, 7523, 8176, 8628, 8693;
// OpenID CIBA).
func words() []string {
	return []string{
		"0.1", "1.0", "ACTIVE", "ACTIVE_DIRECTORY", "BIO_FINGERPRINT", "CONFIDENTIAL", "EXPIRED", "FEDERATION", "GEOLOCATION", "GET", "GRANT",
		"KNOWLEDGE_BASED_AUTHENTICATION", "LDAP", "MFA_ENROLL", "MFA_REQUIRED", "MULTIFACTOR_AUTHENTICATION", "MULTIPLE_CHANNEL_AUTHENTICATION",
		"OAUTH2.0", "OIDC", "OKTA", "ONE_TIME_PASSWORD", "PASSWORD", "POP_HARDWARE_KEY", "POP_SOFTWARE_KEY", "POST", "PUBLIC", "SAML2",
		"SMART_CARD", "SMS_MESSAGE", "SOCIAL", "TELEPHONE_CALL", "X509",
		"application/json", "authorization_code", "client_credentials", "code", "com.okta.oauth2.tokens.transform", "email", "fed", "form_post",
		"fpt", "fragment", "geo", "hwk", "id_token", "implicit", "kba", "mca", "mfa", "offline_access", "okta_post_message", "okta_verify", "openid",
		"otp", "password", "phr", "pin", "pop", "profile", "pwd", "query", "refresh_token", "sc", "sms", "swk", "tel", "token",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
		"urn:ietf:params:oauth:grant-type:token-exchange", "urn:okta:params:oauth:grant-type:oob", "urn:okta:params:oauth:grant-type:otp",
		"urn:openid:params:grant-type:ciba",
	}
}
