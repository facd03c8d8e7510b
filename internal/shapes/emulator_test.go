package shapes

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"pschook/oktaemu"
)

// A hundred calls of an emulated org, with every persona: their shapes hold none of their values,
// and no difference from the samples touches a decision.
func TestEmulatedCalls(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies [][]byte
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		bodies = append(bodies, body)
		mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer hook.Close()
	org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = org.Close() }()
	for range 17 {
		for _, login := range []string{"password", "okta-verify", "totp", "fido2", "cpx", "cpx-nopin"} {
			if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: login}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(bodies) < 100 {
		t.Fatalf("%d calls", len(bodies))
	}
	reference, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	var live []Shape
	for _, body := range bodies {
		shape, err := Of(body)
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, shape)
		holdsNoValue(t, shape, body)
	}
	for _, d := range Compare(live, reference) {
		if d.Decision != None && d.Decision != OrgID && !strings.Contains(d.What, "url http;") { // the emulator is on loopback, and smart cards belong to another provider
			t.Errorf("%+v", d)
		}
	}
}

// holdsNoValue searches the forms of a shape for every value of its call.
func holdsNoValue(t *testing.T, shape Shape, body []byte) {
	t.Helper()
	var forms []string
	for _, list := range shape.Forms {
		forms = append(forms, list...)
	}
	text := strings.Join(forms, "\n")
	var call any
	if err := json.Unmarshal(body, &call); err != nil {
		t.Fatal(err)
	}
	for _, value := range values(call) {
		okta := !strings.Contains(pathOf(&url.URL{Path: "/" + value}), "*") || strings.Contains(strings.Join(words(), " "), value)
		if strings.Contains(text, value) && !okta {
			t.Errorf("%q is in the shape", value)
		}
	}
}
