package authserver

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/words"
)

// activatePage asks for the code that a device shows; message says why the last one failed.
func activatePage(who reader, code string, message words.Text) g.Node {
	lang := who.lang
	title := words.Say("Activate a device", "Activer un appareil")
	return htmlPage(who, title,
		h.H1(in(lang, title)),
		alert(lang, message),
		h.Form(h.Method("post"), h.Action("/activate"+who.chosen), h.Class("card"),
			h.Label(in(lang, words.Say("Code that the device shows", "Code affiché par l'appareil")),
				h.Input(h.Name("user_code"), h.AutoComplete("off"), h.Value(code), h.Required())),
			h.P(h.Class("actions"), h.Button(in(lang, words.Say("Continue", "Continuer")))),
		),
	)
}

// alert says what went wrong; nil for nothing.
func alert(lang words.Language, message words.Text) g.Node {
	if message == (words.Text{}) {
		return nil
	}
	return h.P(h.Class("alert"), h.Role("alert"), in(lang, message))
}
