package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"pschook/internal/wait"
	"pschook/orglookup"
)

const (
	// roleCacheWriter makes this program write the cache file again and again, so that a
	// kill comes in the middle of a write.
	roleCacheWriter = "write-cache"
	cachedID        = "00o1a2b3c4d5e6f7g8h9"
	cachedURL       = "https://hopital.okta.com"
	// longestLife of a writer: some hundred writes.
	longestLife = 40 * time.Millisecond
)

// changing is a source whose hosts differ each time, so that the file does, too.
type changing struct {
	n     int
	asked chan struct{} // gets an element each time
}

func (c *changing) Name() string { return orglookup.SourceManagement }

func (c *changing) Org(context.Context) (orglookup.Org, error) {
	c.n++
	c.asked <- struct{}{}
	return orglookup.Org{ID: cachedID, Hosts: []string{strings.Repeat("h", 1+c.n%60) + ".example"}, Source: c.Name(), FetchedAt: time.Now()}, nil
}

// writeCache is the role: it looks the org up again and again, each time as a service
// that has just been started and has found its answer.
func writeCache(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New(roleCacheWriter + ": want the path of the cache file")
	}
	source := &changing{asked: make(chan struct{}, 1)}
	for ctx.Err() == nil {
		l, err := newCachedLookup(args[0], source)
		if err != nil {
			return err
		}
		once, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- l.Run(once) }()
		select {
		case <-source.asked: // the answer will be written before Run ends
		case <-once.Done(): // Run may have ended without asking
		}
		stop()
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

func newCachedLookup(file string, source orglookup.Source) (*orglookup.Lookup, error) {
	u, err := url.Parse(cachedURL)
	if err != nil {
		return nil, err
	}
	return orglookup.New(orglookup.Options{Source: source, OrgURL: u, CacheFile: file})
}

func cacheRow() row {
	return row{name: "kill -9 while the cache is written", promise: "200 times (short: 40): the next start reads the whole id", try: killWriters}
}

// killWriters kills a writer at a random moment, again and again, and starts a lookup
// on what it has left.
func killWriters(ctx context.Context, w *world) (string, error) {
	dir := filepath.Join(w.dir, "cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "org.json")
	kills, within := pick(w, 200, 40), 0
	for i := range kills {
		if err := killWriter(ctx, w, file); err != nil {
			return fmt.Sprintf("%d kills", i), err
		}
		left, err := leftovers(dir)
		if err != nil {
			return fmt.Sprintf("%d kills", i), err
		}
		within += left
		if err := readsWhole(file); err != nil {
			return fmt.Sprintf("%d kills", i+1), err
		}
	}
	measured := fmt.Sprintf("%d kills, %d of them within a write, 0 damaged ids read", kills, within)
	if within == 0 {
		return measured, errors.New("no kill fell into a write: nothing was shown")
	}
	return measured, nil
}

func killWriter(ctx context.Context, w *world, file string) error {
	cmd := exec.CommandContext(ctx, w.self, roleCacheWriter, file)
	if err := cmd.Start(); err != nil {
		return err
	}
	before, _ := os.Stat(file)         // not there at first
	_, err := until(ctx, func() bool { // it has begun to write
		now, err := os.Stat(file)
		return err == nil && (before == nil || !os.SameFile(before, now))
	})
	_ = wait.For(ctx, rand.N(longestLife)) //nolint:gosec // not a secret
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, which is what was wanted
	return err
}

// leftovers removes and counts the temporary files of writes that were cut off.
func leftovers(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			n++
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return n, err
}

// unreachable is a source that never answers: what is known comes from the file.
type unreachable struct{}

func (unreachable) Name() string                               { return orglookup.SourceManagement }
func (unreachable) Org(context.Context) (orglookup.Org, error) { return orglookup.Org{}, io.EOF }

// readsWhole starts a lookup on the file, which must hold the id.
func readsWhole(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !json.Valid(text) {
		return fmt.Errorf("%w: the file is damaged: %q", errWrong, text)
	}
	l, err := newCachedLookup(file, unreachable{})
	if err != nil {
		return err
	}
	org, ok := l.Known()
	if !ok || org.ID != cachedID {
		return fmt.Errorf("%w: the next start reads %q, %v", errWrong, org.ID, ok)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		return fmt.Errorf("its mode is %v, %w", info.Mode(), err)
	}
	return nil
}
