package orglookup

import (
	"context"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

// Names of the sources, as they appear in [Org], in logs and in the label
// source of pschook_org_lookup_total.
const (
	SourceStatic     = "static"
	SourceWellKnown  = "well-known"
	SourceManagement = "management"
	SourceCache      = "cache" // read from Options.CacheFile, not yet confirmed
)

// maxIDBytes bounds an id that an administrator typed in. The longest id agreed with the ANS so far
// is a UUID (36 bytes), and claims travel in every token.
const maxIDBytes = 128

// Org is what is known about an Okta org. It is a value, but callers share the array behind Hosts
// and must not change it.
type Org struct {
	// ID is the org's id, such as "00o1a2b3c4d5e6f7g8h9", or the agreed alias
	// of a [Static] source.
	ID string
	// Hosts are the hosts that this org's issuers may have: its okta.com host
	// and its custom domain, host or host:port, lower case, without a default
	// port. nil: not known.
	Hosts []string
	// Source is the name of the source that gave ID.
	Source string
	// FetchedAt is when the source last gave ID.
	FetchedAt time.Time
}

// A Source can tell the org's id. Implementations are safe for concurrent use.
type Source interface {
	// Name is a constant word for logs and metrics.
	Name() string
	// Org asks once, without retrying. It returns at the latest when ctx ends. An error that says
	// more than "failed" is an [*Error]. Without an error, the id is plausible.
	Org(ctx context.Context) (Org, error)
}

// isFetchedID reports whether s looks like the id of an Okta org: 20 characters, "00o" and 17 ASCII
// letters or digits. All of Okta's ids have 20 characters; 00o is the prefix for orgs.
func isFetchedID(s string) bool {
	const prefix, length = "00o", 20
	if len(s) != length || s[:len(prefix)] != prefix {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// checkAgreedID refuses an id that must be a mistake: empty, over 128 bytes, not UTF-8, or with
// spaces or unprintable characters.
func checkAgreedID(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("orglookup: the org id is empty")
	case len(s) > maxIDBytes:
		return fmt.Errorf("orglookup: the org id has %d bytes, at most %d are allowed", len(s), maxIDBytes)
	case !utf8.ValidString(s):
		return fmt.Errorf("orglookup: the org id %q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return fmt.Errorf("orglookup: the org id %q holds a space or an unprintable character", s)
		}
	}
	return nil
}
