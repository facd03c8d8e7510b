package config

// TLS is how the main listener proves its identity. The zero value means plain http, for use behind
// a proxy.
type TLS struct {
	CertFile     string `env:"TLS_CERT_FILE" validate:"required_with=KeyFile ClientCAFile"` // PEM, readable when loaded; not parsed here
	KeyFile      string `env:"TLS_KEY_FILE" validate:"required_with=CertFile ClientCAFile"` // likewise
	ClientCAFile string `env:"TLS_CLIENT_CA_FILE"`                                          // PEM: every client must have a certificate of one of these; empty: clients need none
}

func tlsVariables() []Variable {
	const group = "TLS"
	return []Variable{
		{
			Name: "TLS_CERT_FILE", Group: group, Example: "/etc/pschook/tls/tls.crt",
			Wanted:  "a readable file with a certificate and its chain (PEM)",
			English: "Certificate of the main listener with its chain, read again when it changes; plain http when not set, for use behind a proxy.",
			French:  "Certificat du port principal avec sa chaîne, relu quand il change ; http simple si absent, pour un usage derrière un reverse proxy.",
		},
		{
			Name: "TLS_KEY_FILE", Group: group, Example: "/etc/pschook/tls/tls.key",
			Wanted:  "a readable file with the certificate's private key (PEM)",
			English: "Private key of that certificate.",
			French:  "Clé privée de ce certificat.",
		},
		{
			Name: "TLS_CLIENT_CA_FILE", Group: group, Example: "/etc/pschook/tls/client-ca.crt",
			Wanted:  "a readable file with certificates of authorities (PEM)",
			English: "Authorities of client certificates, read again when it changes. Without a certificate from one of them, nobody can connect to the main listener.",
			French:  "Autorités des certificats clients, relues quand elles changent : sans certificat de l'une d'elles, nul ne se connecte au port principal.",
		},
	}
}
