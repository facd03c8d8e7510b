package server

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"pschook/internal/config"
)

const (
	// watchEvery is how often files are checked. A change must take effect within 2 s. Reading a
	// few small files each second costs almost nothing. It also finds changes that notifications
	// miss: volumes of Kubernetes change by a symlink in a parent directory, and network file
	// systems send no notifications.
	watchEvery = time.Second
	// watchAgain is how often an unusable change is tried, logged and counted again, so that its
	// alert stays on while it lasts.
	watchAgain = time.Minute
)

// watched is a group of files whose content is in use.
type watched struct {
	what    string       // name for the log: "hook secrets"
	paths   []string     // files that belong together
	load    func() error // reads the files and uses their content; after an error the old content stays in use
	reloads metric.Int64Counter

	seen   [sha256.Size]byte
	failed time.Time // when load last failed; zero when it did not
}

// newWatched loads the files for the first time. Later changes are found by comparison with their
// content at this time.
func newWatched(w watched) (*watched, error) {
	w.seen = fingerprint(w.paths) // before load, so that a change during load is seen
	for _, result := range []string{"ok", "failed"} {
		w.reloads.Add(context.Background(), 0, metric.WithAttributes(attribute.String("result", result)))
	}
	return &w, w.load()
}

// fingerprint returns a hash that changes when the content of a file changes, or the reason why it
// cannot be read.
func fingerprint(paths []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, path := range paths {
		text, err := config.ReadFile(path)
		if err != nil {
			text = []byte(err.Error())
		}
		_, _ = h.Write(append(text, 0)) // never fails
	}
	h.Sum(sum[:0])
	return sum
}

// watcher watches files for changes.
type watcher struct {
	logger *slog.Logger
	now    func() time.Time
	files  []*watched
}

// run checks the files at each interval, and at once when a signal comes from force, until ctx
// ends.
func (w *watcher) run(ctx context.Context, every time.Duration, force <-chan os.Signal) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		forced := false
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-force:
			forced = true
		}
		for _, f := range w.files {
			w.check(ctx, f, forced)
		}
	}
}

// check loads f again if it has changed, if forced is true, or if a failed load is due for another
// try.
func (w *watcher) check(ctx context.Context, f *watched, forced bool) {
	now := w.now()
	sum := fingerprint(f.paths)
	again := !f.failed.IsZero() && now.Sub(f.failed) >= watchAgain
	if sum == f.seen && !forced && !again {
		return
	}
	f.seen = sum
	err := f.load()
	result := "ok"
	if f.failed = (time.Time{}); err != nil {
		result, f.failed = "failed", now
		w.logger.ErrorContext(ctx, "not reloaded, the former content stays in use", "what", f.what, "err", err)
	} else {
		w.logger.InfoContext(ctx, "reloaded", "what", f.what)
	}
	f.reloads.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
}
