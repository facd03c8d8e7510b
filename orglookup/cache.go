package orglookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	cacheVersion = 1
	// maxCacheBytes is far more than an id and maxCacheHosts hosts need.
	maxCacheBytes = 16 << 10
	maxCacheHosts = 16
	// staleTempAge is the age of a temporary file above which a killed process must have left it. A
	// younger file may be one that another process is writing.
	staleTempAge = time.Minute
)

// cacheEntry is the content of the cache file.
type cacheEntry struct {
	Version   int       `json:"version"`
	OrgURL    string    `json:"org_url"`
	ID        string    `json:"id"`
	Hosts     []string  `json:"hosts"` // null: not known
	Source    string    `json:"source"`
	FetchedAt time.Time `json:"fetched_at"`
}

var errOtherOrg = errors.New("it belongs to another org URL")

// readCache returns what the cache file knows about this org. Without a usable file it returns
// nothing. From a file that a static source wrote it returns only the hosts.
func (l *Lookup) readCache() (org Org, found bool) {
	if l.opts.CacheFile == "" {
		return Org{}, false
	}
	ctx := context.Background()
	if !l.opts.ReadOnly {
		if err := removeStaleTemps(l.opts.CacheFile, l.opts.Now()); err != nil {
			l.log.WarnContext(ctx, "leftovers of the cache file not removed", "err", err)
		}
	}
	entry, err := loadCache(l.opts.CacheFile, l.opts.OrgURL.String())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Org{}, false
	case err != nil:
		l.metrics.lookup(ctx, SourceCache, ResultInvalid)
		l.log.WarnContext(ctx, "cache file ignored", "file", l.opts.CacheFile, "err", err)
		return Org{}, false
	}
	if now := l.opts.Now(); entry.FetchedAt.After(now) {
		entry.FetchedAt = now // the clock was set back since
	}
	org = Org{ID: entry.ID, Hosts: entry.Hosts, Source: SourceCache, FetchedAt: entry.FetchedAt}
	if entry.Source == SourceStatic {
		return org, false // an administrator typed in the id, so it must not be compared with Okta's answer
	}
	l.metrics.lookup(ctx, SourceCache, ResultOK)
	return org, true
}

func (l *Lookup) writeCache(ctx context.Context) {
	org, ok := l.Known()
	if !ok || l.opts.CacheFile == "" || l.opts.ReadOnly {
		return
	}
	err := saveCache(l.opts.CacheFile, cacheEntry{
		Version: cacheVersion, OrgURL: l.opts.OrgURL.String(),
		ID: org.ID, Hosts: org.Hosts, Source: org.Source, FetchedAt: org.FetchedAt.UTC(),
	})
	if err != nil {
		l.log.WarnContext(ctx, "cache file not written", "file", l.opts.CacheFile, "err", err)
	}
}

var errNotRegular = errors.New("it is not a regular file")

// loadCache reads the entry for orgURL from the file. The error is fs.ErrNotExist if there is none.
// It refuses a file that everybody may write, because whoever can write an id decides tid. That
// others may read it does no harm: Okta publishes what it holds, and group access is usual on
// Kubernetes volumes (fsGroup).
func loadCache(file, orgURL string) (cacheEntry, error) {
	info, err := os.Stat(file) // before Open, which would block on a pipe
	if err != nil {
		return cacheEntry{}, err
	}
	if !info.Mode().IsRegular() {
		return cacheEntry{}, errNotRegular
	}
	if info.Mode().Perm()&0o002 != 0 {
		return cacheEntry{}, fmt.Errorf("everybody may write it (mode %04o); make it 0600", info.Mode().Perm())
	}
	f, err := os.Open(file)
	if err != nil {
		return cacheEntry{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxCacheBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return cacheEntry{}, err
	}
	return parseCache(text, orgURL)
}

// parseCache reads the content of a cache file. It accepts only a complete entry: plausible id,
// canonical hosts, a time.
func parseCache(text []byte, orgURL string) (cacheEntry, error) {
	var entry cacheEntry
	if len(text) > maxCacheBytes {
		return cacheEntry{}, fmt.Errorf("it has more than %d bytes", maxCacheBytes)
	}
	if json.Unmarshal(text, &entry, json.RejectUnknownMembers(true)) != nil {
		return cacheEntry{}, errors.New("it is damaged: not the expected JSON")
	}
	switch {
	case entry.Version != cacheVersion:
		return cacheEntry{}, fmt.Errorf("it has version %d, not %d", entry.Version, cacheVersion)
	case entry.OrgURL != orgURL:
		return cacheEntry{}, errOtherOrg
	case entry.Source != SourceStatic && !isFetchedID(entry.ID), checkAgreedID(entry.ID) != nil:
		return cacheEntry{}, errors.New("it is damaged: its id is not an org id")
	case entry.FetchedAt.IsZero():
		return cacheEntry{}, errors.New("it is damaged: it has no time")
	case len(entry.Hosts) > maxCacheHosts || slices.ContainsFunc(entry.Hosts, notCanonical):
		return cacheEntry{}, errors.New("it is damaged: its hosts are not hosts")
	}
	return entry, nil
}

// notCanonical reports whether host differs from the form that canonicalHost returns, for https or
// for http on loopback.
func notCanonical(host string) bool {
	for _, scheme := range []string{"https://", "http://"} {
		u, err := url.Parse(scheme + host)
		if err != nil {
			continue
		}
		if canonical, err := canonicalHost(u); err == nil && canonical == host {
			return false
		}
	}
	return true
}

// saveCache replaces the whole file. At any moment, even during a power cut, it holds the old entry
// or the new one. Its mode is 0600.
func saveCache(file string, entry cacheEntry) error {
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return errNotRegular // replacing a device by a file would harm other programs
	}
	text, err := json.Marshal(entry, json.FormatNilSliceAsNull(true))
	if err != nil {
		return err
	}
	dir := filepath.Dir(file)
	temp, err := writeTemp(dir, tempPrefix(file)+"*"+tempSuffix, append(text, '\n'))
	if err != nil {
		return err
	}
	if err := os.Rename(temp, file); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(dir)
}

// writeTemp writes a new file of mode 0600 to the disk and returns its name. After an error it
// leaves no file.
func writeTemp(dir, pattern string, text []byte) (string, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

const tempSuffix = ".tmp"

func tempPrefix(file string) string { return "." + filepath.Base(file) + "." }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeStaleTemps removes temporary files that killed processes left.
func removeStaleTemps(file string, now time.Time) error {
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix(file)) || !strings.HasSuffix(e.Name(), tempSuffix) {
			continue
		}
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > staleTempAge {
			errs = append(errs, os.Remove(filepath.Join(filepath.Dir(file), e.Name())))
		}
	}
	return errors.Join(errs...)
}
