package rp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/report"
	"pschook/verify/words"
)

// wireSection shows the requests and answers of the sign-in; nil when there are none.
func (t translator) wireSection(wire []Exchange, checks []report.Check) g.Node {
	if len(wire) == 0 {
		return nil
	}
	folds := make(g.Group, len(wire))
	for i, e := range wire {
		folds[i] = t.exchange(i, e, checks)
	}
	return h.Section(h.Class("wire"), h.Aria("labelledby", "wire"),
		h.H2(h.ID("wire"), t.words("What went over the wire", "Ce qui a été échangé")),
		h.P(h.Class("note"), t.words("••• stands for what is left out, … for what is cut short; the number is the length in characters.",
			"••• remplace ce qui est omis, … ce qui est abrégé ; le nombre est la longueur en caractères.")),
		h.Div(h.Class("folded"), folds),
	)
}

func exchangeAnchor(i int, e Exchange) string {
	return "wire-" + string(e.Step) + "-" + strconv.Itoa(i+1)
}

// name says what an exchange is for.
func (s Step) name() words.Text {
	switch s {
	case StepDiscovery:
		return words.Say("Provider metadata", "Métadonnées du fournisseur")
	case StepAuthorize:
		return words.Say("Authorization request, by the browser", "Demande d'autorisation, par le navigateur")
	case StepCallback:
		return words.Say("The browser comes back", "Le navigateur revient")
	case StepToken:
		return words.Say("Code for tokens", "Code contre jetons")
	case StepKeys:
		return words.Say("Signing keys", "Clés de signature")
	case StepUserInfo:
		return words.Say("Userinfo", "Userinfo")
	}
	return words.Say("Another request", "Autre requête")
}

func (t translator) exchange(i int, e Exchange, checks []report.Check) g.Node {
	return h.Details(h.ID(exchangeAnchor(i, e)),
		h.Summary(h.H3(t.text(e.Step.name())), h.Span(h.Class("status"), g.Text(t.result(e)))),
		h.Div(
			h.P(h.Class("address"), g.Text(e.Method+" "), dress.Breakable(e.Address)),
			h.P(h.Class("note"), t.when(e.At), g.If(e.Earlier, g.Group{g.Text(" · "), t.words("asked earlier; the answer still holds", "demandé plus tôt ; la réponse vaut encore")})),
			h.Div(h.Class("sub"),
				t.sent(words.Say("Parameters", "Paramètres"), e.Params),
				t.sent(words.Say("Headers", "En-têtes"), e.Headers),
			),
			g.If(e.Body != "", g.Group{h.H4(t.words("Answer", "Réponse")), h.Pre(dress.Breakable(e.Body))}),
			g.If(e.Fault != "", h.P(h.Class("alert"), dress.Sentence(e.Fault))),
			t.mattersTo(e.Step, checks),
		),
	)
}

// result is the status of an answer, and how long it took.
func (t translator) result(e Exchange) string {
	switch {
	case e.Step == StepAuthorize || e.Step == StepCallback:
		return ""
	case e.Status == 0:
		return t.plain("no answer", "pas de réponse")
	}
	return fmt.Sprint(e.Status) + words.Say(" · %s", " · %s", e.Took).In(t.lang)
}

func (t translator) sent(title words.Text, fields []Field) g.Node {
	if len(fields) == 0 {
		return nil
	}
	return h.Div(h.H4(t.text(title)), fieldList(fields))
}

func fieldList(fields []Field) g.Node {
	return h.Dl(h.Class("facts"), g.Map(fields, func(f Field) g.Node {
		return h.Div(h.Dt(bdi(f.Name)), h.Dd(dress.Breakable(f.Value)))
	}))
}

// matter names the checks that depend on an exchange, by id or by the first part of an id.
func matter(s Step) []string {
	switch s {
	case StepDiscovery:
		return []string{"id.iss", "access.iss", "provider"}
	case StepAuthorize:
		return []string{"id.nonce", "id.aud", "id.azp", "id.acr"}
	case StepCallback:
		return []string{"id.nonce"}
	case StepToken:
		return []string{"id.parse", "access.parse", "id.at_hash", "id.tid", "access.oid", "access.tid", "access.amr", "oid", "tid", "amr", "hook"}
	case StepKeys:
		return []string{"id.signature", "access.signature"}
	case StepUserInfo:
		return []string{"userinfo", "claim"}
	}
	return nil
}

func matters(s Step, id string) bool {
	return slices.ContainsFunc(matter(s), func(m string) bool { return id == m || strings.HasPrefix(id, m+".") })
}

// mattersTo links from an exchange to the checks that depend on it.
func (t translator) mattersTo(s Step, checks []report.Check) g.Node {
	var links g.Group
	for _, c := range checks {
		if matters(s, c.ID) {
			links = append(links, h.A(h.Href("#"+checkAnchor(c)), g.Text(c.ID)), g.Text(" "))
		}
	}
	if links == nil {
		return nil
	}
	return h.P(h.Class("seen"), t.words("Matters to: ", "Concerne : "), links)
}

// seenIn links from a check to the exchanges on which it depends.
func (t translator) seenIn(c report.Check, wire []Exchange) g.Node {
	var links g.Group
	for i, e := range wire {
		if !matters(e.Step, c.ID) {
			continue
		}
		if links != nil {
			links = append(links, g.Text(" · "))
		}
		links = append(links, h.A(h.Href("#"+exchangeAnchor(i, e)), t.text(e.Step.name())))
	}
	if links == nil {
		return nil
	}
	return h.P(h.Class("seen no-print"), t.words("On the wire: ", "Dans les échanges : "), links)
}
