package config

// RP configures the relying party, which checks tokens as Pro Santé Connect would.
type RP struct {
	Enabled        bool   `env:"RP_ENABLED"`
	BasicAuthFile  string `env:"RP_BASIC_AUTH_FILE"`                                               // htpasswd, readable when loaded; empty: no password
	Issuer         string `env:"RP_ISSUER" validate:"required_if=Enabled true,omitempty,httpsurl"` // exactly as given: issuers are compared as strings (OpenID Connect Core 1.0, 3.1.3.7)
	ClientID       string `env:"RP_CLIENT_ID" validate:"required_if=Enabled true,omitempty,printascii"`
	ClientSecret   Secret `env:"RP_CLIENT_SECRET" validate:"omitempty,printascii"`           // empty: a public client
	ClientCertFile string `env:"RP_CLIENT_CERT_FILE" validate:"required_with=ClientKeyFile"` // PEM, readable when loaded; not parsed here; empty: no certificate
	ClientKeyFile  string `env:"RP_CLIENT_KEY_FILE" validate:"required_with=ClientCertFile"` // likewise
	RedirectURL    string `env:"RP_REDIRECT_URL" validate:"required_if=Enabled true,omitempty,httpsurl,endswith=/rp/callback"`
	Scopes         Words  `env:"RP_SCOPES" validate:"unique,has=openid,dive,word"`
	Profile        string `env:"RP_PROFILE" validate:"oneof=psc psc-op rofim chg-meridian"`
	ExpectedTID    string `env:"RP_EXPECTED_TID" validate:"omitempty,word"` // empty: the one that the org lookup finds
	MetadataFile   string `env:"RP_METADATA_FILE"`                          // provider metadata (JSON), readable when loaded; empty: discovery at Issuer
	ACRValues      Words  `env:"RP_ACR_VALUES" validate:"unique,dive,word"`
	Issuers        List   `env:"RP_ISSUERS" validate:"unique,dive,issuerpattern"` // further issuers that may be chosen on the page; * stands for one label or segment
	AnyAddress     bool   `env:"RP_INSECURE_ANY_ADDRESS"`                         // a provider may name endpoints at addresses that are nearer than its own
}

func rpVariables() []Variable {
	const group = "Relying party"
	return []Variable{
		{
			Name: "RP_ENABLED", Group: group, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Serve the test relying party under /rp/.",
			French:  "Activer le contrôle des jetons sous /rp/.",
		},
		{
			Name: "RP_BASIC_AUTH_FILE", Group: group, Example: "/etc/pschook/rp.htpasswd",
			Wanted:  "a readable htpasswd file (bcrypt)",
			English: "Users who may open it (htpasswd, bcrypt); everybody when not set.",
			French:  "Utilisateurs autorisés à l'ouvrir (htpasswd, bcrypt) ; tout le monde par défaut.",
		},
		{
			Name: "RP_CLIENT_ID", Group: group, Example: "0oa1example2client3x4",
			Wanted:  "the client id of the relying party",
			English: "Its client id.",
			French:  "Son identifiant client.",
		},
		{
			Name: "RP_CLIENT_SECRET", Group: group, Example: "shown by Okta for the app",
			Wanted:  "the client secret, visible ASCII characters only",
			English: "Its client secret; a public client has none.",
			French:  "Son secret ; un client public n'en a pas.",
		},
		{
			Name: "RP_CLIENT_CERT_FILE", Group: group, Example: "/etc/pschook/rp/client.crt",
			Wanted:  "a readable file with a certificate and its chain (PEM)",
			English: "Its client certificate (tls_client_auth, RFC 8705), shown to a provider that asks for one; read again when it changes.",
			French:  "Son certificat client (tls_client_auth, RFC 8705), présenté au fournisseur qui en demande un ; relu quand il change.",
		},
		{
			Name: "RP_CLIENT_KEY_FILE", Group: group, Example: "/etc/pschook/rp/client.key",
			Wanted:  "a readable file with the certificate's private key (PEM)",
			English: "Private key of that certificate.",
			French:  "Clé privée de ce certificat.",
		},
		{
			Name: "RP_REDIRECT_URL", Group: group, Example: "https://pschook.example.org/rp/callback",
			Wanted:  "the https URL (http for loopback) at which browsers reach /rp/callback",
			English: "Where the provider sends the browser back, as registered there.",
			French:  "URI de redirection, à laquelle le fournisseur renvoie le navigateur, telle qu'elle y est déclarée.",
		},
		{
			Name: "RP_SCOPES", Group: group, Default: "openid profile email", Example: "openid scope_all",
			Wanted:  "scopes separated by spaces, each once, openid among them",
			English: "Scopes it asks for. For `psc-op` the default is `openid scope_all`, for `rofim` `openid email partner_profil`.",
			French:  "Portées demandées. Pour `psc-op` c'est par défaut `openid scope_all`, pour `rofim` `openid email partner_profil`.",
		},
		{
			Name: "RP_ACR_VALUES", Group: group, Example: "eidas1",
			Wanted:  "acr values separated by spaces, each once",
			English: "Authentication context classes it asks for (acr_values).",
			French:  "Niveaux d'authentification demandés (acr_values).",
		},
	}
}

