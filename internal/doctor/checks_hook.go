package doctor

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/verify/report"
	"pschook/verify/words"
)

func hookChecks() []report.Rule[*evidence] {
	return []report.Rule[*evidence]{
		{
			ID: "tls.certificate", Title: words.Say("The hook URL's certificate is valid for at least 14 more days", "Le certificat de l'URL du hook reste valide au moins 14 jours"),
			Spec: "Okta developer docs: inline hooks, HTTPS", Run: func(ev *evidence) report.Finding { return checkCertificate(ev.certificate, ev.in.HookURL, ev.in.Now()) },
		},
		{
			ID: "tls.chain", Title: words.Say("The hook URL sends its whole certificate chain", "L'URL du hook envoie toute sa chaîne de certificats"),
			Spec: "RFC 8446 §4.4.2", Run: func(ev *evidence) report.Finding {
				return checkChain(ev.certificate, ev.in.HookURL, ev.in.Now(), ev.in.Roots)
			},
		},
		{
			ID: "hook.registered", Title: words.Say("A token inline hook is registered for this URL", "Un hook de jetons (token inline hook) est déclaré pour cette URL"),
			Spec: "Okta developer docs: token inline hook", Needs: []string{"org.readable"}, Run: hookRegistered,
		},
		{
			ID: "hook.active", Title: words.Say("The hook is active", "Le hook est actif"),
			Spec: "Okta developer docs: inline hooks, status", Needs: []string{"hook.registered"}, Run: hookActive,
		},
		{
			ID: "hook.recursion", Title: words.Say("Calling the hook needs no token that calls the hook", "Appeler le hook ne demande pas un jeton qui appelle le hook"),
			Spec: "Okta developer docs: inline hooks, OAuth 2.0", Needs: []string{"hook.registered"}, Run: hookRecursion,
		},
		{
			ID: "hook.auth", Title: words.Say("The hook's authentication is the configured one", "L'authentification du hook est celle qui est configurée"),
			Spec: "Okta developer docs: secure hooks", Needs: []string{"hook.recursion"}, Run: hookAuth,
		},
		{
			ID: "hook.secret", Title: words.Say("The service accepts the configured secret", "Le service accepte le secret configuré"),
			Spec: "Okta developer docs: secure hooks", Needs: []string{"tls.certificate", "tls.chain", "hook.auth"}, Run: hookTakesSecret,
		},
	}
}

// whereHook says where the hook is set up.
const (
	hookConsole   = "Okta Admin Console › Workflow › Inline Hooks"
	serverConsole = "Okta Admin Console › Security › API › Authorization Servers"
)

func hookRegistered(ev *evidence) report.Finding {
	if h, ok := ev.hook(); ok {
		return report.Pass(words.Literal(h.Name + " (" + h.ID + ")"))
	}
	ours := words.Literal(ev.in.HookURL.String())
	if h, ok := oktaread.HookFor(ev.hooks, ev.in.HookURL); ok {
		return report.Fail(ours, words.Say("%s has this URL, but is of type %s", "%s a cette URL, mais est du type %s", h.Name, h.Type), words.Say(
			"The type cannot be changed: "+hookConsole+" › %s › Delete, then Add Inline Hook › Token with the same URL (Terraform: okta_inline_hook.type = %q; pschook register apply makes it).",
			"Le type ne se change pas : "+hookConsole+" › %s › Delete, puis Add Inline Hook › Token avec la même URL (Terraform : okta_inline_hook.type = %q ; pschook register apply le crée).", h.Name, oktaread.TokenHook))
	}
	if h, miss, ok := ev.nearMiss(); ok {
		return report.Fail(ours, words.Say("%s has %s: %s", "%s a %s : %s", h.Name, oktaread.ShownURL(h.Channel.Config.URI), miss.why), miss.hint(h, ev.in.HookURL))
	}
	var seen []string
	for _, h := range oktaread.TokenHooks(ev.hooks) {
		seen = append(seen, oktaread.ShownURL(h.Channel.Config.URI))
	}
	found := words.Say("no token inline hook", "aucun hook de jetons (token inline hook)")
	if len(seen) > 0 {
		found = words.Literal(strings.Join(seen, ", "))
	}
	return report.Fail(ours, found, addHook(ev.in.HookURL))
}

func addHook(u *url.URL) words.Text {
	return words.Say(
		hookConsole+" › Add Inline Hook › Token, URL %s (Terraform: okta_inline_hook.channel.uri; pschook register apply). If the service is reached under another URL, say so with --hook-url.",
		hookConsole+" › Add Inline Hook › Token, URL %s (Terraform : okta_inline_hook.channel.uri ; pschook register apply). Si le service a une autre URL, indiquez-la avec --hook-url.", u)
}

func hookActive(ev *evidence) report.Finding {
	h, _ := ev.hook()
	if h.Status == "ACTIVE" {
		return report.Pass(words.Literal(h.Status))
	}
	return report.Fail(words.Literal("ACTIVE"), words.Literal(h.Status),
		words.Say(hookConsole+" › %s › Actions › Activate (Terraform: okta_inline_hook.status = \"ACTIVE\"; pschook register apply --replace).", hookConsole+" › %s › Actions › Activate (Terraform : okta_inline_hook.status = \"ACTIVE\" ; pschook register apply --replace).", h.Name))
}

