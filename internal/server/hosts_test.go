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

// TestHealthAnswersHEAD: some monitoring uses HEAD.
func TestHealthAnswersHEAD(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	for _, addr := range []string{r.Addr().String(), r.AdminAddr().String()} {
		for _, path := range []string{"/healthz", "/readyz"} {
			status, header, body := fetch(t, client(t), http.MethodHead, "http://"+addr+path, strings.NewReader(""))
			if status != 200 || body != "" || header.Get("Content-Type") != "text/plain; charset=UTF-8" {
				t.Errorf("HEAD %s%s: %d %v %q", addr, path, status, header, body)
			}
		}
	}
}
