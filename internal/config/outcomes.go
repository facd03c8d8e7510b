package config

import "time"

// Outcomes says how the service finds out what Okta did with its answers.
type Outcomes struct {
	Mode       string        `env:"OUTCOMES" validate:"oneof=off events log"` // [OutcomesOff], [OutcomesEvents] or [OutcomesLog]
	Interval   time.Duration `env:"OUTCOMES_INTERVAL" validate:"gte=10s,lte=1h"`
	HookID     string        `env:"OUTCOMES_HOOK_ID" validate:"omitempty,word"` // hook whose events count; empty: all inline hooks
	ShapesFile string        `env:"SHAPES_FILE"`                                // written by the service; empty: none
}

// Values of [Outcomes.Mode].
const (
	OutcomesOff    = "off"
	OutcomesEvents = "events" // read what Okta's event hooks send
	OutcomesLog    = "log"    // read that, and the System Log
)

// outcomeVariables returns the variables of [Outcomes].
func outcomeVariables() []Variable {
	const group = "What Okta did"
	return []Variable{
		{
			Name: "OUTCOMES", Group: group, Default: OutcomesOff, Example: OutcomesLog,
			Wanted:  "off, events or log (which needs a credential with okta.logs.read)",
			English: "Whether to find out what Okta did with the answers: log reads its System Log and takes what event hooks push to /hooks/okta/events, events only the latter.",
			French:  "Suivre ou non ce qu’Okta a fait des réponses : log lit son System Log et reçoit ce que les event hooks envoient à /hooks/okta/events, events seulement ces derniers.",
		},
		{
			Name: "OUTCOMES_INTERVAL", Group: group, Default: "1m", Example: "30s",
			Wanted:  "a duration from 10s to 1h",
			English: "How often the System Log is read.",
			French:  "Intervalle de lecture du System Log.",
		},
		{
			Name: "OUTCOMES_HOOK_ID", Group: group, Example: "cal1example2hook3x4",
			Wanted:  "the id of the inline hook in Okta",
			English: "Inline hook whose events count, if the org has several; those of every inline hook when not set.",
			French:  "Inline hook dont les événements comptent, si l’organisation en a d’autres ; tous par défaut.",
		},
		{
			Name: "SHAPES_FILE", Group: group, Type: TypePath, Example: "/var/lib/pschook/shapes.jsonl",
			Wanted:  "a path that the service may write",
			English: "File for what the first 200 calls look like, without personal data; for a first installation, see pschook shapes.",
			French:  "Fichier pour la forme des 200 premiers appels, sans aucune donnée personnelle : pour une première installation, voir pschook shapes.",
		},
	}
}