func rpProviderVariables() []Variable {
	const group = "Relying party"
	return []Variable{
		{
			Name: "RP_ISSUER", Group: group, Example: "https://example.okta.com/oauth2/default",
			Wanted:  "the https URL of the issuer (http for loopback), without query or fragment",
			English: "Issuer of the provider to sign in at.",
			French:  "Émetteur du fournisseur auquel se connecter.",
		},
		{
			Name: "RP_ISSUERS", Group: group, Example: "https://*.okta.com/oauth2/*,https://auth.example.org/realms/psc",
			Wanted:  "https issuer URLs separated by commas, each once; * stands for one label of the host or one segment of the path",
			English: "Further issuers that may be chosen on the page. Where the host has a `*`, public addresses only.",
			French:  "Autres émetteurs que l'on peut choisir sur la page. Quand l'hôte contient `*`, adresses publiques seulement.",
		},
		{
			Name: "RP_METADATA_FILE", Group: group, Example: "/etc/pschook/provider.json",
			Wanted:  "a readable file with provider metadata (JSON)",
			English: "Provider metadata by hand; when not set, discovered at the issuer: `openid-configuration`, for `psc-op` `wallet-openid-configuration` before it.",
			French:  "Métadonnées du fournisseur saisies à la main ; par défaut, découvertes chez l'émetteur : `openid-configuration`, et pour `psc-op` d'abord `wallet-openid-configuration`.",
		},
		{
			Name: "RP_INSECURE_ANY_ADDRESS", Group: group, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Let a provider on the Internet name endpoints in private networks or on this machine; for test stands only.",
			French:  "Laisser un fournisseur sur Internet désigner des points d'accès sur un réseau privé ou sur cette machine ; bancs d'essai seulement.",
		},
		{
			Name: "RP_PROFILE", Group: group, Default: "psc", Example: "psc-op",
			Wanted:  "psc, psc-op, rofim or chg-meridian",
			English: "Which party's rules the tokens are checked by.",
			French:  "Règles suivies pour contrôler les jetons.",
		},
		{
			Name: "RP_EXPECTED_TID", Group: group, Example: "OKTA_hopital",
			Wanted:  "the tid to expect, without spaces",
			English: "The tid to expect; the one that the org lookup finds when not set.",
			French:  "Valeur de tid attendue ; celle de l'organisation par défaut.",
		},
	}
}

// ScopesOf returns the scopes that clients of a profile ask for, separated by spaces. PSC and Rofim
// document theirs; the others are what clients of an Okta org need.
func ScopesOf(profile string) string {
	switch profile {
	case "psc-op":
		return "openid scope_all"
	case "rofim":
		return "openid email partner_profil"
	}
	return "openid profile email"
}
