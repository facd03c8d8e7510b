package oktaemu

import (
	"sync"
	"time"
)

// Clock is a clock that tests move. Give its Now to [Options]. It stands still
// between two calls of Advance, and is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns the time the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// stamp is a time in the form of Okta's JSON: UTC, milliseconds.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000Z"

func (s stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText lets clients send back what they read.
func (s *stamp) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(text))
	*s = stamp(t)
	return err
}

func (s stamp) String() string { return time.Time(s).UTC().Format(stampLayout) }

func unix(s stamp) int64 { return time.Time(s).Unix() }
