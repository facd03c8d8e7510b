package rp

import (
	"slices"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// tokensSection shows what the tokens hold, without their signatures.
func (t translator) tokensSection(r report.Report) g.Node {
	return h.Section(h.Aria("labelledby", "tokens"), h.Class("tokens"),
		h.H2(h.ID("tokens"), t.words("The tokens, decoded", "Les jetons décodés")),
		h.H3(t.words("ID token", "Jeton d'identité (ID token)")), t.tokenTables(r.IDToken),
		h.H3(t.words("Access token", "Jeton d'accès (access token)")), t.tokenTables(r.AccessToken),
		h.P(h.Class("note"), t.words("Signatures and the tokens as received are not shown.", "Les signatures et les jetons tels que reçus ne sont pas affichés.")),
	)
}

func (t translator) tokenTables(token *report.Token) g.Node {
	if token == nil {
		return h.P(t.words("No token that could be decoded.", "Aucun jeton qui ait pu être décodé."))
	}
	header, err := outside.ParseObject(token.Header)
	claims, claimsErr := outside.ParseObject(token.Claims)
	if err != nil || claimsErr != nil {
		return h.P(t.words("No token that could be decoded.", "Aucun jeton qui ait pu être décodé."))
	}
	return g.Group{
		t.claimTable(words.Say("Header", "En-tête"), header, nil),
		t.claimTable(words.Say("Claims", "Claims"), claims, token.Added),
	}
}

// claimTable has a row for each member of o, and a mark at those that the hook added.
func (t translator) claimTable(caption words.Text, o outside.Object, added []string) g.Node {
	return h.Table(
		h.Caption(t.text(caption)),
		h.THead(h.Tr(h.Th(h.Scope("col"), t.words("Name", "Nom")), h.Th(h.Scope("col"), t.words("Value", "Valeur")))),
		h.TBody(g.Map(o.Names, func(name string) g.Node { return t.claimRow(o, name, slices.Contains(added, name)) })),
	)
}

func (t translator) claimRow(o outside.Object, name string, added bool) g.Node {
	value := g.Group{bdi(string(o.Members[name]))}
	if at, p := o.Time(name); p == outside.Present && slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
		value = append(value, g.Text(" "), h.Span(h.Class("note"), g.Text(at.Format(time.RFC3339))))
	}
	if !added {
		return h.Tr(h.Th(h.Scope("row"), bdi(name)), h.Td(value))
	}
	mark := h.Span(h.Class("mark"), t.words("added by the hook", "ajouté par le hook"))
	return h.Tr(h.Class("marked"), h.Th(h.Scope("row"), bdi(name), g.Text(" "), mark), h.Td(value))
}
