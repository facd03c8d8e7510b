package orglookup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/orglookup"
)

// cacheText is a good cache file of the org acme, with the members in set
// replaced; a nil value removes one.
func cacheText(t testing.TB, set map[string]any) string {
	t.Helper()
	members := map[string]any{
		"version": 1, "org_url": "https://acme.okta.com", "id": orgID, "hosts": []string{"acme.okta.com", "id.acme.example:8443"},
		"source": "management", "fetched_at": "1999-12-31T23:00:00Z",
	}
	for name, value := range set {
		members[name] = value
		if value == nil {
			delete(members, name)
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t testing.TB, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

func TestCacheKeepsTheOrgAcrossRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "org.json")
	synctest.Test(t, func(t *testing.T) {
		l := newLookup(t, orglookup.Options{Source: management(gives(orgID, "acme.okta.com")), CacheFile: file})
		if _, ok := l.Known(); ok {
			t.Error("an id is known without file and network")
		}
		run(t, l)
		synctest.Wait()
	})
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("file %v, %v: want mode 0600", info, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("directory holds %v, %v: want the file alone", entries, err)
	}
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		time.Sleep(time.Hour)
		source := management(fails(orglookup.ResultUnavailable, 0))
		l := newLookup(t, orglookup.Options{Source: source, CacheFile: file})
		org, err := l.Org(t.Context())
		want := orglookup.Org{ID: orgID, Hosts: []string{"acme.okta.com"}, Source: "cache", FetchedAt: now}
		if diff := cmp.Diff(want, org, cmp.Comparer(time.Time.Equal)); err != nil || diff != "" || source.count() != 0 {
			t.Errorf("after %d calls: %v %s", source.count(), err, diff)
		}
		run(t, l)
		synctest.Wait()
		if source.count() != 1 {
			t.Errorf("%d calls: want a refresh at once, in the background", source.count())
		}
		wantOrg(t, l, orgID, "acme.okta.com")
	})
}

func TestCacheFileFormat(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "org.json")
	synctest.Test(t, func(t *testing.T) {
		run(t, newLookup(t, orglookup.Options{Source: management(gives(orgID)), CacheFile: file}))
		synctest.Wait()
	})
	got, err := os.ReadFile(file)
	want := `{"version":1,"org_url":"https://acme.okta.com","id":"` + orgID + `","hosts":null,"source":"management","fetched_at":"2000-01-01T00:00:00Z"}` + "\n"
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}

func TestCacheFileIsReadOrIgnored(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]string{"a.example"}, 17)
	good := cacheText(t, nil)
	tests := []struct {
		name, text string
		mode       os.FileMode
		want       string // in the warning; empty: the file is used
	}{
		{"good", good, 0o600, ""},
		{"readable_by_all", good, 0o644, ""},
		{"writable_by_group", good, 0o660, ""},
		{"writable_by_all", good, 0o602, "everybody may write it (mode 0602)"},
		{"other_org", cacheText(t, map[string]any{"org_url": "https://other.okta.com"}), 0o600, "another org URL"},
		{"other_scheme", cacheText(t, map[string]any{"org_url": "http://acme.okta.com"}), 0o600, "another org URL"},
		{"empty", "", 0o600, "damaged: not the expected JSON"},
		{"cut_off", good[:len(good)/2], 0o600, "damaged: not the expected JSON"},
		{"zeros", strings.Repeat("\x00", 200), 0o600, "damaged: not the expected JSON"},
		{"two_documents", good + good, 0o600, "damaged: not the expected JSON"},
		{"unknown_member", cacheText(t, map[string]any{"tid": "x"}), 0o600, "damaged: not the expected JSON"},
		{"duplicate_member", strings.Replace(good, "{", `{"id":"`+otherID+`",`, 1), 0o600, "damaged: not the expected JSON"},
		{"later_version", cacheText(t, map[string]any{"version": 2}), 0o600, "version 2, not 1"},
		{"no_id", cacheText(t, map[string]any{"id": nil}), 0o600, "not an org id"},
		{"alias_from_okta", cacheText(t, map[string]any{"id": "OKTA_CHU"}), 0o600, "not an org id"},
		{"no_time", cacheText(t, map[string]any{"fetched_at": nil}), 0o600, "no time"},
		{"host_with_path", cacheText(t, map[string]any{"hosts": []string{"acme.okta.com/x"}}), 0o600, "hosts are not hosts"},
		{"host_upper_case", cacheText(t, map[string]any{"hosts": []string{"ACME.okta.com"}}), 0o600, "hosts are not hosts"},
		{"host_empty", cacheText(t, map[string]any{"hosts": []string{""}}), 0o600, "hosts are not hosts"},
		{"many_hosts", cacheText(t, map[string]any{"hosts": many}), 0o600, "hosts are not hosts"},
		{"huge", good + strings.Repeat(" ", 1<<20), 0o600, "more than 16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "org.json")
			writeFile(t, file, tt.text, tt.mode)
			var log bytes.Buffer
			l := newLookup(t, orglookup.Options{
				Source: management(gives(orgID)), CacheFile: file, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			org, ok := l.Known()
			if ok != (tt.want == "") || ok && org.ID != orgID {
				t.Errorf("known: %v %+v", ok, org)
			}
			if ok && log.Len() > 0 || !ok && (!strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), tt.want)) {
				t.Errorf("log %q, want %q", &log, tt.want)
			}
		})
	}
}

func TestCachePathIsADirectoryOrMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct{ name, file, atStart, atWrite string }{
		{"directory", dir, "not a regular file", "cache file not written"},
		{"no_file_yet", filepath.Join(dir, "new.json"), "", ""},
		{"no_directory", filepath.Join(dir, "missing", "org.json"), "", "cache file not written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				l := newLookup(t, orglookup.Options{
					Source: management(gives(orgID)), CacheFile: tt.file,
					Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
				})
				if got := log.String(); !strings.Contains(got, tt.atStart) || tt.atStart == "" && got != "" {
					t.Errorf("at start %q, want %q", got, tt.atStart)
				}
				log.Reset()
				run(t, l)
				synctest.Wait()
				wantOrg(t, l, orgID)
				if got := log.String(); !strings.Contains(got, tt.atWrite) || tt.atWrite == "" && got != "" {
					t.Errorf("at writing %q, want %q", got, tt.atWrite)
				}
			})
		})
	}
}

// A file that a killed process left is never read, and is removed later.
func TestCacheLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "org.json")
	writeFile(t, file, cacheText(t, nil), 0o600)
	names := []string{".org.json.123.tmp", ".org.json.456.tmp", ".other.json.1.tmp", "org.json.tmp"}
	for _, name := range names {
		writeFile(t, filepath.Join(dir, name), cacheText(t, map[string]any{"id": otherID})[:40], 0o600)
	}
	// Another process is writing one at this moment.
	now := time.Now()
	for i, name := range names {
		age := 2 * time.Minute
		if i == 1 {
			age = time.Second
		}
		if err := os.Chtimes(filepath.Join(dir, name), now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	l := newLookup(t, orglookup.Options{Source: management(gives(orgID)), CacheFile: file, Now: func() time.Time { return now }})
	wantOrg(t, l, orgID, "acme.okta.com", "id.acme.example:8443")
	entries, err := os.ReadDir(dir)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{".org.json.456.tmp", ".other.json.1.tmp", "org.json", "org.json.tmp"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left are %q, %v; want %q", left, err, want)
	}
}

func TestCacheTimeInTheFutureIsNow(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "org.json")
	writeFile(t, file, cacheText(t, map[string]any{"fetched_at": "2100-01-01T00:00:00Z"}), 0o600)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := newLookup(t, orglookup.Options{Source: management(gives(orgID)), CacheFile: file, Now: func() time.Time { return now }})
	if org, ok := l.Known(); !ok || !org.FetchedAt.Equal(now) {
		t.Errorf("known: %v %+v", ok, org)
	}
}

// An id that an administrator typed in is not compared with Okta's answer, nor Okta's with it.
func TestCacheAndStatic(t *testing.T) {
	t.Parallel()
	static, err := orglookup.NewStatic("OKTA_CHU")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		file   map[string]any
		source orglookup.Source
		want   string
	}{
		{"fetched_then_static", nil, static, "OKTA_CHU"},
		{"static_then_other_static", map[string]any{"source": "static", "id": "OKTA_OLD"}, static, "OKTA_CHU"},
		{"static_then_fetched", map[string]any{"source": "static", "id": "OKTA_CHU"}, management(gives(orgID)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "org.json")
			writeFile(t, file, cacheText(t, tt.file), 0o600)
			l := newLookup(t, orglookup.Options{Source: tt.source, CacheFile: file})
			org, _ := l.Known()
			if org.ID != tt.want || tt.want != "" && len(org.Hosts) != 2 {
				t.Errorf("known %+v, want %q and the file's hosts", org, tt.want)
			}
		})
	}
}

func TestChangedIDAgainstCacheIsAnAlarm(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "org.json")
	writeFile(t, file, cacheText(t, nil), 0o600)
	before := fmt.Sprint(os.ReadFile(file))
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := newLookup(t, orglookup.Options{
			Source: management(gives(otherID, "evil.example")), CacheFile: file, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		run(t, l)
		synctest.Wait()
		wantOrg(t, l, orgID, "acme.okta.com", "id.acme.example:8443")
		if !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("log:\n%s", &log)
		}
	})
	if after := fmt.Sprint(os.ReadFile(file)); after != before {
		t.Error("the cache file was written")
	}
}
