package verify_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"pschook/internal/jwks"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Somebody signs in at an org that calls no hook. The report says what Pro Santé Connect would
// miss.
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
	found := verify.Run(ctx, verify.Input{
		IDToken: tokens.IDToken, AccessToken: tokens.AccessToken, Nonce: tokens.Nonce,
		Issuer: org.Issuer(), ClientID: org.ClientID(), ExpectedTID: org.OrgID(),
		Keys:     jwks.NewRemote(org.Issuer()+"/v1/keys", client, time.Now),
		Language: words.French,
	})
	fmt.Println(found.Verdict)
	for _, c := range found.Checks {
		if c.Status == report.StatusFail {
			fmt.Println(c.ID, "·", c.Title)
		}
	}
	// Output:
	// fail
	// id.tid · Le jeton d’identité porte l’identifiant d’organisation (tid)
	// access.oid · Le jeton d’accès porte l’identifiant de l’utilisateur (oid)
	// access.tid · Le jeton d’accès porte l’identifiant d’organisation (tid)
	// access.amr · Le jeton d’accès indique comment l’utilisateur s’est authentifié (amr)
}
