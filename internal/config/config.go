// Package config turns the environment into one validated [Config].
//
// [Load] reads every variable from a given environment into its final type. It reports all faults
// at once. Each fault has the variable's name, what was found, what is wanted and what to type. No
// error and no printed configuration holds a secret.
//
// An empty variable counts as not set. Where an empty value is a setting of its own, write the word
// "none".
//
// config is ground floor: it imports no other package of this module except other ground-floor
// packages. Rules that other packages know (which claims are reserved, what an AMR policy may say)
// are added as a [Check].
package config

import "time"

// Prefix begins the name of every variable. The tags and tables in this package leave it out.
const Prefix = "PSCHOOK_"

// Config is the whole configuration. [Load] returns it complete: defaults filled in, text parsed.
// It is not changed afterwards, so many goroutines may read it.
type Config struct {
	ListenAddr      string        `env:"LISTEN_ADDR" validate:"address"`                      // host:port of the main listener
	AdminAddr       string        `env:"ADMIN_ADDR" validate:"omitempty,address"`             // host:port of the admin listener; empty: none
	AdminHosts      List          `env:"ADMIN_HOSTS" validate:"unique,dive,hostname_rfc1123"` // names that browsers may use for the admin listener, in addition to IP addresses and localhost
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" validate:"gt=0s,lte=10m"`           // time for the running calls to end when the service is told to stop
	DrainDelay      time.Duration `env:"DRAIN_DELAY" validate:"gte=0s,lte=5m"`                // time before that during which it still answers, but says that it is not ready
	MaxConnections  int           `env:"MAX_CONNECTIONS" validate:"gte=16,lte=1000000"`       // of the main listener, at one time
	TrustedProxies  Networks      `env:"TRUSTED_PROXIES" validate:"unique"`                   // proxies whose X-Forwarded-For is trusted

	TLS      TLS
	Log      Log
	Okta     Okta
	Hook     Hook
	Outcomes Outcomes
	Claims   Claims
	TID      TID
	RP       RP
}

const networks = "IP networks in CIDR notation or addresses, separated by commas, each once"

func listenVariables() []Variable {
	const group = "Listening"
	return []Variable{
		{
			Name: "LISTEN_ADDR", Group: group, Default: ":8080", Example: "127.0.0.1:8080",
			Wanted:  "host:port or :port",
			English: "Address of the main listener, which answers Okta.",
			French:  "Adresse du port principal, celle qui répond à Okta.",
		},
		{
			Name: "ADMIN_ADDR", Group: group, Default: "127.0.0.1:9090", None: true, Example: ":9090",
			Wanted:  "host:port or :port, other than PSCHOOK_LISTEN_ADDR, or the word none",
			English: "Address of the admin listener (health and metrics); none turns it off.",
			French:  "Adresse du port d'administration (santé et métriques) ; none le ferme.",
		},
		{
			Name: "ADMIN_HOSTS", Group: group, Example: "pschook.intranet.example.org",
			Wanted:  "host names separated by commas, each once",
			English: "Names under which /admin/ may be opened, in addition to IP addresses and localhost. Other names are refused, so that no foreign web page can read it; health and metrics answer to any name.",
			French:  "Noms sous lesquels /admin/ peut être ouvert, outre les adresses IP et localhost. Tout autre nom est refusé, pour qu'aucune page web étrangère ne puisse le lire ; santé et métriques répondent sous n'importe quel nom.",
		},
		{
			Name: "SHUTDOWN_TIMEOUT", Group: group, Default: "10s", Example: "20s",
			Wanted:  "a duration above 0s and up to 10m",
			English: "How long calls under way may take to end once the service is told to stop.",
			French:  "Temps laissé aux appels en cours pour se terminer quand le service doit s'arrêter.",
		},
		{
			Name: "DRAIN_DELAY", Group: group, Default: "3s", Example: "10s",
			Wanted:  "a duration from 0s to 5m",
			English: "How long it still answers everything before that while /readyz says 503, so that load balancers send new calls elsewhere.",
			French:  "Temps pendant lequel il répond encore à tout avant cela, tandis que /readyz répond 503, pour que les répartiteurs de charge envoient les nouveaux appels ailleurs.",
		},
		{
			Name: "MAX_CONNECTIONS", Group: group, Default: "4096", Example: "1024",
			Wanted:  "a whole number from 16 to 1000000",
			English: "Most connections to the main listener at a time, fewer if the limit on open files is low. Beyond that, the oldest connection on which nobody has authenticated is closed.",
			French:  "Nombre maximal de connexions simultanées au port principal, réduit si la limite de fichiers ouverts est basse ; au-delà, la plus ancienne sur laquelle personne ne s'est authentifié est fermée.",
		},
		{
			Name: "TRUSTED_PROXIES", Group: group, Example: "10.0.0.0/8,192.0.2.7/32",
			Wanted:  networks,
			English: "Proxies in front of the service. Only their X-Forwarded-For is believed when it says where a call comes from.",
			French:  "Reverse proxies placés devant le service : eux seuls sont crus quand X-Forwarded-For dit d'où vient un appel.",
		},
	}
}
