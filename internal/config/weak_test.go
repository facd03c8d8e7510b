package config_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

// TestWeakSecrets checks that a running service accepts each of these secrets, that Strict refuses
// them, and what they are called.
func TestWeakSecrets(t *testing.T) {
	t.Parallel()
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	const placeholder, words, quoted = "is a placeholder or an example", "is made of common words or of sequences such as 1234", "has a quotation mark at its beginning or end: quotation marks are part of the value"
	header := "holds the name of a header: only its value is wanted"
	tests := []struct{ name, secret, want string }{
		{"change me", "change-me-to-something-else", placeholder},
		{"change me, in pieces", "CHANGE_ME.please.1234", placeholder},
		{"change me, disguised", "ch4ng3m3-7f3k9d2m5x", placeholder},
		{"change me, in French", "changez-moi-s-il-vous-plait", placeholder},
		{"your secret", "<your secret comes here>", "is a placeholder that was never filled in"},
		{"example", "example-0oa1k2j3h4g5f6", placeholder},
		{"template", "x${HOOK_SECRET_7f3k9d}", "is a placeholder that was never filled in"},
		{"another template", "{{ .Values.hookSecret }}", "is a placeholder that was never filled in"},
		{"one letter", strings.Repeat("a", 24), "repeats the same 1 characters"},
		{"pattern", "k9Q2k9Q2k9Q2k9Q2k9", "repeats the same 4 characters"},
		{"half", "7f3k9d2m7f3k9d2m", "repeats the same 8 characters"},
		{"few letters", "abbabaababbabbaabab1", "has only 3 different characters"},
		{"digits in order", "01234567890123456789", "repeats the same 10 characters"},
		{"digits and letters in order", "0123456789abcdef", words},
		{"downwards", "fedcba9876543210", words},
		{"keyboard", "azertyuiopqsdfghjklm", words},
		{"words", "motdepasse-secret-2026", words},
		{"words, disguised", "P4ssw0rd-S3cr3t-1234", words},
		{"command", "openssl rand -base64 33", "is a command, not what the command prints"},
		{"substitution", "$(openssl rand -hex 32)", "is a command, not what the command prints"},
		{"quotes", `"7f3k9d2m5x8c1v6b"`, quoted},
		{"single quotes", `'7f3k9d2m5x8c1v6b'`, quoted},
		{"half a pair of quotes", `7f3k9d2m5x8c1v6b"`, quoted},
		{"header", "Authorization: 7f3k9d2m5x8c1v6b", header},
		{"header without a blank", "authorization:7f3k9d2m5x8c1v6b", header},
		{"another header", "X-Api-Key: 7f3k9d2m5x8c1v6b", header},
		{"bearer", "Bearer 7f3k9d2m5x8c1v6b", "begins with Bearer: only what comes after it is wanted, here and in Okta"},
		{"bearer without a blank", "bearer7f3k9d2m5x8c1v6b", "begins with Bearer: only what comes after it is wanted, here and in Okta"},
		{"ssws", "SSWS 7f3k9d2m5x8c1v6b", "begins with SSWS: only what comes after it is wanted, here and in Okta"},
		{"basic, not encoded", "Basic okta:7f3k9d2m5x8c1v6b", "begins with Basic, but is not followed by user:password in Base64"},
		{"basic, guessable", basic("okta:password"), "is a Basic credential whose password " + words},
		{"basic", basic("okta:7f3k9d2m5x8c1v6b"), ""},
		{"variable", "PSCHOOK_HOOK_SECRETS=7f3k9d2m5x8c1v6b", "holds the name of a variable"},
		{"url", "https://7f3k9d2m5x8c1v6b.okta.com", "is a URL"},
		{"key", "-----BEGIN PRIVATE KEY-----", "is a key or certificate, or a part of one"},
		{"comma", "7f3k9d2m5x8c1v6b;", "ends with a comma or semicolon"},
		{"passphrase", "correct horse battery staple", ""},
		{"signs", "=Xk4#,d9!pQz7$wLm", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			src := source(map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": write(t, "\n"+tc.secret+"\n")})
			c, warnings, err := config.Load(t.Context(), src)
			if err != nil || string(c.Hook.Secrets[0]) != tc.secret {
				t.Fatalf("a service that runs would not go on: %v", err)
			}
			var got string
			if len(warnings) > 0 {
				got = warnings[0].String()
			}
			_, _, err = config.Strict(c, warnings, err)
			if tc.want == "" {
				if got != "" || err != nil {
					t.Fatalf("warning %q, error %v", got, err)
				}
				return
			}
			want := "PSCHOOK_HOOK_SECRETS_FILE: got a secret that " + tc.want + " (line 2), wanted random secrets of at least 16 visible ASCII characters, separated by commas, each once " +
				"(make one with: openssl rand -hex 32; PSCHOOK_HOOK_SECRETS_FILE may name a file with one a line instead)"
			if diff := cmp.Diff(want+"; pschook config --check refuses it", got); diff != "" {
				t.Errorf("warning (-want +got):\n%s", diff)
			}
			if err == nil || err.Error() != "1 fault in the environment:\n  "+want {
				t.Errorf("strictly: %v", err)
			}
			if strings.Contains(got, tc.secret) {
				t.Error("the secret is shown")
			}
		})
	}
}

