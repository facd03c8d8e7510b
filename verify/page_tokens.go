package verify

import (
	"slices"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// tokensSection shows what the tokens hold, without their signatures.
func (t translator) tokensSection(r Report) g.Node {
	return h.Section(h.Aria("labelledby", "tokens"), h.Class("tokens"),
		h.H2(h.ID("tokens"), t.words("report.tokens")),
		h.H3(t.words("report.id_token")), t.tokenTables(r.IDToken),
		h.H3(t.words("report.access_token")), t.tokenTables(r.AccessToken),
		h.P(h.Class("note"), t.words("report.no_signature")),
	)
}

func (t translator) tokenTables(token *Token) g.Node {
	if token == nil {
		return h.P(t.words("report.no_token"))
	}
	header, err := parseObject(token.Header)
	if err != nil {
		return h.P(t.words("report.no_token"))
	}
	return g.Group{
		t.claimTable("report.header", header, nil),
		t.claimTable("report.claims", token.decoded, token.added),
	}
}

// claimTable has a row for each member of o, and a mark at those that the hook added.
func (t translator) claimTable(caption string, o object, added []string) g.Node {
	return h.Table(
		h.Caption(t.words(caption)),
		h.THead(h.Tr(h.Th(h.Scope("col"), t.words("report.claim")), h.Th(h.Scope("col"), t.words("report.value")))),
		h.TBody(g.Map(o.names, func(name string) g.Node { return t.claimRow(o, name, slices.Contains(added, name)) })),
	)
}

func (t translator) claimRow(o object, name string, added bool) g.Node {
	value := g.Group{bdi(string(o.members[name]))}
	if at, p := o.time(name); p == present && slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
		value = append(value, g.Text(" "), h.Span(h.Class("note"), g.Text(at.Format(time.RFC3339))))
	}
	if !added {
		return h.Tr(h.Th(h.Scope("row"), bdi(name)), h.Td(value))
	}
	mark := h.Span(h.Class("mark"), t.words("report.added"))
	return h.Tr(h.Class("marked"), h.Th(h.Scope("row"), bdi(name), g.Text(" "), mark), h.Td(value))
}
