package oktaread

// Permission returns the permission that a custom admin role needs for what a scope of OAuth 2.0
// for Okta allows (Okta developer docs, "Role permissions"; those for hooks are early access).
// Empty means that no such permission is known and a standard role is needed.
func Permission(scope string) string {
	return map[string]string{
		ScopeApps: "okta.apps.read", "okta.apps.manage": "okta.apps.manage",
		ScopeServers: "okta.authzServers.read", "okta.authorizationServers.manage": "okta.authzServers.manage",
		ScopeGroups: "okta.groups.read",
		ScopeHooks:  "okta.inlinehooks.read", "okta.inlineHooks.manage": "okta.inlinehooks.manage",
		ScopePolicy: "okta.policies.read",
	}[scope]
}
