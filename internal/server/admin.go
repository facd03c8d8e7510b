package server

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/commands"
	"pschook/internal/config"
	"pschook/internal/dress"
	"pschook/internal/outcomes"
	"pschook/verify/words"
)

// adminPolicy allows the page to load only its style sheet and script, and nobody to frame it.
const adminPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountAdmin adds the admin page. The page is read-only.
func (s *Server) mountAdmin(mux *http.ServeMux) {
	named := s.namedHosts()
	mux.Handle("GET /{$}", named(http.RedirectHandler("/admin/", http.StatusSeeOther)))
	mux.Handle("GET /admin", named(http.RedirectHandler("/admin/", http.StatusPermanentRedirect)))
	for path, file := range map[string]struct{ mediaType, text string }{
		"/admin/style.css": {"text/css", dress.Style()}, "/admin/page.js": {"text/javascript", dress.Script()},
	} {
		mux.Handle("GET "+path, named(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.mediaType+"; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = io.WriteString(w, file.text)
		})))
	}
	mux.Handle("GET /admin/{$}", named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang, ok := words.ParseLanguage(r.URL.Query().Get("lang"))
		if !ok {
			lang = words.MatchLanguage(r.Header.Get("Accept-Language"))
		}
		header := w.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Language", string(lang))
		header.Set("Vary", "Accept-Language")
		header.Set("Content-Security-Policy", adminPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		_ = s.adminPage(lang).html().Render(w) // fails only when the browser is gone
	})))
}

func (s *Server) adminPage(lang words.Language) adminPage {
	t := adminWords(lang)
	p := adminPage{Lang: lang, Words: t, State: t["ready"], Tone: toneGood}
	switch _, known := s.lookup.Known(); {
	case s.stopping.Load():
		p.State, p.Tone = t["stopping"], toneWarn
	case !known:
		p.State, p.Tone = t["unknown"], toneBad
	case s.opts.Config.Hook.Shadow:
		p.State, p.Tone = t["shadow"], toneWarn
	case s.outcomes != nil && s.lostAnswers():
		p.State, p.Tone = t["lost"], toneWarn
	case s.outcomes != nil && s.maybeDetached():
		p.State, p.Tone = t["detached"], toneWarn
	case s.outcomes != nil && (s.logUnread() || s.outcomes.Counts().Unclear > 0):
		p.State, p.Tone = t["unread"], toneWarn
	}
	p.Cards = []adminCard{s.serviceCard(lang, t), s.orgCard(lang, t), s.callersCard(t), s.claimsCard(t)}
	if s.outcomes != nil {
		p.Cards = append(p.Cards, s.outcomesCard(t))
	}
	for _, tally := range s.hook.Tallies() {
		p.Calls = append(p.Calls, adminCalls{tally.Outcome, t["outcome."+tally.Outcome], adminTime(tally.Last), tally.Count})
	}
	return p
}

// lostAnswers reports whether Okta did not use each answer of the hook, or could not get one, since the start.
func (s *Server) lostAnswers() bool {
	counts := s.outcomes.Counts()
	return counts.Results[outcomes.ResultDropped]+counts.Results[outcomes.ResultFailed] > 0
}

// unreadAfter is for how long the end of the System Log may not be reached while all is well: a rate
// limit holds the reader up for minutes.
const unreadAfter = 5 * time.Minute

// logUnread reports whether what Okta does now is not known, because its log is not read.
func (s *Server) logUnread() bool {
	if s.logReader == nil {
		return false
	}
	_, ever := s.logReader.CaughtUp()
	return !ever || s.logReader.Lag() > s.opts.Config.Outcomes.Interval+unreadAfter
}

// maybeDetached reports whether Okta may have stopped calling: it minted tokens and asked this instance for none, or a
// rule or the hook was changed after the last call. Another instance may have been asked.
func (s *Server) maybeDetached() bool {
	counts := s.outcomes.Counts()
	if neverAsked(counts) {
		return true
	}
	var last time.Time
	for _, tally := range s.hook.Tallies() {
		if slices.Contains([]string{string(commands.OutcomeCommands), string(commands.OutcomeEmpty), string(commands.OutcomeDenied)}, tally.Outcome) && tally.Last.After(last) {
			last = tally.Last
		}
	}
	return counts.LastChange.At.After(last)
}

