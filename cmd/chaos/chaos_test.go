package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-h"}, 0, "-short"},
		{[]string{"-x"}, 2, "flag provided but not defined"},
		{[]string{"much"}, 2, `unexpected argument "much"`},
		{[]string{"-run", "("}, 2, "missing closing )"},
		{[]string{roleCacheWriter}, 1, "want the path of the cache file"},
		{[]string{roleServe}, 1, "want the address of a name server"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), tt.args, nil, &stderr, &stderr); code != tt.code || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%q: exit %d, %s; want %d, %q", tt.args, code, stderr.String(), tt.code, tt.want)
		}
	}
}

// A row that does not hold is told and makes the run fail.
func TestTableTellsFailures(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tab := &table{out: &out}
	for _, err := range []error{nil, errors.New("the reason")} {
		tab.try(t.Context(), &world{}, row{name: "a row", promise: "a promise", try: func(context.Context, *world) (string, error) { return "a figure", err }})
	}
	if tab.rows != 2 || tab.failed != 1 {
		t.Errorf("%d rows, %d failed", tab.rows, tab.failed)
	}
	if text := out.String(); !regexp.MustCompile(`a row +yes +a promise +a figure\n.*a row +NO +a promise +a figure\n +the reason\n`).MatchString(strings.ReplaceAll(text, "\r", "")) {
		t.Errorf("table:\n%s", text)
	}
}

// The short form tries a row again, tells so, and lets nothing pass that fails twice.
func TestTableTriesTwice(t *testing.T) {
	t.Parallel()
	for fails, want := range map[int]string{
		0: "yes +a promise +a figure\n", 1: "yes +a promise +a figure; held only the second time, the first: failure 1\n", 2: "NO +a promise +a figure\n +failure 2\n",
	} {
		var out bytes.Buffer
		tab, tries := &table{out: &out}, 0
		tab.try(t.Context(), &world{short: true}, row{name: "a row", promise: "a promise", try: func(context.Context, *world) (string, error) {
			if tries++; tries <= fails {
				return "a figure", fmt.Errorf("failure %d", tries)
			}
			return "a figure", nil
		}})
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("%d failures: %s", fails, &out)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := range 1000 {
		all = append(all, time.Duration(1000-i))
	}
	for p, want := range map[int]time.Duration{50: 500, 99: 990, 100: 1000} {
		if got := percentile(all, p); got != want {
			t.Errorf("p%d: %d, want %d", p, got, want)
		}
	}
	if percentile(nil, 99) != 0 {
		t.Error("of nothing")
	}
}

// An outcome without calls shows nothing, so it does not pass.
func TestOutcomeCheck(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]*outcome{
		"":                             {sent: 1},
		"0 of 0 calls failed: ":        {},
		"1 of 2 calls failed: because": {sent: 2, wrong: 1, failures: []string{"because"}},
	} {
		got := ""
		if err := o.check(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The name server's answers are what a resolver understands.
func TestNameServer(t *testing.T) {
	t.Parallel()
	s, err := newNameServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", s.addr())
	}}
	addrs, err := resolver.LookupNetIP(t.Context(), "ip4", oktaName)
	if err != nil || len(addrs) != 1 || addrs[0].Unmap() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("%v, %v", addrs, err)
	}
	s.broken.Store(true)
	var failed *net.DNSError
	if _, err := resolver.LookupNetIP(t.Context(), "ip4", oktaName); !errors.As(err, &failed) {
		t.Errorf("broken: %v", err)
	}
}

// FuzzNameServer: whatever is asked, an answer is to that question, or there is none.
func FuzzNameServer(f *testing.F) {
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04okta\x05chaos\x04test\x00\x00\x01\x00\x01"))
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xff"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, query []byte) {
		s := &nameServer{}
		reply := s.reply(query)
		if reply == nil {
			return
		}
		question := reply[12 : len(reply)-16*int(reply[7])] // without the answer, if there is one
		if !bytes.Equal(reply[:2], query[:2]) || reply[2]&0x80 == 0 || !bytes.HasPrefix(query[12:], question) {
			t.Errorf("%x was answered %x", query, reply)
		}
	})
}

// The cache writer writes whole files until it is told to stop.
func TestCacheWriter(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "org.json")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- writeCache(ctx, []string{file}) }()
	if _, err := until(t.Context(), func() bool { return readsWhole(file) == nil }); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
