package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pschook/hook"
	"pschook/oktaemu"
)

// TestCustomDomainIsAnsweredAlike sends the same call with the issuer of each host of an org.
// Something about the org that is not known yet must not make people on one host worse off than
// people on the other.
func TestCustomDomainIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	const wellKnown = "/.well-known/okta-organization"
	unread := map[string]string{"deny": `{"error":`, "omit": `"path":"/claims/oid"`}
	known := map[string]string{"deny": `"path":"/claims/tid"`, "omit": `"path":"/claims/tid"`}
	tests := []struct {
		name  string
		fault *oktaemu.Fault
		tid   string            // PSCHOOK_TID_SOURCE
		want  map[string]string // in the answer, by value of PSCHOOK_ON_FAILURE
	}{
		{"reachable", nil, "well-known", known},
		{"slow", &oktaemu.Fault{PathPrefix: wellKnown, Hang: true, Times: -1}, "well-known", unread},
		{"failing", &oktaemu.Fault{PathPrefix: wellKnown, Status: 503, Times: -1}, "well-known", unread},
		{"static", nil, "static", known},
	}
	for _, tt := range tests {
		for onFailure, want := range tt.want {
			t.Run(tt.name+"_"+onFailure, func(t *testing.T) {
				t.Parallel()
				org, err := oktaemu.New(oktaemu.Options{CustomDomain: "localhost"})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = org.Close() })
				if tt.fault != nil {
					if err := org.InjectFault(*tt.fault); err != nil {
						t.Fatal(err)
					}
				}
				set := map[string]string{"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_TID_SOURCE": tt.tid, "PSCHOOK_ON_FAILURE": onFailure}
				if tt.tid == "static" {
					set["PSCHOOK_TID_VALUE"] = org.OrgID()
				} else {
					set["PSCHOOK_TID_VALUE"] = ""
				}
				if tt.fault != nil {
					set["PSCHOOK_HOOK_TIMEOUT"] = "100ms"
				}
				r := run(t, set)
				ask := func(origin string) string {
					body := strings.ReplaceAll(call, "http://127.0.0.1:1", origin)
					status, _, text := fetch(t, client(t), http.MethodPost, "http://"+r.Addr().String()+hook.Path, strings.NewReader(body))
					return fmt.Sprintln(status, text)
				}
				if tt.fault == nil { // after the org is known
					waitUntil(t, func() bool { return strings.Contains(ask(org.CustomURL()), want) })
				}
				own, custom := ask(org.URL()), ask(org.CustomURL())
				if own != custom || !strings.Contains(own, want) {
					t.Errorf("by the org's own host %s, by its custom domain %s, want %s in both", own, custom, want)
				}
			})
		}
	}
}
