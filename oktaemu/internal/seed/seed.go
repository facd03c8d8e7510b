// Package seed reads and writes an org as one YAML file: its people, groups, apps, hooks, authorization servers and the
// faults that wait. An org that is given none starts from a file of its own, default.yaml.
//
// Names are those of Okta's Management API, less what an org makes up itself (times, links, keys), and objects are
// referred to by what people call them: groups and hooks by name, people by login, apps by client id.
package seed

import (
	_ "embed"
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"

	"pschook/oktaemu/internal/store"
)

// Seed is an org as a file. A section that is nil is as in [Default].
type Seed struct {
	Org            Org             `json:"org"`
	UserAttributes map[string]any  `json:"userAttributes"` // custom ones of the user schema, with their definitions
	Groups         []Group         `json:"groups"`
	People         []Person        `json:"people"`
	HookKeys       []HookKey       `json:"hookKeys"`
	InlineHooks    []InlineHook    `json:"inlineHooks"`
	EventHooks     []EventHook     `json:"eventHooks"`
	TrustedOrigins []TrustedOrigin `json:"trustedOrigins"`
	Apps           []App           `json:"apps"`
	Servers        []AuthServer    `json:"authorizationServers"`
	SignOnActions  map[string]any  `json:"signOnActions"` // of the authentication policy's rule
	Faults         []store.Fault   `json:"faults"`
	file           string          // for errors
	root           *yaml.Node      // likewise; nil: not from a file
}

// Org is what the org is as a whole. What is empty or nil is as in an org that was told nothing.
type Org struct {
	ID               string          `json:"id,omitempty"`
	CustomDomain     string          `json:"customDomain,omitempty"`
	Features         []store.Feature `json:"features"`
	Reserved         string          `json:"reserved,omitempty"` // table of reserved claims: developer, support, none
	StrictClientAuth bool            `json:"strictClientAuth,omitempty"`
	HookDebugging    bool            `json:"hookDebugging,omitempty"`
}

// Group is a group of people; "Everyone" is always there.
type Group struct {
	ID          string         `json:"id,omitempty"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Profile     map[string]any `json:"profile,omitempty"` // further attributes
}

// Person is a user and the way in which they sign in.
type Person struct {
	ID               string              `json:"id,omitempty"`
	Login            string              `json:"login"`
	Status           string              `json:"status,omitempty"` // default ACTIVE with a password, else PROVISIONED
	Password         string              `json:"password,omitempty"`
	PasswordHash     *store.PasswordHash `json:"passwordHash,omitempty"` // instead of Password
	RecoveryQuestion string              `json:"recoveryQuestion,omitempty"`
	RecoveryAnswer   string              `json:"recoveryAnswer,omitempty"`
	Method           string              `json:"method,omitempty"` // password, okta-verify, totp, fido2, cpx, cpx-nopin; default password
	AMR              []string            `json:"amr,omitempty"`    // what Okta reports of the sign-in; default what it reports of the method
	Groups           []string            `json:"groups,omitempty"` // names
	Roles            []string            `json:"roles,omitempty"`  // types, such as SUPER_ADMIN
	Profile          map[string]any      `json:"profile"`          // without login; email is the login, if it is not given
}

// HookKey is a key that hooks are called with. The pair itself is drawn anew.
type HookKey struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`
	KeyID string `json:"keyId,omitempty"`
}

// InlineHook is an inline hook: a token hook, if it has no type.
type InlineHook struct {
	ID      string            `json:"id,omitempty"`
	Name    string            `json:"name"`
	Type    string            `json:"type,omitempty"`
	Version string            `json:"version,omitempty"` // default 1.0.0
	Status  string            `json:"status,omitempty"`  // default ACTIVE
	Channel store.HookChannel `json:"channel"`
}

// EventHook is an event hook. It is told of nothing until it is verified.
type EventHook struct {
	ID          string            `json:"id,omitempty"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Status      string            `json:"status,omitempty"` // default ACTIVE
	Verified    bool              `json:"verified,omitempty"`
	Events      []string          `json:"events"` // event types
	Channel     store.HookChannel `json:"channel"`
}

// TrustedOrigin is an origin whose pages may call the org.
type TrustedOrigin struct {
	ID     string   `json:"id,omitempty"`
	Name   string   `json:"name"`
	Origin string   `json:"origin"`
	Status string   `json:"status,omitempty"`
	Scopes []string `json:"scopes"` // CORS, REDIRECT, IFRAME_EMBED
}

// App is an OpenID Connect application, with the member names of OAuth client metadata (RFC 7591, section 2).
type App struct {
	Label          string         `json:"label"`
	Name           string         `json:"name,omitempty"` // in Okta's catalogue; default oidc_client
	Status         string         `json:"status,omitempty"`
	ClientID       string         `json:"client_id,omitempty"`
	ClientSecret   string         `json:"client_secret,omitempty"`
	Type           string         `json:"application_type"` // browser, native, web, service
	AuthMethod     string         `json:"token_endpoint_auth_method,omitempty"`
	PKCERequired   *bool          `json:"pkce_required,omitempty"`
	GrantTypes     []string       `json:"grant_types,omitempty"`
	ResponseTypes  []string       `json:"response_types,omitempty"`
	RedirectURIs   []string       `json:"redirect_uris,omitempty"`
	PostLogoutURIs []string       `json:"post_logout_redirect_uris,omitempty"`
	JWKS           map[string]any `json:"jwks,omitempty"`
	JWKSURI        string         `json:"jwks_uri,omitempty"`
	Refresh        map[string]any `json:"refresh_token,omitempty"` // rotation_type, leeway
	AccessPolicy   string         `json:"accessPolicy,omitempty"`  // id; default the org's one
	Groups         []string       `json:"groups,omitempty"`        // that it is assigned to, by name
	Users          []string       `json:"users,omitempty"`         // that it is assigned to, by login
	Grants         []string       `json:"grants,omitempty"`        // scopes of the Management API
}

// AuthServer is a custom authorization server. Scopes and claims of Okta's own are always there.
type AuthServer struct {
	ID           string   `json:"id,omitempty"`
	Default      bool     `json:"default,omitempty"` // the one that an org comes with, called "default" in addresses
	Name         string   `json:"name"`
	Description  string   `json:"description,omitempty"`
	Audiences    []string `json:"audiences"`
	IssuerMode   string   `json:"issuerMode,omitempty"` // default ORG_URL
	Status       string   `json:"status,omitempty"`
	RotationMode string   `json:"rotationMode,omitempty"` // default AUTO
	Scopes       []Scope  `json:"scopes,omitempty"`
	Claims       []Claim  `json:"claims,omitempty"`
	Policies     []Policy `json:"policies,omitempty"` // the first is looked at first
}

// Scope is a scope of an authorization server.
type Scope struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name"`
	DisplayName     string `json:"displayName,omitempty"`
	Description     string `json:"description,omitempty"`
	Default         bool   `json:"default,omitempty"`
	Optional        bool   `json:"optional,omitempty"`
	MetadataPublish string `json:"metadataPublish,omitempty"` // default NO_CLIENTS
	Consent         string `json:"consent,omitempty"`         // default IMPLICIT
}

