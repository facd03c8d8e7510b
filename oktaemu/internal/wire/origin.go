package wire

import (
	"context"
	"net"
	"net/http"
)

type contextKey int

const requestIDKey contextKey = 0

// WithRequestID returns r with the id that its answer carries.
func WithRequestID(r *http.Request, id string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestIDKey, id))
}

// Origin is the request that caused tokens to be minted, as a hook and the System
// Log see it.
type Origin struct {
	Endpoint  string // authorize, token
	RequestID string
	Method    string
	URL       string
	IP        string
}

// OriginOf describes r, which came to the org at orgURL.
func OriginOf(r *http.Request, orgURL, endpoint string) Origin {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	id, _ := r.Context().Value(requestIDKey).(string)
	return Origin{Endpoint: endpoint, RequestID: id, Method: r.Method, URL: orgURL + r.URL.RequestURI(), IP: ip}
}