// neverAsked reports whether Okta minted tokens and asked this instance for none of them.
func neverAsked(counts outcomes.Counts) bool { return counts.Minted > 0 && counts.Joined == 0 }

func (s *Server) serviceCard(lang words.Language, t map[string]string) adminCard {
	c := s.opts.Config
	now := s.opts.Now()
	certificate := adminFact{Name: t["certificate"], Values: texts(t["plain_http"])}
	if end, ok := s.CertificateNotAfter(); ok {
		certificate.Values = []g.Node{adminTime(end)}
		if end.Sub(now) < certificateSoon {
			certificate.Tone = toneWarn
		}
		if end.Before(now) {
			certificate.Tone = toneBad
		}
	}
	return adminCard{Title: t["service"], Facts: []adminFact{
		{Name: t["version"], Values: texts(s.opts.Version)},
		{Name: t["started"], Values: []g.Node{adminTime(s.started), g.Text(t["for"] + " " + words.Say("%s", "%s", now.Sub(s.started)).In(lang))}},
		{Name: t["listening"], Values: texts(s.Addr().String())},
		certificate,
		{Name: t["at_a_time"], Values: texts(fmt.Sprint(c.Hook.MaxConcurrent))},
	}}
}

// certificateSoon is when a certificate that was not renewed automatically needs attention.
const certificateSoon = 14 * 24 * time.Hour

func (s *Server) orgCard(lang words.Language, t map[string]string) adminCard {
	org, known := s.lookup.Known()
	facts := []adminFact{{Name: t["url"], Values: texts(s.opts.Config.Okta.OrgURL.String())}}
	if !known {
		return adminCard{Title: t["org"], Facts: append(facts, adminFact{Name: t["org_id"], Values: texts(t["not_known"]), Tone: toneBad})}
	}
	age := t["agreed"]
	if org.Source != config.SourceStatic {
		age = words.Say("%s", "%s", s.opts.Now().Sub(org.FetchedAt)).In(lang)
	}
	hosts := adminFact{Name: t["hosts"], Values: texts(org.Hosts...)}
	if org.Hosts == nil {
		hosts.Values, hosts.Tone = texts(t["not_known"]), toneWarn
	}
	return adminCard{Title: t["org"], Facts: append(facts,
		adminFact{Name: t["org_id"], Values: texts(org.ID)},
		adminFact{Name: t["source"], Values: texts(org.Source)},
		adminFact{Name: t["age"], Values: texts(age)},
		hosts,
	)}
}

func (s *Server) callersCard(t map[string]string) adminCard {
	c := s.opts.Config.Hook
	var secrets []string
	if s.secrets != nil {
		secrets = s.secrets.Fingerprints(s.fingerprintKey)
	}
	var networks []string
	for _, n := range c.AllowedCIDRs {
		networks = append(networks, n.String())
	}
	if networks == nil {
		networks = []string{t["everywhere"]}
	}
	return adminCard{Title: t["callers"], Facts: []adminFact{
		{Name: t["header"], Values: texts(c.AuthHeader)},
		{Name: t["secrets"], Values: texts(secrets...)},
		{Name: "OAuth 2.0", Values: texts(c.OAuthIssuer)},
		{Name: t["networks"], Values: texts(networks...)},
	}}
}