// Claim is a custom claim of an authorization server.
type Claim struct {
	ID              string   `json:"id,omitempty"`
	Name            string   `json:"name"`
	Status          string   `json:"status,omitempty"`
	ClaimType       string   `json:"claimType"`           // IDENTITY, RESOURCE
	ValueType       string   `json:"valueType,omitempty"` // default EXPRESSION
	Value           string   `json:"value"`
	GroupFilterType string   `json:"group_filter_type,omitempty"`
	Scopes          []string `json:"scopes,omitempty"`
	AlwaysInclude   bool     `json:"alwaysIncludeInToken,omitempty"`
}

// Policy is an access policy of an authorization server.
type Policy struct {
	ID          string   `json:"id,omitempty"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"` // default the name
	Status      string   `json:"status,omitempty"`
	Clients     []string `json:"clients,omitempty"` // client ids; default ALL_CLIENTS
	Rules       []Rule   `json:"rules,omitempty"`   // the first is looked at first
}

// Rule is a rule of an access policy.
type Rule struct {
	ID             string   `json:"id,omitempty"`
	Name           string   `json:"name"`
	Status         string   `json:"status,omitempty"`
	GrantTypes     []string `json:"grantTypes"`
	Scopes         []string `json:"scopes"`           // * is any
	Groups         []string `json:"groups,omitempty"` // names; EVERYONE, if there are neither groups nor users
	Users          []string `json:"users,omitempty"`  // logins
	ExcludeGroups  []string `json:"excludeGroups,omitempty"`
	ExcludeUsers   []string `json:"excludeUsers,omitempty"`
	AccessMinutes  int      `json:"accessTokenLifetimeMinutes,omitempty"` // default 60
	RefreshMinutes int      `json:"refreshTokenLifetimeMinutes,omitempty"`
	RefreshWindow  int      `json:"refreshTokenWindowMinutes,omitempty"` // default 10080
	InlineHook     string   `json:"inlineHook,omitempty"`                // name
}

//go:embed default.yaml
var defaultFile []byte

// Default returns the seed of an org that was given none. The error cannot be met: the file is part of the program.
func Default() (*Seed, error) { return Parse("default.yaml", defaultFile) }

// Completed returns s with the sections of [Default] where it has none. Later changes of its sections do not show in s.
func (s *Seed) Completed() (*Seed, error) {
	usual, err := Default()
	if err != nil {
		return nil, err
	}
	full := *s
	fill(&full.UserAttributes, usual.UserAttributes)
	fill(&full.SignOnActions, usual.SignOnActions)
	fillList(&full.Groups, usual.Groups)
	fillList(&full.People, usual.People)
	fillList(&full.HookKeys, usual.HookKeys)
	fillList(&full.InlineHooks, usual.InlineHooks)
	fillList(&full.EventHooks, usual.EventHooks)
	fillList(&full.TrustedOrigins, usual.TrustedOrigins)
	fillList(&full.Apps, usual.Apps)
	fillList(&full.Servers, usual.Servers)
	fillList(&full.Faults, usual.Faults)
	if !slices.ContainsFunc(full.Servers, func(as AuthServer) bool { return as.Default }) {
		full.Servers = append(full.Servers, usual.Servers...) // no org is without one
	}
	return &full, nil
}

// Link lets the first rule of the server "default" call the hook of that name. The error says that there is no rule.
func (s *Seed) Link(hook string) error {
	for i, as := range s.Servers {
		if !as.Default {
			continue
		}
		for j, p := range as.Policies {
			if len(p.Rules) == 0 {
				continue
			}
			as.Policies = slices.Clone(as.Policies)
			as.Policies[j].Rules = slices.Clone(p.Rules)
			as.Policies[j].Rules[0].InlineHook = hook
			s.Servers[i] = as
			return nil
		}
	}
	return errors.New("the server \"default\" has no rule that could call the hook")
}

func fill(section *map[string]any, usual map[string]any) {
	if *section == nil {
		*section = usual
	}
}

func fillList[T any](section *[]T, usual []T) {
	if *section == nil {
		*section = usual
	}
	*section = append([]T{}, *section...)
}
