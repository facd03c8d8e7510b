package baseline_test

import (
	"bytes"
	"strings"
	"testing"

	"pschook/internal/baseline"
	"pschook/verify/report"
	"pschook/verify/words"
)

const metadata = `{"issuer":"https://x.example","scopes_supported":["profile","openid"],"pkce":true}`

func run(claims, verdict string) report.Report {
	r := report.New("psc", words.English, []report.Check{{ID: "id.parse", Status: report.Status(verdict)}, {ID: "hook.called", Status: report.StatusSkip}})
	r.IDToken = &report.Token{Header: []byte(`{"alg":"RS256","kid":"secret-kid"}`), Claims: []byte(claims)}
	r.AMRLevel = "eleve"
	return r
}

const claims = `{"sub":"00uperson","name":"Hélène Marchand","iat":100,"exp":3700,"amr":["sc","pin"],"groups":["a","b"],"email_verified":true,"x":{"y":1},"z":null}`

func of(t *testing.T, r report.Report, text string) baseline.Baseline {
	t.Helper()
	b, err := baseline.Of(r, "https://x.example", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFile holds what stands in the file, to the byte, and that it names nobody.
func TestFile(t *testing.T) {
	t.Parallel()
	got, err := of(t, run(claims, "pass"), metadata).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "version": 1,
  "profile": "psc",
  "issuer": "https://x.example",
  "amr_level": "eleve",
  "checks": {
    "hook.called": "skip",
    "id.parse": "pass"
  },
  "id_token": {
    "amr": "[\"pin\",\"sc\"]",
    "email_verified": "boolean",
    "exp": "number",
    "exp - iat": "3600 s",
    "groups": "list of text",
    "header.alg": "\"RS256\"",
    "header.kid": "text",
    "iat": "number",
    "name": "text",
    "sub": "text",
    "x": "object",
    "z": "null"
  },
  "access_token": {},
  "provider": {
    "issuer": "\"https://x.example\"",
    "pkce": "true",
    "scopes_supported": "[\"openid\",\"profile\"]"
  }
}
`
	if string(got) != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
	back, err := baseline.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Bytes()
	if err != nil || !bytes.Equal(got, again) {
		t.Errorf("read and written again it differs: %v", err)
	}
}

// TestSince changes one thing at a time.
func TestSince(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, claims, verdict, metadata string
		check, text                     string // that fails, and what it says; none: nothing changed
	}{
		{name: "nothing", claims: claims, verdict: "pass", metadata: metadata},
		{name: "order of lists", claims: strings.Replace(claims, `"sc","pin"`, `"pin","sc"`, 1), verdict: "pass", metadata: strings.Replace(metadata, `"profile","openid"`, `"openid","profile"`, 1)},
		{name: "another person", claims: strings.Replace(claims, "00uperson", "00uother", 1), verdict: "pass", metadata: metadata},
		{"a check", claims, "warn", metadata, "drift.checks", "id.parse: was pass, is warn"},
		{"amr", strings.Replace(claims, `"sc","pin"`, `"pwd"`, 1), "pass", metadata, "drift.id_token", `amr: was ["pin","sc"], is ["pwd"]`},
		{"a lifetime", strings.Replace(claims, "3700", "7300", 1), "pass", metadata, "drift.id_token", "exp - iat: was 3600 s, is 7200 s"},
		{"a type", strings.Replace(claims, `"email_verified":true`, `"email_verified":"true"`, 1), "pass", metadata, "drift.id_token", "email_verified: was boolean, is text"},
		{"a claim less", strings.Replace(claims, `"z":null`, `"w":1`, 1), "pass", metadata, "drift.id_token", "w: new, number; z: gone, was null"},
		{"metadata", claims, "pass", strings.Replace(metadata, "true", "false", 1), "drift.provider", "pkce: was true, is false"},
	}
	was := of(t, run(claims, "pass"), metadata)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range was.Since(of(t, run(tt.claims, tt.verdict), tt.metadata), words.English) {
				if (c.Status == report.StatusFail) != (c.ID == tt.check) || (c.ID == tt.check && c.Actual != tt.text) {
					t.Errorf("%s: %s, %q; want %q of %s", c.ID, c.Status, c.Actual, tt.text, tt.check)
				}
			}
		})
	}
}

func TestComparable(t *testing.T) {
	t.Parallel()
	was, now := of(t, run(claims, "pass"), metadata), of(t, run(claims, "pass"), metadata)
	if err := was.Comparable(now); err != nil {
		t.Error(err)
	}
	now.Issuer = "https://y.example"
	if err := was.Comparable(now); err == nil || err.Error() != `the baseline is of issuer "https://x.example", this run of "https://y.example"` {
		t.Errorf("another issuer: %v", err)
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"version":2}`:                  "a baseline of version 2, this pschook reads version 1",
		`{"version":1,"sub":"x"}`:        `not a baseline: "/sub" is not as pschook writes it`,
		`[]`:                             `not a baseline: "" is not as pschook writes it`,
		`no`:                             "not a baseline: not strict JSON",
		`{"checks":{"a":{"b":{"c":1}}}}`: "is nested deeper than 3 levels",
	} {
		if _, err := baseline.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := baseline.Baseline{Version: 1, Checks: map[string]string{"a": "pass"}}.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := baseline.Parse(text)
		if err != nil {
			return
		}
		once, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := baseline.Parse(once); err != nil || again.Comparable(b) != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
