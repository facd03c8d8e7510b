package doctor_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/internal/pki"
	"pschook/internal/server"
	"pschook/oktaemu"
	"pschook/orglookup"
)

const hookSecret = "a-secret-of-the-hospital-0123456789"

func TestMain(m *testing.M) {
	// The SDK's client starts a cache janitor that cannot be stopped, one for each client.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

// plan says how a test differs from an org and a service without faults.
type plan struct {
	service   map[string]string            // environment of the service
	doctor    map[string]string            // environment of doctor and probe
	before    func(t *testing.T, w *world) // changes by an administrator before the service starts; may add to service and doctor
	leaf      func(*x509.Certificate)      // the service's certificate
	leafOnly  bool                         // the service does not send the intermediate certificate
	org       func(t *testing.T, w *world) // changes by an administrator
	options   func(*doctor.Options)
	hookValue string // secret that Okta sends; empty: the right one
	domain    string // custom domain of the org; empty: none
}

// world is an Okta org and the service that it calls, over TLS.
type world struct {
	org   *oktaemu.Org
	url   *url.URL // of the hook
	roots *x509.CertPool
	env   config.Source
	plan  plan
}

// start runs both until the test ends.
func start(t *testing.T, p plan) *world {
	t.Helper()
	roots, certificate := certify(t, p)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{roots: roots, plan: p, url: &url.URL{Scheme: "https", Host: listener.Addr().String(), Path: hook.Path}}
	value := p.hookValue
	if value == "" {
		value = hookSecret
	}
	w.org, err = oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: w.url.String(), Secret: value}, HookRootCAs: roots, CustomDomain: p.domain})
	if err != nil {
		t.Fatal(err)
	}
	w.env = config.Source{
		"PSCHOOK_OKTA_ORG_URL": w.org.URL(), "PSCHOOK_OKTA_API_TOKEN": w.org.APIToken(), "PSCHOOK_HOOK_SECRETS": hookSecret, "PSCHOOK_ADMIN_ADDR": "none", "PSCHOOK_DRAIN_DELAY": "0s",
	}
	if p.before != nil {
		p.before(t, w)
	}
	serve(t, w.load(t, w.plan.service), tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}))
	t.Cleanup(func() { // before the service stops, so that no call is running
		if err := w.org.Close(); err != nil {
			t.Error(err)
		}
	})
	if p.org != nil {
		p.org(t, w)
	}
	return w
}

func (w *world) load(t *testing.T, set map[string]string) *config.Config {
	t.Helper()
	env := maps.Clone(w.env)
	maps.Copy(env, set)
	c, _, err := config.Load(t.Context(), env, server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, c *config.Config, l net.Listener) {
	t.Helper()
	s, err := server.New(t.Context(), server.Options{
		Config: c, Listener: l, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// expected is what the service answers when nothing is wrong, written by hand.
func (w *world) expected() doctor.Expected {
	tid := jsontext.Value(`"` + w.org.OrgID() + `"`)
	return doctor.Expected{
		IDToken:     map[string]jsontext.Value{"tid": tid},
		AccessToken: map[string]jsontext.Value{"oid": jsontext.Value(`"` + doctor.SampleUserID + `"`), "tid": tid, "amr": jsontext.Value(`["swk","mfa","pwd","okta_verify"]`)},
	}
}

func (w *world) sample(t *testing.T) []byte {
	t.Helper()
	sample, err := doctor.GenerateSample(doctor.SampleOptions{Issuer: w.org.Issuer(), ClientID: w.org.ClientID(), AMR: doctor.DefaultAMR()})
	if err != nil {
		t.Fatal(err)
	}
	return sample
}

// options returns doctor's options for this world.
func (w *world) options(t *testing.T) doctor.Options {
	t.Helper()
	c := w.load(t, w.plan.doctor)
	okta, err := orglookup.NewAPIClient(orglookup.ManagementOptions{OrgURL: c.Okta.OrgURL, APIToken: c.Okta.APIToken}, doctor.Scopes()...)
	if err != nil {
		t.Fatal(err)
	}
	opts := doctor.Options{
		Config: c, Okta: okta, Public: &http.Client{Transport: orglookup.NewTransport()}, HookURL: w.url,
		Issuer: w.org.Issuer(), ClientID: w.org.ClientID(), Sample: w.sample(t), Roots: w.roots, Now: time.Now,
		Reserved: commands.ReservedTable(c.Claims.Reserved),
		Expect:   func(context.Context, string) (doctor.Expected, error) { return w.expected(), nil },
		Wait:     func(context.Context, time.Duration) error { return nil },
	}
	if w.plan.options != nil {
		w.plan.options(&opts)
	}
	return opts
}

// api calls the Management API as an administrator would and returns the answer; for a list, its
// first object.
func (w *world) api(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	answer := w.call(t, method, path, body)
	var one map[string]any
	switch {
	case len(answer) == 0:
	case answer[0] == '[':
		list := w.list(t, path)
		if len(list) == 0 {
			t.Fatalf("%s %s: an empty list", method, path)
		}
		return list[0]
	default:
		if err := json.Unmarshal(answer, &one); err != nil {
			t.Fatal(err)
		}
	}
	return one
}

// list reads a list of objects.
func (w *world) list(t *testing.T, path string) (list []map[string]any) {
	t.Helper()
	if err := json.Unmarshal(w.call(t, http.MethodGet, path, nil), &list); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return list
}

func (w *world) call(t *testing.T, method, path string, body any) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, w.org.URL()+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+w.org.APIToken())
	resp, err := (&http.Client{Transport: orglookup.NewTransport()}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, answer, err)
	}
	return answer
}

// change reads an object, lets edit change it, and writes it back.
func (w *world) change(t *testing.T, path string, edit func(map[string]any)) {
	t.Helper()
	object := w.api(t, http.MethodGet, path, nil)
	edit(object)
	w.api(t, http.MethodPut, path, object)
}

// at follows a path in a JSON object.
func at(object map[string]any, path ...string) map[string]any {
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

const serverPath = "/authorizationServers/default"

func (w *world) hookPath(t *testing.T) string {
	t.Helper()
	id, _ := w.api(t, http.MethodGet, "/inlineHooks", nil)["id"].(string)
	return "/inlineHooks/" + id
}

func (w *world) policyPath(t *testing.T) string {
	t.Helper()
	id, _ := w.api(t, http.MethodGet, serverPath+"/policies", nil)["id"].(string)
	return serverPath + "/policies/" + id
}

func (w *world) rulePath(t *testing.T) string {
	t.Helper()
	policy := w.policyPath(t)
	id, _ := w.api(t, http.MethodGet, policy+"/rules", nil)["id"].(string)
	return policy + "/rules/" + id
}

// certify makes a root and an intermediate authority, and a certificate for 127.0.0.1.
func certify(t *testing.T, p plan) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	root, err := pki.NewAuthority("root")
	if err != nil {
		t.Fatal(err)
	}
	middle, err := root.Below("intermediate")
	if err != nil {
		t.Fatal(err)
	}
	var template x509.Certificate
	if p.leaf != nil {
		p.leaf(&template)
	}
	leaf, err := middle.Issue(template)
	if err != nil {
		t.Fatal(err)
	}
	if !p.leafOnly {
		leaf.TLS.Certificate = append(leaf.TLS.Certificate, middle.Cert.Raw)
	}
	return root.Pool(), leaf.TLS
}
