package config

import "time"

// Hook says how Okta's calls are authenticated, selected and answered.
type Hook struct {
	AuthHeader  string  `env:"HOOK_AUTH_HEADER" validate:"authheader"`
	Secrets     Secrets `env:"HOOK_SECRETS" validate:"required_without=OAuthIssuer,omitempty,unique,dive,min=16,printascii"` // from the variable or the file; may be empty only with OAuthIssuer
	SecretsFile string  `env:"HOOK_SECRETS_FILE"`                                                                            // file of Secrets, read again by [ReadSecrets]; empty: they came from the variable

	// Callers may also, or only, authenticate with an access token (OAuth 2.0, RFC 6750) of this
	// issuer.
	OAuthIssuer    string `env:"HOOK_OAUTH_ISSUER" validate:"required_with=OAuthAudience OAuthClientIDs OAuthScope,omitempty,httpsurl"` // exactly as in the token's iss; empty: no OAuth
	OAuthAudience  string `env:"HOOK_OAUTH_AUDIENCE" validate:"required_with=OAuthIssuer,omitempty,printascii"`
	OAuthClientIDs List   `env:"HOOK_OAUTH_CLIENT_IDS" validate:"required_with=OAuthIssuer,unique,dive,word"` // clients whose tokens are accepted, because every client of an authorization server can get its audience
	OAuthScope     string `env:"HOOK_OAUTH_SCOPE" validate:"omitempty,word"`                                  // scope that the token must have; empty: any

	AllowedCIDRs  Networks `env:"ALLOWED_CIDRS" validate:"unique"`                 // networks that calls may come from; empty: anywhere
	MaxConcurrent int      `env:"HOOK_MAX_CONCURRENT" validate:"gte=1,lte=100000"` // calls answered at one time; calls above that get 503

	Timeout      time.Duration `env:"HOOK_TIMEOUT" validate:"gt=0s,lt=3s"`    // for the whole answer; Okta waits 3 s (Okta developer docs, concepts/inline-hooks)
	ClientIDs    List          `env:"CLIENT_IDS" validate:"unique,dive,word"` // OAuth clients whose tokens get commands; empty: every client
	OnFailure    string        `env:"ON_FAILURE" validate:"oneof=deny omit"`  // [OnFailureDeny] or [OnFailureOmit]
	Shadow       bool          `env:"SHADOW"`                                 // compute, log and count, but add no claims
	DebugContext bool          `env:"DEBUG_CONTEXT"`                          // say in each answer how it was made
}

// Values of [Hook.OnFailure].
const (
	OnFailureDeny = "deny" // no org id: refuse the token
	OnFailureOmit = "omit" // no org id: answer without tid
)

