// Package secret holds the one type for texts that must stay hidden: client secrets, API tokens,
// passwords.
//
// It is ground floor: it imports no other package of this module.
package secret

import (
	"fmt"
	"log/slog"
)

// Redacted is what every secret prints as.
const Redacted = "[redacted]"

// Text prints as [Redacted] with fmt, in slog, in JSON and in every other text form. string(t) is
// the value itself.
//
// Two cases still print the value. fmt calls no method on unexported struct fields, so keep secrets
// in exported fields. And %p, which go vet refuses, prints the value.
type Text string

// Format implements [fmt.Formatter], so that no verb prints the value.
func (Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// String implements [fmt.Stringer].
func (Text) String() string { return Redacted }

// LogValue implements [slog.LogValuer].
func (Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText implements [encoding.TextMarshaler], which JSON and YAML encoders use too.
func (Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }
