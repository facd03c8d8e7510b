package hook

import (
	"net/url"
	"testing"
)

func TestBelonging(t *testing.T) {
	t.Parallel()
	parse := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	is := newIssuers(parse("https://hopital.okta.com"), []*url.URL{parse("https://idp.example/oauth2/aus1"), parse("https://Login.Example.:443/"), parse("http://localhost:8080")})
	hosts := []string{"hopital.okta.com", "login.hopital.example", "[2001:db8::1]:8443"}
	tests := []struct {
		uri  string
		want belonging
	}{
		{"https://hopital.okta.com/oauth2/default", own},
		{"https://hopital.okta.com/oauth2/default/", own},
		{"https://hopital.okta.com/oauth2/default/v1/token", own},
		{"https://hopital.okta.com", own},
		{"https://hopital.okta.com/", own},
		{"HTTPS://Hopital.OKTA.com./oauth2/default", own},
		{"https://hopital.okta.com:443/oauth2/default", own},
		{"https://idp.example/oauth2/aus1", own},
		{"https://idp.example/oauth2/aus1/v1/token", own},
		{"https://login.example/whatever", own},
		{"http://localhost:8080/oauth2/default", own},

		{"https://login.hopital.example/oauth2/default", undecided},
		{"https://[2001:db8::1]:8443/oauth2/default", undecided},
		{"https://attaquant.example/oauth2/default", undecided},

		{"", foreign},
		{"hopital.okta.com", foreign},
		{"//hopital.okta.com/oauth2/default", foreign},
		{"http://hopital.okta.com/oauth2/default", foreign},
		{"http://idp.example/oauth2/aus1", foreign},
		{"http://login.hopital.example/oauth2/default", foreign},
		{"ftp://hopital.okta.com/oauth2/default", foreign},
		{"https:hopital.okta.com/oauth2/default", foreign},
		{"https://hopital.okta.com@attaquant.example/", foreign},
		{"https://x@hopital.okta.com/oauth2/default", foreign},
		{"https://hopital.okta.com:8443/oauth2/default", undecided},
		{"https://hopital.okta.com:x/oauth2/default", foreign},
		{"https://hopital.okta.com.attaquant.example/oauth2", undecided},
		{"https://hopital.okta.com\\@attaquant.example/", foreign},
		{"https://hopital.okta.com/oauth2//default", foreign},
		{"https://hopital.okta.com/oauth2/../default", foreign},
		{"https://hopital.okta.com/oauth2/default?x", foreign},
		{"https://hopital.okta.com/oauth2/default#x", foreign},
		{"https://hopital.okta.com/oauth2/\u202edefault", foreign},
		{"https://hôpital.okta.com/oauth2/default", foreign},
		{" https://hopital.okta.com/oauth2/default", foreign},
		{"https://hopital.okta.com/oauth2/default\n", foreign},
		{"https://idp.example/oauth2/aus2", undecided},
		{"https://idp.example/oauth2/aus12", undecided},
		{"https://idp.example/oauth2/AUS1", undecided},
		{"https://idp.example/oauth2/aus1/../aus2", foreign},
		{"https://idp.example/oauth2/aus1/%2e%2e/aus2", foreign},
		{"https://idp.example/oauth2/aus1/..", foreign},
		{"https://idp.example/oauth2/./aus1", foreign},
		{"https://idp.example/oauth2//aus1", foreign},
		{"https://idp.example//oauth2/aus1", foreign},
		{"https://idp.example/oauth2/aus1//", foreign},
		{"https://idp.example/oauth2/aus1;x", foreign},
		{"https://idp.example:8443/oauth2/aus1", undecided},
	}
	for _, tt := range tests {
		if got := is.judge(tt.uri); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.uri, got, tt.want)
		}
	}
	for uri, want := range map[string]belonging{
		"https://LOGIN.hopital.example.:443/oauth2/default": own, "https://[2001:db8::1]:8443/": own, "https://[2001:DB8::1]:8443/x": own,
		"https://login.hopital.example:8443/oauth2/default": foreign, "https://xlogin.hopital.example/oauth2/default": foreign,
		"http://login.hopital.example/oauth2/default": foreign, "https://attaquant.example/login.hopital.example": foreign, "": foreign,
	} {
		if got := is.judgeHost(uri, hosts); got != want {
			t.Errorf("%q on the org's hosts: %d, want %d", uri, got, want)
		}
	}
}

// FuzzBelonging: net/url reads an issuer that judge accepts as a plain https URL.
func FuzzBelonging(f *testing.F) {
	for _, seed := range []string{"https://hopital.okta.com/oauth2/default", "https://hopital.okta.com:443/a/../b", "https://x@hopital.okta.com/", "https://idp.example/oauth2/aus1/.."} {
		f.Add(seed)
	}
	listed, err := url.Parse("https://idp.example/oauth2/aus1")
	if err != nil {
		f.Fatal(err)
	}
	is := newIssuers(&url.URL{Scheme: "https", Host: "hopital.okta.com"}, []*url.URL{listed})
	f.Fuzz(func(t *testing.T, uri string) {
		if is.judge(uri) != own {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.User != nil || u.Scheme != "https" || u.JoinPath().Path != u.Path && u.Path != "" {
			t.Fatalf("%q is taken for the org's: %+v, %v", uri, u, err)
		}
	})
}
