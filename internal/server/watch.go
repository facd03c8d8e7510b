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
	// watchEvery is how often files are looked at. A change is to take effect within
	// 2 s; reading a few small files each second costs nothing, and finds what
	// notifications miss: volumes of Kubernetes change by a symlink further up, and
	// network file systems tell nobody.
	watchEvery = time.Second
	// watchAgain is how often a change that could not be used is tried, logged and
	// counted again, so that an alert does not fall silent while it lasts.
	watchAgain = time.Minute
)

// watched are files whose content is in use.
type watched struct {
	what    string       // in the log: "hook secrets"
	paths   []string     // looked at together
	load    func() error // reads them and puts them in use; after an error the old content stays in use
	reloads metric.Int64Counter

	seen   [sha256.Size]byte
	failed time.Time // when load last failed; zero when it did not
}

// newWatched loads the files for the first time. A later change is one against
// what they hold now.
func newWatched(w watched) (*watched, error) {
	w.seen = fingerprint(w.paths) // before load: a change in between is then seen
	for _, result := range []string{"ok", "failed"} {
		w.reloads.Add(context.Background(), 0, metric.WithAttributes(attribute.String("result", result)))
	}
	return &w, w.load()
}

// fingerprint changes when the content of a file does, or the reason why it cannot
// be read.
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

// watcher looks after files.
type watcher struct {
	logger *slog.Logger
	now    func() time.Time
	files  []*watched
}

// run looks at the files every so often, and at once whenever something comes from
// force, until ctx ends.
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

// check loads f again if it has changed, if forced, or if it is time for another
// try of what has failed.
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
