package register

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxJournalBytes bounds what is read. A run writes about ten entries of a kilobyte.
const maxJournalBytes = 16 << 20

// The verbs of entries.
const (
	verbCreate = "create" // has List and Sent; Path for objects made by PUT
	verbChange = "change" // has Path and Changes
	verbStatus = "status" // has Path; Changes holds status
	verbSignOn = "sign-on"
	verbSecret = "secret" // has Path; nobody knows the previous secret
)

// entry is a change of the org. It is written to disk before Okta is asked for it.
type entry struct {
	N       int       `json:"n"`
	At      time.Time `json:"at"`
	Verb    string    `json:"do"`
	Kind    Kind      `json:"kind"`
	Name    string    `json:"name"`
	List    string    `json:"list,omitzero"` // path of the list in which the object is made
	Path    string    `json:"path,omitzero"` // path of the object
	Sent    Object    `json:"sent,omitzero"` // what was sent, without secrets
	Changes []Change  `json:"changes,omitzero"`
	// Secret says that the change replaced a secret that is not ours and that nobody can read.
	Secret bool `json:"secret,omitzero"`

	id     string // id of the new object; "" while it is not known
	closed bool   // it was undone, or it is now known that it did not happen
}

// sequel says what happened to an entry.
type sequel struct {
	N      int    `json:"n"`
	ID     string `json:"id,omitzero"` // done; the id of the new object
	Void   bool   `json:"void,omitzero"`
	Undone bool   `json:"undone,omitzero"`
}

// header is the first line of a journal.
type header struct {
	Journal int    `json:"pschook_register"` // version of the form
	Org     string `json:"org"`              // URL of the org
	OrgID   string `json:"org_id"`
}

// journal is the file of changes to one org: one JSON value per line, only ever appended to.
type journal struct {
	file     *os.File
	readOnly bool
	now      func() time.Time
	entries  []*entry
	held     *holding // nil: the journal is only read
}

// openJournal opens the journal of an org, or creates it. Nobody else can open it until it is
// closed. A crash may leave half a line at the end. Okta has not been asked for that change yet, so
// the half line is removed.
func openJournal(path string, h header, now func() time.Time) (*journal, error) {
	held, err := hold(path, now)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, held.release())
	}
	j := &journal{file: f, now: now, held: held}
	if err := j.load(path, h); err != nil {
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

// readJournal reads the journal of an org without changing it.
func readJournal(path string, h header) (*journal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f, readOnly: true}
	if err := j.load(path, h); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, f.Close()
}

func (j *journal) load(path string, h header) error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s: others may read or write it; make it 0600", path)
	}
	text, err := io.ReadAll(io.LimitReader(j.file, maxJournalBytes+1))
	if err != nil {
		return err
	}
	if len(text) > maxJournalBytes {
		return fmt.Errorf("%s: more than %d bytes", path, maxJournalBytes)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if len(whole) < len(text) && !j.readOnly {
		if err := j.file.Truncate(int64(len(whole))); err != nil {
			return err
		}
	}
	if len(whole) == 0 && j.readOnly {
		return nil
	}
	if len(whole) == 0 {
		h.Journal = 1
		return errors.Join(j.append(h), syncDir(filepath.Dir(path)))
	}
	for number, text := range bytes.Split(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n")) {
		if err := j.read(number, text, h); err != nil {
			return fmt.Errorf("%s: line %d: %w", path, number+1, err)
		}
	}
	return nil
}

// read reads one line.
func (j *journal) read(number int, text []byte, want header) error {
	if number == 0 {
		var h header
		if json.Unmarshal(text, &h) != nil || h.Journal != 1 {
			return errors.New("not a journal of pschook register")
		}
		if h.OrgID != want.OrgID {
			return fmt.Errorf("it is the journal of another org, %s (%s): give this org its own with --journal", h.Org, h.OrgID)
		}
		return nil
	}
	var e entry
	if json.Unmarshal(text, &e) != nil {
		return errors.New("damaged")
	}
	if e.Verb != "" {
		j.entries = append(j.entries, &e)
		return nil
	}
	var s sequel
	i := slices.IndexFunc(j.entries, func(other *entry) bool { return other.N == e.N })
	if json.Unmarshal(text, &s) != nil || i < 0 {
		return errors.New("damaged")
	}
	s.apply(j.entries[i])
	return nil
}

func (s sequel) apply(e *entry) {
	if s.ID != "" {
		e.id = s.ID
	}
	e.closed = e.closed || s.Void || s.Undone
}

// append writes a line and waits until it is on disk.
func (j *journal) append(line any) error {
	text, err := json.Marshal(line, json.Deterministic(true), jsontext.EscapeForHTML(false))
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}

// begin writes a change, before Okta is asked for it.
func (j *journal) begin(e entry) (*entry, error) {
	e.N, e.At = len(j.entries)+1, j.now().UTC()
	if err := j.append(e); err != nil {
		return nil, fmt.Errorf("nothing was changed, because the journal cannot be written: %w", err)
	}
	j.entries = append(j.entries, &e)
	return &e, nil
}

// note writes what happened to an entry.
func (j *journal) note(e *entry, s sequel) error {
	s.N = e.N
	s.apply(e)
	return j.append(s)
}

// owns reports whether we made the object and, as far as we know, it still exists.
func (j *journal) owns(id string) bool {
	return j != nil && slices.ContainsFunc(j.entries, func(e *entry) bool { return e.Verb == verbCreate && e.id == id && !e.closed })
}

func (j *journal) close() error { return errors.Join(j.file.Close(), j.held.release()) }

// syncDir makes the name of a new file permanent.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// exists reports whether there is a journal.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
