package config

import "slices"

// Variable describes one environment variable. The table of all of them, [Variables], is what the example
// file, the printed configuration and the reference are made from.
type Variable struct {
	Name     string // whole name, such as "PSCHOOK_LOG_LEVEL"
	Group    string // variables of one group stand together
	Type     Type
	Values   []string // of a choice: all there are
	Default  string   // as one would write it; empty: none
	Required bool     // without regard to other variables
	Secret   bool     // the value is never printed
	HasFile  bool     // Name + "_FILE" may hold the path of a file with the value instead
	None     bool     // the word "none" makes it empty
	Example  string   // a good value; for a secret, how to make one
	Wanted   string   // completes "got …, wanted …"
	English  string   // what it does, one sentence
	French   string   // the same in French
}

// Type is the kind of a variable's value, as the reference names it.
type Type string

// The types of variables.
const (
	TypeAddress  Type = "address"  // host:port
	TypeBoolean  Type = "boolean"  // true or false
	TypeChoice   Type = "choice"   // one of a few words
	TypeDuration Type = "duration" // Go notation: 2s, 1h30m
	TypeFile     Type = "file"     // path of a file to read
	TypePath     Type = "path"     // path of a file to write
	TypeList     Type = "list"     // separated by commas
	TypeWords    Type = "words"    // separated by spaces
	TypeSecret   Type = "secret"
	TypeText     Type = "text"
	TypeURL      Type = "URL"
	TypeNumber   Type = "number"
	TypeNetworks Type = "networks" // IP networks in CIDR notation, or addresses, separated by commas
)

// fileSuffix makes the name of the variable that holds the path of a file with the value.
const fileSuffix = "_FILE"

// none is the word for emptiness where a default would else step in.
const none = "none"

// Variables returns the table of all variables, in the order in which they are best explained. The caller
// may change what it gets.
func Variables() []Variable {
	table := slices.Concat(listenVariables(), tlsVariables(), logVariables(), oktaVariables(), tidVariables(),
		hookVariables(), callerVariables(), outcomeVariables(), claimVariables(), rpVariables(), rpProviderVariables())
	for i := range table {
		table[i].Name = Prefix + table[i].Name
	}
	return table
}

func listenVariables() []Variable {
	const group = "Listening"
	return []Variable{
		{
			Name: "LISTEN_ADDR", Group: group, Type: TypeAddress, Default: ":8080", Example: "127.0.0.1:8080",
			Wanted:  "host:port or :port",
			English: "Address of the main listener, which answers Okta.",
			French:  "Adresse d'écoute principale, celle qui répond à Okta.",
		},
		{
			Name: "ADMIN_ADDR", Group: group, Type: TypeAddress, Default: "127.0.0.1:9090", None: true, Example: ":9090",
			Wanted:  "host:port or :port, other than PSCHOOK_LISTEN_ADDR, or the word none",
			English: "Address of the admin listener (health and metrics); none turns it off.",
			French:  "Adresse d'écoute d'administration (santé et métriques) ; none la désactive.",
		},
		{
			Name: "ADMIN_HOSTS", Group: group, Type: TypeList, Example: "pschook.intranet.example.org",
			Wanted:  "host names separated by commas, each once",
			English: "Names under which /admin/ may be opened, beside IP addresses and localhost, so that no page of a stranger can read it; health and metrics answer to any name.",
			French:  "Noms sous lesquels /admin/ peut être ouvert, outre les adresses IP et localhost, pour qu'aucune page d'un inconnu ne puisse le lire ; santé et métriques répondent à tout nom.",
		},
		{
			Name: "SHUTDOWN_TIMEOUT", Group: group, Type: TypeDuration, Default: "10s", Example: "20s",
			Wanted:  "a duration above 0s and up to 10m",
			English: "How long calls under way may take to end once the service is told to stop.",
			French:  "Temps laissé aux appels en cours pour se terminer quand le service doit s'arrêter.",
		},
		{
			Name: "DRAIN_DELAY", Group: group, Type: TypeDuration, Default: "3s", Example: "10s",
			Wanted:  "a duration from 0s to 5m",
			English: "How long before that it still answers everything, but /readyz says 503, so that load balancers send new calls elsewhere.",
			French:  "Temps pendant lequel il répond encore à tout avant cela, /readyz disant 503, pour que les répartiteurs envoient les nouveaux appels ailleurs.",
		},
		{
			Name: "MAX_CONNECTIONS", Group: group, Type: TypeNumber, Default: "4096", Example: "1024",
			Wanted:  "a whole number from 16 to 1000000",
			English: "Most connections to the main listener at a time, fewer where the limit on open files is low; beyond, the oldest on which nobody has authenticated is closed.",
			French:  "Nombre maximal de connexions simultanées, moindre si la limite des fichiers ouverts est basse ; au-delà, la plus ancienne sur laquelle personne ne s'est authentifié est fermée.",
		},
		{
			Name: "TRUSTED_PROXIES", Group: group, Type: TypeNetworks, Example: "10.0.0.0/8,192.0.2.7/32",
			Wanted:  networks,
			English: "Proxies in front of the service: only from them is X-Forwarded-For believed, to know where a call comes from.",
			French:  "Reverse proxies placés devant le service : eux seuls sont crus quand X-Forwarded-For dit d'où vient un appel.",
		},
	}
}

