package register

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// holding keeps others from changing an org by the same journal. The system lets go of it when the process ends, however
// it ends; the file beside the journal only says who it is.
type holding struct{ file *os.File }

// lock is what came of taking one.
type lock int

const (
	lockTaken   lock = iota
	lockHeld         // another process, or another run of this one, has it
	lockUnknown      // there are no locks here
)

// maxHolder is the length of the line that says who holds a journal, in bytes.
const maxHolder = 200

// hold takes the journal. The error is an [*Error] that says who has it. Where the file system knows no locks, nobody is
// kept out.
func hold(journal string, now func() time.Time) (*holding, error) {
	path := journal + ".lock"
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		switch tryLock(f) {
		case lockHeld:
			who, _ := io.ReadAll(io.LimitReader(f, maxHolder)) // it may not be written yet
			text := fmt.Sprintf("%q", who)
			return nil, errors.Join(&Error{Text: say(
				"another pschook register is at work with the journal %s: %s; wait for its end, then run it again",
				"un autre pschook register travaille avec le journal %s : %s ; attendez sa fin, puis relancez", journal, text)}, f.Close())
		case lockUnknown:
			return &holding{f}, nil
		case lockTaken:
		}
		if !isStill(f, path) { // the former holder took the file away meanwhile
			_ = f.Close() // nothing was written
			continue
		}
		host, _ := os.Hostname() // only to be told
		err = f.Truncate(0)
		if err == nil {
			_, err = fmt.Fprintf(f, "process %d on %s, since %s", os.Getpid(), host, now().UTC().Format(time.RFC3339))
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &holding{f}, nil
	}
}

// isStill reports whether the open file is the one of that name.
func isStill(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// release lets others in. A nil holding holds nothing.
func (h *holding) release() error {
	if h == nil {
		return nil
	}
	return errors.Join(os.Remove(h.file.Name()), h.file.Close())
}
