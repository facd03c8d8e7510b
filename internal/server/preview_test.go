package server_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/server"
)

// A preview's answer is the service's, including the version in debugContext.
func TestPreviewTellsTheVersion(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	opts := options(load(t, map[string]string{"PSCHOOK_DEBUG_CONTEXT": "true", "PSCHOOK_OKTA_ISSUERS": "https://hopital.okta.com/oauth2/default"}))
	opts.Version = "v1.2.3"
	h, err := server.NewPreview(opts.Config, "", opts.Version, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Preview(t.Context(), body)
	if err != nil || !strings.Contains(string(p.Body), `"v1.2.3"`) {
		t.Fatalf("%v: %s", err, p.Body)
	}
	s := runWith(t, opts)
	if status, _, text := fetch(t, client(t), http.MethodPost, "http://"+s.Addr().String()+hook.Path, strings.NewReader(string(body))); status != p.Status || text != string(p.Body) {
		t.Errorf("the service answers %d %s, the preview %d %s", status, text, p.Status, p.Body)
	}
}
