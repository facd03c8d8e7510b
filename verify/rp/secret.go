package rp

import (
	"fmt"
	"log/slog"
)

// Secret is a value that must not be printed, such as a client secret. It shows
// as [redacted] with every fmt verb, in slog and in JSON.
type Secret string

const redacted = "[redacted]"

// Format implements [fmt.Formatter].
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler].
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
