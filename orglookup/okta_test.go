package orglookup_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"pschook/orglookup"
)

const (
	orgID         = "00oAbCdEfGhIjKlMn123"
	otherID       = "00oZyXwVuTsRqPoNm987"
	apiToken      = "00testTokenOfNoValue_abcdefghijklmnopqrstu"
	orgPath       = "/api/v1/org"
	wellKnownPath = "/.well-known/okta-organization"
	tokenPath     = "/oauth2/v1/token"
)

// fakeOkta serves the documents that the sources read, and records the calls. A path without a
// handler answers 501.
type fakeOkta struct {
	*httptest.Server
	mu       sync.Mutex
	handlers map[string]http.HandlerFunc
	requests []request
}

type request struct {
	path, query, authorization string
	form                       url.Values
}

func newFakeOkta(t testing.TB) *fakeOkta {
	t.Helper()
	o := &fakeOkta{}
	o.handlers = map[string]http.HandlerFunc{
		wellKnownPath: answer(200, wellKnownDocument(orgID)),
		orgPath:       requireAuthorization("SSWS "+apiToken, answer(200, orgDocument(orgID))),
	}
	o.Server = httptest.NewUnstartedServer(o)
	o.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	o.Start()
	t.Cleanup(o.Close)
	return o
}

func (o *fakeOkta) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	o.mu.Lock()
	o.requests = append(o.requests, request{r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), r.PostForm})
	handler := o.handlers[r.URL.Path]
	o.mu.Unlock()
	if handler == nil {
		handler = answer(501, `{}`)
	}
	handler(w, r)
}

func (o *fakeOkta) on(path string, handler http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.handlers[path] = handler
}

// calls returns the calls to path so far.
func (o *fakeOkta) calls(path string) []request {
	o.mu.Lock()
	defer o.mu.Unlock()
	var calls []request
	for _, r := range o.requests {
		if r.path == path {
			calls = append(calls, r)
		}
	}
	return calls
}

func (o *fakeOkta) orgURL(t testing.TB) *url.URL { return mustOrgURL(t, o.URL) }

func mustOrgURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (o *fakeOkta) wellKnown(t testing.TB) *orglookup.WellKnown {
	t.Helper()
	source, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: o.orgURL(t)})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func (o *fakeOkta) management(t testing.TB) *orglookup.Management {
	t.Helper()
	source, err := orglookup.NewManagement(orglookup.ManagementOptions{OrgURL: o.orgURL(t), APIToken: apiToken})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func wellKnownDocument(id string) string {
	return fmt.Sprintf(`{"id":%q,"pipeline":"idx","settings":{"analyticsCollectionEnabled":false},
		"_links":{"organization":{"href":"https://Hopital.okta.com:443"},"alternate":{"href":"https://login.hopital.example:8443"}}}`, id)
}

func orgDocument(id string) string {
	return fmt.Sprintf(`{"id":%q,"companyName":"Hôpital","subdomain":"hopital","status":"ACTIVE","phoneNumber":null,
		"created":"2020-01-02T03:04:05.000Z","_links":{"logo":{"href":"https://hopital.okta.com/logo"}}}`, id)
}

func oktaError(code string) string {
	return fmt.Sprintf(`{"errorCode":%q,"errorSummary":"summary","errorLink":%q,"errorId":"oae123","errorCauses":[]}`, code, code)
}

func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Okta-Request-Id", "req-1")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func requireAuthorization(want string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if values := r.Header.Values("Authorization"); len(values) != 1 || values[0] != want {
			answer(401, oktaError("E0000011"))(w, r)
			return
		}
		next(w, r)
	}
}

// hang sends no answer until the caller is gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cut closes the connection without an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// truncate stops in the middle of the answer's body.
func truncate(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":"`+orgID)
}

func huge(w http.ResponseWriter, r *http.Request) {
	answer(200, `{"id":"`+orgID+`","companyName":"`+strings.Repeat("x", 1<<20)+`"}`)(w, r)
}
