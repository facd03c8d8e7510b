// Package config turns the environment into one validated [Config].
//
// [Load] reads every variable, from an environment that is given to it, into its final type, and reports all
// faults at once, each with the variable's name, what was found, what is wanted and what to type. No error
// and no printed configuration holds a secret.
//
// An empty variable counts as one that is not set. Where emptiness is a setting of its own, the word "none"
// stands for it.
//
// config is ground floor: it imports no other package of this module. Rules that other packages know (which
// claims are reserved, what an AMR policy may say) join in as a [Check].
package config

import (
	"log/slog"
	"net/url"
	"time"
)

// Prefix begins the name of every variable; the names in this package's tags and tables come after it.
const Prefix = "PSCHOOK_"

// Config is the whole configuration. [Load] returns it complete: defaults filled in, text parsed. It is not
// changed afterwards and may be read by many goroutines.
type Config struct {
	ListenAddr      string        `env:"LISTEN_ADDR" validate:"address"`                      // host:port of the main listener
	AdminAddr       string        `env:"ADMIN_ADDR" validate:"omitempty,address"`             // host:port of the admin listener; empty: none
	AdminHosts      List          `env:"ADMIN_HOSTS" validate:"unique,dive,hostname_rfc1123"` // names by which the pages of the admin listener are reached, beside IP addresses and localhost
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" validate:"gt=0s,lte=10m"`           // for the calls under way when the service is told to stop
	DrainDelay      time.Duration `env:"DRAIN_DELAY" validate:"gte=0s,lte=5m"`                // how long it answers as ever, but says that it is not ready, before that
	MaxConnections  int           `env:"MAX_CONNECTIONS" validate:"gte=16,lte=1000000"`       // of the main listener at a time
	TrustedProxies  Networks      `env:"TRUSTED_PROXIES" validate:"unique"`                   // whose X-Forwarded-For is believed

	TLS      TLS
	Log      Log
	Okta     Okta
	Hook     Hook
	Outcomes Outcomes
	Claims   Claims
	TID      TID
	RP       RP
}

// TLS is how the main listener proves who it is. The zero value is plain http, for use behind a proxy.
type TLS struct {
	CertFile     string `env:"TLS_CERT_FILE" validate:"required_with=KeyFile ClientCAFile"` // PEM, readable when loaded; not parsed here
	KeyFile      string `env:"TLS_KEY_FILE" validate:"required_with=CertFile ClientCAFile"` // likewise
	ClientCAFile string `env:"TLS_CLIENT_CA_FILE"`                                          // PEM: every client must have a certificate of one of these; empty: none is asked for
}

// Log says what is logged, and how.
type Log struct {
	Level  slog.Level `env:"LOG_LEVEL"`
	Format string     `env:"LOG_FORMAT" validate:"oneof=json text"`
}

// Okta is the Okta org and how to ask its Management API.
type Okta struct {
	OrgURL *url.URL `env:"OKTA_ORG_URL, noinit" validate:"required,orgurl"` // scheme and host only, host in lower case

	// The credential for the Management API: either a token, or an API service app with a private key
	// (OAuth 2.0 client credentials, private_key_jwt), or none.
	APIToken       Secret `env:"OKTA_API_TOKEN" validate:"omitempty,printascii,excluded_with=ClientID PrivateKeyFile PrivateKeyID"`
	ClientID       string `env:"OKTA_CLIENT_ID" validate:"required_with=PrivateKeyFile PrivateKeyID,omitempty,word"`
	PrivateKeyFile string `env:"OKTA_PRIVATE_KEY_FILE" validate:"required_with=ClientID PrivateKeyID"` // PEM or JWK, readable when loaded; not parsed here
	PrivateKeyID   string `env:"OKTA_PRIVATE_KEY_ID" validate:"required_with=ClientID PrivateKeyFile,omitempty,word"`

	// Issuers are accepted beside those on the org's own hosts: whole issuer URLs without a trailing slash,
	// such as "https://login.example.org/oauth2/default".
	Issuers List `env:"OKTA_ISSUERS" validate:"unique,dive,httpsurl"`
}

// HasCredential reports whether any part of a Management API credential is set.
func (o Okta) HasCredential() bool {
	return o.APIToken != "" || o.ClientID != "" || o.PrivateKeyFile != "" || o.PrivateKeyID != ""
}

// Hook is how Okta's calls are authenticated, selected and answered.
type Hook struct {
	AuthHeader  string  `env:"HOOK_AUTH_HEADER" validate:"authheader"`
	Secrets     Secrets `env:"HOOK_SECRETS" validate:"required_without=OAuthIssuer,omitempty,unique,dive,min=16,printascii"` // from the variable or the file; none only with OAuthIssuer
	SecretsFile string  `env:"HOOK_SECRETS_FILE"`                                                                            // where Secrets came from, to be read again with [ReadSecrets]; empty: the variable

	// A caller may also, or only, authenticate with an access token (OAuth 2.0, RFC 6750) of this issuer.
	OAuthIssuer    string `env:"HOOK_OAUTH_ISSUER" validate:"required_with=OAuthAudience OAuthClientIDs OAuthScope,omitempty,httpsurl"` // exactly as in the token's iss; empty: no OAuth
	OAuthAudience  string `env:"HOOK_OAUTH_AUDIENCE" validate:"required_with=OAuthIssuer,omitempty,printascii"`
	OAuthClientIDs List   `env:"HOOK_OAUTH_CLIENT_IDS" validate:"required_with=OAuthIssuer,unique,dive,word"` // whose tokens are accepted: every client of an authorization server can get its audience
	OAuthScope     string `env:"HOOK_OAUTH_SCOPE" validate:"omitempty,word"`                                  // the token must carry it; empty: any

	AllowedCIDRs  Networks `env:"ALLOWED_CIDRS" validate:"unique"`                 // where calls may come from; empty: anywhere
	MaxConcurrent int      `env:"HOOK_MAX_CONCURRENT" validate:"gte=1,lte=100000"` // calls answered at a time, those above it with 503

	Timeout      time.Duration `env:"HOOK_TIMEOUT" validate:"gt=0s,lt=3s"`    // for the whole answer; Okta waits 3 s (Okta developer docs, concepts/inline-hooks)
	ClientIDs    List          `env:"CLIENT_IDS" validate:"unique,dive,word"` // OAuth clients whose tokens get commands; empty: every client
	OnFailure    string        `env:"ON_FAILURE" validate:"oneof=deny omit"`  // [OnFailureDeny] or [OnFailureOmit]
	Shadow       bool          `env:"SHADOW"`                                 // compute, log and count, but add nothing
	DebugContext bool          `env:"DEBUG_CONTEXT"`                          // say in each answer how it came about
}

