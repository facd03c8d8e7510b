package server

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// deadlineCheck is how often the deadlines of all connections are looked at, and so
// how late one may come.
const deadlineCheck = 100 * time.Millisecond

// deadline is the one for reading from a connection, or for writing to it. net/http
// moves both some eight times for each request, which costs a runtime timer's work
// each. So a deadline is only noted, and [connLimit.enforce] tells the connections
// whose time is over. It is safe for concurrent use.
type deadline struct {
	mu   sync.Mutex
	at   time.Time // zero: none
	told bool      // the connection knows that it is over
}

// set notes a deadline, or that there is none any more. One before the connection was
// opened is meant to break off what is under way: the connection is told at once.
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

// enforce tells the connection if the deadline is over.
func (d *deadline) enforce(now time.Time, tell func(time.Time) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told || d.at.IsZero() || now.Before(d.at) {
		return
	}
	d.told = true
	_ = tell(time.Unix(1, 0)) // long ago; it fails for a connection that has ended
}

// SetReadDeadline implements [net.Conn]; it may come into effect deadlineCheck late.
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

// enforce tells all connections whose deadlines are over.
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
