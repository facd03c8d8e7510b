package orglookup_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"pschook/orglookup"
)

func Example() {
	okta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id":"00o1a2b3c4d5e6f7g8h9","_links":{"organization":{"href":"https://hopital.okta.com"}}}`)
	}))
	defer okta.Close()

	orgURL, err := url.Parse(okta.URL) // for a real org, "https://hopital.okta.com"
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: orgURL})
	if err != nil {
		fmt.Println(err)
		return
	}
	lookup, err := orglookup.New(orglookup.Options{Source: source, OrgURL: orgURL})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	refresher := make(chan error)
	go func() { refresher <- lookup.Run(ctx) }()

	org, err := lookup.Org(ctx)
	fmt.Println(org.ID, org.Hosts, err)

	stop()
	fmt.Println(<-refresher)
	// Output:
	// 00o1a2b3c4d5e6f7g8h9 [hopital.okta.com] <nil>
	// <nil>
}
