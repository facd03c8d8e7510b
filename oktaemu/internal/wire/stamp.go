package wire

import "time"

// Stamp is a time in the form of Okta's JSON: UTC, milliseconds.
type Stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000Z"

// MarshalText writes the time in Okta's form.
func (s Stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText accepts what MarshalText writes, so that clients can send back what they read.
func (s *Stamp) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(text))
	*s = Stamp(t)
	return err
}

// String is the time in Okta's form.
func (s Stamp) String() string { return time.Time(s).UTC().Format(stampLayout) }

// Unix returns the time in seconds since 1970, as tokens hold it.
func (s Stamp) Unix() int64 { return time.Time(s).Unix() }
