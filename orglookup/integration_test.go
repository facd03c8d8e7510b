package orglookup_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"pschook/orglookup"
)

// TestOutageOverHTTP puts the real sources through each fault. A known id stays, and a lookup that
// starts during the fault recovers after it.
func TestOutageOverHTTP(t *testing.T) {
	t.Parallel()
	faults := map[string]http.HandlerFunc{
		"401":       answer(401, oktaError("E0000011")), // for both documents, so that there is no fallback
		"404":       answer(404, oktaError("E0000007")),
		"500":       answer(500, oktaError("E0000009")),
		"cut":       cut,
		"truncated": truncate,
		"garbage":   answer(200, "<"),
		"hang":      hang,
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			okta := newFakeOkta(t)
			good := map[string]http.HandlerFunc{orgPath: okta.handlers[orgPath], wellKnownPath: okta.handlers[wellKnownPath]}
			okta.on(orgPath, fault)
			okta.on(wellKnownPath, fault)
			l, err := orglookup.New(orglookup.Options{
				Source: okta.management(t), WellKnown: okta.wellKnown(t), OrgURL: okta.orgURL(t),
				TTL: time.Second, Timeout: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- l.Run(ctx) }()
			defer func() {
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
			}()

			soon, cancel := context.WithTimeout(ctx, 60*time.Millisecond)
			defer cancel()
			if org, err := l.Org(soon); err == nil {
				t.Fatalf("an id came of the fault: %+v", org)
			}
			okta.on(orgPath, good[orgPath])
			okta.on(wellKnownPath, good[wellKnownPath])
			org, err := l.Org(ctx)
			if err != nil || org.ID != orgID || org.Source != "management" {
				t.Fatalf("got %+v, %v", org, err)
			}
			if hosts, err := l.Hosts(ctx); err != nil || len(hosts) != 2 {
				t.Fatalf("hosts %v, %v", hosts, err)
			}
			okta.on(orgPath, fault)
			okta.on(wellKnownPath, fault)
			waitForCall(t, okta, len(okta.calls(orgPath))+1)
			if org, ok := l.Known(); !ok || org.ID != orgID || len(org.Hosts) != 2 {
				t.Errorf("known: %v %+v", ok, org)
			}
		})
	}
}

// waitForCall waits until the org document has been read n times.
func waitForCall(t *testing.T, okta *fakeOkta, n int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for len(okta.calls(orgPath)) < n {
		<-tick.C
	}
}
