package commands_test

import (
	"fmt"

	"pschook/commands"
)

// A person signed in with a CPx card and its PIN; Okta is minting both tokens.
func Example() {
	builder, err := commands.New(commands.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	decision, err := builder.Decide(commands.Facts{
		IDToken: true, AccessToken: true,
		IdentitySub: "00u1q8tMo3zV0OfJON0g3",
		IdentityAMR: []string{"sc", "pin", "hwk"},
		OrgID:       "00o1vhQ8wLkZ3n0pQ0g4",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(decision.Outcome, "by rule", decision.AMRRule)
	for _, c := range decision.Commands {
		fmt.Println(c.Token, c.Claims())
	}
	// Output:
	// commands by rule cpx
	// ID token [tid]
	// access token [oid tid amr]
}

// A policy that emits more than its conditions guarantee does not load.
func ExampleParsePolicy() {
	_, _, err := commands.ParsePolicy("amr.yaml", []byte(`
rules:
  - name: okta-verify
    all: [pwd, mfa]
    emit: [pwd, mfa, swk]
`))
	fmt.Println(err)
	// Output:
	// amr.yaml:5:22: rule "okta-verify": emits "swk", which all does not guarantee; add it to all, or to attest if you vouch for it whenever this rule matches
}
