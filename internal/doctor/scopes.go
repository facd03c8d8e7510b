package doctor

import (
	"errors"
	"net/url"

	"pschook/internal/oktaread"
)

// Scopes returns the scopes of OAuth 2.0 for Okta that [Run] needs. With an API token, its user
// needs the same rights. Only the preview of the hook needs more than reading (Okta developer docs,
// reference/api/oauth2-scopes).
func Scopes() []string {
	return []string{oktaread.ScopeOrg, oktaread.ScopeHooks, "okta.inlineHooks.manage", oktaread.ScopeServers, oktaread.ScopeApps}
}

// SignOnScope allows reading an app's authentication policy. It is separate, because a service app
// gets no token at all if it asks for a scope that it does not have.
const SignOnScope = oktaread.ScopePolicy

// errNoSecret says that the configuration has no secret to call the hook with.
var errNoSecret = errors.New("the configuration has no secret")

// unwrapURL removes the method and URL that net/http puts before an error.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
