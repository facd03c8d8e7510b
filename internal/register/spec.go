package register

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/outside"
)

// Spec says what the org must have. Other names and values are those of the Terraform module
// deploy/terraform/modules/okta, so that both make the same objects.
type Spec struct {
	Server ServerSpec
	App    AppSpec
	Groups []string // names of the groups whose members may sign in
	Hook   HookSpec
	Scopes []string // that the app may ask for
	Tokens Lifetimes
	// KCIDPHint is the value of a claim kc_idp_hint in both tokens: OKTA_<alias>, as agreed with
	// the ANS. Empty means no such claim.
	KCIDPHint string
	// Workflows says that the rules have a hook of Okta Workflows which must be replaced. Nothing
	// else is made.
	Workflows bool
	// Shadow says that the service is in shadow mode, so that it must not replace a hook that
	// works.
	Shadow bool
}

// ServerSpec is the authorization server.
type ServerSpec struct {
	Existing string // name or id of an existing server, which is not changed; empty: a new one is made
	Name     string // name of the new server
	Audience string
	Issuers  string // ORG_URL, CUSTOM_URL or DYNAMIC
}

// AppSpec is the app of Pro Santé Connect.
type AppSpec struct {
	ClientID      string // of an existing app; empty: a new one is made
	Label         string // of the new app and its access policy
	Web           bool   // a confidential client with a secret, not a single-page app
	RedirectURIs  []string
	LogoutURIs    []string
	RefreshTokens bool
	SignOnPolicy  string // id of the authentication policy; empty: Okta's default
}

// HookSpec is the inline hook. Either Header and Secret are set, or OAuth.
type HookSpec struct {
	Name        string
	URL         *url.URL
	Header      string
	Secret      config.Secret
	OAuth       *HookOAuth
	SetSecret   bool // send the secret even if the hook looks right
	OAuthSecret config.Secret
}

// HookOAuth says how Okta gets the token that it sends to the service.
type HookOAuth struct{ ClientID, TokenURL, Scope string }

// Lifetimes are those of tokens, in minutes.
type Lifetimes struct{ Access, Refresh, RefreshIdle int }

// Defaults returns the values of the Terraform module.
func Defaults() Spec {
	return Spec{
		Server: ServerSpec{Name: "Pro Santé Connect", Audience: "api://pro-sante-connect", Issuers: "ORG_URL"},
		App:    AppSpec{Label: "Pro Santé Connect"},
		Hook:   HookSpec{Name: "pschook"},
		Scopes: []string{"openid", "profile", "email"},
		Tokens: Lifetimes{Access: 60, Refresh: 720, RefreshIdle: 120},
	}
}

// check finds wrong options before any request to Okta.
func (s Spec) check() error {
	var faults []error
	add := func(is bool, en, fr string) {
		if is {
			faults = append(faults, &Error{Text: Text{en, fr}})
		}
	}
	making := s.App.ClientID == "" && !s.Workflows
	add(s.Hook.URL == nil || s.Hook.URL.Host == "", "the URL of the hook is not known", "l’URL du hook n’est pas connue")
	add(s.Hook.Secret == "" && s.Hook.OAuth == nil, "neither a secret nor OAuth 2.0 for the hook", "ni secret ni OAuth 2.0 pour le hook")
	add(making && len(s.Groups) == 0, "a new app needs a group of people who may use it: --group NAME", "une nouvelle application exige un groupe de personnes autorisées : --group NOM")
	add(making && len(s.App.RedirectURIs) == 0, "a new app needs the redirect URI that the ANS gave you: --redirect-uri URI", "une nouvelle application exige l’URI de redirection donnée par l’ANS : --redirect-uri URI")
	add(s.Workflows && s.App.ClientID == "", "moving from Workflows needs the client: --client-id", "quitter Workflows exige le client : --client-id")
	add(s.Workflows && s.Server.Existing == "", "moving from Workflows needs the authorization server: --server", "quitter Workflows exige le serveur d’autorisation : --server")
	for _, uri := range slices.Concat(s.App.RedirectURIs, s.App.LogoutURIs) {
		add(!goodRedirect(uri), "redirect URI "+uri+": wanted a whole https URL without wildcard or fragment", "URI de redirection "+uri+" : il faut une URL https complète, sans caractère générique ni fragment")
	}
	add(s.recurses(), "the token URL of the hook is of the server whose rule calls the hook, which would recurse for ever", "l’URL de jeton du hook est celle du serveur dont la règle appelle le hook : récursion sans fin")
	return errors.Join(faults...)
}

// goodRedirect is stricter than Okta: no wildcard, and plain http for loopback only.
func goodRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Fragment != "" || strings.Contains(uri, "*") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && outside.IsLoopback(u.Hostname())
}

// recurses reports whether calling the hook needs a token that the named server mints. Minting
// would then call the hook again.
func (s Spec) recurses() bool {
	return s.Hook.OAuth != nil && s.Server.Existing != "" && strings.HasSuffix(s.Hook.OAuth.TokenURL, "/oauth2/"+s.Server.Existing+"/v1/token")
}

// scopes are those that the rule admits, refresh tokens included.
func (s Spec) scopes() []string {
	if s.App.RefreshTokens {
		return union(s.Scopes, []string{"offline_access"})
	}
	return s.Scopes
}

// Options are the settings of a run. Okta and Spec are required, and Journal except for [MakePlan].
type Options struct {
	Okta    oktaread.Client
	Spec    Spec
	Journal string // path of the file; it is made with mode 0600
	// Replace allows a run to change conflicting objects: another hook on a rule, and objects of
	// the same name that are not ours.
	Replace bool

	Confirm      func(*Plan) error         // called by [Apply] before the first change; its error ends the run; may be nil
	Progress     func(Text)                // called after each change; may be nil
	ClientSecret func(secret string) error // stores the secret of a confidential app, which Okta shows only once; may be nil
	Now          func() time.Time
}
