package wire

import (
	"context"
	"net"
	"net/http"
)

type contextKey int

const (
	requestIDKey contextKey = iota
	orgKey
	givenIDKey
)

// WithGivenID returns r with the id of the object that it creates, because a seed may state the id.
func WithGivenID(r *http.Request, id string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), givenIDKey, id))
}

// GivenID returns the id for the object that r creates; "" for a random one.
func GivenID(r *http.Request) string {
	id, _ := r.Context().Value(givenIDKey).(string)
	return id
}

// WithOrg returns r with the origin under which it reached the org. An org with a custom domain has
// two.
func WithOrg(r *http.Request, origin string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), orgKey, origin))
}

// Org returns the origin under which r reached the org, without a slash at the end.
func Org(r *http.Request) string {
	origin, _ := r.Context().Value(orgKey).(string)
	return origin
}

// WithRequestID returns r with the request id of its answer.
func WithRequestID(r *http.Request, id string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestIDKey, id))
}

// Origin is the request that caused tokens to be minted, as a hook and the System
// Log see it.
type Origin struct {
	Endpoint  string // authorize, token
	RequestID string
	Org       string // origin under which it reached the org
	Method    string
	URL       string
	IP        string
}

// OriginOf describes r.
func OriginOf(r *http.Request, endpoint string) Origin {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	id, _ := r.Context().Value(requestIDKey).(string)
	return Origin{Endpoint: endpoint, RequestID: id, Org: Org(r), Method: r.Method, URL: Org(r) + r.URL.RequestURI(), IP: ip}
}