const networks = "IP networks in CIDR notation or addresses, separated by commas, each once"

func tlsVariables() []Variable {
	const group = "TLS"
	return []Variable{
		{
			Name: "TLS_CERT_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/tls/tls.crt",
			Wanted:  "a readable file with a certificate and its chain (PEM)",
			English: "Certificate of the main listener with its chain, read again when it changes; plain http when not set, for use behind a proxy.",
			French:  "Certificat de l'écoute principale avec sa chaîne, relu quand il change ; http simple si absent, pour un usage derrière un reverse proxy.",
		},
		{
			Name: "TLS_KEY_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/tls/tls.key",
			Wanted:  "a readable file with the certificate's private key (PEM)",
			English: "Private key of that certificate.",
			French:  "Clé privée de ce certificat.",
		},
		{
			Name: "TLS_CLIENT_CA_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/tls/client-ca.crt",
			Wanted:  "a readable file with certificates of authorities (PEM)",
			English: "Authorities of client certificates, read again when it changes: who has none of theirs cannot connect to the main listener.",
			French:  "Autorités des certificats clients, relues quand elles changent : sans certificat de l'une d'elles, nul ne se connecte à l'écoute principale.",
		},
	}
}

func logVariables() []Variable {
	const group = "Logging"
	return []Variable{
		{
			Name: "LOG_LEVEL", Group: group, Type: TypeChoice, Default: "info", Example: "debug",
			Values:  []string{"debug", "info", "warn", "error"},
			Wanted:  "debug, info, warn or error",
			English: "Least level that is logged.",
			French:  "Niveau minimal des messages journalisés.",
		},
		{
			Name: "LOG_FORMAT", Group: group, Type: TypeChoice, Default: "json", Example: "text",
			Values:  []string{"json", "text"},
			Wanted:  "json or text",
			English: "Form of the log lines.",
			French:  "Format des lignes du journal.",
		},
	}
}

