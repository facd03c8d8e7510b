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
	scheme string   // URL scheme of the org
	any    []string // the org's origin, and origins that are listed without a path: any issuer there is accepted
	below  []string // issuers that are listed with a path: accepted with every issuer below them
}

// belonging says whether an issuer belongs to the org.
type belonging int

const (
	foreign   belonging = iota
	own                 // on the org's host, or listed
	undecided           // the org's only if the org has this host, which is not known yet
)

func newIssuers(orgURL *url.URL, listed []*url.URL) issuers {
	org, _ := parseIssuer(orgURL.String())
	is := issuers{org: org.origin, scheme: orgURL.Scheme, any: []string{org.origin}}
	for _, u := range listed {
		switch i, ok := parseIssuer(u.String()); {
		case !ok: // not an issuer: it matches nothing
		case i.path == "":
			is.any = append(is.any, i.origin)
		default:
			is.below = append(is.below, i.origin+i.path)
		}
	}
	return is
}

// judge says whether uri is an issuer of the org. It does not know the org's further hosts; see
// judgeHost.
func (is issuers) judge(uri string) belonging {
	if rest, ok := strings.CutPrefix(uri, is.org); ok && isPlainPath(rest) { // nearly always true
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

// judgeHost decides an undecided issuer with the org's hosts.
func (is issuers) judgeHost(uri string, hosts []string) belonging {
	i, ok := parseIssuer(uri)
	if ok && slices.ContainsFunc(hosts, func(host string) bool { return i.origin == is.scheme+"://"+host }) {
		return own
	}
	return foreign
}

// accepted lists the accepted issuers, for error messages.
func (is issuers) accepted(hosts []string) string {
	all := slices.Concat(is.any, is.below)
	for _, host := range hosts {
		if origin := is.scheme + "://" + host; !slices.Contains(all, origin) {
			all = append(all, origin)
		}
	}
	return strings.Join(all, ", ")
}

// issuer is the URL of an issuer, in two parts.
type issuer struct {
	origin string // scheme, host and port, in lower case, without a final dot or the default port
	path   string // "" or /oauth2/default
}

func (i issuer) isBelow(listed string) bool {
	rest, ok := strings.CutPrefix(i.origin+i.path, listed)
	return ok && (rest == "" || rest[0] == '/')
}

// parseIssuer splits a URL. It refuses every URL that two parsers might read differently: user
// names, queries, escapes, empty segments, segments of dots, and characters that do not occur in
// Okta's ids and names.
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

// isPlainPath reports whether a path is empty, or consists of plain segments. A plain segment holds
// only letters, digits and - . _ ~ (RFC 3986, section 2.3, "unreserved"), and is not made of dots
// alone. Only the last segment may be empty.
func isPlainPath(path string) bool {
	if path == "" {
		return true
	}
	if path[0] != '/' {
		return false
	}
	dots, length := 0, 0 // of the current segment
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

// quoteIssuer returns a refused issuer for an error message if it has the form of an issuer. Other
// text is not quoted, because it may hold anything.
func quoteIssuer(uri string) string {
	const most = 256
	if i, ok := parseIssuer(uri); ok && len(uri) <= most {
		return strconv.Quote(i.origin + i.path)
	}
	return "that is named there, which is not a plain URL of a host,"
}
