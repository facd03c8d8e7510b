//go:build !linux && !darwin

package register

import (
	"errors"
	"os"
)

// errHeld is never returned here.
var errHeld = errors.New("held")

// tryLock lets everybody in: there is no lock that ends with the process and that Go's standard library knows.
func tryLock(*os.File) error { return nil }
