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

// maxJournalBytes bounds what is read: a run writes some ten entries of a kilobyte.
const maxJournalBytes = 16 << 20

// The verbs of entries.
const (
	verbCreate = "create" // List, Sent; Path for what is made by PUT
	verbChange = "change" // Path, Changes
	verbStatus = "status" // Path; Changes holds status
	verbSignOn = "sign-on"
	verbSecret = "secret" // Path; the former secret is not known to anybody
)

// entry is a change of the org. It is on disk before Okta is asked for the change.
type entry struct {
	N       int       `json:"n"`
	At      time.Time `json:"at"`
	Verb    string    `json:"do"`
	Kind    Kind      `json:"kind"`
	Name    string    `json:"name"`
	List    string    `json:"list,omitzero"` // path of the list in which the object is made
	Path    string    `json:"path,omitzero"` // path of the object
	Sent    Object    `json:"sent,omitzero"` // what was sent to make it, without secrets
	Changes []Change  `json:"changes,omitzero"`
	// Secret says that the change replaced a secret which is not ours, and which nobody can read.
	Secret bool `json:"secret,omitzero"`

	id     string // of what was made; "" while that is not known
	closed bool   // it was undone, or turned out not to have happened
}

// sequel is what became of an entry.
type sequel struct {
	N      int    `json:"n"`
	ID     string `json:"id,omitzero"` // done, and this is the object
	Void   bool   `json:"void,omitzero"`
	Undone bool   `json:"undone,omitzero"`
}

// header begins a journal.
type header struct {
	Journal int    `json:"pschook_register"` // version of the form
	Org     string `json:"org"`              // its URL
	OrgID   string `json:"org_id"`
}

// journal is the file of changes to one org, JSON a line, only ever appended to.
type journal struct {
	file     *os.File
	readOnly bool
	now      func() time.Time
	entries  []*entry
	held     *holding // nil: it is only read
}

// openJournal opens the journal of an org, or begins one if there is none. Nobody else can open it until it is closed. What a crash left half written at the end was
// not asked of Okta yet, and is cut off.
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

// read takes in one line.
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

// begin writes a change that is about to be asked for.
func (j *journal) begin(e entry) (*entry, error) {
	e.N, e.At = len(j.entries)+1, j.now().UTC()
	if err := j.append(e); err != nil {
		return nil, fmt.Errorf("nothing was changed, because the journal cannot be written: %w", err)
	}
	j.entries = append(j.entries, &e)
	return &e, nil
}

// note writes what became of an entry.
func (j *journal) note(e *entry, s sequel) error {
	s.N = e.N
	s.apply(e)
	return j.append(s)
}

// owns reports whether the object was made by us, and is there still as far as we know.
func (j *journal) owns(id string) bool {
	return j != nil && slices.ContainsFunc(j.entries, func(e *entry) bool { return e.Verb == verbCreate && e.id == id && !e.closed })
}

func (j *journal) close() error { return errors.Join(j.file.Close(), j.held.release()) }

// syncDir makes a new file's name durable.
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
