package config

// Claims says which claims are added to which token, and in what form.
type Claims struct {
	AccessToken   List   `env:"ACCESS_TOKEN_CLAIMS" validate:"unique,dive,oneof=oid tid amr"` // empty or nil: none
	IDToken       List   `env:"ID_TOKEN_CLAIMS" validate:"unique,dive,oneof=oid tid amr"`     // empty or nil: none
	Reserved      string `env:"RESERVED_CLAIMS" validate:"oneof=developer support"`           // which of Okta's two lists of reserved claims applies
	AllowReserved List   `env:"ALLOW_RESERVED_CLAIMS" validate:"unique,dive,oneof=oid tid amr"`
	AMRPolicyFile string `env:"AMR_POLICY_FILE"`                      // YAML, readable when loaded; empty: the built-in policy
	Homologation  string `env:"HOMOLOGATION_FILE"`                    // YAML, readable when loaded; empty: none. The hook does not use it
	OIDFormat     string `env:"OID_FORMAT" validate:"oneof=raw uuid"` // [FormatRaw] or [FormatUUID]
	TIDFormat     string `env:"TID_FORMAT" validate:"oneof=raw uuid"` // [FormatRaw] or [FormatUUID]
}

// Values of [Claims.OIDFormat] and [Claims.TIDFormat].
const (
	FormatRaw  = "raw"  // the id as Okta writes it
	FormatUUID = "uuid" // a version 5 UUID made from it
)

func claimVariables() []Variable {
	const (
		group  = "Claims"
		claims = "oid, tid and amr separated by commas, each at most once, or the word none"
	)
	return []Variable{
		{
			Name: "ACCESS_TOKEN_CLAIMS", Group: group, Default: "oid,tid,amr", None: true, Example: "oid,tid",
			Wanted:  claims,
			English: "Claims added to access tokens.",
			French:  "Claims ajoutés aux jetons d'accès.",
		},
		{
			Name: "ID_TOKEN_CLAIMS", Group: group, Default: "tid", None: true, Example: none,
			Wanted:  claims,
			English: "Claims added to ID tokens.",
			French:  "Claims ajoutés aux jetons d'identité.",
		},
		{
			Name: "OID_FORMAT", Group: group, Default: FormatRaw, Example: FormatUUID,
			Wanted:  "raw or uuid",
			English: "Form of oid: the Okta user id, or a version 5 UUID made from it.",
			French:  "Forme d'oid : l'identifiant Okta, ou un UUID version 5 calculé à partir de lui.",
		},
		{
			Name: "RESERVED_CLAIMS", Group: group, Default: "developer", Example: "support",
			Wanted:  "developer or support",
			English: "Which of Okta's two lists of reserved claims to go by: the developer documentation's or the support article's.",
			French:  "Liste des claims réservés à suivre : celle de la documentation développeur ou celle de l'article d'assistance d'Okta.",
		},
		{
			Name: "ALLOW_RESERVED_CLAIMS", Group: group, Example: "amr",
			Wanted:  "oid, tid and amr separated by commas, each at most once",
			English: "Claims to add although that list reserves them; Okta may then drop the whole answer.",
			French:  "Claims à ajouter bien que cette liste les réserve ; Okta peut alors ignorer toute la réponse.",
		},
		{
			Name: "AMR_POLICY_FILE", Group: group, Example: "/etc/pschook/amr-policy.yaml",
			Wanted:  "a readable file with an AMR policy (YAML)",
			English: "AMR policy; the built-in one when not set.",
			French:  "Politique AMR ; la politique intégrée par défaut.",
		},
		{
			Name: "HOMOLOGATION_FILE", Group: group, Example: "/etc/pschook/homologation.yaml",
			Wanted:  "a readable file that says by what right each means of identification is used (YAML)",
			English: "By what right each means of identification is used, with reference and dates; `doctor`, `verify`, `evidence` and the tester's page warn before one ends.",
			French:  "À quel titre chaque MIE est utilisé, avec référence et dates ; `doctor`, `verify`, `evidence` et la page du contrôle des jetons avertissent avant l'échéance.",
		},
	}
}
