// Package dress gives all pages the same look: the frame around their content, one style sheet, one
// small script.
//
// A page works without the script. The script adds times in the reader's own time zone, and a
// button that copies text.
//
// Of this module, dress imports only [pschook/verify/words].
package dress

import (
	"crypto/sha256"
	_ "embed" // style sheet and script
	"encoding/base64"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/words"
)

//go:embed style.css
var style string

//go:embed page.js
var script string

// Style is the style sheet of all pages.
func Style() string { return style }

// Script is the script of all pages.
func Script() string { return script }

// StyleSource returns the style-src of the Content-Security-Policy for pages that contain the style
// sheet.
func StyleSource() string {
	digest := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

// Page is what all pages have around their content. Links are paths of our own.
type Page struct {
	Lang  words.Language
	Title string
	Brand string // what the site is called, at the top
	Home  string // link of the brand; "": none
	// Here is the URL of this page without the language: it ends in "?" or "&". If it is empty, no
	// other language is offered.
	Here string
	// Folder is the path of style.css and page.js, such as "/rp/". If it is empty, the page
	// contains the style sheet and has no script.
	Folder string
	Policy string // a Content-Security-Policy within the page; "": the answer's header has it
	Foot   []g.Node
}

// HTML returns the whole page. gomponents escapes texts and attributes.
func (p Page) HTML(content ...g.Node) g.Node {
	skip := words.Say("Skip to the content", "Aller au contenu").In(p.Lang)
	return h.Doctype(h.HTML(h.Lang(string(p.Lang)),
		p.head(),
		h.Body(
			h.A(h.Class("skip-link"), h.Href("#main"), g.Text(skip)),
			p.top(),
			h.Main(h.ID("main"), h.TabIndex("-1"), g.Group(content)),
			g.If(len(p.Foot) > 0, h.Footer(h.Class("bottom"), h.P(p.Foot...))),
		),
	))
}

func (p Page) head() g.Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		g.If(p.Policy != "", h.Meta(g.Attr("http-equiv", "Content-Security-Policy"), h.Content(p.Policy))),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("robots"), h.Content("noindex")),
		h.TitleEl(g.Text(p.title())),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		p.assets(),
	)
}

func (p Page) title() string {
	if p.Title == p.Brand {
		return p.Brand
	}
	return p.Title + " · " + p.Brand
}

func (p Page) assets() g.Node {
	if p.Folder == "" {
		return h.StyleEl(g.Raw(style)) //nolint:forbidigo // our own file
	}
	return g.Group{
		h.Link(h.Rel("stylesheet"), h.Href(p.Folder+"style.css")),
		h.Script(h.Src(p.Folder+"page.js"), h.Defer()),
	}
}

func (p Page) top() g.Node {
	brand := g.Text(p.Brand)
	if p.Home != "" {
		brand = h.A(h.Href(p.Home), brand)
	}
	return h.Header(h.Class("top"), h.P(h.Class("brand"), brand), p.languages())
}

func (p Page) languages() g.Node {
	if p.Here == "" {
		return nil
	}
	return h.Nav(h.Aria("label", words.Say("Languages", "Langues").In(p.Lang)),
		h.Ul(h.Class("languages"), p.choice(words.English, "English"), p.choice(words.French, "Français")))
}

// choice links to this page in another language. The link's text is in that language.
func (p Page) choice(lang words.Language, name string) g.Node {
	return h.Li(h.A(h.Href(p.Here+"lang="+string(lang)), h.Lang(string(lang)), g.Attr("hreflang", string(lang)),
		g.If(lang == p.Lang, h.Aria("current", "true")), g.Text(name)))
}

// Time shows a time in UTC, to the second. The script adds the reader's own time.
func Time(at time.Time) g.Node {
	return h.Time(h.DateTime(at.UTC().Format(time.RFC3339)), g.Text(at.UTC().Format("2006-01-02 15:04:05 UTC")))
}

// maxParts bounds the parts that [Breakable] makes of one text, because every second character may
// be a separator.
const maxParts = 1000

// longWord is the length, in bytes, from which a word of a sentence may be too long for a line of a
// phone.
const longWord = 24

// Breakable shows a text from outside, such as an id or a URL. The text may have either writing
// direction. Lines may break after its separators, and elsewhere only where a part is longer than a
// line.
func Breakable(text string) g.Node {
	left := maxParts
	return g.El("bdi", breaks(text, &left))
}

// Sentence shows a sentence that may have URLs and the like from outside in it. Lines break between
// its words, and in long words as in [Breakable]. Times by RFC 3339 are shown as by [Time].
func Sentence(text string) g.Node {
	left := maxParts
	var parts g.Group
	for word := range strings.SplitAfterSeq(text, " ") {
		bare := strings.TrimRight(word, " ,.;")
		at, err := time.Parse(time.RFC3339, bare)
		switch {
		case err == nil:
			parts = append(parts, Time(at), g.Text(word[len(bare):]))
		case len(word) < longWord:
			parts = append(parts, g.Text(word))
		default:
			parts = append(parts, breaks(word, &left))
		}
	}
	return g.El("bdi", parts)
}

// breaks allows a line to end after each separator of the text, left times at most.
func breaks(text string, left *int) g.Group {
	var parts g.Group
	begin := 0
	for i := range len(text) {
		if *left == 0 || !separates(text, i) {
			continue
		}
		*left--
		parts = append(parts, unhyphenated(text[begin:i+1]), h.Wbr())
		begin = i + 1
	}
	if begin < len(text) {
		parts = append(parts, unhyphenated(text[begin:]))
	}
	return parts
}

// maxWhole is the length, in bytes, up to which a part with a hyphen stays on one line of a phone.
const maxWhole = 16

// unhyphenated shows a part of an id so that no line ends at one of its hyphens only because a
// browser takes them for those of words. A long random part fills the line instead. Ids have digits,
// words have none.
func unhyphenated(part string) g.Node {
	switch {
	case !strings.Contains(strings.TrimRight(part, "-"), "-"), strings.ContainsAny(part, " \t\r\n"), !strings.ContainsAny(part, "0123456789"):
	case len(part) <= maxWhole:
		return h.Span(h.Class("one-line"), g.Text(part))
	case strings.ToLower(part) != part:
		return h.Span(h.Class("any-break"), g.Text(part))
	}
	return g.Text(part)
}

// separates reports whether a line may end after byte i of a text: not at :// or within a host with
// its port, and not at _ or a dot, for okta_verify and okta.example are one word each.
func separates(text string, i int) bool {
	after := byte('0')
	if i+1 < len(text) {
		after = text[i+1]
	}
	switch text[i] {
	case ',', '@', '&', '?', '=', '+', ';':
		return true
	case '/':
		return after != '/' && (i == 0 || text[i-1] != '/')
	case ':':
		return after != '/' && (after < '0' || after > '9')
	}
	return false
}