func (s *Server) claimsCard(t map[string]string) adminCard {
	c := s.opts.Config
	clients := []string(c.Hook.ClientIDs)
	if len(clients) == 0 {
		clients = []string{t["all_clients"]}
	}
	var rules []string
	for _, r := range s.rules {
		rule := r.Name
		if r.Level != "" {
			rule += " (" + t["level."+r.Level] + ")"
		}
		rules = append(rules, rule)
	}
	return adminCard{Title: t["claims"], Facts: []adminFact{
		{Name: t["access_token"], Values: texts(c.Claims.AccessToken...)},
		{Name: t["id_token"], Values: texts(c.Claims.IDToken...)},
		{Name: t["amr_rules"], Values: texts(rules...)},
		{Name: t["clients"], Values: texts(clients...)},
		{Name: t["on_failure"], Values: texts(t["on_failure."+c.Hook.OnFailure])},
	}}
}

// outcomesCard shows what Okta reported: the totals, and the last results in Okta's own words.
func (s *Server) outcomesCard(t map[string]string) adminCard {
	const most = 5
	counts := s.outcomes.Counts()
	card := adminCard{Title: t["okta_did"]}
	logFact, read := s.logFact(t)
	card.Facts = append(card.Facts, logFact)
	logged := func(n uint64) []g.Node { // what only the log tells is not 0 where nobody reads it
		if n == 0 && !read {
			return texts("—")
		}
		return texts(fmt.Sprint(n))
	}
	for _, result := range outcomes.Results() {
		fact := adminFact{Name: t["okta_did."+string(result)], Values: logged(counts.Results[result])}
		if result == outcomes.ResultFailed && s.logReader == nil { // event hooks tell it, too
			fact.Values = texts(fmt.Sprint(counts.Results[result]))
		}
		if counts.Results[result] > 0 && (result == outcomes.ResultDropped || result == outcomes.ResultFailed) {
			fact.Tone = toneBad
		}
		card.Facts = append(card.Facts, fact)
	}
	joined := adminFact{Name: t["joined"], Values: logged(counts.Joined)}
	if neverAsked(counts) {
		joined.Values, joined.Tone = append(joined.Values, h.P(g.Text(t["joined_hint"]))), toneWarn
	}
	changed := adminFact{Name: t["changed"], Values: texts(fmt.Sprint(counts.Rules + counts.Hooks))}
	if counts.Rules+counts.Hooks > 0 {
		last := h.Span(g.Text(t["changed_last"]+" "), adminTime(counts.LastChange.At))
		changed.Values, changed.Tone = append(changed.Values, last, h.Code(g.Text(counts.LastChange.Type)), h.P(g.Text(t["changed_hint"]))), toneWarn
	}
	card.Facts = append(card.Facts, adminFact{Name: t["minted"], Values: logged(counts.Minted)}, joined, changed)
	if counts.Unclear > 0 {
		card.Facts = append(card.Facts, adminFact{Name: t["unclear"], Values: append(texts(fmt.Sprint(counts.Unclear)), h.P(g.Text(t["unclear_hint"]))), Tone: toneWarn})
	}
	last := s.outcomes.Last()
	for _, shown := range last[:min(len(last), most)] {
		card.Last = append(card.Last, adminFact{Name: t["one."+string(shown.Result)], Values: []g.Node{
			adminTime(shown.At), h.Code(dress.Breakable(shown.Transaction)), h.P(dress.Sentence(cmp.Or(shown.Reason, "—"))),
		}})
	}
	card.LastTitle = t["okta_did_last"]
	return card
}

// logFact says until when the System Log was read. read is false when it never was.
func (s *Server) logFact(t map[string]string) (fact adminFact, read bool) {
	fact.Name = "System Log"
	if s.logReader == nil {
		fact.Values = texts(t["log_off"])
		return fact, false
	}
	at, read := s.logReader.CaughtUp()
	if read {
		fact.Values = []g.Node{h.Span(g.Text(t["log_read"]+" "), adminTime(at))}
	} else {
		fact.Values = texts(t["log_unread"])
	}
	if s.logUnread() {
		fact.Values, fact.Tone = append(fact.Values, h.P(g.Text(t["log_unread_hint"]))), toneWarn
	}
	return fact, read
}

// adminTime writes a time to the second.
func adminTime(at time.Time) g.Node {
	if at.IsZero() {
		return g.Text("—")
	}
	return dress.Time(at)
}
