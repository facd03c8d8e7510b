package keycloak_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/interop/lemonldap"
	"pschook/internal/interop/oktaapp"
	"pschook/internal/pscrealm"
	"pschook/internal/rehearsal"
	"pschook/internal/server"
	"pschook/internal/testneed"
	"pschook/oktaemu"
	"pschook/verify"
)

const (
	hookSecret = "a secret of the rehearsal"
	password   = "card and pin of the rehearsal"
)

// establishment is an Okta org and the service that it calls.
type establishment struct {
	pscrealm.Establishment

	org *oktaemu.Org
	log *lines // of the service
}

// lines is a log that may be written and read at the same time.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startKeycloak starts a Keycloak that imports the golden realm of pscrealm from a file, as a tester would.
func startKeycloak(t *testing.T) *rehearsal.Keycloak {
	t.Helper()
	home := testneed.Keycloak(t)
	realm, err := os.ReadFile("../../pscrealm/testdata/realm.json")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.ArtifactDir(), "keycloak.log"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	kc, err := rehearsal.StartKeycloak(t.Context(), home, realm, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Logf("Keycloak holds %d MB at the end", kc.Memory()>>20)
		if err := kc.Stop(); err != nil {
			t.Error(err)
		}
		_ = log.Close()
	})
	t.Logf("Keycloak listens after %s, with %d MB", time.Since(began).Round(time.Second), kc.Memory()>>20)
	if _, err := kc.Person(t.Context(), pscrealm.Realm, "899700000001"); err != nil {
		t.Fatalf("the realm was not imported from its file: %v", err)
	}
	return kc
}

// open starts an establishment whose service has these variables beside the usual ones. spoil may be nil.
func open(t *testing.T, kc *rehearsal.Keycloak, alias string, vars config.Source, spoil func(*oktaemu.Options)) establishment {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := establishment{Establishment: pscrealm.Establishment{Alias: alias, Name: "Établissement " + alias, TID: orgID(alias)}, log: new(lines)}
	opts := oktaemu.Options{
		OrgID: e.TID, RedirectURIs: []string{brokerURI(kc, e)},
		Hook: oktaemu.Hook{URL: "http://" + listener.Addr().String() + hook.Path, Secret: hookSecret},
	}
	if spoil != nil {
		spoil(&opts)
	}
	e.org = startOrg(t, opts)
	e.Issuer, e.ClientID = e.org.Issuer(), e.org.ClientID()
	env := config.Source{
		"PSCHOOK_OKTA_ORG_URL": e.org.URL(), "PSCHOOK_OKTA_API_TOKEN": e.org.APIToken(), "PSCHOOK_HOOK_SECRETS": hookSecret,
		"PSCHOOK_ADMIN_ADDR": "none", "PSCHOOK_DRAIN_DELAY": "0s",
	}
	maps.Copy(env, vars)
	serve(t, listener, env, e.log)
	return e
}

// orgID is an org id as Okta makes them: 20 characters.
func orgID(alias string) string { return ("00o" + alias + "00000000000000000")[:20] }

func brokerURI(kc *rehearsal.Keycloak, e establishment) string {
	return kc.URL + "/realms/" + pscrealm.Realm + "/broker/" + e.KCIdPHint() + "/endpoint"
}

func startOrg(t *testing.T, opts oktaemu.Options) *oktaemu.Org {
	t.Helper()
	org, err := oktaemu.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	return org
}

func serve(t *testing.T, listener net.Listener, env config.Source, log *lines) {
	t.Helper()
	c, _, err := config.Load(t.Context(), env, server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), server.Options{
		Config: c, Listener: listener, Now: time.Now, Logger: slog.New(slog.NewTextHandler(log, nil)),
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// script is an establishment whose hook answers what a test says.
type script struct {
	establishment

	mu     sync.Mutex
	answer string
}

func (s *script) say(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func openScript(t *testing.T, kc *rehearsal.Keycloak, alias string) *script {
	t.Helper()
	s := new(script)
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(s.answer))
	}))
	t.Cleanup(hooks.Close)
	s.establishment = open(t, kc, alias, nil, func(o *oktaemu.Options) { o.Hook.URL = hooks.URL })
	return s
}

// stand is the whole chain.
type stand struct {
	kc      *rehearsal.Keycloak
	places  map[string]establishment
	script  *script
	realm   []byte
	portals map[string]*lemonldap.Portal // by the hint that they send; "" for the one that sends none
}

// newStand starts a Keycloak, and establishments with one thing broken in each.
func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{kc: startKeycloak(t), portals: map[string]*lemonldap.Portal{}}
	s.script = openScript(t, s.kc, "script")
	s.places = map[string]establishment{
		"chu":    open(t, s.kc, "chu", nil, nil),
		"web":    openWeb(t, s.kc),
		"down":   open(t, s.kc, "down", nil, func(o *oktaemu.Options) { o.Hook.URL = "http://" + closedPort(t) }),
		"tid":    open(t, s.kc, "tid", config.Source{"PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": orgID("another")}, nil),
		"patch":  open(t, s.kc, "patch", config.Source{"PSCHOOK_ID_TOKEN_CLAIMS": "tid,amr", "PSCHOOK_ALLOW_RESERVED_CLAIMS": "amr"}, nil),
		"script": s.script.establishment,
	}
	o := pscrealm.Options{
		Accounts: pscrealm.People(password),
		Services: []pscrealm.Service{
			{ClientID: "service", Secret: "s1", RedirectURIs: []string{testCallback}}, {ClientID: "second", Secret: "s2", RedirectURIs: []string{testCallback}},
		},
	}
	for _, set := range verify.DefaultAMRSets() {
		o.Sets = append(o.Sets, pscrealm.Set{Level: set.Level, Values: set.Values})
	}
	for _, e := range s.places {
		o.Establishments = append(o.Establishments, e.Establishment)
	}
	s.addPortals(t, &o)
	var err error
	if s.realm, err = pscrealm.File(o); err != nil {
		t.Fatal(err)
	}
	s.forgetEverybody(t)
	return s
}

// forgetEverybody imports the realm anew: nobody is linked, nobody has a session.
func (s *stand) forgetEverybody(t *testing.T) {
	t.Helper()
	if err := s.kc.Replace(t.Context(), pscrealm.Realm, s.realm); err != nil {
		t.Fatal(err)
	}
}

// openWeb is an establishment whose app is a Web app, and whose tid is an agreed constant.
func openWeb(t *testing.T, kc *rehearsal.Keycloak) establishment {
	t.Helper()
	e := open(t, kc, "web", config.Source{"PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": "OKTA_web"}, nil)
	e.TID = "OKTA_web"
	e.ClientID, e.ClientSecret = oktaapp.App{AuthMethod: "client_secret_basic", RedirectURI: brokerURI(kc, e)}.Register(t, e.org)
	return e
}

// closedPort is an address where nobody listens: it is held by a socket that does not accept.
func closedPort(t *testing.T) string {
	t.Helper()
	held := httptest.NewServer(http.NotFoundHandler())
	held.Close()
	return held.Listener.Addr().String()
}

// service is a client of the realm that a test plays itself.
func (s *stand) service(hint string) rehearsal.Service {
	return rehearsal.Service{
		Issuer: s.kc.URL + "/realms/" + pscrealm.Realm, ClientID: "service", Secret: "s1",
		RedirectURI: testCallback, ACRValues: "eidas2 eidas3", Hint: hint,
	}
}
