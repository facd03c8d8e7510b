package doctor

import (
	"errors"
	"net/url"

	"pschook/internal/oktaread"
)

// Scopes are what OAuth 2.0 for Okta must grant for [Run]; an API token needs the
// same of its user. Only the preview of the hook asks for more than reading (Okta
// developer docs, reference/api/oauth2-scopes).
func Scopes() []string {
	return []string{oktaread.ScopeOrg, oktaread.ScopeHooks, "okta.inlineHooks.manage", oktaread.ScopeServers, oktaread.ScopeApps}
}

// SignOnScope lets one read an app's authentication policy. It is apart because a service app that was not granted it
// gets no token at all when it asks for it.
const SignOnScope = oktaread.ScopePolicy

// errNoSecret says that the configuration has no secret to call the hook with.
var errNoSecret = errors.New("the configuration has no secret")

// unwrapURL drops method and URL that net/http puts before an error.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
