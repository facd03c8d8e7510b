package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Namespace is the purpose of the signatures (ssh-keygen -n). A signature with another purpose is
// not accepted.
const Namespace = "pschook-evidence"

// Signer returns a function that signs with an OpenSSH private key. passphrase is nil for a key
// without one. The error says what is missing.
func Signer(key, passphrase []byte) (sign func(sums []byte) ([]byte, error), fingerprint string, err error) {
	var signer ssh.Signer
	if passphrase != nil {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(key, passphrase)
	} else {
		signer, err = ssh.ParsePrivateKey(key)
	}
	var missing *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &missing):
		return nil, "", errors.New("the key is protected by a passphrase, and none is given")
	case err != nil:
		return nil, "", errors.New("not a private key of OpenSSH that can be used, or a wrong passphrase") // the cause might quote it
	}
	return func(sums []byte) ([]byte, error) {
		signature, err := sshsig.Sign(bytes.NewReader(sums), signer, sshsig.HashSHA512, Namespace)
		if err != nil {
			return nil, err
		}
		return sshsig.Armor(signature), nil
	}, ssh.FingerprintSHA256(signer.PublicKey()), nil
}

// AllowedSigners are the trusted keys, from a file as ssh-keygen(1) describes under ALLOWED
// SIGNERS.
type AllowedSigners struct{ entries []allowed }

type allowed struct {
	principals    string
	key           ssh.PublicKey
	namespaces    string // "" for all
	after, before time.Time
}

// ParseAllowedSigners reads such a file. Certificate authorities are not supported. The error names the line.
func ParseAllowedSigners(text []byte) (AllowedSigners, error) {
	var all AllowedSigners
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		entry, err := parseAllowed(line)
		if err != nil {
			return all, fmt.Errorf("line %d: %w", n, err)
		}
		all.entries = append(all.entries, entry)
	}
	if len(all.entries) == 0 {
		return all, errors.New("it names no key")
	}
	return all, nil
}

func parseAllowed(line string) (allowed, error) {
	var a allowed
	end := strings.IndexAny(line, " \t")
	if strings.HasPrefix(line, `"`) {
		end = strings.Index(line[1:], `"`) + 2
	}
	if end < 2 {
		return a, errors.New("wanted principals, options if any, and a public key")
	}
	a.principals = strings.Trim(line[:end], `"`)
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(line[end:])))
	if err != nil {
		return a, errors.New("wanted principals, options if any, and a public key")
	}
	a.key = key
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			a.namespaces = value
		case "valid-after":
			a.after, err = parseStamp(value)
		case "valid-before":
			a.before, err = parseStamp(value)
		default:
			err = fmt.Errorf("option %q is not supported", name)
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

// parseStamp reads YYYYMMDD[HHMM[SS]][Z]; without Z the time is local.
func parseStamp(text string) (time.Time, error) {
	zone := time.Local
	digits, utc := strings.CutSuffix(text, "Z")
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.ParseInLocation(layout, digits, zone); err == nil && len(layout) == len(digits) {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time as ssh-keygen has them, such as 20260131 or 202601311200Z", text)
}

// find returns the principals of the first valid entry for the key at a time. identity "" means
// anybody.
func (s AllowedSigners) find(key ssh.PublicKey, identity string, at time.Time) (string, bool) {
	i := slices.IndexFunc(s.entries, func(a allowed) bool {
		return bytes.Equal(a.key.Marshal(), key.Marshal()) && (identity == "" || matches(a.principals, identity)) &&
			(a.namespaces == "" || matches(a.namespaces, Namespace)) &&
			(a.after.IsZero() || !at.Before(a.after)) && (a.before.IsZero() || at.Before(a.before))
	})
	if i < 0 {
		return "", false
	}
	return s.entries[i].principals, true
}

// matches compares a name with comma-separated patterns. Patterns that begin with ! exclude
// (ssh_config(5), PATTERNS).
func matches(patterns, name string) bool {
	found := false
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern, not := strings.CutPrefix(pattern, "!")
		if ok, err := path.Match(pattern, name); err == nil && ok {
			if not {
				return false
			}
			found = true
		}
	}
	return found
}
