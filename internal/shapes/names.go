package shapes

// isMemberName reports whether a name is made of words that members of calls and claims are named
// by, whatever stands between them: userId, user_id, UserID. Then it is nobody's data.
func isMemberName(name string) bool {
	if len(name) > maxName {
		return false
	}
	rest := bare(name)
	made := make([]bool, len(rest)+1) // made[n]: the first n bytes are made of words
	made[0] = true
	for end := 1; end <= len(rest); end++ {
		for begin := 0; begin < end && !made[end]; begin++ {
			made[end] = made[begin] && isNameWord(rest[begin:end])
		}
	}
	return made[len(rest)] && rest != ""
}

// isNameWord reports whether a word is one of those of Okta's schema of the call (OpenAPI:
// TokenPayLoad…), of standard claims (OpenID Connect Core, section 5.1; RFC 7519), or one that a new
// member may be named by.
func isNameWord(word string) bool {
	switch word {
	case "access", "account", "acr", "action", "active", "address", "admin", "agent", "alias", "amr", "app", "application", "assertion", "assurance",
		"at", "attribute", "attributes", "aud", "audience", "auth", "authentication", "authn", "authorization", "authorized", "azp", "birthdate", "browser",
		"by", "category", "challenge", "changed", "channel", "cid", "city", "claim", "claims", "class", "client", "cloud", "code", "command", "commands",
		"confidence", "content", "context", "cookie", "country", "created", "credential", "credentials", "custom", "data", "date", "debug", "default",
		"department", "description", "detail", "details", "device", "display", "division", "domain", "email", "employee", "enabled", "end", "entitlements",
		"error", "event", "exp", "expiration", "expires", "extended", "external", "factor", "factors", "family", "first", "flag", "flow", "format", "full",
		"gender", "geo", "given", "grant", "group", "groups", "hash", "header", "hint", "home", "host", "href", "iat", "id", "identifier", "identity", "idp",
		"index", "info", "inline", "input", "ip", "iss", "issued", "issuer", "jti", "key", "keys", "kid", "kind", "label", "language", "last", "level",
		"lifetime", "link", "links", "list", "locale", "location", "login", "managed", "manager", "map", "max", "member", "members", "message", "messages",
		"metadata", "method", "methods", "mfa", "middle", "minutes", "mobile", "mode", "name", "names", "nbf", "network", "new", "next", "nickname", "nonce",
		"number", "oid", "okta", "old", "operation", "org", "organization", "origin", "original", "output", "parameter", "parameters", "parent", "password",
		"path", "permission", "permissions", "phone", "picture", "platform", "policy", "postal", "preferred", "previous", "primary", "priority", "profile",
		"prompt", "protocol", "provider", "proxy", "purpose", "reason", "redirect", "ref", "reference", "refresh", "region", "remote", "renew", "renewal",
		"renewed", "request", "requested", "required", "resource", "response", "result", "revoked", "risk", "role", "roles", "rule", "scope", "scopes",
		"score", "scp", "second", "secondary", "secret", "security", "server", "service", "session", "sid", "sign", "signal", "source", "state", "status",
		"step", "street", "strength", "strong", "sub", "subject", "system", "target", "tenant", "tid", "time", "timestamp", "title", "token", "tokens",
		"trace", "transaction", "type", "uid", "updated", "upn", "uri", "url", "urn", "use", "user", "username", "users", "value", "values", "ver",
		"verification", "verified", "version", "web", "website", "window", "zip", "zone", "zoneinfo":
		return true
	}
	return false
}
