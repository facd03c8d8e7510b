package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"pschook/oktaemu"
	"pschook/verify"
)

// Somebody signs in at an org that calls no hook: the report says what Pro Santé
// Connect would miss.
func ExampleRun() {
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = org.Close() }()
	ctx := context.Background()
	tokens, err := org.SignIn(ctx, oktaemu.SignIn{Login: "cpx"})
	if err != nil {
		fmt.Println(err)
		return
	}

	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	report := verify.Run(ctx, verify.Input{
		IDToken: tokens.IDToken, AccessToken: tokens.AccessToken, Nonce: tokens.Nonce,
		Issuer: org.Issuer(), ClientID: org.ClientID(), ExpectedTID: org.OrgID(),
		Keys:     verify.NewRemoteKeys(org.Issuer()+"/v1/keys", client, time.Now),
		Language: verify.French,
	})
	fmt.Println(report.Verdict)
	for _, c := range report.Checks {
		if c.Status == verify.StatusFail {
			fmt.Println(c.ID, "·", c.Title)
		}
	}
	// Output:
	// fail
	// id.tid · Le jeton d'identité porte l'identifiant d'organisation (tid)
	// access.oid · Le jeton d'accès porte l'identifiant de l'utilisateur (oid)
	// access.tid · Le jeton d'accès porte l'identifiant d'organisation (tid)
	// access.amr · Le jeton d'accès indique comment l'utilisateur s'est authentifié (amr)
}

// Other packages report in the same form: [NewReport] counts, and writes.
func ExampleNewReport() {
	report := verify.NewReport("backup", verify.English, []verify.Check{
		{ID: "disk.space", Status: verify.StatusPass, Title: "There is room"},
		{ID: "disk.age", Status: verify.StatusWarn, Title: "The disk is young", Expected: "3 years", Actual: "5 years", Hint: "Order another one."},
	})
	if err := report.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Pass with warnings (backup): it works, but look at the warnings.
	// Failed: 0. Warnings: 1. Passed: 1. Not checked: 0.
	//
	// pass     disk.space  There is room
	// warning  disk.age    The disk is young
	//          Expected: 3 years
	//          Found: 5 years
	//          What to do: Order another one.
}
