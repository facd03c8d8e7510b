package doctor

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pschook/internal/config"
	"pschook/internal/oktaread"
)

func hookChecks() []check[*evidence] {
	return []check[*evidence]{
		{
			id: "tls.certificate", title: phrase{"The hook URL's certificate is valid for 14 more days", "Le certificat de l'URL du hook est valide encore 14 jours"},
			spec: "Okta developer docs: inline hooks, HTTPS", run: func(ev *evidence) finding { return checkCertificate(ev.certificate, ev.in.HookURL, ev.in.Now()) },
		},
		{
			id: "tls.chain", title: phrase{"The hook URL sends its whole certificate chain", "L'URL du hook envoie toute sa chaîne de certificats"},
			spec: "RFC 8446 §4.4.2", run: func(ev *evidence) finding {
				return checkChain(ev.certificate, ev.in.HookURL, ev.in.Now(), ev.in.Roots)
			},
		},
		{
			id: "hook.registered", title: phrase{"A token inline hook is registered for this URL", "Un hook de jetons (token inline hook) est déclaré pour cette URL"},
			spec: "Okta developer docs: token inline hook", needs: []string{"org.readable"}, run: hookRegistered,
		},
		{
			id: "hook.active", title: phrase{"The hook is active", "Le hook est actif"},
			spec: "Okta developer docs: inline hooks, status", needs: []string{"hook.registered"}, run: hookActive,
		},
		{
			id: "hook.recursion", title: phrase{"Calling the hook needs no token that calls the hook", "Appeler le hook ne demande pas un jeton qui appelle le hook"},
			spec: "Okta developer docs: inline hooks, OAuth 2.0", needs: []string{"hook.registered"}, run: hookRecursion,
		},
		{
			id: "hook.auth", title: phrase{"The hook's authentication is the configured one", "L'authentification du hook est celle qui est configurée"},
			spec: "Okta developer docs: secure hooks", needs: []string{"hook.recursion"}, run: hookAuth,
		},
		{
			id: "hook.secret", title: phrase{"The service takes the configured secret", "Le service accepte le secret configuré"},
			spec: "Okta developer docs: secure hooks", needs: []string{"tls.certificate", "tls.chain", "hook.auth"}, run: hookTakesSecret,
		},
	}
}

// whereHook says where the hook is set up.
const (
	hookConsole   = "Okta Admin Console › Workflow › Inline Hooks"
	serverConsole = "Okta Admin Console › Security › API › Authorization Servers"
)

func hookRegistered(ev *evidence) finding {
	if h, ok := ev.hook(); ok {
		return pass(literal(h.Name + " (" + h.ID + ")"))
	}
	var seen []string
	for _, h := range oktaread.TokenHooks(ev.hooks) {
		seen = append(seen, h.Channel.Config.URI)
		if why := nearMiss(h.Channel.Config.URI, ev.in.HookURL); why != (phrase{}) {
			return fail(literal(ev.in.HookURL.String()), phrase{h.Name + " has " + h.Channel.Config.URI + ": " + why.en, h.Name + " a " + h.Channel.Config.URI + " : " + why.fr}, say(
				hookConsole+" › %s › Edit › URL: %s (Terraform: okta_inline_hook.channel.uri; pschook register apply --replace). If the service is reached under the other URL, say so with --hook-url.",
				hookConsole+" › %s › Edit › URL : %s (Terraform : okta_inline_hook.channel.uri ; pschook register apply --replace). Si le service a l'autre URL, indiquez-la avec --hook-url.", h.Name, ev.in.HookURL))
		}
	}
	found := say("no token inline hook", "aucun hook de jetons (token inline hook)")
	if len(seen) > 0 {
		found = literal(strings.Join(seen, ", "))
	}
	return fail(literal(ev.in.HookURL.String()), found, say(
		hookConsole+" › Add Inline Hook › Token, URL %s (Terraform: okta_inline_hook.channel.uri; pschook register apply). If the service is reached under another URL, say so with --hook-url.",
		hookConsole+" › Add Inline Hook › Token, URL %s (Terraform : okta_inline_hook.channel.uri ; pschook register apply). Si le service a une autre URL, indiquez-la avec --hook-url.", ev.in.HookURL))
}

