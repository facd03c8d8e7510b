package server

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// deadlineCheck is how often the deadlines of all connections are checked. A deadline may take
// effect that much late.
const deadlineCheck = 100 * time.Millisecond

// deadline is the deadline for reading from a connection, or for writing to it. net/http moves both
// about eight times for each request, and each time a runtime timer has to be changed. So a
// deadline is only noted, and [connLimit.enforce] tells the connections whose deadline has passed.
// It is safe for concurrent use.
type deadline struct {
	mu   sync.Mutex
	at   time.Time // zero: none
	told bool      // the connection was told that it has passed
}

// set notes a deadline, or its removal. A deadline before the connection was opened is meant to
// interrupt what is running, so the connection is told at once.
func (d *deadline) set(at, opened time.Time, tell func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = at
	breakOff := !at.IsZero() && at.Before(opened)
	if !breakOff && !d.told {
		return nil
	}
	d.told = breakOff
	if breakOff {
		return tell(at)
	}
	return tell(time.Time{})
}

// enforce tells the connection if the deadline has passed.
func (d *deadline) enforce(now time.Time, tell func(time.Time) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told || d.at.IsZero() || now.Before(d.at) {
		return
	}
	d.told = true
	_ = tell(time.Unix(1, 0)) // a time long ago; an error means that the connection has ended
}

// SetReadDeadline implements [net.Conn]. It may take effect deadlineCheck late.
func (c *limitedConn) SetReadDeadline(t time.Time) error {
	return c.reading.set(t, c.opened, c.Conn.SetReadDeadline)
}

// SetWriteDeadline implements [net.Conn], like SetReadDeadline.
func (c *limitedConn) SetWriteDeadline(t time.Time) error {
	return c.writing.set(t, c.opened, c.Conn.SetWriteDeadline)
}

// SetDeadline implements [net.Conn], like SetReadDeadline.
func (c *limitedConn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// enforce tells all connections whose deadlines have passed.
func (l *connLimit) enforce(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, all := range []*list.List{&l.strangers, &l.callers} {
		for e := all.Front(); e != nil; e = e.Next() {
			if c, ok := e.Value.(*limitedConn); ok {
				c.reading.enforce(now, c.Conn.SetReadDeadline)
				c.writing.enforce(now, c.Conn.SetWriteDeadline)
			}
		}
	}
}

// run enforces deadlines until ctx ends.
func (l *connLimit) run(ctx context.Context) error {
	ticker := time.NewTicker(deadlineCheck)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			l.enforce(now)
		}
	}
}