func oktaVariables() []Variable {
	const group = "Okta org"
	return []Variable{
		{
			Name: "OKTA_ORG_URL", Group: group, Type: TypeURL, Required: true, Example: "https://example.okta.com",
			Wanted:  "the https URL of the Okta org, host only (http for loopback)",
			English: "The Okta org that calls the hook.",
			French:  "L'organisation Okta qui appelle le hook.",
		},
		{
			Name: "OKTA_API_TOKEN", Group: group, Type: TypeSecret, Secret: true, HasFile: true, Example: "made in the Okta Admin Console under Security, API, Tokens",
			Wanted:  "an Okta API token, or an API service app instead, not both",
			English: "API token for the Management API, to look up the org id.",
			French:  "Jeton d'API pour l'API de gestion, afin de lire l'identifiant de l'organisation.",
		},
		{
			Name: "OKTA_CLIENT_ID", Group: group, Type: TypeText, Example: "0oa1example2client3x4",
			Wanted:  "the client id of an Okta API service app",
			English: "API service app for the Management API, instead of a token (scope okta.orgs.read).",
			French:  "Application de service pour l'API de gestion, à la place d'un jeton (portée okta.orgs.read).",
		},
		{
			Name: "OKTA_PRIVATE_KEY_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/okta-key.pem",
			Wanted:  "a readable file with the app's private key (PEM or JWK)",
			English: "Private key of that app, PEM or JWK.",
			French:  "Clé privée de cette application, PEM ou JWK.",
		},
		{
			Name: "OKTA_PRIVATE_KEY_ID", Group: group, Type: TypeText, Example: "kid-2026",
			Wanted:  "the key id (kid) that Okta shows for the key",
			English: "Key id (kid) of that private key, as Okta shows it.",
			French:  "Identifiant (kid) de cette clé privée, tel qu'Okta l'affiche.",
		},
		{
			Name: "OKTA_ISSUERS", Group: group, Type: TypeList, Example: "https://login.example.org/oauth2/default",
			Wanted:  "https issuer URLs separated by commas, each once",
			English: "Token issuers to accept beside those on the org's own hosts.",
			French:  "Émetteurs de jetons acceptés en plus de ceux des domaines de l'organisation.",
		},
	}
}

