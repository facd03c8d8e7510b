package oktaread

// The objects of the Management API, with the members that our checks use. Members that Okta omits
// are zero.
type (
	// Org is the org itself, from the Management API or the public well-known document.
	Org struct {
		ID          string `json:"id"`
		CompanyName string `json:"companyName"`
		Subdomain   string `json:"subdomain"`
		Links       struct {
			Alternate struct {
				Href string `json:"href"` // the custom domain, only in the public document; empty: there is none
			} `json:"alternate"`
		} `json:"_links"`
	}

	// InlineHook is a registered hook of any type.
	InlineHook struct {
		ID      string  `json:"id"`
		Name    string  `json:"name"`
		Type    string  `json:"type"`   // see [TokenHook]
		Status  string  `json:"status"` // ACTIVE, INACTIVE
		Channel Channel `json:"channel"`
	}
	// Channel is how Okta calls a hook.
	Channel struct {
		Type   string        `json:"type"` // HTTP, OAUTH
		Config ChannelConfig `json:"config"`
	}
	// ChannelConfig says where Okta calls a hook, and with which credential.
	ChannelConfig struct {
		URI        string      `json:"uri"`
		AuthScheme *AuthScheme `json:"authScheme"`
		ClientID   string      `json:"clientId"`
		TokenURL   string      `json:"tokenUrl"`
		Scope      string      `json:"scope"`
	}
	// AuthScheme names the header that holds the secret. Okta never shows the secret itself.
	AuthScheme struct {
		Key string `json:"key"`
	}

	// AuthServer is a custom authorization server.
	AuthServer struct {
		ID         string   `json:"id"`
		Name       string   `json:"name"`
		Issuer     string   `json:"issuer"`
		IssuerMode string   `json:"issuerMode"` // ORG_URL, CUSTOM_URL, DYNAMIC
		Status     string   `json:"status"`
		Audiences  []string `json:"audiences"`
		// EncryptionAlg says how access tokens are encrypted (JWE); empty: they are not.
		EncryptionAlg string `json:"accessTokenEncryptedResponseAlgorithm"`
	}
	// Policy is an access policy of an authorization server.
	Policy struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		Status     string `json:"status"`
		Priority   int    `json:"priority"` // 1 comes first
		Conditions struct {
			Clients Include `json:"clients"`
		} `json:"conditions"`

		Rules []Rule `json:"-"` // by priority; see [Policies]
	}
	// Include is a condition: whom it includes and whom it excludes.
	Include struct {
		Include []string `json:"include"`
		Exclude []string `json:"exclude"`
	}
	// Rule is a rule of an access policy.
	Rule struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		Status     string `json:"status"`
		Priority   int    `json:"priority"` // 1 comes first
		Conditions struct {
			GrantTypes Include `json:"grantTypes"`
			Scopes     Include `json:"scopes"`
			People     struct {
				Users  Include `json:"users"`
				Groups Include `json:"groups"`
			} `json:"people"`
		} `json:"conditions"`
		Actions struct {
			Token struct {
				AccessMinutes        int `json:"accessTokenLifetimeMinutes"`
				RefreshMinutes       int `json:"refreshTokenLifetimeMinutes"` // 0: no end
				RefreshWindowMinutes int `json:"refreshTokenWindowMinutes"`
				InlineHook           *struct {
					ID string `json:"id"`
				} `json:"inlineHook"`
			} `json:"token"`
		} `json:"actions"`
	}
	// Claim is a custom claim of an authorization server.
	Claim struct {
		Name      string `json:"name"`
		Status    string `json:"status"`
		ClaimType string `json:"claimType"` // RESOURCE: access token; IDENTITY: ID token
		ValueType string `json:"valueType"` // EXPRESSION, GROUPS, SYSTEM
		Value     string `json:"value"`
		System    bool   `json:"system"` // one of Okta's own claims; among them, sub is an EXPRESSION

		Conditions struct {
			Scopes []string `json:"scopes"` // scopes that add the claim; none: every scope
		} `json:"conditions"`
	}
	// Scope is a scope of an authorization server.
	Scope struct {
		Name    string `json:"name"`
		Consent string `json:"consent"` // IMPLICIT, REQUIRED, FLEXIBLE
	}

	// App is an app of any kind. Members of OAuth apps are zero in other apps.
	App struct {
		ID          string `json:"id"`
		Label       string `json:"label"`
		Status      string `json:"status"`
		Credentials struct {
			OAuthClient struct {
				ClientID   string `json:"client_id"`
				AuthMethod string `json:"token_endpoint_auth_method"`
				PKCE       bool   `json:"pkce_required"`
			} `json:"oauthClient"`
		} `json:"credentials"`
		Settings struct {
			ImplicitAssignment bool `json:"implicitAssignment"` // everybody may use it without an assignment
			OAuthClient        struct {
				Type         string   `json:"application_type"` // browser, native, service, web
				GrantTypes   []string `json:"grant_types"`
				RedirectURIs []string `json:"redirect_uris"`
				Responses    []string `json:"response_types"`
				Consent      string   `json:"consent_method"`           // TRUSTED, REQUIRED
				DPoP         bool     `json:"dpop_bound_access_tokens"` // tokens are only for a client that proves possession of a key (RFC 9449)
				// EncryptionAlg says how ID tokens are encrypted (JWE); empty: they are not.
				EncryptionAlg string `json:"id_token_encrypted_response_alg"`
			} `json:"oauthClient"`
		} `json:"settings"`
		Links struct {
			AccessPolicy struct {
				Href string `json:"href"`
			} `json:"accessPolicy"`
		} `json:"_links"`
	}
	// Assignment is a group or a user who may use an app.
	Assignment struct {
		ID    string `json:"id"`
		Scope string `json:"scope"` // of a user: USER, or GROUP for a member of a group that may use it
	}
	// SignOnRule is a rule of an app's authentication policy (Okta Identity Engine, app sign-in policy).
	SignOnRule struct {
		Name    string `json:"name"`
		Status  string `json:"status"`
		Actions struct {
			AppSignOn struct {
				Access string `json:"access"` // ALLOW, DENY
				Method struct {
					Type        string `json:"type"`       // ASSURANCE, AUTH_METHOD_CHAIN
					FactorMode  string `json:"factorMode"` // 1FA, 2FA
					Constraints []struct {
						Possession map[string]any `json:"possession"`
					} `json:"constraints"` // one of these must be met
					Chains []struct {
						Methods []struct {
							Key string `json:"key"` // such as okta_password
						} `json:"authenticationMethods"`
						Next []any `json:"next"`
					} `json:"chains"`
				} `json:"verificationMethod"`
			} `json:"appSignOn"`
		} `json:"actions"`
	}
	// Group is a group of users.
	Group struct {
		ID      string `json:"id"`
		Profile struct {
			Name string `json:"name"`
		} `json:"profile"`
	}
)

// ClientID returns the client id of the app.
func (a App) ClientID() string { return a.Credentials.OAuthClient.ClientID }

// PasswordAlone reports whether the rule allows a sign-in with only a password.
func (r SignOnRule) PasswordAlone() bool {
	method := r.Actions.AppSignOn.Method
	switch {
	case r.Status != Active || r.Actions.AppSignOn.Access != "ALLOW":
		return false
	case method.Type == "AUTH_METHOD_CHAIN":
		for _, chain := range method.Chains {
			for _, m := range chain.Methods {
				if m.Key == "okta_password" && len(chain.Next) == 0 {
					return true
				}
			}
		}
		return false
	case method.FactorMode == "2FA":
		return false
	}
	for _, c := range method.Constraints {
		if len(c.Possession) == 0 || c.Possession["required"] == false {
			return true
		}
	}
	return len(method.Constraints) == 0
}
