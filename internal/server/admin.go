package server

import (
	"cmp"
	_ "embed" // the stylesheet
	"fmt"
	"net/http"
	"strings"
	"time"

	"pschook/internal/config"
	"pschook/internal/outcomes"
	"pschook/verify/words"
)

//go:embed admin/style.css
var adminStyle []byte

// adminPolicy lets the page load its stylesheet and nothing else, and be framed by nobody.
const adminPolicy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountAdmin adds the page, which only shows: nothing can be changed there.
func (s *Server) mountAdmin(mux *http.ServeMux) {
	named := s.namedHosts()
	mux.Handle("GET /admin", named(http.RedirectHandler("/admin/", http.StatusPermanentRedirect)))
	mux.Handle("GET /admin/style.css", named(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(adminStyle)
	})))
	mux.Handle("GET /admin/{$}", named(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lang, ok := words.ParseLanguage(r.URL.Query().Get("lang"))
		if !ok {
			lang = words.MatchLanguage(r.Header.Get("Accept-Language"))
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", string(lang))
		h.Set("Vary", "Accept-Language")
		h.Set("Content-Security-Policy", adminPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
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
	}
	p.Cards = []adminCard{s.serviceCard(t), s.orgCard(t), s.callersCard(t), s.claimsCard(t)}
	if s.outcomes != nil {
		p.Cards = append(p.Cards, s.outcomesCard(t))
	}
	for _, tally := range s.hook.Tallies() {
		p.Calls = append(p.Calls, adminCalls{tally.Outcome, t["outcome."+tally.Outcome], adminTime(tally.Last), tally.Count})
	}
	return p
}

func (s *Server) serviceCard(t map[string]string) adminCard {
	c := s.opts.Config
	now := s.opts.Now()
	certificate := adminFact{Name: t["certificate"], Values: []string{t["plain_http"]}}
	if end, ok := s.CertificateNotAfter(); ok {
		certificate.Values = []string{adminTime(end)}
		if end.Sub(now) < certificateSoon {
			certificate.Tone = toneWarn
		}
		if end.Before(now) {
			certificate.Tone = toneBad
		}
	}
	return adminCard{t["service"], []adminFact{
		{Name: t["version"], Values: given(s.opts.Version)},
		{Name: t["started"], Values: []string{adminTime(s.started), "(" + now.Sub(s.started).Round(time.Second).String() + ")"}},
		{Name: t["listening"], Values: []string{s.Addr().String()}},
		certificate,
		{Name: t["at_a_time"], Values: []string{fmt.Sprint(c.Hook.MaxConcurrent)}},
	}}
}

// certificateSoon is when a certificate that is not renewed by itself wants a hand.
const certificateSoon = 14 * 24 * time.Hour

func (s *Server) orgCard(t map[string]string) adminCard {
	org, known := s.lookup.Known()
	facts := []adminFact{{Name: t["url"], Values: []string{s.opts.Config.Okta.OrgURL.String()}}}
	if !known {
		return adminCard{t["org"], append(facts, adminFact{Name: t["org_id"], Values: []string{t["not_known"]}, Tone: toneBad})}
	}
	age := []string{t["agreed"]}
	if org.Source != config.SourceStatic {
		age = []string{s.opts.Now().Sub(org.FetchedAt).Round(time.Second).String()}
	}
	hosts := adminFact{Name: t["hosts"], Values: org.Hosts}
	if org.Hosts == nil {
		hosts.Values, hosts.Tone = []string{t["not_known"]}, toneWarn
	}
	return adminCard{t["org"], append(facts,
		adminFact{Name: t["org_id"], Values: []string{org.ID}},
		adminFact{Name: t["source"], Values: []string{org.Source}},
		adminFact{Name: t["age"], Values: age},
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
	return adminCard{t["callers"], []adminFact{
		{Name: t["header"], Values: []string{c.AuthHeader}},
		{Name: t["secrets"], Values: secrets},
		{Name: "OAuth 2.0", Values: given(c.OAuthIssuer)},
		{Name: t["networks"], Values: networks},
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
			rule += " (" + r.Level + ")"
		}
		rules = append(rules, rule)
	}
	return adminCard{t["claims"], []adminFact{
		{Name: t["access_token"], Values: c.Claims.AccessToken},
		{Name: t["id_token"], Values: c.Claims.IDToken},
		{Name: t["amr_rules"], Values: rules},
		{Name: t["clients"], Values: clients},
		{Name: t["on_failure"], Values: []string{c.Hook.OnFailure}},
	}}
}

// outcomesCard shows what Okta said it did: the totals, and the last results in its own words.
func (s *Server) outcomesCard(t map[string]string) adminCard {
	const most = 5
	counts := s.outcomes.Counts()
	card := adminCard{Title: t["okta_did"]}
	for _, result := range outcomes.Results() {
		fact := adminFact{Name: t["okta_did."+string(result)], Values: []string{fmt.Sprint(counts.Results[result])}}
		if counts.Results[result] > 0 && (result == outcomes.ResultDropped || result == outcomes.ResultFailed) {
			fact.Tone = toneBad
		}
		card.Facts = append(card.Facts, fact)
	}
	card.Facts = append(card.Facts,
		adminFact{Name: t["minted"], Values: []string{fmt.Sprint(counts.Minted)}},
		adminFact{Name: t["joined"], Values: []string{fmt.Sprint(counts.Joined)}},
	)
	last := s.outcomes.Last()
	for _, shown := range last[:min(len(last), most)] {
		card.Facts = append(card.Facts, adminFact{
			Name: adminTime(shown.At), Values: []string{t["okta_did."+string(shown.Result)] + ":", cmp.Or(shown.Reason, "—"), shown.Transaction},
		})
	}
	return card
}

// given is a value that may be left out.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// adminTime is a time as the log has it, to the second.
func adminTime(at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return strings.Replace(at.UTC().Format(time.RFC3339), "T", " ", 1)
}