// Values of [Hook.OnFailure].
const (
	OnFailureDeny = "deny" // no org id: refuse the token
	OnFailureOmit = "omit" // no org id: answer without tid
)

// Outcomes is how the service finds out what Okta did with its answers.
type Outcomes struct {
	Mode       string        `env:"OUTCOMES" validate:"oneof=off events log"` // [OutcomesOff], [OutcomesEvents] or [OutcomesLog]
	Interval   time.Duration `env:"OUTCOMES_INTERVAL" validate:"gte=10s,lte=1h"`
	HookID     string        `env:"OUTCOMES_HOOK_ID" validate:"omitempty,word"` // whose events count; empty: every inline hook's
	ShapesFile string        `env:"SHAPES_FILE"`                                // written by the service; empty: none
}

// Values of [Outcomes.Mode].
const (
	OutcomesOff    = "off"
	OutcomesEvents = "events" // what Okta's event hooks push
	OutcomesLog    = "log"    // that, and the System Log
)

// Claims says which claims go where, and in what form.
type Claims struct {
	AccessToken   List   `env:"ACCESS_TOKEN_CLAIMS" validate:"unique,dive,oneof=oid tid amr"` // empty, which may be nil: none
	IDToken       List   `env:"ID_TOKEN_CLAIMS" validate:"unique,dive,oneof=oid tid amr"`     // empty, which may be nil: none
	Reserved      string `env:"RESERVED_CLAIMS" validate:"oneof=developer support"`           // which of Okta's two lists of reserved claims holds
	AllowReserved List   `env:"ALLOW_RESERVED_CLAIMS" validate:"unique,dive,oneof=oid tid amr"`
	AMRPolicyFile string `env:"AMR_POLICY_FILE"`                      // YAML, readable when loaded; empty: the built-in policy
	OIDFormat     string `env:"OID_FORMAT" validate:"oneof=raw uuid"` // [FormatRaw] or [FormatUUID]
	TIDFormat     string `env:"TID_FORMAT" validate:"oneof=raw uuid"` // [FormatRaw] or [FormatUUID]
}

// Values of [Claims.OIDFormat] and [Claims.TIDFormat].
const (
	FormatRaw  = "raw"  // the id as Okta has it
	FormatUUID = "uuid" // a version 5 UUID made from it
)

// TID is where the org id behind the claim tid comes from.
type TID struct {
	Source    string        `env:"TID_SOURCE" validate:"oneof=management well-known static"` // [SourceManagement], [SourceWellKnown] or [SourceStatic]; never empty
	Value     string        `env:"TID_VALUE" validate:"required_if=Source static,omitempty,word"`
	CacheTTL  time.Duration `env:"ORG_CACHE_TTL" validate:"gte=1s,lte=168h"`
	CacheFile string        `env:"ORG_CACHE_FILE"` // written by the service; need not exist; empty: none
}

// Values of [TID.Source].
const (
	SourceManagement = "management" // GET /api/v1/org with a credential
	SourceWellKnown  = "well-known" // GET /.well-known/okta-organization, no credential
	SourceStatic     = "static"     // [TID.Value]
)

// RP is the relying party that checks the tokens as Pro Santé Connect would.
type RP struct {
	Enabled       bool   `env:"RP_ENABLED"`
	BasicAuthFile string `env:"RP_BASIC_AUTH_FILE"`                                               // htpasswd, readable when loaded; empty: unguarded
	Issuer        string `env:"RP_ISSUER" validate:"required_if=Enabled true,omitempty,httpsurl"` // exactly as given: issuers are compared as strings (OpenID Connect Core 1.0, 3.1.3.7)
	ClientID      string `env:"RP_CLIENT_ID" validate:"required_if=Enabled true,omitempty,printascii"`
	ClientSecret  Secret `env:"RP_CLIENT_SECRET" validate:"omitempty,printascii"` // empty: a public client
	RedirectURL   string `env:"RP_REDIRECT_URL" validate:"required_if=Enabled true,omitempty,httpsurl,endswith=/rp/callback"`
	Scopes        Words  `env:"RP_SCOPES" validate:"unique,has=openid,dive,word"`
	Profile       string `env:"RP_PROFILE" validate:"oneof=psc psc-op rofim chg-meridian"`
	ExpectedTID   string `env:"RP_EXPECTED_TID" validate:"omitempty,word"` // empty: the one that the org lookup finds
	MetadataFile  string `env:"RP_METADATA_FILE"`                          // provider metadata (JSON), readable when loaded; empty: discovery at Issuer
	ACRValues     Words  `env:"RP_ACR_VALUES" validate:"unique,dive,word"`
	AnyAddress    bool   `env:"RP_INSECURE_ANY_ADDRESS"` // a provider may name endpoints that are nearer than itself
}
