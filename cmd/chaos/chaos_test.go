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

	"pschook/internal/trial"
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

// TestTable tells what becomes of a row that fails some times, on a machine whose time is
// stolen or not.
func TestTable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		fails         int
		short, stolen bool
		row, result   string
	}{
		{"holds", 0, false, false, `yes +a promise +a figure\n$`, "<nil>"},
		{"fails", 1, false, false, `NO +a promise +a figure\n +failure 1\n$`, "1 of 1 rows did not hold"},
		{"short form, fails once", 1, true, false, `yes +a promise +a figure; held only at try 2, before: failure 1\n$`, "<nil>"},
		{"short form, fails twice", 2, true, false, `NO +a promise +a figure\n +failure 2\n$`, "1 of 1 rows did not hold"},
		{"stolen, fails twice", 2, false, true, `yes +a promise +a figure; held only at try 3, before: failure 2\n$`, "<nil>"},
		{"stolen, fails always", 9, false, true, `\? +a promise +a figure\n +failure 3; other machines took 50 % .*\n$`, "1 of 1 rows could not be judged: run it again on a machine with processors of its own"},
		{"stolen, short form, fails always", 9, true, true, `\? +a promise +a figure\n +failure 3; .*\n$`, "<nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			var clock trial.Times
			tab, n := newTable(&out), 0
			w := &world{short: tt.short, processorTime: func() trial.Times {
				clock.All += 100
				if tt.stolen {
					clock.Stolen += 50
				}
				return clock
			}}
			tab.try(t.Context(), w, row{name: "a row", promise: "a promise", try: func(context.Context, *world) (string, error) {
				if n++; n <= tt.fails {
					return "a figure", fmt.Errorf("failure %d", n)
				}
				return "a figure", nil
			}})
			if !regexp.MustCompile(`^a row +` + tt.row).MatchString(out.String()) {
				t.Errorf("table:\n%s", &out)
			}
			if got := fmt.Sprint(tab.result(tt.short)); got != tt.result {
				t.Errorf("result %s, want %s", got, tt.result)
			}
		})
	}
}

// No slow machine excuses a wrong answer: such a row is not tried again.
func TestWrongIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tab, n := newTable(&out), 0
	w := &world{short: true, processorTime: func() trial.Times {
		n++
		return trial.Times{All: time.Duration(100 * n), Stolen: time.Duration(50 * n)}
	}}
	calls := 0
	tab.try(t.Context(), w, row{name: "a row", try: func(context.Context, *world) (string, error) {
		calls++
		return "", (&outcome{&trial.Outcome{Sent: 9, Failed: 1}, 1}).check()
	}})
	if calls != 1 || tab.count[broken] != 1 || tab.result(true) == nil {
		t.Errorf("%d tries, table:\n%s", calls, &out)
	}
}

// An outcome without calls shows nothing, so it does not pass.
func TestOutcomeCheck(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]*outcome{
		"":                             {&trial.Outcome{Sent: 1}, 0},
		"0 of 0 calls failed: ":        {&trial.Outcome{}, 0},
		"1 of 2 calls failed: because": {&trial.Outcome{Sent: 2, Failed: 1, Failures: []string{"because"}}, 0},
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
