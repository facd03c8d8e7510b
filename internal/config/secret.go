package config

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that must not be seen. It prints as [redacted] with fmt, in slog, in JSON and wherever else
// a text form is asked for; string(s) is the value itself.
//
// Two things get past that: fmt calls no method on unexported struct fields, so keep secrets in exported ones;
// and %p, which go vet refuses, prints the value.
type Secret string

// Format implements [fmt.Formatter], so that no verb prints the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String implements [fmt.Stringer].
func (Secret) String() string { return redacted }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], which JSON and YAML encoders use too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
