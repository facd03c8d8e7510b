package verify

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptAtOnce bounds how many passwords are compared at a time: each
	// comparison takes a core for some 50 ms, and the hook needs the cores too.
	maxBcryptAtOnce = 1
	// maxBcryptCost is the highest cost accepted: 15 takes seconds.
	maxBcryptCost = 14
)

// basicAuth guards the pages by name and password (RFC 7617). nil lets all in.
type basicAuth struct {
	hashes map[string][]byte
	dummy  []byte        // compared for unknown names, so that they take as long
	slots  chan struct{} // at most maxBcryptAtOnce elements
}

// newBasicAuth reads an htpasswd file: lines of name:hash, hashes of bcrypt only
// ($2a$, $2b$, $2y$). Comments and empty lines are skipped. Every fault is
// reported, by line; hashes are never quoted.
func newBasicAuth(htpasswd []byte) (*basicAuth, error) {
	if htpasswd == nil {
		return nil, nil
	}
	gate := &basicAuth{hashes: make(map[string][]byte), slots: make(chan struct{}, maxBcryptAtOnce)}
	var errs []error
	for i, line := range strings.Split(string(htpasswd), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := gate.add(line); err != nil {
			errs = append(errs, fmt.Errorf("basic auth file: line %d: %w", i+1, err))
		}
	}
	if len(gate.hashes) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("basic auth file: no user in it (make one with: htpasswd -B -c FILE NAME)"))
	}
	return gate, errors.Join(errs...)
}

func (a *basicAuth) add(line string) error {
	name, hash, ok := strings.Cut(line, ":")
	if !ok || name == "" {
		return errors.New("not of the form name:hash")
	}
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return errors.New("not a bcrypt hash (make it with: htpasswd -B)")
	}
	if cost > maxBcryptCost {
		return fmt.Errorf("bcrypt cost %d is above %d", cost, maxBcryptCost)
	}
	if _, twice := a.hashes[name]; twice {
		return fmt.Errorf("user %q twice", name)
	}
	a.hashes[name] = bytes.Clone([]byte(hash))
	a.dummy = a.hashes[name]
	return nil
}

func (a *basicAuth) wrap(next http.Handler) http.Handler {
	if a == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		if !a.allows(r, name, password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="pschook", charset="UTF-8"`)
			http.Error(w, "name and password, please", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *basicAuth) allows(r *http.Request, name, password string) bool {
	if name == "" || password == "" {
		return false
	}
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-r.Context().Done():
		return false
	}
	hash, known := a.hashes[name]
	if !known {
		hash = a.dummy
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known
}
