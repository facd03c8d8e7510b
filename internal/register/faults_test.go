package register_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/oktaread"
	"pschook/internal/register"
)

// mode is a way in which a call fails.
type mode struct {
	name   string
	effect bool // Okta still does what was asked
	fail   func(f *faulty, r *http.Request, okta *http.Response) (*http.Response, error)
}

// answer is one of a status without the okta content.
func answer(r *http.Request, status int, body io.ReadCloser) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}, Body: body, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

func status(code int) func(*faulty, *http.Request, *http.Response) (*http.Response, error) {
	return func(_ *faulty, r *http.Request, _ *http.Response) (*http.Response, error) {
		return answer(r, code, io.NopCloser(strings.NewReader(`{"errorCode":"E0000009","errorSummary":"Internal Server Error"}`))), nil
	}
}

// hang sends no answer until the run is cancelled.
func hang(f *faulty, r *http.Request, _ *http.Response) (*http.Response, error) {
	f.giveUp()
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// cut closes the connection, in the middle of the answer if there is one.
func cut(_ *faulty, r *http.Request, okta *http.Response) (*http.Response, error) {
	if okta == nil {
		return nil, io.ErrUnexpectedEOF
	}
	text, err := io.ReadAll(okta.Body)
	if err != nil {
		return nil, err
	}
	body := io.MultiReader(bytes.NewReader(text[:len(text)/2]), broken{})
	return answer(r, okta.StatusCode, io.NopCloser(body)), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// kill ends the process: only what is on disk remains.
func kill(f *faulty, _ *http.Request, _ *http.Response) (*http.Response, error) {
	f.disk, _ = os.ReadFile(f.journal) // nil if there is none
	f.killed = true
	return nil, errors.New("killed")
}

func modes() []mode {
	return []mode{
		{"429 for good", false, status(http.StatusTooManyRequests)},
		{"500, nothing done", false, status(http.StatusInternalServerError)},
		{"500, but done", true, status(http.StatusInternalServerError)},
		{"503 of a proxy, but done", true, status(http.StatusServiceUnavailable)},
		{"hang, nothing done", false, hang},
		{"hang, but done", true, hang},
		{"connection cut before", false, cut},
		{"connection cut in the answer", true, cut},
		{"killed before the call", false, kill},
		{"killed after the call", true, kill},
	}
}

// faulty makes one call of a run fail.
type faulty struct {
	next    http.RoundTripper
	at      int // number of the call, from 1; 0: none
	mode    mode
	giveUp  context.CancelFunc
	journal string

	calls  int
	met    bool
	killed bool
	disk   []byte
}

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	f.calls++
	if f.calls != f.at && !(f.calls > f.at && f.at > 0 && f.mode.name == "429 for good") {
		return f.next.RoundTrip(r)
	}
	f.met = true
	var okta *http.Response
	if f.mode.effect {
		var err error
		if okta, err = f.next.RoundTrip(r); err != nil {
			return nil, err
		}
		defer okta.Body.Close()
	}
	return f.mode.fail(f, r, okta)
}

// run runs do with a failure of one call. It returns how many calls were made and whether the
// failing call was among them.
func (w *world) run(t *testing.T, at int, m mode, do func(context.Context, register.Options) error) (calls int, met bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := &faulty{next: w.transport, at: at, mode: m, giveUp: cancel, journal: w.journal}
	o := w.options(t)
	o.Okta = oktaread.Client{OrgURL: w.url, HTTP: w.client(f), Now: time.Now, Wait: func(context.Context, time.Duration) error { return nil }}
	err := do(ctx, o)
	if (err != nil) != f.met {
		t.Fatalf("%s at call %d: error %v, met %v", m.name, at, err, f.met)
	}
	if f.killed {
		if err := os.WriteFile(w.journal, f.disk, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f.calls, f.met
}

func applying(ctx context.Context, o register.Options) error {
	_, err := register.Apply(ctx, o)
	return err
}

func undoing(ctx context.Context, o register.Options) error {
	u, err := register.Undo(ctx, o)
	if err == nil && len(u.Left) > 0 {
		return fmt.Errorf("left: %v", u.Left)
	}
	return err
}

// shape returns a snapshot in which ids are numbered in order and hosts and keys are left out, so
// that two orgs can be compared.
func shape(snapshot string) string {
	numbers := map[string]string{}
	snapshot = regexp.MustCompile(`http://127\.0\.0\.1:\d+|"kid": "[^"]*"`).ReplaceAllString(snapshot, "")
	return regexp.MustCompile(`\b(00g|00p|00u|0oa|0pr|aus|cal|ocl|scp)[A-Za-z0-9]{17}\b`).ReplaceAllStringFunc(snapshot, func(id string) string {
		if numbers[id] == "" {
			numbers[id] = fmt.Sprintf("%s-%d", id[:3], len(numbers))
		}
		return numbers[id]
	})
}

// TestFaultAtEveryCall makes each single call of apply, and of undo, fail in each way. After undo,
// the org is as before, byte for byte, apart from times. After another apply, it is complete.
func TestFaultAtEveryCall(t *testing.T) { //nolint:tparallel // the inner group ends before the count is looked at
	t.Parallel()
	reference := newWorld(t)
	apply(t, reference.options(t))
	complete := shape(reference.snapshot(t))
	var injected atomic.Int64
	t.Run("modes", func(t *testing.T) {
		for _, m := range modes() {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				before := w.snapshot(t)
				restored := func(at int, what string) {
					t.Helper()
					if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
						t.Fatalf("%s at call %d: after undo (-before +after):\n%s", what, at, diff)
					}
				}
				begin := func() {
					if err := os.Remove(w.journal); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Fatal(err)
					}
				}
				for at := 1; ; at++ { // apply fails, then undo
					begin()
					_, met := w.run(t, at, m, applying)
					if there, err := os.Stat(w.journal); err == nil && there.Size() > 0 {
						w.run(t, 0, m, undoing)
					}
					restored(at, "apply, undo")
					if !met {
						break
					}
					injected.Add(1)
				}
				for at := 1; ; at++ { // apply fails, then apply again; undo fails, then undo again
					begin()
					_, met := w.run(t, at, m, applying)
					w.run(t, 0, m, applying)
					if got := shape(w.snapshot(t)); got != complete {
						t.Fatalf("apply twice, fault at call %d (-want +got):\n%s", at, cmp.Diff(complete, got))
					}
					_, metUndoing := w.run(t, at, m, undoing)
					if metUndoing {
						w.run(t, 0, m, undoing)
					}
					restored(at, "undo")
					if met {
						injected.Add(1)
					}
					if metUndoing {
						injected.Add(1)
					}
					if !met && !metUndoing {
						break
					}
				}
			})
		}
	})
	t.Logf("%d faults injected", injected.Load())
	if injected.Load() < 500 {
		t.Errorf("only %d faults were injected", injected.Load())
	}
}
