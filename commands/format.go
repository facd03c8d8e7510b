package commands

import (
	"fmt"

	"github.com/google/uuid"
)

// Format says how an Okta id becomes a claim value.
type Format string

const (
	// FormatRaw keeps the id as Okta spells it: 00u…, 00o….
	FormatRaw Format = "raw"
	// FormatUUID derives a UUID from the id: version 5 (RFC 9562, section 5.5)
	// in the namespace [IDNamespace].
	FormatUUID Format = "uuid"
)

// IDNamespace is the UUID namespace of [FormatUUID]. It must never change: another namespace would
// give every person another oid, and PSC would lose every pairing (appairage) made with the old
// ones.
const IDNamespace = "53e746b7-0b8d-40e9-911a-858f15cded8c"

// formatter turns an Okta id into a claim value.
type formatter func(id string) string

func newFormatter(name string, f Format) (formatter, error) {
	switch f {
	case "", FormatRaw:
		return func(id string) string { return id }, nil
	case FormatUUID:
		namespace := uuid.MustParse(IDNamespace)
		return func(id string) string { return uuid.NewSHA1(namespace, []byte(id)).String() }, nil
	default:
		return nil, fmt.Errorf("%s format: %q is neither raw nor uuid", name, string(f))
	}
}
