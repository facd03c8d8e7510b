package pscrealm

// The parts of Keycloak's import format that the realm uses: RealmRepresentation and what it holds, as in the REST API
// documentation of Keycloak 26.

type realm struct {
	Realm                 string                       `json:"realm"`
	DisplayName           string                       `json:"displayName"`
	Enabled               bool                         `json:"enabled"`
	SSLRequired           string                       `json:"sslRequired"`
	RegistrationAllowed   bool                         `json:"registrationAllowed"`
	LoginWithEmailAllowed bool                         `json:"loginWithEmailAllowed"`
	EventsEnabled         bool                         `json:"eventsEnabled"`
	EventsExpiration      int                          `json:"eventsExpiration"` // seconds
	EventsListeners       []string                     `json:"eventsListeners"`
	Internationalization  bool                         `json:"internationalizationEnabled"`
	SupportedLocales      []string                     `json:"supportedLocales"`
	DefaultLocale         string                       `json:"defaultLocale"`
	LocalizationTexts     map[string]map[string]string `json:"localizationTexts"`
	Attributes            map[string]string            `json:"attributes"`
	BrowserFlow           string                       `json:"browserFlow"`
	DirectGrantFlow       string                       `json:"directGrantFlow"`
	FirstBrokerLoginFlow  string                       `json:"firstBrokerLoginFlow"`
	Flows                 []flow                       `json:"authenticationFlows"`
	FlowConfigs           []flowConfig                 `json:"authenticatorConfig"`
	RequiredActions       []requiredAction             `json:"requiredActions"`
	IdentityProviders     []identityProvider           `json:"identityProviders"`
	IdentityMappers       []identityMapper             `json:"identityProviderMappers"`
	ClientScopes          []clientScope                `json:"clientScopes"`
	DefaultDefaultScopes  []string                     `json:"defaultDefaultClientScopes"`
	DefaultOptionalScopes []string                     `json:"defaultOptionalClientScopes"`
	Clients               []client                     `json:"clients"`
	Users                 []user                       `json:"users"`
	Components            map[string][]component       `json:"components"`
}

type flow struct {
	Alias       string      `json:"alias"`
	Description string      `json:"description"`
	ProviderID  string      `json:"providerId"`
	TopLevel    bool        `json:"topLevel"`
	BuiltIn     bool        `json:"builtIn"`
	Executions  []execution `json:"authenticationExecutions"`
}

type execution struct {
	Authenticator string `json:"authenticator,omitempty"`
	Config        string `json:"authenticatorConfig,omitempty"` // alias of a flowConfig
	FlowAlias     string `json:"flowAlias,omitempty"`
	IsFlow        bool   `json:"authenticatorFlow"`
	Requirement   string `json:"requirement"`
	Priority      int    `json:"priority"`
}

type flowConfig struct {
	Alias  string            `json:"alias"`
	Config map[string]string `json:"config"`
}

type requiredAction struct {
	Alias         string            `json:"alias"`
	Name          string            `json:"name"`
	ProviderID    string            `json:"providerId"`
	Enabled       bool              `json:"enabled"`
	DefaultAction bool              `json:"defaultAction"`
	Priority      int               `json:"priority"`
	Config        map[string]string `json:"config"`
}

type identityProvider struct {
	Alias          string            `json:"alias"`
	DisplayName    string            `json:"displayName"`
	ProviderID     string            `json:"providerId"`
	Enabled        bool              `json:"enabled"`
	TrustEmail     bool              `json:"trustEmail"`
	StoreToken     bool              `json:"storeToken"`
	FirstLoginFlow string            `json:"firstBrokerLoginFlowAlias"`
	PostLoginFlow  string            `json:"postBrokerLoginFlowAlias"`
	Config         map[string]string `json:"config"`
}

type identityMapper struct {
	Name     string            `json:"name"`
	Provider string            `json:"identityProviderAlias"`
	Mapper   string            `json:"identityProviderMapper"`
	Config   map[string]string `json:"config"`
}

type clientScope struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Protocol    string            `json:"protocol"`
	Attributes  map[string]string `json:"attributes"`
	Mappers     []protocolMapper  `json:"protocolMappers"`
}

type protocolMapper struct {
	Name     string            `json:"name"`
	Protocol string            `json:"protocol"`
	Mapper   string            `json:"protocolMapper"`
	Config   map[string]string `json:"config"`
}

type client struct {
	ClientID             string            `json:"clientId"`
	Description          string            `json:"description"`
	Enabled              bool              `json:"enabled"`
	Protocol             string            `json:"protocol"`
	PublicClient         bool              `json:"publicClient"`
	Authenticator        string            `json:"clientAuthenticatorType"`
	Secret               string            `json:"secret"`
	RedirectURIs         []string          `json:"redirectUris"`
	WebOrigins           []string          `json:"webOrigins"`
	StandardFlowEnabled  bool              `json:"standardFlowEnabled"`
	ImplicitFlowEnabled  bool              `json:"implicitFlowEnabled"`
	DirectGrantsEnabled  bool              `json:"directAccessGrantsEnabled"`
	ServiceAccounts      bool              `json:"serviceAccountsEnabled"`
	FullScopeAllowed     bool              `json:"fullScopeAllowed"`
	Attributes           map[string]string `json:"attributes"`
	DefaultClientScopes  []string          `json:"defaultClientScopes"`
	OptionalClientScopes []string          `json:"optionalClientScopes"`
}

type user struct {
	Username    string              `json:"username"`
	Enabled     bool                `json:"enabled"`
	FirstName   string              `json:"firstName"`
	LastName    string              `json:"lastName"`
	Attributes  map[string][]string `json:"attributes"`
	Credentials []credential        `json:"credentials"`
}

type credential struct {
	Type      string `json:"type"`
	Value     string `json:"value"`
	Temporary bool   `json:"temporary"`
}

type component struct {
	Name       string              `json:"name"`
	ProviderID string              `json:"providerId"`
	Config     map[string][]string `json:"config"`
}
