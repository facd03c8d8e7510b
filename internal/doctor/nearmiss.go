package doctor

import (
	"net/url"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"golang.org/x/net/idna"

	"pschook/internal/oktaread"
	"pschook/verify/words"
)

// miss says how a registered URL differs from the wanted one.
type miss struct {
	rank int // lower means more similar
	why  words.Text
}

// ofAnotherHost is the rank from which the URL may be right, but for another installation.
const ofAnotherHost = 8

// nearMiss returns the token hook whose URL is most similar to ours.
func (ev *evidence) nearMiss() (oktaread.InlineHook, miss, bool) {
	var hook oktaread.InlineHook
	var best miss
	found := false
	for _, h := range oktaread.TokenHooks(ev.hooks) {
		if m, near := differing(h.Channel.Config.URI, ev.in.HookURL); near && (!found || m.rank < best.rank) {
			hook, best, found = h, m, true
		}
	}
	return hook, best, found
}

// hint says what to do about the hook.
func (m miss) hint(h oktaread.InlineHook, ours *url.URL) words.Text {
	edit := words.Say(
		hookConsole+" › %s › Edit › URL: %s (Terraform: okta_inline_hook.channel.uri; pschook register apply --replace). If the service is reached under the other URL, say so with --hook-url.",
		hookConsole+" › %s › Edit › URL : %s (Terraform : okta_inline_hook.channel.uri ; pschook register apply --replace). Si le service a l'autre URL, indiquez-la avec --hook-url.", h.Name, ours)
	if m.rank < ofAnotherHost {
		return edit
	}
	return words.Say("If it is meant for this service: %s If it is another installation's, leave it: %s", "S'il est destiné à ce service : %s S'il est celui d'une autre installation, laissez-le : %s", edit, addHook(ours))
}

// differing compares a registered URL with ours. near is false if they have nothing in common.
func differing(registered string, ours *url.URL) (m miss, near bool) {
	u, err := url.Parse(strings.TrimSpace(registered))
	switch {
	case err != nil:
		return miss{}, false
	case !strings.EqualFold(u.Hostname(), ours.Hostname()):
		return otherHost(u, ours)
	case oktaread.SameURL(u, ours):
		return miss{1, words.Say("a blank before or after it", "une espace avant ou après")}, true
	case !strings.EqualFold(u.Scheme, ours.Scheme):
		return miss{3, words.Say("%s instead of %s", "%s au lieu de %s", u.Scheme, ours.Scheme)}, true
	case oktaread.Port(u) != oktaread.Port(ours):
		return miss{4, words.Say("another port, %s instead of %s", "un autre port, %s au lieu de %s", oktaread.Port(u), oktaread.Port(ours))}, true
	case u.EscapedPath() != ours.EscapedPath():
		return otherPath(u, ours), true
	}
	return miss{2, words.Say("another query", "une autre requête (query)")}, true
}

// otherPath says how the paths differ.
func otherPath(u, ours *url.URL) miss {
	steps := func(path string) []string {
		return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	}
	same := slices.Equal(steps(u.Path), steps(ours.Path))
	switch {
	case u.Path == ours.Path:
		return miss{1, words.Say("the same path, but escaped", "le même chemin, mais échappé")}
	case same && strings.HasSuffix(u.Path, "/") != strings.HasSuffix(ours.Path, "/"):
		return miss{1, words.Say("a slash too many or too few at the end of the path", "une barre oblique en trop ou en moins à la fin du chemin")}
	case same:
		return miss{1, words.Say("a slash too many or too few in the path", "une barre oblique en trop ou en moins dans le chemin")}
	case strings.EqualFold(u.Path, ours.Path):
		return miss{1, words.Say("the path in other upper and lower case", "le chemin avec d'autres majuscules et minuscules")}
	}
	return miss{5, words.Say("another path", "un autre chemin")}
}

// otherHost finds another spelling of the host, a typing error, or another of our services.
func otherHost(u, ours *url.URL) (miss, bool) {
	a, b := plainHost(u), plainHost(ours)
	switch {
	case a == "":
		return miss{}, false
	case a == b && strings.HasSuffix(u.Hostname(), ".") != strings.HasSuffix(ours.Hostname(), "."):
		return miss{6, words.Say("a dot at the end of the host", "un point à la fin de l'hôte")}, true
	case a == b:
		return miss{6, words.Say("the host in another spelling", "l'hôte écrit autrement")}, true
	case strings.TrimPrefix(a, "www.") == strings.TrimPrefix(b, "www."), len(b) > 7 && levenshtein.ComputeDistance(a, b) <= 2:
		return miss{7, words.Say("a host that only looks alike", "un hôte qui ne fait que ressembler")}, true
	case u.Path == ours.Path:
		return miss{ofAnotherHost, words.Say("the service's path, on another host", "le chemin du service, sur un autre hôte")}, true
	}
	return miss{}, false
}

// plainHost returns the host as DNS knows it.
func plainHost(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return ascii
	}
	return host
}
