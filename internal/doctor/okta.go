package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Scopes are what OAuth 2.0 for Okta must grant for [Run]; an API token needs the
// same of its user. Only the preview of the hook asks for more than reading (Okta
// developer docs, reference/api/oauth2-scopes).
func Scopes() []string {
	return []string{"okta.orgs.read", "okta.inlineHooks.read", "okta.inlineHooks.manage", "okta.authorizationServers.read", "okta.apps.read"}
}

// The objects of the Management API, as far as the checks look at them.
type (
	orgDocument struct {
		ID string `json:"id"`
	}
	inlineHook struct {
		ID      string  `json:"id"`
		Name    string  `json:"name"`
		Type    string  `json:"type"`
		Status  string  `json:"status"`
		Channel channel `json:"channel"`
	}
	channel struct {
		Type   string        `json:"type"` // HTTP, OAUTH
		Config channelConfig `json:"config"`
	}
	channelConfig struct {
		URI        string      `json:"uri"`
		AuthScheme *authScheme `json:"authScheme"` // its secret is never shown
		ClientID   string      `json:"clientId"`
		TokenURL   string      `json:"tokenUrl"`
		Scope      string      `json:"scope"`
	}
	authScheme struct {
		Key string `json:"key"`
	}
	authServer struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Issuer string `json:"issuer"`
		Status string `json:"status"`
	}
	policy struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		Status     string `json:"status"`
		Priority   int    `json:"priority"`
		Conditions struct {
			Clients include `json:"clients"`
		} `json:"conditions"`

		rules []rule // by priority
	}
	include struct {
		Include []string `json:"include"`
		Exclude []string `json:"exclude"`
	}
	rule struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		Status     string `json:"status"`
		Priority   int    `json:"priority"`
		Conditions struct {
			GrantTypes include `json:"grantTypes"`
			Scopes     include `json:"scopes"`
			People     struct {
				Users  include `json:"users"`
				Groups include `json:"groups"`
			} `json:"people"`
		} `json:"conditions"`
		Actions struct {
			Token struct {
				InlineHook *struct {
					ID string `json:"id"`
				} `json:"inlineHook"`
			} `json:"token"`
		} `json:"actions"`
	}
	customClaim struct {
		Name      string `json:"name"`
		Status    string `json:"status"`
		ClaimType string `json:"claimType"` // RESOURCE: access token; IDENTITY: ID token
		ValueType string `json:"valueType"` // EXPRESSION, GROUPS
		Value     string `json:"value"`
	}
	app struct {
		ID          string `json:"id"`
		Label       string `json:"label"`
		Status      string `json:"status"`
		Credentials struct {
			OAuthClient struct {
				ClientID   string `json:"client_id"`
				AuthMethod string `json:"token_endpoint_auth_method"`
				PKCE       bool   `json:"pkce_required"`
			} `json:"oauthClient"`
		} `json:"credentials"`
		Settings struct {
			OAuthClient struct {
				Type         string   `json:"application_type"`
				GrantTypes   []string `json:"grant_types"`
				RedirectURIs []string `json:"redirect_uris"`
			} `json:"oauthClient"`
		} `json:"settings"`
	}
)

// maxPages bounds how far a list is followed: 200 objects a page.
const maxPages = 50

// maxReplyBytes bounds one answer: a page of 200 apps of 8 KiB each, with room to spare.
const maxReplyBytes = 4 << 20

// apiError is an answer of the Management API that is not what was asked for.
type apiError struct {
	op      string // "GET /api/v1/inlineHooks"
	scope   string // that the operation needs
	status  int    // 0: there was no answer
	code    string // Okta errorCode; may be empty
	summary string // Okta errorSummary and causes; may be empty
	err     error  // cause, where there was no answer or it could not be read
}

func (e *apiError) Error() string {
	text := e.op + ": "
	if e.status != 0 {
		text += fmt.Sprintf("status %d ", e.status)
	}
	if e.err != nil {
		return text + e.err.Error()
	}
	return strings.TrimSpace(text + e.code + " " + e.summary)
}

