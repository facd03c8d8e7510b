package register

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// holding keeps other processes from changing an org with the same journal. The system releases its
// lock when the process ends, in whatever way. The file beside the journal only says who holds it.
type holding struct{ file *os.File }

// lock is the result of trying to take one.
type lock int

const (
	lockTaken   lock = iota
	lockHeld         // another process, or another run in this process, holds it
	lockUnknown      // this system has no locks
)

// maxHolder is the length of the line that says who holds a journal, in bytes.
const maxHolder = 200

// hold takes the journal. The error is an [*Error] that says who holds it. If the file system has
// no locks, nobody is kept out.
func hold(journal string, now func() time.Time) (*holding, error) {
	path := journal + ".lock"
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		switch tryLock(f) {
		case lockHeld:
			who, _ := io.ReadAll(io.LimitReader(f, maxHolder)) // it may not have been written yet
			text := fmt.Sprintf("%q", who)
			return nil, errors.Join(&Error{Text: say(
				"another pschook register is running with the journal %s: %s; wait for its end, then run it again",
				"un autre pschook register travaille avec le journal %s : %s ; attendez sa fin, puis relancez", journal, text)}, f.Close())
		case lockUnknown:
			return &holding{f}, nil
		case lockTaken:
		}
		if !isStill(f, path) { // the previous holder removed the file in the meantime
			_ = f.Close() // nothing was written
			continue
		}
		host, _ := os.Hostname() // only for the message
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

// isStill reports whether the open file still has that name.
func isStill(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// release lets others take the journal. A nil holding holds nothing.
func (h *holding) release() error {
	if h == nil {
		return nil
	}
	return errors.Join(os.Remove(h.file.Name()), h.file.Close())
}
