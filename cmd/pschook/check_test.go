package main

import (
	"testing"
	"time"

	"pschook/oktaemu"
)

// TestServeBeforeOktaemuCheck: Okta would do what the service answers to every kind of minting.
func TestServeBeforeOktaemuCheck(t *testing.T) {
	t.Parallel()
	const org = "http://127.0.0.1:1"
	service := startServe(t, map[string]string{"PSCHOOK_OKTA_ORG_URL": org})
	verdicts, err := oktaemu.CheckHook(t.Context(), oktaemu.Options{
		Hook:        oktaemu.Hook{URL: service.url + "/hooks/okta/token", Secret: serviceSecret},
		HookTimeout: time.Minute, // a busy machine is not what is tested
		PublicURL:   org, OrgID: "00o1vhQ8wLkZ3n0pQ0g4",
	})
	if err != nil {
		t.Fatal(err)
	}
	applied := 0
	for _, v := range verdicts {
		if !v.OK || v.Outcome == oktaemu.HookDenied {
			t.Errorf("%s: %s: %s", v.Minting, v.Outcome, v.Reason)
		}
		if v.Outcome == oktaemu.HookApplied {
			applied++
		}
	}
	if len(verdicts) < 20 || applied < len(verdicts)-1 { // client credentials get nothing
		t.Errorf("%d of %d answers change tokens", applied, len(verdicts))
	}
}