func (e *apiError) Unwrap() error { return e.err }

// missing reports whether err says that the object does not exist.
func missing(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.status == http.StatusNotFound
}

// refused reports whether err says that the credential does not reach that far.
func refused(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && (e.status == http.StatusUnauthorized || e.status == http.StatusForbidden)
}

// org reads one Okta org.
type org struct {
	url    *url.URL
	client *http.Client
	now    func() time.Time
}

// reply is an answer of the org.
type reply struct {
	status int
	header http.Header
	body   []byte
	when   moment
}

// call asks one question. path may hold a query.
func (o org) call(ctx context.Context, method, path, scope string, body []byte) (reply, error) {
	op := method + " " + strings.SplitN(path, "?", 2)[0]
	req, err := http.NewRequestWithContext(ctx, method, o.url.String()+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, &apiError{op: op, scope: scope, err: err}
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	before := o.now()
	resp, err := o.client.Do(req)
	if err != nil {
		return reply{}, &apiError{op: op, scope: scope, err: unwrapURL(err)}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReplyBytes))
	if err != nil {
		return reply{}, &apiError{op: op, scope: scope, err: err}
	}
	r := reply{resp.StatusCode, resp.Header, text, moment{resp.Header.Get("Date"), before, o.now()}}
	if r.status >= http.StatusMultipleChoices {
		return r, r.failure(op, scope)
	}
	return r, nil
}

// failure reads Okta's error object (Okta developer docs, reference/error-codes).
func (r reply) failure(op, scope string) *apiError {
	var object struct {
		Code    string `json:"errorCode"`
		Summary string `json:"errorSummary"`
		Causes  []struct {
			Summary string `json:"errorSummary"`
		} `json:"errorCauses"`
	}
	e := &apiError{op: op, scope: scope, status: r.status}
	if json.Unmarshal(r.body, &object) != nil {
		return e
	}
	e.code, e.summary = object.Code, object.Summary
	for _, c := range object.Causes {
		e.summary += "; " + c.Summary
	}
	const most = 300 // characters: a sentence or two
	if text := []rune(e.summary); len(text) > most {
		e.summary = string(text[:most]) + "…"
	}
	return e
}

// get reads one object.
func get[T any](ctx context.Context, o org, path, scope string) (T, moment, error) {
	var object T
	r, err := o.call(ctx, http.MethodGet, path, scope, nil)
	if err != nil {
		return object, r.when, err
	}
	if err := json.Unmarshal(r.body, &object); err != nil {
		return object, r.when, &apiError{op: "GET " + path, scope: scope, status: r.status, err: errors.New("the answer is not the object that was asked for")}
	}
	return object, r.when, nil
}

// list reads all pages of a list.
func list[T any](ctx context.Context, o org, path, scope string) ([]T, error) {
	var all []T
	for range maxPages {
		r, err := o.call(ctx, http.MethodGet, path, scope, nil)
		if err != nil {
			return nil, err
		}
		var page []T
		if err := json.Unmarshal(r.body, &page); err != nil {
			return nil, &apiError{op: "GET " + path, scope: scope, status: r.status, err: errors.New("the answer is not the list that was asked for")}
		}
		all = append(all, page...)
		if path = nextPage(r.header); path == "" {
			return all, nil
		}
	}
	return nil, &apiError{op: "GET " + path, scope: scope, err: fmt.Errorf("the list has more than %d pages", maxPages)}
}

// nextPage is path and query of the next page, "" on the last one (Okta developer
// docs, "Link headers"; RFC 8288). The host is the org's, whatever the link says.
func nextPage(h http.Header) string {
	for _, line := range h.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(link, ";")
			u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
			if err == nil && strings.Contains(params, `rel="next"`) {
				return u.RequestURI()
			}
		}
	}
	return ""
}

// unwrapURL drops method and URL that net/http puts before an error.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
