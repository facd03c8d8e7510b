package oktaread

import (
	"net/http"
	"net/url"
	"testing"
)

func TestNextPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		links []string
		want  string
	}{
		{"none", nil, ""},
		{"self only", []string{`<https://acme.okta.com/api/v1/apps?limit=200>; rel="self"`}, ""},
		{"two headers", []string{`<https://acme.okta.com/api/v1/apps?limit=200>; rel="self"`, `<https://acme.okta.com/api/v1/apps?after=0oa1&limit=200>; rel="next"`}, "/api/v1/apps?after=0oa1&limit=200"},
		{"one header", []string{`<https://acme.okta.com/api/v1/apps>; rel="self", <https://acme.okta.com/api/v1/apps?after=0oa1>; rel="next"`}, "/api/v1/apps?after=0oa1"},
		{"another host", []string{`<https://evil.example/api/v1/apps?after=0oa1>; rel="next"`}, "/api/v1/apps?after=0oa1"},
		{"not a URL", []string{`<:>; rel="next"`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := nextPage(http.Header{"Link": tt.links}); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestSameURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{"https://pschook.example/hooks/okta/token", "https://PSCHOOK.example:443/hooks/okta/token", true},
		{"https://pschook.example/hooks/okta/token", "https://pschook.example/hooks/okta/token/", false},
		{"https://pschook.example/hooks/okta/token", "https://pschook.example:8443/hooks/okta/token", false},
		{"http://localhost:80/x", "http://localhost/x", true},
		{"http://localhost/x", "https://localhost/x", false},
		{"https://pschook.example/x?a=1", "https://pschook.example/x", false},
	}
	for _, tt := range tests {
		a, errA := url.Parse(tt.a)
		b, errB := url.Parse(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := SameURL(a, b); got != tt.want {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}
