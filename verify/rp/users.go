package rp

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost is the highest cost accepted: 15 takes seconds.
	maxBcryptCost = 14
	// maxBcryptBytes is how much of a password bcrypt looks at.
	maxBcryptBytes = 72
)

// users are the users of an htpasswd file. bcrypt is slow, so it is used once for each user: after
// that, a right password is recognised by a keyed hash, and any other is known to be wrong. It is
// safe for concurrent use.
type users struct {
	hashes map[string][]byte
	cost   int    // the highest of all hashes
	dummy  []byte // a hash of that cost, compared for unknown names so that they take as long
	key    []byte // random, only for this table

	mu    sync.Mutex
	right map[string][]byte // by user: the keyed hash of the password
	took  time.Duration     // duration of the last comparison
}

// parseUsers reads an htpasswd file: lines of name:hash, with hashes of bcrypt only ($2a$, $2b$,
// $2y$). It skips comments and empty lines. It reports every fault, by line, and never quotes a
// hash.
func parseUsers(htpasswd []byte) (*users, error) {
	u := &users{hashes: make(map[string][]byte), right: make(map[string][]byte), key: make([]byte, sha256.Size)}
	_, _ = rand.Read(u.key) // never fails: crypto/rand documents that it aborts instead
	var errs []error
	for i, line := range strings.Split(string(htpasswd), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := u.add(line); err != nil {
			errs = append(errs, fmt.Errorf("basic auth file: line %d: %w", i+1, err))
		}
	}
	if len(u.hashes) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("basic auth file: no user in it (make one with: htpasswd -B -c FILE NAME)"))
	}
	return u, errors.Join(errs...)
}

func (u *users) add(line string) error {
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
	if _, twice := u.hashes[name]; twice {
		return fmt.Errorf("user %q twice", name)
	}
	u.hashes[name] = bytes.Clone([]byte(hash))
	if cost >= u.cost {
		u.cost, u.dummy = cost, u.hashes[name]
	}
	return nil
}

// recall says, without bcrypt, whether the password is right. known is false until a password of
// the user was right once.
func (u *users) recall(name, password string) (right, known bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	sum, known := u.right[name]
	return known && hmac.Equal(sum, u.sum(password)), known
}

func (u *users) sum(password string) []byte {
	mac := hmac.New(sha256.New, u.key)
	_, _ = mac.Write([]byte(password[:min(len(password), maxBcryptBytes)])) // never fails
	return mac.Sum(nil)
}

// compare uses bcrypt, which occupies a core for about 50 ms, and remembers a right password.
func (u *users) compare(name, password string) bool {
	hash, known := u.hashes[name]
	if !known {
		hash = u.dummy
	}
	start := time.Now() // real time, because an injected clock cannot measure it
	right := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known
	u.mu.Lock()
	defer u.mu.Unlock()
	u.took = time.Since(start)
	if right {
		u.right[name] = u.sum(password)
	}
	return right
}

// usual returns about how long a comparison takes.
func (u *users) usual() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.took
}