// TestRandomSecretsAreNotWeak draws secrets as administrators do.
func TestRandomSecretsAreNotWeak(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	draw := map[string]func(n int) string{
		"hex":    func(n int) string { return hex.EncodeToString(drawn(random, n)) },
		"base64": func(n int) string { return base64.StdEncoding.EncodeToString(drawn(random, n)) },
		"url":    func(n int) string { return base64.RawURLEncoding.EncodeToString(drawn(random, n)) },
	}
	for name, one := range draw {
		for range 2000 {
			secret := one(24)
			c, warnings, err := config.Load(t.Context(), source(map[string]string{"HOOK_SECRETS": secret}))
			if err != nil || len(warnings) > 0 || c == nil {
				t.Fatalf("%s %q: error %v, warnings %v", name, secret, err, warnings)
			}
		}
	}
}

func drawn(random *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	_, _ = random.Read(b) // never fails
	return b
}

// TestCommentsAreNoSecrets checks which lines of a file are secrets, and what is said about the
// others.
func TestCommentsAreNoSecrets(t *testing.T) {
	t.Parallel()
	const hash = "#7f3k9d2m5x8c1v6b"
	tests := []struct {
		name, content string
		live          config.Secrets
		strictly      string // part of the only fault; empty: none
	}{
		{"comment", "# rotated by somebody\n\n" + secret + "\n", config.Secrets{secret}, ""},
		{"indented comment", "  # rotated by somebody on Monday\r\n" + secret + "\r\n", config.Secrets{secret}, ""},
		{"comment of one word", "#rotated-by-somebody\n" + secret + "\n", config.Secrets{secret}, ""},
		{
			"former secret in a comment",
			secret + "\n" + hash + "\n",
			config.Secrets{secret},
			"got a comment that looks like a secret: it is not in use; remove the line or, if it is not a secret, begin it with # and a blank (line 2)",
		},
		{"only secret begins with #", hash + "\n", config.Secrets{hash}, "got a secret that begins with #, which makes the line a comment as soon as there is another secret (line 1)"},
		{"same, below a comment", "# made by somebody\n" + hash, config.Secrets{hash}, "got a secret that begins with #, which makes the line a comment as soon as there is another secret (line 2)"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, warnings, err := config.Load(t.Context(), source(map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": write(t, tc.content)}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.live, c.Hook.Secrets); diff != "" {
				t.Errorf("live secrets (-want +got):\n%s", diff)
			}
			_, _, err = config.Strict(c, warnings, nil)
			if tc.strictly == "" {
				if err != nil || len(warnings) > 0 {
					t.Errorf("error %v, warnings %v", err, warnings)
				}
				return
			}
			if len(warnings) != 1 || err == nil || !strings.Contains(err.Error(), tc.strictly) {
				t.Errorf("error %v, warnings %v", err, warnings)
			}
		})
	}
}

// TestStrictNamesAllFaults checks that Strict lists tolerated faults together with the others, in
// order.
func TestStrictNamesAllFaults(t *testing.T) {
	t.Parallel()
	_, warnings, err := config.Strict(config.Load(t.Context(), source(map[string]string{
		"HOOK_SECRETS": "change-me-change-me-1", "LOG_LEVEL": "loud", "RP_CLIENT_SECRET": `"7f3k9d2m5x8c1v6b"`, "OKTA_API_TOKEN": "SSWS 00token", "COLOUR": "blue",
	})))
	want := `4 faults in the environment:
  PSCHOOK_LOG_LEVEL: got "loud", wanted debug, info, warn or error (for example PSCHOOK_LOG_LEVEL=debug)
  PSCHOOK_OKTA_API_TOKEN: got a secret that begins with SSWS: only what comes after it is wanted, here and in Okta, wanted an Okta API token, or an API service app instead, not both (made in the Okta Admin Console under Security, API, Tokens)
  PSCHOOK_HOOK_SECRETS: got a secret that is a placeholder or an example (number 1), wanted random secrets of at least 16 visible ASCII characters, separated by commas, each once (make one with: openssl rand -hex 32; PSCHOOK_HOOK_SECRETS_FILE may name a file with one a line instead)
  PSCHOOK_RP_CLIENT_SECRET: got a secret that has a quotation mark at its beginning or end: quotation marks are part of the value, wanted the client secret, visible ASCII characters only (shown by Okta for the app)`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if len(warnings) != 1 || warnings[0].Variable != "PSCHOOK_COLOUR" {
		t.Errorf("warnings %v", warnings)
	}
}
