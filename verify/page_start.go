package verify

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// startPage is what the first page shows.
type startPage struct {
	Issuer, ClientID, Profile string
	Profiles                  []string
}

func writeStart(w http.ResponseWriter, lang Language, p startPage) {
	tr := newTranslator(lang)
	writePage(w, lang, http.StatusOK, tr.page(tr.plain("start.title"),
		h.H1(tr.words("start.title")),
		h.P(h.Class("lead"), tr.words("start.lead")),
		h.Div(h.Class("cards"), tr.signInCard(p), tr.pasteCard(p)),
	))
}

// signInCard says as which client a sign-in is made, and begins it.
func (t translator) signInCard(p startPage) g.Node {
	return h.Section(h.Class("card"), h.Aria("labelledby", "signin"),
		h.H2(h.ID("signin"), t.words("start.signin")),
		h.P(t.words("start.signin_text")),
		h.Dl(h.Class("facts"),
			h.Div(h.Dt(t.words("start.issuer")), h.Dd(bdi(p.Issuer))),
			h.Div(h.Dt(t.words("start.client")), h.Dd(bdi(p.ClientID))),
			h.Div(h.Dt(t.words("start.profile")), h.Dd(g.Text(p.Profile))),
		),
		h.P(h.Class("actions"),
			h.A(h.Class("button"), h.ID("login"), t.href("/rp/login?"), t.words("start.login")), g.Text(" "),
			h.A(h.ID("login-again"), t.href("/rp/login?again=1&"), t.words("start.login_again")),
		),
	)
}

// pasteCard takes tokens that were obtained elsewhere.
func (t translator) pasteCard(p startPage) g.Node {
	return h.Section(h.Class("card"), h.Aria("labelledby", "paste"),
		h.H2(h.ID("paste"), t.words("start.paste")),
		h.P(t.words("start.paste_text")),
		h.Form(h.Method("post"), h.Action("/rp/check"), h.AutoComplete("off"),
			h.Input(h.Type("hidden"), h.Name("lang"), h.Value(string(t.lang))),
			t.pasteField("id_token", "4", h.Required()),
			t.pasteField("access_token", "4", nil),
			t.pasteField("userinfo", "2", nil),
			h.Div(h.Class("row"), h.Div(t.nonceField()), h.Div(t.profileField(p))),
			h.P(h.Class("actions"), h.Button(h.Class("button"), h.Type("submit"), h.ID("check"), t.words("start.check"))),
		),
	)
}

// pasteField is a field for a long text, with its label.
func (t translator) pasteField(name, rows string, required g.Node) g.Node {
	return g.Group{
		h.Label(h.For(name), t.words("start."+name)),
		h.Textarea(h.ID(name), h.Name(name), h.Rows(rows), verbatim(), required),
	}
}

func (t translator) nonceField() g.Node {
	return g.Group{
		h.Label(h.For("nonce"), t.words("start.nonce")),
		h.Input(h.ID("nonce"), h.Name("nonce"), h.Type("text"), verbatim()),
	}
}

func (t translator) profileField(p startPage) g.Node {
	return g.Group{
		h.Label(h.For("profile"), t.words("start.profile")),
		h.Select(h.ID("profile"), h.Name("profile"), g.Map(p.Profiles, func(name string) g.Node {
			return h.Option(h.Value(name), g.If(name == p.Profile, h.Selected()), g.Text(name))
		})),
	}
}

// verbatim keeps browsers from mending what is typed or pasted.
func verbatim() g.Node {
	return g.Group{g.Attr("spellcheck", "false"), g.Attr("autocapitalize", "off")}
}

// bdi holds a text that may be written in either direction, as texts from outside may.
func bdi(text string) g.Node { return g.El("bdi", g.Text(text)) }