// hookAuth compares kind and settings. Only the preview shows whether the secret itself is right,
// because Okta never shows it.
func hookAuth(ev *evidence) report.Finding {
	h, _ := ev.hook()
	c := ev.in.Config.Hook
	var accepted []words.Text
	if len(c.Secrets) > 0 {
		accepted = append(accepted, words.Say("HTTP header %s with one of the live secrets", "en-tête HTTP %s contenant l'un des secrets en vigueur", c.AuthHeader))
	}
	if c.OAuthIssuer != "" {
		accepted = append(accepted, words.Say("OAuth 2.0 as client %s at %s, scope %q", "OAuth 2.0 comme client %s auprès de %s, portée %q", strings.Join(c.OAuthClientIDs, ", "), c.OAuthIssuer, c.OAuthScope))
	}
	found, ok := judgeChannel(c, h.Channel)
	if ok {
		return report.Pass(found)
	}
	return report.Fail(words.Join("; ", " ; ", accepted...), found, words.Say(
		hookConsole+" › %s › Edit › Authentication (Terraform: okta_inline_hook.auth.key for a header; pschook register apply --replace), or set PSCHOOK_HOOK_AUTH_HEADER and PSCHOOK_HOOK_SECRETS, or PSCHOOK_HOOK_OAUTH_ISSUER, _AUDIENCE, _CLIENT_IDS and _SCOPE.",
		hookConsole+" › %s › Edit › Authentication (Terraform : okta_inline_hook.auth.key pour un en-tête ; pschook register apply --replace), ou réglez PSCHOOK_HOOK_AUTH_HEADER et PSCHOOK_HOOK_SECRETS, ou PSCHOOK_HOOK_OAUTH_ISSUER, _AUDIENCE, _CLIENT_IDS et _SCOPE.", h.Name))
}

// judgeChannel describes how Okta authenticates, and reports whether the service accepts that.
func judgeChannel(c config.Hook, ch oktaread.Channel) (words.Text, bool) {
	if ch.Type == "OAUTH" {
		o := ch.Config
		ok := c.OAuthIssuer != "" && slices.Contains(c.OAuthClientIDs, o.ClientID) && sameHost(o.TokenURL, c.OAuthIssuer) &&
			(c.OAuthScope == "" || slices.Contains(strings.Fields(o.Scope), c.OAuthScope))
		return words.Say("OAuth 2.0 as client %s at %s, scope %q", "OAuth 2.0 comme client %s auprès de %s, portée %q", o.ClientID, o.TokenURL, o.Scope), ok
	}
	scheme := ch.Config.AuthScheme
	if scheme == nil || scheme.Key == "" {
		return words.Say("no authentication", "aucune authentification"), false
	}
	return words.Say("HTTP header %s", "en-tête HTTP %s", scheme.Key), len(c.Secrets) > 0 && strings.EqualFold(scheme.Key, c.AuthHeader)
}

// hookTakesSecret makes our own call with the configured secret. Only the preview shows whether
// Okta sends the same secret.
func hookTakesSecret(ev *evidence) report.Finding {
	switch {
	case errors.Is(ev.directErr, errNoSecret):
		return report.Skip(words.Say("Not checked: the service takes OAuth 2.0 only.", "Non vérifié : le service n'accepte qu'OAuth 2.0."))
	case ev.directErr != nil:
		return report.Skip(words.Say("Not checked: this machine gets no answer from the hook's URL (%s). hook.preview says what Okta gets.", "Non vérifié : cette machine n'obtient pas de réponse à l'URL du hook (%s). hook.preview dit ce qu'Okta obtient.", ev.directErr.Error()))
	case ev.direct.status != http.StatusUnauthorized:
		return report.Pass(words.Say("status %d", "statut %d", ev.direct.status))
	}
	return report.Fail(words.Say("any status but 401", "tout statut sauf 401"), words.Say("status 401: %s", "statut 401 : %s", ev.direct.summary()), words.Say(
		"The first of PSCHOOK_HOOK_SECRETS is none that the running service takes: compare the two, character by character, and PSCHOOK_HOOK_AUTH_HEADER.",
		"Le premier de PSCHOOK_HOOK_SECRETS n'est pas accepté par le service en marche : comparez les deux, caractère par caractère, ainsi que PSCHOOK_HOOK_AUTH_HEADER."))
}

func sameHost(a, b string) bool {
	u, errU := url.Parse(a)
	v, errV := url.Parse(b)
	return errU == nil && errV == nil && strings.EqualFold(u.Host, v.Host)
}

// hookRecursion finds a hook whose caller needs a token from the server that calls the hook.
func hookRecursion(ev *evidence) report.Finding {
	h, _ := ev.hook()
	if h.Channel.Type != "OAUTH" {
		return report.Pass(words.Say("header authentication", "authentification par en-tête"))
	}
	expected := words.Say("a token URL of another authorization server", "une URL de jeton d'un autre serveur d'autorisation")
	u, err := url.Parse(h.Channel.Config.TokenURL)
	if err != nil || !ev.invokes(h.ID) || !ev.serverPath(u.Path) {
		return report.Pass(words.Literal(h.Channel.Config.TokenURL))
	}
	return report.Fail(expected, words.Literal(h.Channel.Config.TokenURL), words.Say(
		"To call the hook Okta asks this server for a token, and for that calls the hook, for ever. "+hookConsole+" › %s › Edit: take the token URL of another custom authorization server, or header authentication (Terraform: okta_inline_hook.auth; pschook register apply --replace --hook-oauth-token-url).",
		"Pour appeler le hook, Okta demande un jeton à ce serveur, et pour cela appelle le hook, sans fin. "+hookConsole+" › %s › Edit : prenez l'URL de jeton d'un autre serveur d'autorisation personnalisé, ou l'authentification par en-tête (Terraform : okta_inline_hook.auth ; pschook register apply --replace --hook-oauth-token-url).", h.Name))
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
