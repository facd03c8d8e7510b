package hook_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/golden"
)

// go generate rewrites the golden answers and docs/contract.md from what the hook answers now.
//
//go:generate go test . -run ^TestGoldenAnswers$ -update

const (
	requestsDir  = "../testdata/requests"
	answersDir   = "../testdata/answers"
	contractFile = "../docs/contract.md"
)

// kind is one line about the minting that a request stands for. The order is that of
// docs/contract.md.
type kind struct{ file, title string }

func kinds() []kind {
	return []kind{
		{"authorization-code", "authorization code, `openid`: Okta Verify push"},
		{"authorization-code-cpx", "authorization code, `openid`: CPx card with PIN"},
		{"authorization-code-password-only", "authorization code, `openid`: password alone"},
		{"authorization-code-access-only", "authorization code without `openid`"},
		{"implicit-id-token", "implicit, `id_token`"},
		{"implicit-token", "implicit, `token`"},
		{"implicit-id-token-and-token", "implicit, `id_token token`"},
		{"hybrid-code-id-token", "hybrid, `code id_token` at the authorize endpoint"},
		{"refresh-with-id-token", "refresh with `openid` (`OriginalGrant`)"},
		{"refresh-access-only", "refresh without `openid` (`originalGrant`)"},
		{"refresh-session-of-another-user", "refresh in which Okta names the browser session's user"},
		{"refresh-session-of-the-user", "refresh in which Okta shows the user's browser session"},
		{"client-credentials", "client credentials"},
		{"password", "resource owner password"},
		{"device", "device code"},
		{"token-exchange", "token exchange"},
		{"ciba", "CIBA"},
		{"jwt-bearer", "JWT bearer"},
		{"saml2-bearer", "SAML 2.0 bearer, no amr anywhere"},
		{"preview-in-admin-console", "Preview in the Admin Console (no ID token)"},
		{"context-user-only", "tokens that name no user, context that does"},
		{"bare-minimum", "access token with nothing around it"},
		{"unknown-grant", "a grant type that does not exist yet"},
	}
}

// TestGoldenAnswers sends every kind of minting through a real listener and compares the answer,
// byte for byte, with testdata/answers. docs/contract.md is made from the same pairs, so it cannot
// go stale.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var table bytes.Buffer
	table.WriteString(contractRules + contractHead)
	for _, k := range kinds() {
		request := sample(t, k.file)
		got := s.do(t, call{body: request})
		answer := stored(t, got)
		golden.Equal(t, filepath.Join(answersDir, k.file+".json"), answer)
		table.WriteString(contractRow(t, k.title, request, got))
	}
	golden.Equal(t, contractFile, table.Bytes())
}

// Every request has its row, every answer its request.
func TestGoldenFilesAreComplete(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, k := range kinds() {
		want[k.file+".json"] = true
	}
	for _, dir := range []string{requestsDir, answersDir} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) != len(want) {
			t.Errorf("%s: %d files for %d kinds of minting", dir, len(entries), len(want))
		}
		for _, e := range entries {
			if !want[e.Name()] {
				t.Errorf("%s/%s belongs to no kind of minting", dir, e.Name())
			}
		}
	}
}

// stored returns the form of an answer that is kept in testdata: its status and its indented body.
func stored(t *testing.T, r reply) []byte {
	t.Helper()
	body := json.RawMessage(r.body)
	if r.body == "" {
		body = json.RawMessage("null")
	}
	text, err := json.MarshalIndent(struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	}{r.status, body}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

//go:embed testdata/contract_rules.md
var contractRules string

const contractHead = `
## By example

From the requests and golden answers in ` + "`testdata/`" + `, with the default configuration.

| minting | ID token | access token | user | evidence | answer | ID token gets | access token gets |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

func contractRow(t *testing.T, title, request string, r reply) string {
	t.Helper()
	var in struct {
		Data struct {
			Context struct {
				Protocol struct{ OriginalGrant any } // encoding/json ignores case, so it reads either spelling
				Session  struct {
					UserID string
					AMR    []string
				}
				User struct{ ID string }
			}
			Identity *struct {
				Claims struct {
					Sub string
					AMR []string
				}
			}
			Access *struct{ Claims struct{ UID string } }
		}
	}
	var out struct {
		Commands []struct {
			Type  string
			Value []struct {
				Path  string
				Value any
			}
		}
	}
	if err := json.Unmarshal([]byte(request), &in); err != nil {
		t.Fatal(err)
	}
	if r.body != "" {
		if err := json.Unmarshal([]byte(r.body), &out); err != nil {
			t.Fatal(err)
		}
	}
	d := in.Data
	user, evidence := "—", "—"
	switch {
	case d.Identity != nil && d.Identity.Claims.Sub != "":
		user = "ID token"
	case d.Access != nil && d.Access.Claims.UID != "":
		user = "access token"
	case d.Context.User.ID != "":
		user = "context"
	}
	switch {
	case d.Identity != nil && d.Identity.Claims.AMR != nil:
		evidence = "ID token: " + code(d.Identity.Claims.AMR)
	case d.Context.Session.AMR != nil:
		evidence = "session: " + code(d.Context.Session.AMR)
		if d.Context.Protocol.OriginalGrant != nil {
			evidence = "session, but not the one renewed: none"
		}
		if d.Access != nil && d.Access.Claims.UID != "" && d.Access.Claims.UID != d.Context.Session.UserID {
			evidence = "session, but another user's: none"
		}
	}
	gets := map[string]string{}
	for _, c := range out.Commands {
		var claims []string
		for _, p := range c.Value {
			claim := strings.TrimPrefix(p.Path, "/claims/")
			if list, ok := p.Value.([]any); ok {
				claim += " " + strings.ReplaceAll(fmt.Sprint(list), " ", ", ")
			}
			claims = append(claims, claim)
		}
		gets[c.Type] = code(claims)
	}
	cell := func(s string) string {
		if s == "" {
			return "—"
		}
		return s
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %d | %s | %s |\n", title, mark(d.Identity != nil), mark(d.Access != nil), user, evidence,
		r.status, cell(gets["com.okta.identity.patch"]), cell(gets["com.okta.access.patch"]))
}

func mark(b bool) string {
	if b {
		return "yes"
	}
	return "—"
}

func code(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}
