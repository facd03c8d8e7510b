package register_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pschook/internal/oktaread"
	"pschook/internal/register"
	"pschook/oktaemu"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hookURL    = "https://pschook.example.org/hooks/okta/token"
	hookSecret = "a-secret-of-the-hospital-0123456789"
	redirect   = "https://auth.example.org/auth/realms/esante-wallet/broker/OKTA_hopital/endpoint"
	group      = "Professionnels de santé"
)

// world is an org with a group of professionals.
type world struct {
	org       *oktaemu.Org
	url       *url.URL
	transport http.RoundTripper // sends the calls of the run
	journal   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = org.Close() })
	u, err := url.Parse(org.URL())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	w := &world{org: org, url: u, transport: transport, journal: filepath.Join(t.TempDir(), "journal")}
	w.api(t, http.MethodPost, "/api/v1/groups", object{"profile": object{"name": group}})
	w.api(t, http.MethodPost, "/api/v1/apps/"+org.ClientID()+"/lifecycle/deactivate", nil) // the emulator's own app
	w.api(t, http.MethodDelete, "/api/v1/apps/"+org.ClientID(), nil)
	return w
}

type object = map[string]any

// authorized adds the credential, as the client of orglookup does.
type authorized struct {
	next  http.RoundTripper
	token string
}

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "SSWS "+a.token)
	return a.next.RoundTrip(r)
}

// client calls the org through the transport.
func (w *world) client(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: authorized{transport, w.org.APIToken()}}
}

// options are for an org that has nothing yet.
func (w *world) options(t *testing.T) register.Options {
	t.Helper()
	spec := register.Defaults()
	u, err := url.Parse(hookURL)
	if err != nil {
		t.Fatal(err)
	}
	spec.Hook.URL, spec.Hook.Header, spec.Hook.Secret = u, "Authorization", hookSecret
	spec.Groups, spec.App.RedirectURIs = []string{group}, []string{redirect}
	return register.Options{
		Okta: oktaread.Client{OrgURL: w.url, HTTP: w.client(w.transport), Now: time.Now}, Spec: spec, Journal: w.journal, Now: time.Now,
	}
}

// call calls the Management API as an administrator would.
func (w *world) call(t *testing.T, method, path string, body any) (int, []byte) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.org.URL()+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.client(w.transport).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// api asks for an object and must get it.
func (w *world) api(t *testing.T, method, path string, body any) object {
	t.Helper()
	status, answer := w.call(t, method, path, body)
	var o object
	if status >= 300 || len(answer) > 0 && json.Unmarshal(answer, &o) != nil {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return o
}

// list asks for all objects of a list.
func (w *world) list(t *testing.T, path string) []object {
	t.Helper()
	status, answer := w.call(t, http.MethodGet, path, nil)
	var all []object
	if status != http.StatusOK || json.Unmarshal(answer, &all) != nil {
		t.Fatalf("%s: %d %s", path, status, answer)
	}
	return all
}

// named is the object of that name in a list.
func (w *world) named(t *testing.T, path, member, name string) object {
	t.Helper()
	all := w.list(t, path)
	i := slices.IndexFunc(all, func(o object) bool { return o[member] == name })
	if i < 0 {
		t.Fatalf("%s: no %q", path, name)
	}
	return all[i]
}

// change reads an object, lets edit change it, and writes it back.
func (w *world) change(t *testing.T, path string, edit func(object)) {
	t.Helper()
	o := w.api(t, http.MethodGet, path, nil)
	edit(o)
	w.api(t, http.MethodPut, path, o)
}

// in follows a path in a JSON object.
func in(o object, path ...string) object {
	for _, name := range path {
		o, _ = o[name].(object)
	}
	return o
}

// snapshot returns every readable object of the org by path, without times.
func (w *world) snapshot(t *testing.T) string {
	t.Helper()
	all := object{}
	take := func(path string) []object {
		list := w.list(t, path)
		for _, o := range list {
			scrub(o)
		}
		all[path] = list
		return list
	}
	for _, app := range take("/api/v1/apps") {
		take("/api/v1/apps/" + app["id"].(string) + "/groups")
		take("/api/v1/apps/" + app["id"].(string) + "/users")
	}
	take("/api/v1/inlineHooks")
	take("/api/v1/groups")
	for _, server := range take("/api/v1/authorizationServers") {
		id := server["id"].(string)
		if server["default"] == true {
			id = "default" // as it is called in links, and whatever the other ids are, in the same place of the text
		}
		base := "/api/v1/authorizationServers/" + id
		take(base + "/scopes")
		take(base + "/claims")
		for _, policy := range take(base + "/policies") {
			take(base + "/policies/" + policy["id"].(string) + "/rules")
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// scrub removes times.
func scrub(o object) {
	maps.DeleteFunc(o, func(name string, _ any) bool {
		return slices.Contains([]string{"created", "lastUpdated", "lastMembershipUpdated", "lastRotated", "nextRotation"}, name)
	})
	for _, value := range o {
		if inner, ok := value.(object); ok {
			scrub(inner)
		}
	}
}

// apply must succeed.
func apply(t *testing.T, o register.Options) *register.Plan {
	t.Helper()
	p, err := register.Apply(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// undo must restore everything.
func undo(t *testing.T, o register.Options) {
	t.Helper()
	u, err := register.Undo(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Left) > 0 {
		t.Errorf("left: %v", u.Left)
	}
}
