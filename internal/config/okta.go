package config

import "net/url"

// Okta describes the Okta org and the credential for its Management API.
type Okta struct {
	OrgURL *url.URL `env:"OKTA_ORG_URL, noinit" validate:"required,orgurl"` // scheme and host only, host in lower case

	// The credential for the Management API: a token, or an API service app with a private key
	// (OAuth 2.0 client credentials, private_key_jwt), or none.
	APIToken       Secret `env:"OKTA_API_TOKEN" validate:"omitempty,printascii,excluded_with=ClientID PrivateKeyFile PrivateKeyID"`
	ClientID       string `env:"OKTA_CLIENT_ID" validate:"required_with=PrivateKeyFile PrivateKeyID,omitempty,word"`
	PrivateKeyFile string `env:"OKTA_PRIVATE_KEY_FILE" validate:"required_with=ClientID PrivateKeyID"` // PEM or JWK, readable when loaded; not parsed here
	PrivateKeyID   string `env:"OKTA_PRIVATE_KEY_ID" validate:"required_with=ClientID PrivateKeyFile,omitempty,word"`

	// Issuers are accepted in addition to those on the org's own hosts. They are full issuer URLs
	// without a trailing slash, such as "https://login.example.org/oauth2/default".
	Issuers List `env:"OKTA_ISSUERS" validate:"unique,dive,httpsurl"`
}

// HasCredential reports whether any part of a Management API credential is set.
func (o Okta) HasCredential() bool {
	return o.APIToken != "" || o.ClientID != "" || o.PrivateKeyFile != "" || o.PrivateKeyID != ""
}

func oktaVariables() []Variable {
	const group = "Okta org"
	return []Variable{
		{
			Name: "OKTA_ORG_URL", Group: group, Example: "https://example.okta.com",
			Wanted:  "the https URL of the Okta org, host only (http for loopback)",
			English: "The Okta org that calls the hook.",
			French:  "L'organisation Okta qui appelle le hook.",
		},
		{
			Name: "OKTA_API_TOKEN", Group: group, Example: "made in the Okta Admin Console under Security, API, Tokens",
			Wanted:  "an Okta API token, or an API service app instead, not both",
			English: "API token for the Management API, to look up the org id.",
			French:  "Jeton d'API pour l'API de gestion, afin de lire l'identifiant de l'organisation.",
		},
		{
			Name: "OKTA_CLIENT_ID", Group: group, Example: "0oa1example2client3x4",
			Wanted:  "the client id of an Okta API service app",
			English: "API service app for the Management API, instead of a token (scope okta.orgs.read).",
			French:  "Application de service pour l'API de gestion, à la place d'un jeton (portée okta.orgs.read).",
		},
		{
			Name: "OKTA_PRIVATE_KEY_FILE", Group: group, Example: "/etc/pschook/okta-key.pem",
			Wanted:  "a readable file with the app's private key (PEM or JWK)",
			English: "Private key of that app, PEM or JWK.",
			French:  "Clé privée de cette application, PEM ou JWK.",
		},
		{
			Name: "OKTA_PRIVATE_KEY_ID", Group: group, Example: "kid-2026",
			Wanted:  "the key id (kid) that Okta shows for the key",
			English: "Key id (kid) of that private key, as Okta shows it.",
			French:  "Identifiant (kid) de cette clé privée, tel qu'Okta l'affiche.",
		},
		{
			Name: "OKTA_ISSUERS", Group: group, Example: "https://login.example.org/oauth2/default",
			Wanted:  "https issuer URLs separated by commas, each once",
			English: "Token issuers to accept beside those on the org's own hosts.",
			French:  "Émetteurs de jetons acceptés en plus de ceux des domaines de l'organisation.",
		},
	}
}
