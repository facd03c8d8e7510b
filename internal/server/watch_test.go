package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// watching is a running watcher of one file, in fake time.
type watching struct {
	path   string
	force  chan os.Signal
	reader *sdkmetric.ManualReader

	mu      sync.Mutex // guards the following fields, because moving the clock does not order goroutines for the race detector
	text    bytes.Buffer
	content string
	loaded  int
}

// Write collects the log.
func (w *watching) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *watching) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func (w *watching) inUse() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.content
}

func (w *watching) loads() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loaded
}

// watchFile starts a watcher on a file that holds "one". The content "bad" is unusable.
func watchFile(t *testing.T, path string) *watching {
	t.Helper()
	w := &watching{path: path, force: make(chan os.Signal), reader: sdkmetric.NewManualReader()}
	reloads, err := sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader)).Meter("").Int64Counter("reloads")
	if err != nil {
		t.Fatal(err)
	}
	file, err := newWatched(watched{what: "test file", paths: []string{path}, reloads: reloads, load: func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.loaded++
		text, err := os.ReadFile(path)
		if err == nil && string(text) == "bad" {
			err = errors.New("not usable")
		}
		if err == nil {
			w.content = string(text)
		}
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		(&watcher{logger: slog.New(slog.NewTextHandler(w, nil)), now: time.Now, files: []*watched{file}}).run(ctx, watchEvery, w.force)
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w
}

// after lets time pass and returns the content that is then in use.
func (w *watching) after(d time.Duration) string {
	<-time.After(d)
	synctest.Wait()
	return w.inUse()
}

func (w *watching) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(w.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *watching) count(t *testing.T, result string) int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := w.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, point := range all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints {
		if v, _ := point.Attributes.Value("result"); v.AsString() == result {
			return point.Value
		}
	}
	t.Fatalf("no count of %q", result)
	return 0
}

const promised = 2 * time.Second // a change takes effect within this time

func TestWatchFollowsAFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
			t.Fatal(err)
		}
		w := watchFile(t, path)
		if w.after(time.Hour); w.loads() != 1 || w.log() != "" {
			t.Errorf("unchanged: %d loads, log %s", w.loads(), w.log())
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		w.write(t, "two") // of the same length
		if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
			t.Fatal(err)
		}
		if got := w.after(promised); got != "two" || w.count(t, "ok") != 1 || !strings.Contains(w.log(), `level=INFO msg=reloaded what="test file"`) {
			t.Errorf("changed: %q, log %s", got, w.log())
		}
	})
}

// The old content stays in use after every kind of damage. The damage is logged and counted once a
// minute as long as it lasts.
func TestWatchKeepsWhatWorks(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(path string) error{
		"cannot be used": func(path string) error { return os.WriteFile(path, []byte("bad"), 0o600) },
		"missing":        os.Remove,
		"a directory":    func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "file")
				if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
					t.Fatal(err)
				}
				w := watchFile(t, path)
				if err := damage(path); err != nil {
					t.Fatal(err)
				}
				if got := w.after(promised); got != "one" || w.count(t, "failed") != 1 || strings.Count(w.log(), "level=ERROR") != 1 {
					t.Errorf("%q, log %s", got, w.log())
				}
				if w.after(3 * time.Minute); w.count(t, "failed") < 3 || w.count(t, "failed") > 4 || w.inUse() != "one" {
					t.Errorf("3 minutes later: %d failures", w.count(t, "failed"))
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				w.write(t, "two")
				if got := w.after(promised); got != "two" || w.count(t, "ok") != 1 {
					t.Errorf("mended: %q", got)
				}
				failed := w.count(t, "failed")
				if w.after(time.Hour); w.count(t, "failed") != failed || w.count(t, "ok") != 1 {
					t.Errorf("an hour later: %d, %d", w.count(t, "failed"), w.count(t, "ok"))
				}
			})
		})
	}
}

// Kubernetes changes a mounted file by pointing a link in a parent directory to another directory.
func TestWatchFollowsLinks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for _, version := range []string{"one", "two"} {
			if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, version, "file"), []byte(version), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		data, next := filepath.Join(dir, "..data"), filepath.Join(dir, "..next")
		if err := errors.Join(os.Symlink("one", data), os.Symlink(filepath.Join("..data", "file"), filepath.Join(dir, "file"))); err != nil {
			t.Fatal(err)
		}
		w := watchFile(t, filepath.Join(dir, "file"))
		if err := errors.Join(os.Symlink("two", next), os.Rename(next, data)); err != nil {
			t.Fatal(err)
		}
		if got := w.after(promised); got != "two" {
			t.Errorf("after the swap: %q", got)
		}
	})
}

func TestWatchObeysSignals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
			t.Fatal(err)
		}
		w := watchFile(t, path)
		w.write(t, "two")
		w.force <- os.Interrupt
		synctest.Wait()
		if w.inUse() != "two" {
			t.Errorf("at once: %q", w.inUse())
		}
		w.force <- os.Interrupt
		synctest.Wait()
		if w.count(t, "ok") != 2 {
			t.Errorf("%d reloads, want one more although nothing has changed", w.count(t, "ok"))
		}
	})
}
