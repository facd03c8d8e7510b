package oktaread

// Permission is what a custom admin role must hold for what a scope of OAuth 2.0 for Okta allows (Okta developer docs, "Role
// permissions"; those for hooks are early access). Empty: no such permission is known, a standard role is needed.
func Permission(scope string) string {
	return map[string]string{
		ScopeApps: "okta.apps.read", "okta.apps.manage": "okta.apps.manage",
		ScopeServers: "okta.authzServers.read", "okta.authorizationServers.manage": "okta.authzServers.manage",
		ScopeGroups: "okta.groups.read",
		ScopeHooks:  "okta.inlinehooks.read", "okta.inlineHooks.manage": "okta.inlinehooks.manage",
		ScopePolicy: "okta.policies.read",
	}[scope]
}
