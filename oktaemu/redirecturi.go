package oktaemu

import (
	"net/url"
	"slices"
)

// redirectURIFault says what keeps uri from being a redirect URI, "" when nothing does. It is absolute and without
// fragment (RFC 6749, section 3.1.2), and may have an app's own scheme (RFC 8252, section 7.1), but none whose
// address is itself a program or page: forms and links to it would run in the org's name.
func redirectURIFault(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil, !u.IsAbs(), u.Fragment != "":
		return "is not an absolute URI without fragment"
	case slices.Contains([]string{"javascript", "vbscript", "data", "blob"}, u.Scheme): // Parse makes it lower case
		return "has a scheme that browsers run"
	}
	return ""
}
