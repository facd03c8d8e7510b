package hook

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// issuers knows which issuers belong to the Okta org.
type issuers struct {
	org    string   // origin of the org's own issuers, as Okta writes it
	scheme string   // of the org
	any    []string // origins of listed issuers without a path, and the org's: any issuer there
	below  []string // listed issuers with a path: that one, and what lies below it
}

// belonging says whether an issuer is the org's.
type belonging int

const (
	foreign   belonging = iota
	own                 // on the org's host, or listed
	undecided           // the org's, if the org has this host
)

func newIssuers(orgURL *url.URL, listed []*url.URL) issuers {
	org, _ := parseIssuer(orgURL.String())
	is := issuers{org: org.origin, scheme: orgURL.Scheme, any: []string{org.origin}}
	for _, u := range listed {
		switch i, ok := parseIssuer(u.String()); {
		case !ok: // nothing is below it
		case i.path == "":
			is.any = append(is.any, i.origin)
		default:
			is.below = append(is.below, i.origin+i.path)
		}
	}
	return is
}

// judge says whether uri is an issuer of the org, its further hosts left aside.
func (is issuers) judge(uri string) belonging {
	if rest, ok := strings.CutPrefix(uri, is.org); ok && isPlainPath(rest) { // as nearly always
		return own
	}
	i, ok := parseIssuer(uri)
	switch {
	case !ok:
		return foreign
	case slices.Contains(is.any, i.origin), slices.ContainsFunc(is.below, i.isBelow):
		return own
	case strings.HasPrefix(i.origin, is.scheme+"://"):
		return undecided
	}
	return foreign
}

// judgeHost decides on an issuer that was undecided, now that the org's hosts are known.
func (is issuers) judgeHost(uri string, hosts []string) belonging {
	i, ok := parseIssuer(uri)
	if ok && slices.ContainsFunc(hosts, func(host string) bool { return i.origin == is.scheme+"://"+host }) {
		return own
	}
	return foreign
}

// accepted lists what is accepted, for people.
func (is issuers) accepted(hosts []string) string {
	all := slices.Concat(is.any, is.below)
	for _, host := range hosts {
		if origin := is.scheme + "://" + host; !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return strings.Join(all, ", ")
}

// issuer is the URL of an issuer in two parts.
type issuer struct {
	origin string // scheme, host and port, in lower case, without a final dot and the default port
	path   string // "" or /oauth2/default
}

func (i issuer) isBelow(listed string) bool {
	rest, ok := strings.CutPrefix(i.origin+i.path, listed)
	return ok && (rest == "" || rest[0] == '/')
}

// parseIssuer takes a URL apart. It refuses all that two readers might read differently:
// user names, queries, escapes, empty segments and those of dots, other characters than
// Okta's ids and names consist of.
func parseIssuer(text string) (issuer, bool) {
	u, err := url.Parse(text)
	if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, "?#%\\") || !isPlainPath(u.Path) {
		return issuer{}, false
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	standard := map[string]string{"https": "443", "http": "80"}[scheme]
	if standard == "" || host == "" || strings.ContainsFunc(host, func(c rune) bool { return !isHostRune(c) }) {
		return issuer{}, false
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // IPv6
	}
	if port != "" && port != standard {
		host += ":" + port
	}
	return issuer{scheme + "://" + host, strings.TrimSuffix(u.Path, "/")}, true
}

func isHostRune(c rune) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == ':'
}

// isPlainPath reports whether a path is empty, or consists of segments that are neither
// empty, but for the last, nor made of dots alone, of letters, digits and - . _ ~
// (RFC 3986, section 2.3, "unreserved").
func isPlainPath(path string) bool {
	if path == "" {
		return true
	}
	if path[0] != '/' {
		return false
	}
	dots, length := 0, 0 // of the segment so far
	for i := 1; i < len(path); i++ {
		switch c := path[i]; {
		case c == '/':
			if dots == length { // both may be 0
				return false
			}
			dots, length = 0, 0
		case c == '.':
			dots++
			length++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '~':
			length++
		default:
			return false
		}
	}
	return length == 0 || dots < length
}

// quoteIssuer shows an issuer that was refused, if it has the form of one: what has not
// may hold anything.
func quoteIssuer(uri string) string {
	const most = 256
	if i, ok := parseIssuer(uri); ok && len(uri) <= most {
		return strconv.Quote(i.origin + i.path)
	}
	return "that stands there, which is no plain URL of a host,"
}