// nearMiss says in what a registered URL differs from ours, if it is meant for the same host.
func nearMiss(registered string, ours *url.URL) phrase {
	u, err := url.Parse(registered)
	switch {
	case err != nil || !strings.EqualFold(u.Hostname(), ours.Hostname()):
		return phrase{}
	case !strings.EqualFold(u.Scheme, ours.Scheme):
		return say("%s instead of %s", "%s au lieu de %s", u.Scheme, ours.Scheme)
	case u.Port() != ours.Port():
		return say("another port", "un autre port")
	case strings.Trim(u.Path, "/") == strings.Trim(ours.Path, "/") && u.Path != ours.Path:
		return say("a slash too many or too few at the end of the path", "une barre oblique en trop ou en moins à la fin du chemin")
	case u.Path != ours.Path:
		return say("another path", "un autre chemin")
	}
	return say("another query", "une autre requête (query)")
}

func hookActive(ev *evidence) finding {
	h, _ := ev.hook()
	if h.Status == "ACTIVE" {
		return pass(literal(h.Status))
	}
	return fail(literal("ACTIVE"), literal(h.Status),
		say(hookConsole+" › %s › Actions › Activate (Terraform: okta_inline_hook.status = \"ACTIVE\").", hookConsole+" › %s › Actions › Activate (Terraform : okta_inline_hook.status = \"ACTIVE\").", h.Name))
}

// hookAuth compares kind and settings; whether the secret itself is right only the
// preview shows, since Okta never tells it.
func hookAuth(ev *evidence) finding {
	h, _ := ev.hook()
	c := ev.in.Config.Hook
	var accepted []phrase
	if len(c.Secrets) > 0 {
		accepted = append(accepted, say("HTTP header %s with one of the live secrets", "en-tête HTTP %s contenant l'un des secrets en vigueur", c.AuthHeader))
	}
	if c.OAuthIssuer != "" {
		accepted = append(accepted, say("OAuth 2.0 as client %s at %s, scope %q", "OAuth 2.0 comme client %s auprès de %s, portée %q", strings.Join(c.OAuthClientIDs, ", "), c.OAuthIssuer, c.OAuthScope))
	}
	found, ok := judgeChannel(c, h.Channel)
	if ok {
		return pass(found)
	}
	return fail(join(accepted), found, say(
		hookConsole+" › %s › Edit › Authentication (Terraform: okta_inline_hook.auth.key for a header), or set PSCHOOK_HOOK_AUTH_HEADER and PSCHOOK_HOOK_SECRETS, or PSCHOOK_HOOK_OAUTH_ISSUER, _AUDIENCE, _CLIENT_IDS and _SCOPE.",
		hookConsole+" › %s › Edit › Authentication (Terraform : okta_inline_hook.auth.key pour un en-tête), ou réglez PSCHOOK_HOOK_AUTH_HEADER et PSCHOOK_HOOK_SECRETS, ou PSCHOOK_HOOK_OAUTH_ISSUER, _AUDIENCE, _CLIENT_IDS et _SCOPE.", h.Name))
}

// judgeChannel describes how Okta authenticates, and reports whether the service takes that.
func judgeChannel(c config.Hook, ch oktaread.Channel) (phrase, bool) {
	if ch.Type == "OAUTH" {
		o := ch.Config
		ok := c.OAuthIssuer != "" && slices.Contains(c.OAuthClientIDs, o.ClientID) && sameHost(o.TokenURL, c.OAuthIssuer) &&
			(c.OAuthScope == "" || slices.Contains(strings.Fields(o.Scope), c.OAuthScope))
		return say("OAuth 2.0 as client %s at %s, scope %q", "OAuth 2.0 comme client %s auprès de %s, portée %q", o.ClientID, o.TokenURL, o.Scope), ok
	}
	scheme := ch.Config.AuthScheme
	if scheme == nil || scheme.Key == "" {
		return say("no authentication", "aucune authentification"), false
	}
	return say("HTTP header %s", "en-tête HTTP %s", scheme.Key), len(c.Secrets) > 0 && strings.EqualFold(scheme.Key, c.AuthHeader)
}

