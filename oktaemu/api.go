package oktaemu

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// apiAnswer is a good answer of the Management API. A nil body is sent as no body.
type apiAnswer struct {
	status int
	body   any
	next   string // query of the next page, for the Link header
}

func ok(body any) apiAnswer { return apiAnswer{status: http.StatusOK, body: body} }

func noContent() apiAnswer { return apiAnswer{status: http.StatusNoContent} }

// apiHandler does the work of one operation. It runs under the org's lock; what it
// returns is encoded after the lock is released, so it must not be changed later.
type apiHandler func(*http.Request) (apiAnswer, *apiError)

// managed wraps an operation of the Management API: authentication by SSWS token,
// or by an OAuth access token with the scope, then the operation under the lock.
func (o *Org) managed(scope string, handle apiHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		answer, fault := apiAnswer{}, o.authorizeAPI(r, scope)
		if fault == nil {
			answer, fault = handle(r)
		}
		o.mu.Unlock()
		if fault != nil {
			writeAPIError(w, fault)
			return
		}
		o.setLinks(w, r, answer.next)
		if answer.body == nil {
			w.WriteHeader(answer.status)
			return
		}
		writeJSON(w, answer.status, answer.body)
	}
}

// authorizeAPI checks the credential of a Management API call. The caller holds the lock.
func (o *Org) authorizeAPI(r *http.Request, scope string) *apiError {
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "SSWS"):
		if subtle.ConstantTimeCompare([]byte(credential), []byte(o.opts.APIToken)) != 1 {
			return errInvalidToken()
		}
		return nil
	case strings.EqualFold(scheme, "Bearer"):
		return o.authorizeBearer(credential, scope)
	default:
		return errInvalidToken()
	}
}

// setLinks names this page and the next one (Okta developer docs, "Link headers").
func (o *Org) setLinks(w http.ResponseWriter, r *http.Request, next string) {
	if next == "" {
		return
	}
	w.Header().Add("Link", "<"+o.url+r.URL.RequestURI()+`>; rel="self"`)
	w.Header().Add("Link", "<"+o.url+r.URL.Path+"?"+next+`>; rel="next"`)
}

// readBody decodes the JSON body of a Management API call.
func readBody(r *http.Request, into any) *apiError {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return errMalformed()
	}
	if err := json.Unmarshal(text, into); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			return errInvalid(wrongType.Field, wrongType.Field+": wrong type, found "+wrongType.Value)
		}
		return errMalformed()
	}
	return nil
}