func tidVariables() []Variable {
	const group = "Org id (tid)"
	return []Variable{
		{
			Name: "TID_SOURCE", Group: group, Type: TypeChoice, Example: "management",
			Values:  []string{SourceManagement, SourceWellKnown, SourceStatic},
			Wanted:  "management, well-known or static",
			English: "Where the org id comes from; by default management with a credential, else static with PSCHOOK_TID_VALUE, else well-known.",
			French:  "Origine de l'identifiant ; par défaut management avec un jeton ou une clé, sinon static avec PSCHOOK_TID_VALUE, sinon well-known.",
		},
		{
			Name: "TID_VALUE", Group: group, Type: TypeText, Example: "OKTA_hopital",
			Wanted:  "the value agreed with the ANS for tid, without spaces",
			English: "The value of tid when its source is static.",
			French:  "Valeur de tid quand l'origine est static.",
		},
		{
			Name: "TID_FORMAT", Group: group, Type: TypeChoice, Default: FormatRaw, Example: FormatUUID,
			Values:  []string{FormatRaw, FormatUUID},
			Wanted:  "raw or uuid",
			English: "Form of tid: as Okta has it, or a version 5 UUID made from it.",
			French:  "Forme de tid : telle quelle, ou UUID version 5 calculé à partir d'elle.",
		},
		{
			Name: "ORG_CACHE_TTL", Group: group, Type: TypeDuration, Default: "1h", Example: "15m",
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

func hookVariables() []Variable {
	const group = "Hook"
	return []Variable{
		{
			Name: "HOOK_AUTH_HEADER", Group: group, Type: TypeText, Default: "Authorization", Example: "X-Hook-Secret",
			Wanted:  "an HTTP header name that carries nothing else",
			English: "Header in which Okta sends the secret.",
			French:  "En-tête dans lequel Okta envoie le secret.",
		},
		{
			Name: "HOOK_SECRETS", Group: group, Type: TypeSecret, Secret: true, Example: "openssl rand -hex 32",
			Wanted:  "random secrets of at least 16 visible ASCII characters, separated by commas, each once",
			English: "Secrets that Okta may send, whole header values separated by commas, two while one replaces the other; this, the file or PSCHOOK_HOOK_OAUTH_ISSUER is required.",
			French:  "Secrets qu'Okta peut envoyer, valeurs d'en-tête complètes séparées par des virgules, deux pendant un remplacement ; obligatoire, ici ou dans le fichier, sauf avec PSCHOOK_HOOK_OAUTH_ISSUER.",
		},
		{
			Name: "HOOK_SECRETS_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/hook-secrets",
			Wanted:  "a readable file with one random secret of at least 16 visible ASCII characters on each line",
			English: "File with one such secret a line, instead; empty lines and lines that begin with # are left out; read again when it changes.",
			French:  "Fichier contenant un tel secret par ligne, à la place ; les lignes vides et celles qui commencent par # sont ignorées ; relu quand il change.",
		},
		{
			Name: "HOOK_MAX_CONCURRENT", Group: group, Type: TypeNumber, Default: "512", Example: "128",
			Wanted:  "a whole number from 1 to 100000",
			English: "Calls answered at a time, the others with 503 at once; Okta makes at most 75 (35 on free orgs) at a time unless it was asked for more.",
			French:  "Appels traités simultanément, les autres recevant 503 aussitôt ; Okta en fait au plus 75 à la fois (35 pour une organisation gratuite), sauf demande.",
		},
		{
			Name: "HOOK_TIMEOUT", Group: group, Type: TypeDuration, Default: "2s", Example: "1.5s",
			Wanted:  "a duration above 0s and below 3s, since Okta waits 3 s",
			English: "Most time that an answer may take.",
			French:  "Durée maximale d'une réponse.",
		},
		{
			Name: "CLIENT_IDS", Group: group, Type: TypeList, Example: "0oa1example2client3x4",
			Wanted:  "OAuth client ids separated by commas, each once",
			English: "Clients whose tokens get the claims; every client when empty.",
			French:  "Clients dont les jetons reçoivent les claims ; tous si la liste est vide.",
		},
		{
			Name: "ON_FAILURE", Group: group, Type: TypeChoice, Default: OnFailureDeny, Example: OnFailureOmit,
			Values:  []string{OnFailureDeny, OnFailureOmit},
			Wanted:  "deny or omit",
			English: "When tid or oid is not known: deny refuses the token, omit leaves the claim out.",
			French:  "Quand tid ou oid n'est pas connu : deny refuse le jeton, omit le délivre sans ce claim.",
		},
		{
			Name: "SHADOW", Group: group, Type: TypeBoolean, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Compute, log and count everything, but add nothing: to rehearse a rollout.",
			French:  "Tout calculer, journaliser et compter, sans rien ajouter : pour répéter une mise en service.",
		},
		{
			Name: "DEBUG_CONTEXT", Group: group, Type: TypeBoolean, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Add a debugContext to each answer, which Okta's System Log then shows: version, outcome, AMR rule, source of the org id, trace id; nothing about a person.",
			French:  "Ajouter à chaque réponse un debugContext, que le System Log d'Okta montre alors : version, issue, règle AMR, source de l'identifiant de l'organisation, identifiant de trace ; rien sur une personne.",
		},
	}
}

// callerVariables say who may call, beside the secrets.
func callerVariables() []Variable {
	const group = "Hook"
	return []Variable{
		{
			Name: "HOOK_OAUTH_ISSUER", Group: group, Type: TypeURL, Example: "https://example.okta.com/oauth2/aus1example2server3x4",
			Wanted:  "the https URL of an authorization server (http for loopback), exactly as in the tokens' iss",
			English: "Authorization server whose access tokens authenticate Okta, beside or instead of secrets; not the one whose rule calls the hook, for that recurses.",
			French:  "Serveur d'autorisation dont les jetons d'accès authentifient Okta, avec ou à la place de secrets ; pas celui dont la règle appelle le hook, qui tournerait en rond.",
		},
		{
			Name: "HOOK_OAUTH_AUDIENCE", Group: group, Type: TypeText, Example: "https://pschook.example.org",
			Wanted:  "the audience of those tokens",
			English: "Audience that those tokens must have (aud).",
			French:  "Audience que ces jetons doivent porter (aud).",
		},
		{
			Name: "HOOK_OAUTH_CLIENT_IDS", Group: group, Type: TypeList, Example: "0oa1example2hook3x4",
			Wanted:  "OAuth client ids separated by commas, each once",
			English: "Clients that those tokens must have been issued to: the one that is entered in the hook.",
			French:  "Clients auxquels ces jetons doivent avoir été délivrés : celui saisi dans le hook.",
		},
		{
			Name: "HOOK_OAUTH_SCOPE", Group: group, Type: TypeText, Example: "pschook.call",
			Wanted:  "one scope",
			English: "Scope that those tokens must carry; any when not set.",
			French:  "Portée que ces jetons doivent porter ; indifférente par défaut.",
		},
		{
			Name: "ALLOWED_CIDRS", Group: group, Type: TypeNetworks, Example: "192.0.2.0/24,2001:db8::/32",
			Wanted:  networks,
			English: "Networks that calls may come from, such as Okta's published ranges; from anywhere when not set.",
			French:  "Réseaux d'où les appels peuvent venir, comme les plages publiées par Okta ; de partout par défaut.",
		},
	}
}

// outcomeVariables say how the service finds out what Okta did with its answers.
func outcomeVariables() []Variable {
	const group = "What Okta did"
	return []Variable{
		{
			Name: "OUTCOMES", Group: group, Type: TypeChoice, Default: OutcomesOff, Example: OutcomesLog,
			Values:  []string{OutcomesOff, OutcomesEvents, OutcomesLog},
			Wanted:  "off, events or log (which needs a credential with okta.logs.read)",
			English: "Whether to find out what Okta did with the answers: log reads its System Log and takes what event hooks push to /hooks/okta/events, events only the latter.",
			French:  "Suivre ou non ce qu’Okta a fait des réponses : log lit son System Log et reçoit ce que les event hooks envoient à /hooks/okta/events, events seulement ces derniers.",
		},
		{
			Name: "OUTCOMES_INTERVAL", Group: group, Type: TypeDuration, Default: "1m", Example: "30s",
			Wanted:  "a duration from 10s to 1h",
			English: "How often the System Log is read.",
			French:  "Intervalle de lecture du System Log.",
		},
		{
			Name: "OUTCOMES_HOOK_ID", Group: group, Type: TypeText, Example: "cal1example2hook3x4",
			Wanted:  "the id of the inline hook in Okta",
			English: "Inline hook whose events count, in an org that has others; every inline hook's when not set.",
			French:  "Inline hook dont les événements comptent, si l’organisation en a d’autres ; tous par défaut.",
		},
		{
			Name: "SHAPES_FILE", Group: group, Type: TypePath, Example: "/var/lib/pschook/shapes.jsonl",
			Wanted:  "a path that the service may write",
			English: "File for what the first 200 calls look like, without anybody's data: for a first installation, see pschook shapes.",
			French:  "Fichier pour la forme des 200 premiers appels, sans aucune donnée personnelle : pour une première installation, voir pschook shapes.",
		},
	}
}

func claimVariables() []Variable {
	const (
		group  = "Claims"
		claims = "oid, tid and amr separated by commas, each at most once, or the word none"
	)
	return []Variable{
		{
			Name: "ACCESS_TOKEN_CLAIMS", Group: group, Type: TypeList, Default: "oid,tid,amr", None: true, Example: "oid,tid",
			Wanted:  claims,
			English: "Claims added to access tokens.",
			French:  "Claims ajoutés aux jetons d'accès.",
		},
		{
			Name: "ID_TOKEN_CLAIMS", Group: group, Type: TypeList, Default: "tid", None: true, Example: none,
			Wanted:  claims,
			English: "Claims added to ID tokens.",
			French:  "Claims ajoutés aux jetons d'identité.",
		},
		{
			Name: "OID_FORMAT", Group: group, Type: TypeChoice, Default: FormatRaw, Example: FormatUUID,
			Values:  []string{FormatRaw, FormatUUID},
			Wanted:  "raw or uuid",
			English: "Form of oid: the Okta user id, or a version 5 UUID made from it.",
			French:  "Forme de oid : l'identifiant Okta, ou un UUID version 5 calculé à partir de lui.",
		},
		{
			Name: "RESERVED_CLAIMS", Group: group, Type: TypeChoice, Default: "developer", Example: "support",
			Values:  []string{"developer", "support"},
			Wanted:  "developer or support",
			English: "Which of Okta's two lists of reserved claims to go by: the developer documentation's or the support article's.",
			French:  "Liste des claims réservés à suivre : celle de la documentation développeur ou celle de l'article d'assistance d'Okta.",
		},
		{
			Name: "ALLOW_RESERVED_CLAIMS", Group: group, Type: TypeList, Example: "amr",
			Wanted:  "oid, tid and amr separated by commas, each at most once",
			English: "Claims to add although that list reserves them; Okta may then drop the whole answer.",
			French:  "Claims à ajouter bien que cette liste les réserve ; Okta peut alors ignorer toute la réponse.",
		},
		{
			Name: "AMR_POLICY_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/amr-policy.yaml",
			Wanted:  "a readable file with an AMR policy (YAML)",
			English: "AMR policy; the built-in one when not set.",
			French:  "Politique AMR ; la politique intégrée par défaut.",
		},
	}
}

func rpVariables() []Variable {
	const group = "Relying party"
	return []Variable{
		{
			Name: "RP_ENABLED", Group: group, Type: TypeBoolean, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Serve the test relying party under /rp/.",
			French:  "Activer le client de test sous /rp/.",
		},
		{
			Name: "RP_BASIC_AUTH_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/rp.htpasswd",
			Wanted:  "a readable htpasswd file (bcrypt)",
			English: "Users who may open it (htpasswd, bcrypt); everybody when not set.",
			French:  "Utilisateurs autorisés à l'ouvrir (htpasswd, bcrypt) ; tout le monde par défaut.",
		},
		{
			Name: "RP_CLIENT_ID", Group: group, Type: TypeText, Example: "0oa1example2client3x4",
			Wanted:  "the client id of the relying party",
			English: "Its client id.",
			French:  "Son identifiant de client.",
		},
		{
			Name: "RP_CLIENT_SECRET", Group: group, Type: TypeSecret, Secret: true, HasFile: true, Example: "shown by Okta for the app",
			Wanted:  "the client secret, visible ASCII characters only",
			English: "Its client secret; a public client has none.",
			French:  "Son secret de client ; un client public n'en a pas.",
		},
		{
			Name: "RP_REDIRECT_URL", Group: group, Type: TypeURL, Example: "https://pschook.example.org/rp/callback",
			Wanted:  "the https URL (http for loopback) at which browsers reach /rp/callback",
			English: "Where the provider sends the browser back, as registered there.",
			French:  "Adresse de retour du navigateur, telle que déclarée chez le fournisseur.",
		},
		{
			Name: "RP_SCOPES", Group: group, Type: TypeWords, Default: "openid profile email", Example: "openid scope_all",
			Wanted:  "scopes separated by spaces, each once, openid among them",
			English: "Scopes it asks for.",
			French:  "Portées demandées.",
		},
		{
			Name: "RP_ACR_VALUES", Group: group, Type: TypeWords, Example: "eidas1",
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
			Name: "RP_ISSUER", Group: group, Type: TypeURL, Example: "https://example.okta.com/oauth2/default",
			Wanted:  "the https URL of the issuer (http for loopback), without query or fragment",
			English: "Issuer of the provider to sign in at.",
			French:  "Émetteur du fournisseur auquel se connecter.",
		},
		{
			Name: "RP_METADATA_FILE", Group: group, Type: TypeFile, Example: "/etc/pschook/provider.json",
			Wanted:  "a readable file with provider metadata (JSON)",
			English: "Provider metadata by hand; discovered at the issuer when not set.",
			French:  "Métadonnées du fournisseur saisies à la main ; découvertes chez l'émetteur par défaut.",
		},
		{
			Name: "RP_INSECURE_ANY_ADDRESS", Group: group, Type: TypeBoolean, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Let a provider on the Internet name endpoints in private networks or on this machine; for test stands only.",
			French:  "Laisser un fournisseur sur Internet désigner des points d'accès sur un réseau privé ou sur cette machine ; bancs d'essai seulement.",
		},
		{
			Name: "RP_PROFILE", Group: group, Type: TypeChoice, Default: "psc", Example: "psc-op",
			Values:  []string{"psc", "psc-op", "rofim", "chg-meridian"},
			Wanted:  "psc, psc-op, rofim or chg-meridian",
			English: "Which party's rules the tokens are checked by.",
			French:  "Règles suivies pour contrôler les jetons.",
		},
		{
			Name: "RP_EXPECTED_TID", Group: group, Type: TypeText, Example: "OKTA_hopital",
			Wanted:  "the tid to expect, without spaces",
			English: "The tid to expect; the one that the org lookup finds when not set.",
			French:  "Valeur de tid attendue ; celle de l'organisation par défaut.",
		},
	}
}