func hookVariables() []Variable {
	const group = "Hook"
	return []Variable{
		{
			Name: "HOOK_AUTH_HEADER", Group: group, Default: "Authorization", Example: "X-Hook-Secret",
			Wanted:  "the name of an HTTP header that carries nothing else",
			English: "Header in which Okta sends the secret.",
			French:  "En-tête dans lequel Okta envoie le secret.",
		},
		{
			Name: "HOOK_SECRETS", Group: group, Example: "openssl rand -hex 32",
			Wanted:  "random secrets of at least 16 visible ASCII characters, separated by commas, each once",
			English: "Secrets that Okta may send, whole header values separated by commas, two while one replaces the other; this, the file or PSCHOOK_HOOK_OAUTH_ISSUER is required.",
			French:  "Secrets qu'Okta peut envoyer, valeurs d'en-tête complètes séparées par des virgules, deux pendant un remplacement ; obligatoire, ici ou dans le fichier, sauf avec PSCHOOK_HOOK_OAUTH_ISSUER.",
		},
		{
			Name: "HOOK_SECRETS_FILE", Group: group, Example: "/etc/pschook/hook-secrets",
			Wanted:  "a readable file with one random secret of at least 16 visible ASCII characters on each line",
			English: "File with one such secret on each line, instead. Empty lines and lines that begin with # are ignored. It is read again when it changes.",
			French:  "Fichier contenant un tel secret par ligne, à la place de la variable ; les lignes vides et celles qui commencent par # sont ignorées ; relu quand il change.",
		},
		{
			Name: "HOOK_MAX_CONCURRENT", Group: group, Default: "512", Example: "128",
			Wanted:  "a whole number from 1 to 100000",
			English: "Most calls answered at a time; further ones get 503 at once. Each call keeps a transaction of the org open, and Okta allows 75 of them at a time (35 on free orgs), so failing at once is better than making Okta wait.",
			French:  "Nombre maximal d'appels traités simultanément, les autres recevant aussitôt 503 ; chacun garde ouverte une transaction de l'organisation, dont Okta admet 75 à la fois (35 pour une organisation gratuite) : mieux vaut échouer aussitôt que faire attendre Okta.",
		},
		{
			Name: "HOOK_TIMEOUT", Group: group, Default: "2s", Example: "1.5s",
			Wanted:  "a duration above 0s and below 3s, since Okta waits 3 s",
			English: "Longest time that an answer may take.",
			French:  "Durée maximale d'une réponse.",
		},
		{
			Name: "CLIENT_IDS", Group: group, Example: "0oa1example2client3x4",
			Wanted:  "OAuth client ids separated by commas, each once",
			English: "Clients whose tokens get the claims; every client when empty.",
			French:  "Clients dont les jetons reçoivent les claims ; tous si la liste est vide.",
		},
		{
			Name: "ON_FAILURE", Group: group, Default: OnFailureDeny, Example: OnFailureOmit,
			Wanted:  "deny or omit",
			English: "When tid or oid is not known: deny refuses the token, omit leaves the claim out.",
			French:  "Quand tid ou oid n'est pas connu : deny refuse le jeton, omit le délivre sans ce claim.",
		},
		{
			Name: "SHADOW", Group: group, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Compute, log and count everything, but add nothing: to rehearse a rollout.",
			French:  "Tout calculer, journaliser et compter, sans rien ajouter : pour répéter une mise en service.",
		},
		{
			Name: "DEBUG_CONTEXT", Group: group, Default: "false", Example: "true",
			Wanted:  "true or false",
			English: "Add a debugContext to each answer, which Okta's System Log then shows: version, outcome, AMR rule, source of the org id, trace id; nothing about a person.",
			French:  "Ajouter à chaque réponse un debugContext, que le System Log d'Okta montre alors : version, résultat, règle AMR, source de l'identifiant de l'organisation, identifiant de trace ; rien sur une personne.",
		},
	}
}

// callerVariables say who else may call, in addition to the holders of secrets.
func callerVariables() []Variable {
	const group = "Hook"
	return []Variable{
		{
			Name: "HOOK_OAUTH_ISSUER", Group: group, Example: "https://example.okta.com/oauth2/aus1example2server3x4",
			Wanted:  "the https URL of an authorization server (http for loopback), exactly as in the tokens' iss",
			English: "Authorization server whose access tokens authenticate Okta, with secrets or instead of them. It must not be the one whose rule calls the hook: that would call the hook again, for ever.",
			French:  "Serveur d'autorisation dont les jetons d'accès authentifient Okta, en plus ou à la place de secrets ; jamais celui dont la règle appelle le hook, car l'appel se répéterait sans fin.",
		},
		{
			Name: "HOOK_OAUTH_AUDIENCE", Group: group, Example: "https://pschook.example.org",
			Wanted:  "the audience of those tokens",
			English: "Audience that those tokens must have (aud).",
			French:  "Audience que ces jetons doivent porter (aud).",
		},
		{
			Name: "HOOK_OAUTH_CLIENT_IDS", Group: group, Example: "0oa1example2hook3x4",
			Wanted:  "OAuth client ids separated by commas, each once",
			English: "Clients that those tokens must have been issued to: the one that is entered in the hook.",
			French:  "Clients auxquels ces jetons doivent avoir été délivrés : celui saisi dans le hook.",
		},
		{
			Name: "HOOK_OAUTH_SCOPE", Group: group, Example: "pschook.call",
			Wanted:  "one scope",
			English: "Scope that those tokens must carry; any when not set.",
			French:  "Portée que ces jetons doivent avoir ; n'importe laquelle par défaut.",
		},
		{
			Name: "ALLOWED_CIDRS", Group: group, Example: "192.0.2.0/24,2001:db8::/32",
			Wanted:  networks,
			English: "Networks that calls may come from, such as Okta's published ranges; from anywhere when not set.",
			French:  "Réseaux d'où les appels peuvent venir, comme les plages publiées par Okta ; de partout par défaut.",
		},
	}
}
