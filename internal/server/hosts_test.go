package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestAdminPagesAnswerNamedHosts sends host names that a stranger's page may have pointed here (DNS
// rebinding), and those of administrators. Health and metrics accept any name, because kubelet and
// Prometheus use various names.
func TestAdminPagesAnswerNamedHosts(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{"PSCHOOK_ADMIN_HOSTS": "hook.hopital.example, Admin.hopital.example"})
	for host, want := range map[string]int{
		"": 200, "127.0.0.1": 200, "192.0.2.7:9090": 200, "[::1]:9090": 200, "[2001:db8::1]": 200, "localhost:9090": 200, "LOCALHOST": 200, "a.localhost.": 200,
		"hook.hopital.example:1": 200, "admin.HOPITAL.example.": 200,
		"rebound.attacker.example": 421, "rebound.attacker.example:9090": 421, "127.0.0.1.attacker.example": 421, "localhost.attacker.example": 421,
		"notlocalhost": 421, "hook.hopital.example.attacker.example": 421, "xhook.hopital.example": 421, "0x7f000001": 421,
	} {
		for path, want := range map[string]int{"/admin/": want, "/admin/style.css": want, "/healthz": 200, "/readyz": 200} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.AdminAddr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			res, err := client(t).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s by the name %q: %d, want %d", path, host, res.StatusCode, want)
			}
		}
	}
}

// TestPagesAnswerHEAD: some monitoring uses HEAD. Other methods are answered with those that are possible (RFC 9110, sections 9.3.7 and 15.5.6).
func TestPagesAnswerHEAD(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{
		"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "http://127.0.0.1:1/oauth2/default", "PSCHOOK_RP_CLIENT_ID": "0oa", "PSCHOOK_RP_REDIRECT_URL": "http://127.0.0.1:1/rp/callback",
	})
	c := client(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	main, admin := "http://"+r.Addr().String(), "http://"+r.AdminAddr().String()
	for _, page := range []string{
		main + "/healthz", main + "/readyz", main + "/", main + "/rp/",
		admin + "/healthz", admin + "/readyz", admin + "/metrics", admin + "/", admin + "/admin/", admin + "/admin/style.css",
	} {
		want, wanted, _ := fetch(t, c, http.MethodGet, page, strings.NewReader(""))
		got, header, body := fetch(t, c, http.MethodHead, page, strings.NewReader(""))
		if got != want || got >= 400 || body != "" || header.Get("Content-Type") != wanted.Get("Content-Type") {
			t.Errorf("HEAD %s: %d %v %q, GET says %d %v", page, got, header, body, want, wanted)
		}
		for _, method := range []string{http.MethodOptions, http.MethodDelete} {
			status, header, _ := fetch(t, c, method, page, strings.NewReader(""))
			if asked := method == http.MethodOptions && status == 204; !asked && status != 405 || !strings.Contains(header.Get("Allow"), "HEAD") {
				t.Errorf("%s %s: %d, Allow %q", method, page, status, header.Get("Allow"))
			}
		}
	}
}
