package outside_test

import (
	"testing"

	"pschook/internal/outside"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, fault string }{
		{"https://idp.example/a?b=c", ""},
		{"HTTPS://IDP.example", ""},
		{"http://localhost:1/x", ""},
		{"HTTP://LocalHost", ""},
		{"http://localhost.:1", ""},
		{"http://127.8.9.1", ""},
		{"http://[::1]:80/", ""},
		{"http://[::ffff:127.0.0.1]/", ""},
		{"http://127.0.0.2:8080/", ""},
		{"http://127.0.0.1.evil.example", "is not an https URL (http is accepted on loopback only)"},
		{"http://127.0.0.1.", "is not an https URL (http is accepted on loopback only)"},
		{"http://[::1%25lo]:80", ""},
		{"http://me@localhost", "is not an https URL without user and password"},
		{"http://localhost#a", "is not an https URL without fragment"},
		{"https://:443/", "is not an https URL"},
		{"http://:80/", "is not an https URL"},
		{"http://idp.example", "is not an https URL (http is accepted on loopback only)"},
		{"http://localhost.example", "is not an https URL (http is accepted on loopback only)"},
		{"http://127.0.0.1.example", "is not an https URL (http is accepted on loopback only)"},
		{"http://0.0.0.0", "is not an https URL (http is accepted on loopback only)"},
		{"ftp://localhost", "is not an https URL (http is accepted on loopback only)"},
		{"https://me:secret@idp.example", "is not an https URL without user and password"},
		{"https://idp.example/#a", "is not an https URL without fragment"},
		{"https:///x", "is not an https URL"},
		{"idp.example", "is not an https URL"},
		{"", "is not an https URL"},
		{"https://idp example", "is not an https URL"},
	}
	for _, tt := range tests {
		u, err := outside.ParseURL(tt.url)
		if text(err) != tt.fault || (u == nil) == (err == nil) {
			t.Errorf("%q: %v, error %v; want %q", tt.url, u, err, tt.fault)
		}
	}
}
