package shapes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/go-json-experiment/json"
)

// Limits of a recording.
const (
	MaxCalls     = 200     // in one file: enough for every kind of call, and few enough for a person to read
	MaxFileBytes = 8 << 20 // for MaxCalls shapes
	maxBodyBytes = 256 << 10
)

// Recorder writes the shapes of the first calls into a file, one per line, and stops. It never
// delays a call: while it writes one shape, it skips other calls. It is safe for concurrent use.
type Recorder struct {
	file    *os.File
	logger  *slog.Logger
	left    atomic.Int64
	waiting chan []byte
}

// NewRecorder opens the file, which only its owner may read, and appends to it. The error says that
// the file cannot be opened, or is not a file of shapes.
func NewRecorder(path string, logger *slog.Logger) (*Recorder, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	list, err := Read(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	r := &Recorder{file: file, logger: logger, waiting: make(chan []byte, 1)}
	r.left.Store(int64(MaxCalls - len(list)))
	return r, nil
}

// Take passes a call to Run. It copies the body.
func (r *Recorder) Take(body []byte) {
	if r.left.Load() <= 0 || len(body) > maxBodyBytes {
		return
	}
	select {
	case r.waiting <- bytes.Clone(body):
	default:
	}
}

// Run writes shapes until ctx ends, then closes the file. A fault is logged and ends the recording,
// not the service.
func (r *Recorder) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return r.file.Close()
		case body := <-r.waiting:
			r.record(ctx, body)
		}
	}
}

// record writes one shape. It skips a call that has no shape, because the hook refused that call.
func (r *Recorder) record(ctx context.Context, body []byte) {
	shape, err := Of(body)
	if err != nil || r.left.Load() <= 0 {
		return
	}
	line, err := json.Marshal(shape, json.Deterministic(true))
	if err == nil {
		err = r.write(append(line, '\n'))
	}
	if err != nil {
		r.left.Store(0)
		r.logger.ErrorContext(ctx, "shapes of calls are not recorded any more", "err", err)
	} else if r.left.Add(-1) == 0 {
		r.logger.InfoContext(ctx, "shapes recorded; unset the variable, and look at them with: pschook shapes", "calls", MaxCalls)
	}
}

// write appends a line in one piece, so that several processes may share the file.
func (r *Recorder) write(line []byte) error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if info.Size()+int64(len(line)) > MaxFileBytes {
		return fmt.Errorf("the file is full: %d MiB", MaxFileBytes>>20)
	}
	_, err = r.file.Write(line)
	return err
}

// printable reports whether a terminal shows the shape as it is. A file may come from somebody else.
func (s Shape) printable() bool {
	odd := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	for path, forms := range s.Forms {
		if odd(path) || slices.ContainsFunc(forms, odd) {
			return false
		}
	}
	return !odd(s.Call)
}

// Read reads a file of shapes. The error names the line and quotes nothing of it.
func Read(in io.Reader) ([]Shape, error) {
	lines := bufio.NewScanner(io.LimitReader(in, MaxFileBytes))
	lines.Buffer(nil, MaxFileBytes)
	var list []Shape
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var s Shape
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil || s.Forms == nil || !s.printable() {
			return nil, fmt.Errorf("line %d is not the shape of a call", n)
		}
		list = append(list, s)
	}
	return list, lines.Err()
}
