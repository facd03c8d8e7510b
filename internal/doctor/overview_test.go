package doctor_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/doctor"
	"pschook/internal/oktaread"
)

// TestOverview checks that each client of each server has a row for each rule that applies to it,
// with its claims.
func TestOverview(t *testing.T) {
	t.Parallel()
	w := start(t, plan{org: func(t *testing.T, w *world) {
		w.claim(t, "site", `"nord"`)
		w.ruleBefore(t, "00gSomeGroup00000000")
		w.api(t, http.MethodPost, "/authorizationServers", map[string]any{"name": "other", "description": "without a policy", "audiences": []string{"api://other"}})
		w.api(t, http.MethodPost, "/apps", map[string]any{
			"label": "Intranet", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
			"credentials": map[string]any{"oauthClient": map[string]any{"client_id": "0oaIntranet000000000"}},
			"settings":    map[string]any{"oauthClient": map[string]any{"application_type": "web", "grant_types": []string{"authorization_code"}, "redirect_uris": []string{"https://intranet.example.org/cb"}}},
		})
	}})
	opts := w.options(t)
	cfg := w.load(t, environment("PSCHOOK_CLIENT_IDS", w.org.ClientID()))
	rows, err := doctor.Overview(t.Context(), oktaread.Client{OrgURL: cfg.Okta.OrgURL, HTTP: opts.Okta, Now: time.Now, Wait: func(context.Context, time.Duration) error { return nil }}, cfg, w.url)
	if err != nil {
		t.Fatal(err)
	}
	psc, intranet := w.org.ClientID(), "0oaIntranet000000000"
	want := []doctor.Row{
		{Server: "default", Client: "Pro Santé Connect", ClientID: psc, Rule: "Default Policy › before", Claims: "site"},
		{Server: "default", Client: "Pro Santé Connect", ClientID: psc, Rule: "Default Policy › Default Policy Rule", Hook: "token hook", Ours: true, Claims: "site oid tid amr"},
		{Server: "default", Client: "Intranet", ClientID: intranet, Rule: "Default Policy › before", Claims: "site"},
		{Server: "default", Client: "Intranet", ClientID: intranet, Rule: "Default Policy › Default Policy Rule", Hook: "token hook", Ours: true, Claims: "site"},
		{Server: "other", Client: "Pro Santé Connect", ClientID: psc},
		{Server: "other", Client: "Intranet", ClientID: intranet},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
