package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Source is an environment: values by whole variable name. [Load] only reads it.
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

// get is the value of a variable, without the space around it. An empty variable is not set.
func (s Source) get(name string) (string, bool) {
	text := strings.TrimSpace(s[name])
	return text, text != ""
}

// maxFileBytes bounds a file that holds secrets: a few lines in practice, and mounted Kubernetes secrets end
// at 1 MiB.
const maxFileBytes = 1 << 20

// readFile returns the content of a file that holds secrets. Its errors say why, but do not name the file.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", reason(err)
	}
	defer func() { _ = f.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	switch {
	case err != nil:
		return "", reason(err)
	case len(text) > maxFileBytes:
		return "", fmt.Errorf("more than %d bytes", maxFileBytes)
	}
	return string(text), nil
}

// readable says why a file cannot be read, or nothing.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = f.Close() }() // only looked at
	info, err := f.Stat()
	switch {
	case err != nil:
		return reason(err)
	case info.IsDir():
		return errors.New("is a directory")
	}
	return nil
}

// reason drops the path from an error of the operating system: a secret put where its file's path belongs
// must not be shown.
func reason(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
