package target_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/otlpsink"
	"pschook/cmd/bench/internal/payload"
	"pschook/cmd/bench/internal/target"
	"pschook/internal/testneed"
	"pschook/internal/trial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCounted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       int
		wantErr    string
	}{
		{name: "plain", text: "# HELP x\npschook_hook_requests_total{outcome=\"denied\"} 3\npschook_hook_requests_total{otel_scope_name=\"pschook/hook\",outcome=\"commands\"} 1.000021e+06\n", want: 1_000_021},
		{name: "other_outcome", text: "pschook_hook_requests_total{outcome=\"denied\"} 3\n", wantErr: "no pschook_hook_requests_total for commands"},
		{name: "no_number", text: "pschook_hook_requests_total{outcome=\"commands\"} many\n", wantErr: `parsing "many"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := target.Counted(strings.NewReader(tt.text))
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestCheckSpans(t *testing.T) {
	t.Parallel()
	if err := target.CheckSpans(0, 50_000); !errors.Is(err, target.ErrNoSpans) {
		t.Errorf("no span: %v", err)
	}
	for spans, want := range map[int64]string{5100: "", 4000: "", 100: "wanted about a tenth", 50_000: "wanted about a tenth"} {
		err := target.CheckSpans(spans, 50_000)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d spans: got %v, want %q", spans, err, want)
		}
	}
	if err := target.CheckSpans(1, 3); err != nil {
		t.Errorf("too few calls to judge by: %v", err)
	}
}

// lab is one without the service, which its own tests start.
func lab(t *testing.T) *target.Lab {
	t.Helper()
	dir := t.TempDir()
	express, err := filepath.Abs("../../express")
	if err != nil {
		t.Fatal(err)
	}
	l := &target.Lab{ExpressDir: express, Node: testneed.Node(t, express), Dir: dir, SearchPath: "/usr/local/bin:/usr/bin:/bin", Secret: "secret-of-the-target-test"}
	if err := l.Certify(); err != nil {
		t.Fatal(err)
	}
	if l.Addr, err = trial.FreeAddr(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.Sink, err = otlpsink.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Sink.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestExpress holds that the hook in Express does the job that it is compared for, over http and https.
func TestExpress(t *testing.T) {
	t.Parallel()
	l := lab(t)
	call, err := payload.Sized(200 << 10)
	if err != nil {
		t.Fatal(err)
	}
	small, err := payload.Sized(2 << 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, tls := range []bool{false, true} {
		r, err := l.Start(t.Context(), target.Express, target.Variation{TLS: tls, Call: call})
		if err != nil {
			t.Fatalf("https %t: %v", tls, err)
		}
		wrong := r.Load
		wrong.Secret = "another-secret"
		wrong.Call = small // a server that refuses need not read what is still under way, and may close the connection
		var refused *load.WrongError
		if _, err := load.Learn(t.Context(), wrong, true); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
			t.Errorf("https %t: a wrong secret: %v, want status 401", tls, err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("https %t: %v", tls, err)
		}
		if r.Calls != 1 || r.FirstRight <= 0 {
			t.Errorf("https %t: %d calls, first right answer after %v", tls, r.Calls, r.FirstRight)
		}
	}
}

// TestStartFails holds that a target that cannot start is reported with its own words.
func TestStartFails(t *testing.T) {
	t.Parallel()
	l := lab(t)
	l.ExpressDir = t.TempDir()
	if _, err := l.Start(t.Context(), target.Express, target.Variation{}); err == nil || !strings.Contains(err.Error(), "run npm ci in cmd/bench/express") {
		t.Errorf("not installed: %v", err)
	}
	l.PSCHook = "/bin/sh" // a file that was just written may be busy: it reads the one that is called as its argument
	if err := os.WriteFile(filepath.Join(l.Dir, "serve"), []byte("echo \"port taken, $0\"; exit 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Start(t.Context(), target.Service, target.Variation{}); err == nil || !strings.Contains(err.Error(), `it ended before it answered: "port taken, serve"`) {
		t.Errorf("ended: %v", err)
	}
	if _, err := l.Start(t.Context(), "z", target.Variation{}); err == nil || !strings.Contains(err.Error(), `target "z": wanted one of`) {
		t.Errorf("unknown: %v", err)
	}
}
