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

// unwrapURL drops method and URL that net/http puts before an error.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
