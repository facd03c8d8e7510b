package server

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"pschook/internal/config"
	"pschook/orglookup"
)

// domains is a source whose first answer has one host and whose later ones have others; nil: it fails.
type domains struct {
	asked int
	later []string
}

func (*domains) Name() string { return "management" }

func (d *domains) Org(context.Context) (orglookup.Org, error) {
	org := orglookup.Org{ID: "00o1vhQ8wLkZ3n0pQ0g4", Hosts: []string{"hopital.okta.com"}}
	if d.asked++; d.asked > 1 {
		org.Hosts = d.later
	}
	if org.Hosts == nil {
		return orglookup.Org{}, errors.New("no answer")
	}
	return org, nil
}

// Before a host counts as another org's, Okta is asked whether it is a new custom domain.
func TestForeignHostIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		later []string
		want  bool
	}{
		"still unknown":     {[]string{"hopital.okta.com"}, true},
		"a custom domain":   {[]string{"hopital.okta.com", "id.hopital.example"}, false},
		"Okta is not there": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				orgURL := &url.URL{Scheme: "https", Host: "hopital.okta.com"}
				lookup, err := orglookup.New(orglookup.Options{Source: &domains{later: []string{orgURL.Host}}, WellKnown: &domains{later: tt.later}, OrgURL: orgURL, TTL: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- lookup.Run(ctx) }()
				<-time.After(2 * time.Minute) // in the bubble's time; sooner than after a minute Okta is not asked again
				s := &Server{lookup: lookup, opts: Options{Config: &config.Config{}}}
				s.opts.Config.Okta.OrgURL, s.opts.Config.Hook.Timeout = orgURL, 2*time.Second
				if got := s.foreign("id.hopital.example"); got != tt.want {
					t.Errorf("foreign: %t, want %t", got, tt.want)
				}
				stop()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
