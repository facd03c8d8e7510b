package orglookup_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"testing"

	"pschook/orglookup"
)

// A name that cannot be resolved is a temporary fault of the network.
func TestNameResolutionFails(t *testing.T) {
	t.Parallel()
	org := &url.URL{Scheme: "https", Host: "acme.okta.com"}
	for want, dns := range map[orglookup.Result]*net.DNSError{
		orglookup.ResultNetwork: {Err: "no such host", Name: "acme.okta.com", IsNotFound: true},
		orglookup.ResultTimeout: {Err: "i/o timeout", Name: "acme.okta.com", IsTimeout: true, IsTemporary: true},
	} {
		transport := orglookup.NewTransport()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: dns}
		}
		source, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: org, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Org(t.Context())
		var failure *orglookup.Error
		if !errors.As(err, &failure) || failure.Result != want || !failure.Temporary() {
			t.Errorf("%v: want result %q, and temporary", err, want)
		}
	}
}