// hookTakesSecret looks at a call of our own with the configured secret. Whether Okta sends the same only the preview
// shows.
func hookTakesSecret(ev *evidence) finding {
	switch {
	case errors.Is(ev.directErr, errNoSecret):
		return skip(say("Not checked: the service takes OAuth 2.0 only.", "Non vérifié : le service n'accepte qu'OAuth 2.0."))
	case ev.directErr != nil:
		return skip(say("Not checked: this machine gets no answer from the hook's URL (%s). hook.preview says what Okta gets.", "Non vérifié : cette machine n'obtient pas de réponse à l'URL du hook (%s). hook.preview dit ce qu'Okta obtient.", ev.directErr.Error()))
	case ev.direct.status != http.StatusUnauthorized:
		return pass(say("status %d", "statut %d", ev.direct.status))
	}
	return fail(say("any status but 401", "tout statut sauf 401"), say("status 401: %s", "statut 401 : %s", ev.direct.summary()), say(
		"The first of PSCHOOK_HOOK_SECRETS is none that the running service takes: compare the two, character by character, and PSCHOOK_HOOK_AUTH_HEADER.",
		"Le premier de PSCHOOK_HOOK_SECRETS n'est pas accepté par le service en marche : comparez les deux, caractère par caractère, ainsi que PSCHOOK_HOOK_AUTH_HEADER."))
}

func sameHost(a, b string) bool {
	u, errU := url.Parse(a)
	v, errV := url.Parse(b)
	return errU == nil && errV == nil && strings.EqualFold(u.Host, v.Host)
}

// hookRecursion looks for a hook whose caller needs a token of the server that calls it.
func hookRecursion(ev *evidence) finding {
	h, _ := ev.hook()
	if h.Channel.Type != "OAUTH" {
		return pass(say("header authentication", "authentification par en-tête"))
	}
	expected := say("a token URL of another authorization server", "une URL de jeton d'un autre serveur d'autorisation")
	u, err := url.Parse(h.Channel.Config.TokenURL)
	if err != nil || !ev.invokes(h.ID) || !ev.serverPath(u.Path) {
		return pass(literal(h.Channel.Config.TokenURL))
	}
	return fail(expected, literal(h.Channel.Config.TokenURL), say(
		"To call the hook Okta asks this server for a token, and for that calls the hook, for ever. "+hookConsole+" › %s › Edit: take the token URL of another custom authorization server, or header authentication (Terraform: okta_inline_hook.auth).",
		"Pour appeler le hook, Okta demande un jeton à ce serveur, et pour cela appelle le hook, sans fin. "+hookConsole+" › %s › Edit : prenez l'URL de jeton d'un autre serveur d'autorisation personnalisé, ou l'authentification par en-tête (Terraform : okta_inline_hook.auth).", h.Name))
}

// serverPath reports whether path is the token endpoint of the server under any of its names.
func (ev *evidence) serverPath(path string) bool {
	for _, id := range []string{ev.server.ID, ev.server.Name, oktaread.ServerID(ev.in.Issuer)} {
		if id != "" && path == "/oauth2/"+id+"/v1/token" {
			return true
		}
	}
	return false
}

// invokes reports whether any active rule of the server calls the hook.
func (ev *evidence) invokes(hookID string) bool {
	for _, p := range ev.policies {
		for _, r := range p.Rules {
			if p.Status == "ACTIVE" && r.Status == "ACTIVE" && r.HookID() == hookID {
				return true
			}
		}
	}
	return false
}
