package rehearsal

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Limits of one walk. A sign-in through the whole chain takes about 20 requests.
const (
	maxSteps     = 60
	maxPageBytes = 1 << 20
	pageTimeout  = 2 * time.Minute // Keycloak's first page of a kind takes seconds, on a busy machine half a minute
)

// Person is the person who signs in.
type Person struct {
	Persona    string // of the emulated Okta, such as "cpx"; "" uses NationalID and Password there too
	NationalID string // of their account at PSC
	Password   string // of that account; replaces the CPx card or e-CPS
	Provider   string // the choice when PSC asks; alias of the identity provider
	// Hosts are those on whose pages the person enters a password; nil: all.
	Hosts []string
}

// Step is one request of a walk.
type Step struct {
	Method string
	URL    *url.URL
	Status int
	Title  string // of the page that was shown; "" for a redirect
	Did    string // what the person did there
	Took   time.Duration
}

// Browser keeps cookies, so that a returning person is recognised. It runs no scripts. It is not
// safe for concurrent use.
type Browser struct {
	client *http.Client
	now    func() time.Time
}

// NewBrowser starts without cookies.
func NewBrowser(now func() time.Time) *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // cannot fail
	}
	return &Browser{now: now, client: &http.Client{
		Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}, Timeout: pageTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Shown is the page at which a walk ended.
type Shown struct {
	URL     *url.URL
	Title   string
	Message string // of an error page
}

// Walk goes from start, as who, until a redirect leads to a URL that begins with end, or until who
// cannot do anything on a page. It does not fetch the URL at the end. It returns the steps even
// with an error.
func (b *Browser) Walk(ctx context.Context, start, end string, who Person) (Shown, []Step, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return Shown{}, nil, err
	}
	var steps []Step
	for range maxSteps {
		began := b.now()
		page, err := b.fetch(request)
		if err != nil {
			return Shown{}, steps, err
		}
		step := Step{Method: request.Method, URL: request.URL, Status: page.status, Title: page.title, Took: b.now().Sub(began)}
		if page.location != nil {
			steps = append(steps, step)
			if strings.HasPrefix(page.location.String(), end) {
				return Shown{URL: page.location}, steps, nil
			}
			request, err = http.NewRequestWithContext(ctx, http.MethodGet, page.location.String(), nil)
		} else {
			request, step.Did, err = who.act(ctx, page)
			steps = append(steps, step)
			if err == nil && request == nil {
				return Shown{page.url, page.title, page.message()}, steps, nil
			}
		}
		if err != nil {
			return Shown{}, steps, err
		}
	}
	return Shown{}, steps, fmt.Errorf("no end after %d steps", maxSteps)
}

// page is what a browser got.
type page struct {
	url      *url.URL
	status   int
	location *url.URL // of a redirect
	title    string
	root     *html.Node
}

func (b *Browser) fetch(request *http.Request) (page, error) {
	request.Header.Set("Accept", "text/html")
	request.Header.Set("Accept-Language", "en")
	response, err := b.client.Do(request)
	if err != nil {
		return page{}, err
	}
	defer func() { _ = response.Body.Close() }()
	p := page{url: request.URL, status: response.StatusCode}
	if location := response.Header.Get("Location"); location != "" {
		p.location, err = request.URL.Parse(location)
		return p, err
	}
	if p.root, err = html.Parse(io.LimitReader(response.Body, maxPageBytes)); err != nil {
		return page{}, err
	}
	p.title = words(find(p.root, func(n *html.Node) bool { return n.Data == "title" }))
	return p, nil
}

// message returns the text of Keycloak's error page, or of a wrong field on a page of Keycloak or
// the emulator.
func (p page) message() string {
	if refusal := p.refusal(); refusal != "" {
		return refusal
	}
	return words(find(p.root, func(n *html.Node) bool {
		return (strings.HasPrefix(attr(n, "id"), "input-error") || p.status == http.StatusUnauthorized && attr(n, "role") == "alert") && words(n) != ""
	}))
}

// refusal returns the text of Keycloak's error page; "" for another page.
func (p page) refusal() string {
	return words(find(find(p.root, isID("kc-error-message")), func(n *html.Node) bool { return n.Data == "p" }))
}

// act fills in the form of the page, or follows the link of a provider. On an unknown page it
// returns no request.
func (w Person) act(ctx context.Context, p page) (*http.Request, string, error) {
	if p.refusal() != "" {
		return nil, "", nil
	}
	form, fields, did := w.fill(p)
	if form == nil {
		return w.choose(ctx, p)
	}
	target, err := p.url.Parse(attr(form, "action"))
	if err != nil {
		return nil, "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request, did, nil
}

// choose follows the link of the person's provider on Keycloak's page.
func (w Person) choose(ctx context.Context, p page) (*http.Request, string, error) {
	link := find(p.root, isID("social-"+w.Provider))
	if w.Provider == "" || link == nil {
		return nil, "", nil
	}
	target, err := p.url.Parse(attr(link, "href"))
	if err != nil {
		return nil, "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	return request, "chose " + w.Provider, err
}

// fill finds the form and the values to send.
func (w Person) fill(p page) (form *html.Node, fields url.Values, did string) {
	for form := range all(p.root, func(n *html.Node) bool { return n.Data == "form" }) {
		fields := hidden(form)
		has := func(name string) bool {
			return find(form, func(n *html.Node) bool { return attr(n, "name") == name && attr(n, "disabled") == "" }) != nil
		}
		switch {
		case has("persona") && w.Persona != "":
			fields.Set("persona", w.Persona)
			return form, fields, "signed in as " + w.Persona
		case has("confirmation"):
			fields.Set("confirmation", "yes")
			did := "confirmed"
			if input := find(form, isID("username")); input != nil && attr(input, "value") == "" {
				fields.Set("username", w.NationalID)
				did = "gave the national id"
			}
			return form, fields, did
		case has("password") && p.message() == "" && w.trusts(p.url): // else it was wrong, and stays so
			fields.Set("username", w.NationalID)
			fields.Set("password", w.Password)
			return form, fields, "proved the identity"
		case find(form, func(n *html.Node) bool { return attr(n, "value") == "confirmOverride" }) != nil:
			fields.Set("submitAction", "confirmOverride")
			return form, fields, "replaced the appairage"
		}
	}
	return nil, nil, ""
}

// trusts says whether the page may have the password.
func (w Person) trusts(page *url.URL) bool {
	return w.Hosts == nil || slices.Contains(w.Hosts, page.Host) || slices.Contains(w.Hosts, page.Hostname()+":*")
}

// hidden are the fields that a form sends without anybody's doing.
func hidden(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range all(form, func(n *html.Node) bool {
		return n.Data == "input" && attr(n, "name") != "" && attr(n, "disabled") == ""
	}) {
		if !slices.Contains([]string{"submit", "button", "checkbox", "radio"}, attr(n, "type")) {
			fields.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	return fields
}

func isID(id string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "id") == id }
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// find returns the first matching element below n, or nil.
func find(n *html.Node, match func(*html.Node) bool) *html.Node {
	for found := range all(n, match) {
		return found
	}
	return nil
}

// all yields the matching elements below n; none if n is nil.
func all(n *html.Node, match func(*html.Node) bool) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if n == nil {
			return
		}
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && match(d) && !yield(d) {
				return
			}
		}
	}
}

// words returns the text below n, with one space between words.
func words(n *html.Node) string {
	var b strings.Builder
	if n != nil {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
