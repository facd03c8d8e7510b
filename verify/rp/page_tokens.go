package rp

import (
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// tokensSection shows what the tokens hold, without their signatures.
func (t translator) tokensSection(r report.Report) g.Node {
	return h.Section(h.Aria("labelledby", "tokens"), h.Class("beside"),
		h.H2(h.ID("tokens"), t.words("The tokens, decoded", "Les jetons décodés")),
		h.Div(h.Class("pair"),
			t.tokenCard(words.Say("Access token", "Jeton d'accès (access token)"), r.AccessToken),
			t.tokenCard(words.Say("ID token", "Jeton d'identité (ID token)"), r.IDToken),
			g.If(r.UserInfo != nil, t.tokenCard(words.Say("Userinfo", "Userinfo"), r.UserInfo)),
		),
	)
}

func (t translator) tokenCard(name words.Text, token *report.Token) g.Node {
	return h.Section(h.Class("card token"), h.H3(t.text(name)), t.tokenParts(token))
}

func (t translator) tokenParts(token *report.Token) g.Node {
	none := h.P(t.words("No token that could be decoded.", "Aucun jeton qui ait pu être décodé."))
	if token == nil {
		return none
	}
	claims, err := outside.ParseObject(token.Claims)
	if err != nil {
		return none
	}
	parts := g.Group{h.H4(g.Text("Claims")), t.claimList(claims, token.Added)}
	if header, err := outside.ParseObject(token.Header); err == nil { // userinfo may have no header
		parts = append(parts, h.H4(t.words("Header", "En-tête")), t.claimList(header, nil))
	}
	return parts
}

// claimList has a row for each member of o. Those that the hook added come first and are marked.
func (t translator) claimList(o outside.Object, added []string) g.Node {
	names := slices.Clone(o.Names)
	slices.SortStableFunc(names, func(a, b string) int { return rank(added, a) - rank(added, b) })
	return h.Dl(h.Class("facts claims"), g.Map(names, func(name string) g.Node { return t.claimRow(o, name, slices.Contains(added, name)) }))
}

func rank(first []string, name string) int {
	if slices.Contains(first, name) {
		return 0
	}
	return 1
}

func (t translator) claimRow(o outside.Object, name string, added bool) g.Node {
	value := g.Group{dress.Breakable(string(o.Members[name]))}
	if at, p := o.Time(name); p == outside.Present && slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
		value = append(value, g.Text(" "), t.when(at))
	}
	if !added {
		return h.Div(h.Dt(bdi(name)), h.Dd(value))
	}
	mark := h.Span(h.Class("mark"), t.words("added by the hook", "ajouté par le hook"))
	return h.Div(h.Class("marked"), h.Dt(bdi(name)), h.Dd(value, g.Text(" "), mark))
}
