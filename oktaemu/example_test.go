package oktaemu_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"pschook/oktaemu"
)

// A hook adds a claim to access tokens, and a person signs in.
func Example() {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"}]}]}`)
	}))
	defer hook.Close()
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL, Secret: "a secret of the hook"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = org.Close() }()

	tokens, err := org.SignIn(context.Background(), oktaemu.SignIn{Login: "cpx"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("tid:", claim(tokens.AccessToken, "tid"))
	fmt.Println("hook:", org.HookCalls()[0].Outcome)
	// Output:
	// tid: 00o1
	// hook: applied
}

// An answer that touches a reserved claim is dropped whole, as at Okta: the good
// command beside it is lost, and the sign-in succeeds all the same.
func ExampleOrg_HookCalls() {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"commands":[
			{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"}]},
			{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/oid","value":"00u1"}]}]}`)
	}))
	defer hook.Close()
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL, Secret: "a secret of the hook"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = org.Close() }()

	tokens, err := org.SignIn(context.Background(), oktaemu.SignIn{Login: "okta-verify"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("tid:", claim(tokens.AccessToken, "tid"))
	fmt.Println("hook:", org.HookCalls()[0].Outcome)
	// Output:
	// tid: <nil>
	// hook: dropped
}

// A hook that patches the access token whatever is minted: Okta drops its answer where there is none.
func ExampleCheckHook() {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/ward","value":"B2"}]}]}`)
	}))
	defer hook.Close()
	verdicts, err := oktaemu.CheckHook(context.Background(), oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range verdicts {
		if !v.OK {
			fmt.Println(v.Minting, v.Outcome, v.Reason)
		}
	}
	// Output:
	// hybrid-code-id-token dropped commands[0]: patches the access token, but none is being minted
	// implicit-id-token dropped commands[0]: patches the access token, but none is being minted
}

// Copy this to test a hook of your own: any http.Handler will do. The org is a
// handler as well, so it can be served by what your tests have already.
func Example_asHandler() {
	myHook := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "my hook's secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/ward","value":"B2"}]}]}`)
	})
	hook := httptest.NewServer(myHook)
	defer hook.Close()
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	org, err := oktaemu.New(oktaemu.Options{
		Addr:      oktaemu.NoListener,
		PublicURL: "http://" + server.Listener.Addr().String(),
		Hook:      oktaemu.Hook{URL: hook.URL, Secret: "my hook's secret"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = org.Close() }()
	server.Config.Handler = org
	server.Start()

	tokens, err := org.SignIn(context.Background(), oktaemu.SignIn{Login: "totp"})
	if err != nil {
		fmt.Println(err)
		return
	}
	call := org.HookCalls()[0]
	fmt.Println("ward:", claim(tokens.AccessToken, "ward"))
	fmt.Println("hook:", call.Status, call.Outcome, call.Reason)
	// Output:
	// ward: B2
	// hook: 200 applied
}

// claim reads a claim without verifying anything, which only a test may do.
func claim(token, name string) any {
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return err
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		return err
	}
	return claims[name]
}
