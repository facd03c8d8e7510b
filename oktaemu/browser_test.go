package oktaemu_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser keeps cookies, and stops at redirects so that a test can look at them.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := plainClient(t)
	client.Jar = jar
	return browser{t, client}
}

// page is what the browser shows, or where it was sent to.
type page struct {
	status   int
	header   http.Header
	body     string
	location *url.URL // nil without a redirect
}

func (b browser) do(request *http.Request) page {
	b.t.Helper()
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	p := page{status: response.StatusCode, header: response.Header, body: string(text)}
	if location := response.Header.Get("Location"); location != "" {
		if p.location, err = url.Parse(location); err != nil {
			b.t.Fatal(err)
		}
	}
	return p
}

func (b browser) get(target string) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

func (b browser) post(target string, form url.Values) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(request)
}

// signIn opens an authorization URL and fills in the form that it shows.
func (b browser) signIn(target string, form url.Values) page {
	b.t.Helper()
	action := formAction(b.t, b.get(target))
	base, err := url.Parse(target)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.post(base.Scheme+"://"+base.Host+action, form)
}

// formAction returns where the sign-in page's forms go.
func formAction(t *testing.T, shown page) string {
	t.Helper()
	action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(shown.body)
	if shown.status != http.StatusOK || action == nil {
		t.Fatalf("no sign-in page: status %d, location %v, %s", shown.status, shown.location, shown.body)
	}
	return action[1]
}

// answer returns the parameters of a redirect: of the query, else of the fragment.
func (p page) answer(t *testing.T) url.Values {
	t.Helper()
	if p.location == nil {
		t.Fatalf("no redirect: status %d: %s", p.status, p.body)
	}
	if p.location.RawQuery != "" {
		return p.location.Query()
	}
	values, err := url.ParseQuery(p.location.Fragment)
	if err != nil {
		t.Fatal(err)
	}
	return values
}
