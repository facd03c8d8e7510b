package authserver

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// activatePage asks for the code that a device shows; message says why the last one failed.
func activatePage(code, message string) g.Node {
	return htmlPage("Activer un appareil / Activate a device: Okta emulator", h.Main(
		h.H1(bilingual("Activer un appareil", "Activate a device")),
		g.If(message != "", h.P(h.Class("alert"), h.Role("alert"), g.Text(message))),
		h.Form(h.Method("post"), h.Action("/activate"),
			h.Label(bilingual("Code affiché par l’appareil", "Code that the device shows"),
				h.Input(h.Name("user_code"), h.AutoComplete("off"), h.Value(code), h.Required())),
			h.Button(bilingual("Continuer", "Continue")),
		),
	))
}
