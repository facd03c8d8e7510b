package rp

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/report"
)

// icon is the shape of a status: disc, triangle, square, or disc with a dash. The shapes differ, so
// color is not needed. Words stand beside the icon, so it is hidden from screen readers.
func icon(s report.Status) g.Node {
	return h.SVG(h.Class("icon"), g.Attr("viewBox", "0 0 16 16"), h.Width("16"), h.Height("16"), h.Aria("hidden", "true"), g.Attr("focusable", "false"),
		g.Group(iconShape(s)))
}

func iconShape(s report.Status) []g.Node {
	switch s {
	case report.StatusPass:
		return []g.Node{disc(), svgPath("M4.5 8.4l2.4 2.4 4.6-5.2")}
	case report.StatusWarn:
		return []g.Node{svgPath("M8 .8l7.4 13.7H.6z", h.Class("shape")), svgPath("M8 5.6v4.2M8 11.6v1")}
	case report.StatusFail:
		square := g.El("rect", g.Attr("x", ".5"), g.Attr("y", ".5"), h.Width("15"), h.Height("15"), g.Attr("rx", "3"))
		return []g.Node{square, svgPath("M5 5l6 6M11 5l-6 6")}
	}
	return []g.Node{disc(), svgPath("M4.5 8h7")}
}

func disc() g.Node {
	return g.El("circle", g.Attr("cx", "8"), g.Attr("cy", "8"), g.Attr("r", "7.5"))
}

func svgPath(d string, attributes ...g.Node) g.Node {
	return g.El("path", g.Attr("d", d), g.Group(attributes))
}
