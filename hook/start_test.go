package hook_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"pschook/commands"
	"pschook/hook"
	"pschook/orglookup"
)

const (
	secret = "a-secret-of-the-hospital-0123456789"
	orgID  = "00o1vhQ8wLkZ3n0pQ0g4"
	userID = "00u1q8tMo3zV0OfJON0g3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// known returns an org lookup that knows this id, and these hosts in addition to the org's own.
func known(id string, hosts ...string) orgLookup {
	return orgLookup{orglookup.Org{ID: id, Hosts: append([]string{"hopital.okta.com"}, hosts...)}}
}

// orgLookup is an org lookup that answers at once.
type orgLookup struct{ org orglookup.Org }

func (l orgLookup) Org(context.Context) (orglookup.Org, error) { return l.org, nil }
func (l orgLookup) Hosts(context.Context) ([]string, error)    { return l.org.Hosts, nil }
func (l orgLookup) Renew(context.Context) ([]string, error)    { return l.org.Hosts, nil }
func (l orgLookup) Known() (orglookup.Org, bool)               { return l.org, true }

// unknown is an org lookup that gets no answer from Okta.
type unknown struct{}

func (unknown) Org(ctx context.Context) (orglookup.Org, error) {
	<-ctx.Done()
	return orglookup.Org{}, errors.New("okta did not answer")
}
func (unknown) Hosts(ctx context.Context) ([]string, error) {
	<-ctx.Done()
	return nil, errors.New("okta did not tell its hosts")
}
func (u unknown) Renew(ctx context.Context) ([]string, error) { return u.Hosts(ctx) }
func (unknown) Known() (orglookup.Org, bool)                  { return orglookup.Org{}, false }

// service is a hook behind a real listener, and what it reported.
type service struct {
	url       string
	log       *bytes.Buffer
	metrics   *sdkmetric.ManualReader
	decisions *hook.Decisions
}

// start serves the hook until the test ends. change may replace any option.
func start(t *testing.T, change func(*hook.Options)) *service {
	t.Helper()
	s := &service{log: new(bytes.Buffer), metrics: sdkmetric.NewManualReader(), decisions: hook.NewDecisions(time.Now)}
	server := httptest.NewServer(handlerOf(t, func(o *hook.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(s.log, nil))
		o.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.metrics)).Meter(hook.ScopeName)
		o.Decisions = s.decisions
		if change != nil {
			change(o)
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + hook.Path
	return s
}

// handlerOf mounts the hook as the service does, without a listener.
func handlerOf(t testing.TB, change func(*hook.Options)) *echo.Echo {
	t.Helper()
	e := echo.New()
	e.Any(hook.Path, handlerFor(t, change).Handle)
	return e
}

func handlerFor(t testing.TB, change func(*hook.Options)) *hook.Handler {
	t.Helper()
	auth, err := hook.NewHeaderSecrets("Authorization", []string{secret})
	if err != nil {
		t.Fatal(err)
	}
	opts := hook.Options{
		Builder: builder(t, commands.Options{}), Lookup: known(orgID), Authenticate: auth, OrgURL: parseURL(t, "https://hopital.okta.com"),
		Logger: slog.New(slog.DiscardHandler), Meter: sdkmetric.NewMeterProvider().Meter(hook.ScopeName),
		Tracer: noop.NewTracerProvider().Tracer(hook.ScopeName), Decisions: hook.NewDecisions(time.Now), Now: time.Now,
	}
	if change != nil {
		change(&opts)
	}
	h, err := hook.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func builder(t testing.TB, opts commands.Options) *commands.Builder {
	t.Helper()
	b, err := commands.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// call is one request to the hook. A zero field means the value of a good call.
type call struct {
	method string
	header map[string]string // replace or add to the good ones; "" removes
	body   string
	chunks io.Reader // sent without a length instead of body
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (s *service) do(t *testing.T, c call) reply {
	t.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	var body io.Reader = strings.NewReader(c.body)
	if c.chunks != nil {
		body = struct{ io.Reader }{c.chunks}
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, s.url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", secret)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	for name, value := range c.header {
		if value == "" {
			req.Header.Del(name)
			continue
		}
		req.Header.Set(name, value)
	}
	transport := &http.Transport{} // its own transport: closing a shared one's connections would disturb other tests
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

// count returns the value of a counter for one value of its one attribute.
func (s *service) count(t *testing.T, name, value string) int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := s.metrics.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != name || !ok {
				continue
			}
			for _, point := range sum.DataPoints {
				if attrs := point.Attributes.ToSlice(); len(attrs) == 0 && value == "" || len(attrs) == 1 && attrs[0].Value.AsString() == value {
					return point.Value
				}
			}
		}
	}
	return 0
}

// sample reads one of the requests of the golden files.
func sample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/requests/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
