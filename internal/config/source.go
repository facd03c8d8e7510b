package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"pschook/internal/outside"
)

// Source is an environment: values by full variable name. [Load] only reads it.
type Source map[string]string

// Environ makes a Source of "NAME=value" pairs, the form of [os.Environ]. Later pairs win.
func Environ(pairs []string) Source {
	s := make(Source, len(pairs))
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			s[name] = value
		}
	}
	return s
}

// get returns the value of a variable without surrounding spaces. An empty variable counts as not
// set.
func (s Source) get(name string) (string, bool) {
	text := strings.TrimSpace(s[name])
	return text, text != ""
}

// maxFileBytes bounds the files that are read. Most have a few lines. Files of certificate
// authorities have some hundred KB, and mounted Kubernetes secrets have at most 1 MiB.
const maxFileBytes = 4 << 20

// ReadFile returns the content of a file that the configuration names, as UTF-8 (see
// [outside.Text]). It never blocks. It refuses what is not a regular file, such as a pipe or a
// device, and files of more than 4 MiB. Its errors say why, but do not name the file, because a
// user may have put a secret in place of the path.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // opening a device may already have an effect
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, reason(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may have become a pipe in the meantime
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = f.Close() }() // the file was only read
	if info, err = f.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, reason(err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(text) > maxFileBytes {
		err = fmt.Errorf("more than %d bytes", maxFileBytes)
	}
	if err != nil {
		return nil, reason(err)
	}
	return outside.Text(text)
}

// regular refuses anything that cannot be read to its end and then read again.
func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("is a directory")
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	}
	return nil
}

// reason removes the path from an error of the operating system, because a user may have put a
// secret in place of the path.
func reason(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
