package rp

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

// bentTransport answers requests to one path in place of the provider.
type bentTransport struct {
	next   http.RoundTripper
	path   string
	answer func(*http.Request) (*http.Response, error)
}

func (t bentTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == t.path {
		return t.answer(r)
	}
	return t.next.RoundTrip(r)
}

func answering(status int, contentType, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {contentType}}
		if status/100 == 3 {
			header.Set("Location", "https://elsewhere.example/")
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
	}
}

func failing(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// plainText is a page with its texts as they were written.
func plainText(body string) string {
	return strings.NewReplacer("<wbr>", "", "’", "'").Replace(html.UnescapeString(body))
}

// TestEachAnswerHasItsSentence has each of the provider's endpoints fail in every way there is: the page says what
// happened, where, and what to do about that very thing, in both languages.
func TestEachAnswerHasItsSentence(t *testing.T) {
	t.Parallel()
	const page = "<!doctype html><title>Sorry</title>"
	faults := []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		says   string // in English, behind the address
		remedy string
		french string
	}{
		{"500 with a page", answering(500, "text/html", page), " answered status 500 with a page of HTML", "The fault is the provider's", "le statut 500 avec une page HTML"},
		{"500 with nothing", answering(500, "", ""), " answered status 500 with nothing in it", "The fault is the provider's", "le statut 500 avec rien dedans"},
		{"502", answering(502, "text/html", page), " answered status 502 with a page of HTML", "A gateway answered in the provider's place", "Une passerelle a répondu à la place"},
		{"503", answering(503, "text/plain", "down"), " answered status 503 with text that is no JSON", "being maintained", "en maintenance"},
		{"429", answering(429, "application/json", `{"errorCode":"E0000047"}`), " answered status 429 with JSON", "wait a minute", "attendez une minute"},
		{"407", answering(407, "text/html", page), " answered status 407 with", "The proxy on the way asks", "Le proxy sur le chemin"},
		{"redirect", answering(302, "", ""), " answered with a redirect", "The address has moved", "L'adresse a changé"},
		{"a page", answering(200, "text/html", page), " answered status 200 with a page of HTML", "", "le statut 200 avec une page HTML"},
		{"nothing", answering(200, "application/json", ""), " answered status 200 with nothing in it", "", "le statut 200 avec rien dedans"},
		{"too long", answering(200, "application/json", strings.Repeat("x", providerLimits().Bytes+1)), "is longer than", "No provider sends that much", "Aucun fournisseur n'en répond autant"},
		{"too deep", answering(200, "application/json", strings.Repeat("[", 5000)), "is nested deeper than", "No provider sends that much", "Aucun fournisseur n'en répond autant"},
		{"slow", failing(context.DeadlineExceeded), ": no answer came in time", "The server is slow, or a firewall", "aucune réponse n'est venue à temps"},
		{"refused", failing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), ": nothing listens there", "The server is down, the port is wrong", "la connexion a été refusée"},
		{"unknown name", failing(&net.DNSError{Name: "op.example", IsNotFound: true}), `: the name "op.example" is not known`, "spelling of the issuer", "est inconnu"},
		{"no DNS", failing(&net.DNSError{Name: "op.example", IsTimeout: true}), `: the name "op.example" could not be looked up`, "The DNS server of this machine", "n'a pas pu être résolu"},
		{"no route", failing(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}), ": the network has no route", "its route, its firewall", "le réseau ne mène pas au serveur"},
		{"cut off", failing(io.ErrUnexpectedEOF), ": the server ended the connection in the middle", "Something between ends connections", "a coupé la connexion"},
		{"untrusted", failing(x509.UnknownAuthorityError{}), ": this machine does not trust", "SSL_CERT_FILE", "ne vient d'aucune autorité"},
		{"expired", failing(x509.CertificateInvalidError{Reason: x509.Expired}), ": the certificate has expired", "Have the certificate renewed", "le certificat a expiré"},
	}
	for _, endpoint := range []string{"/.well-known/openid-configuration", "/keys", "/token", "/userinfo"} {
		for _, tt := range faults {
			t.Run(endpoint+"_"+tt.name, func(t *testing.T) {
				t.Parallel()
				op := newTestOP(t)
				rp := newTestRP(t, op, func(o *Options) {
					o.Client.HTTPClient = &http.Client{Transport: bentTransport{op.server.Client().Transport, endpoint, tt.answer}}
				})
				_, body, at := rp.get(t, "/rp/login?lang=en")
				said := plainText(body)
				for _, part := range []string{tt.says, tt.remedy} {
					if !strings.Contains(said, part) {
						t.Errorf("the page lacks %q:\n%s", part, inMain(said))
					}
				}
				if reached := strings.HasPrefix(tt.says, " answered") || strings.HasPrefix(tt.says, "is "); reached && strings.Contains(said, "cannot be reached") {
					t.Error("somebody answered, and the page says that the provider cannot be reached")
				}
				path := at.Path + "?lang=fr"
				if !strings.HasPrefix(at.Path, "/rp/report/") {
					path = "/rp/login?lang=fr"
				}
				_, body, _ = rp.get(t, path)
				said = plainText(body)
				if !strings.Contains(said, tt.french) {
					t.Errorf("the French page lacks %q:\n%s", tt.french, inMain(said))
				}
			})
		}
	}
}

// Metadata and token answers that are JSON of something else say which member is missing.
func TestJSONOfSomethingElse(t *testing.T) {
	t.Parallel()
	for path, lacks := range map[string]string{"/.well-known/openid-configuration": "issuer", "/token": "access_token"} {
		op := newTestOP(t)
		rp := newTestRP(t, op, func(o *Options) {
			o.Client.HTTPClient = &http.Client{Transport: bentTransport{op.server.Client().Transport, path, answering(200, "application/json", `{"hello":"world"}`)}}
		})
		status, body, _ := rp.get(t, "/rp/login?lang=en")
		expectPage(t, status, body, http.StatusBadGateway, "answered status 200 with JSON that has no "+lacks, "does not answer as it should")
	}
}

// What an answer says is not repeated, but for its status.
func TestAnswersAreNotQuoted(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-of-the-gateway"
	op := newTestOP(t)
	op.token = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.Copy(w, bytes.NewBufferString(secret))
		return true
	}
	client, err := NewClient(ClientOptions{Issuer: op.server.URL, ClientID: "0oa", RedirectURL: "http://127.0.0.1/x", HTTPClient: op.server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, signIn, err := client.Begin(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Finish(t.Context(), signIn, url.Values{"code": {"x"}, "state": {signIn.State}})
	if err == nil || strings.Contains(fmt.Sprint(err), secret) || !strings.Contains(err.Error(), "status 502 with text that is no JSON") {
		t.Errorf("error %v", err)
	}
}
