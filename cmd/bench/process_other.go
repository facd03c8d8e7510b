//go:build !unix

package main

import (
	"errors"
	"time"
)

// raiseFileLimit does nothing where there is no such limit.
func raiseFileLimit() error { return nil }

// ownTime is not known here.
func ownTime() (time.Duration, error) { return 0, errors.ErrUnsupported }
