package hook_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pschook/hook"
)

// Unusual but legal calls are answered like any other, in bounded memory.
func TestOddSizes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, extra string }{
		{"200 KB of 50,000 nested arrays", `"x":[` + strings.Repeat("[1],", 50000) + `1]`},
		{"250 KB of 31,000 members", `"x":{` + manyMembers(31000) + `}`},
		{"100 levels of objects", `"x":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)},
		{"100 levels of arrays", `"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(sample(t, "authorization-code"), `"name": "Camille Durand"`, tt.extra, 1)
			if len(body) > 256<<10 {
				t.Fatalf("the request has %d bytes", len(body))
			}
			if got := start(t, nil).do(t, call{body: body}); got.status != 200 {
				t.Errorf("status %d: %s", got.status, got.body)
			}
		})
	}
}

// manyMembers returns n members of one object, with different names, in about 8 bytes each.
func manyMembers(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		for v := i; ; v /= len(digits) {
			b.WriteByte(digits[v%len(digits)])
			if v < len(digits) {
				break
			}
		}
		b.WriteString(`":`)
		b.WriteByte('1')
	}
	return b.String()
}

// Decoding a nested or crowded call must not cost memory out of proportion.
func TestDecodeMemory(t *testing.T) {
	body := []byte(`{"eventType":"com.okta.oauth2.tokens.transform","data":{},"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,"y":{` + manyMembers(20000) + `}}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := hook.Decode(body); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("decoding %d bytes allocated %d", len(body), used)
	}
}

// FuzzDecode: decoded values are consistent with each other, and no error quotes the body.
func FuzzDecode(f *testing.F) {
	seeds, err := filepath.Glob("../testdata/requests/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seed in testdata/requests: %v", err)
	}
	for _, name := range seeds {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"eventType":"com.okta.oauth2.tokens.transform","data":{"identity":{"claims":{"sub":"canary-value"}}},"data":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := hook.Decode(body)
		if err != nil {
			if strings.Contains(err.Error(), "canary") {
				t.Fatalf("the error quotes the body: %v", err)
			}
			return
		}
		facts := r.Facts()
		if facts.IDToken != (r.Data.Identity != nil) || facts.AccessToken != (r.Data.Access != nil) {
			t.Fatalf("facts %+v do not tell which tokens are minted", facts)
		}
		for _, amr := range [][]string{facts.IdentityAMR, facts.Session.AMR} {
			if len(amr) > 64 {
				t.Fatalf("%d amr values", len(amr))
			}
		}
		r.ClientID()
	})
}
