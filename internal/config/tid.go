package config

import "time"

// TID says where the org id for the claim tid comes from.
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

func tidVariables() []Variable {
	const group = "Org id (tid)"
	return []Variable{
		{
			Name: "TID_SOURCE", Group: group, Example: "management",
			Wanted:  "management, well-known or static",
			English: "Where the org id comes from; by default management with a credential, else static with PSCHOOK_TID_VALUE, else well-known.",
			French:  "Origine de l'identifiant ; par défaut management avec un jeton ou une clé, sinon static avec PSCHOOK_TID_VALUE, sinon well-known.",
		},
		{
			Name: "TID_VALUE", Group: group, Example: "OKTA_hopital",
			Wanted:  "the value agreed with the ANS for tid, without spaces",
			English: "The value of tid when its source is static.",
			French:  "Valeur de tid quand l'origine est static.",
		},
		{
			Name: "TID_FORMAT", Group: group, Default: FormatRaw, Example: FormatUUID,
			Wanted:  "raw or uuid",
			English: "Form of tid: as Okta has it, or a version 5 UUID made from it.",
			French:  "Forme de tid : l'identifiant tel qu'Okta le donne, ou un UUID version 5 calculé à partir de lui.",
		},
		{
			Name: "ORG_CACHE_TTL", Group: group, Default: "1h", Example: "15m",
			Wanted:  "a duration from 1s to 168h",
			English: "How often the org id is looked up again in the background.",
			French:  "Intervalle de relecture de l'identifiant en arrière-plan.",
		},
		{
			Name: "ORG_CACHE_FILE", Group: group, Type: TypePath, Example: "/var/lib/pschook/org.json",
			Wanted:  "a path that the service may write",
			English: "File that keeps the org id across restarts.",
			French:  "Fichier qui conserve l'identifiant d'un redémarrage à l'autre.",
		},
	}
}
