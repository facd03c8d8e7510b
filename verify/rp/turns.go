package rp

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxReports is how many reports are made and sent at a time. The largest that fits the bounds on tokens takes
	// some 20 MiB while it is made; a usual one takes 1 MiB and some 5 ms.
	maxReports = 2
	// reportWait is how long a request waits for its turn.
	reportWait = 4 * time.Second
	// sendTime is how long sending a report may take, since others wait. A usual one of 100 kB fits into the buffer of
	// the connection, so that slow lines are no trouble.
	sendTime = 2 * time.Second
)

// errBusy is why a request that waited in vain has no report.
var errBusy = errors.New("too many reports are being made: try again in a moment")

// turns are the places for reports being made. Whoever holds one gives it back.
type turns chan struct{}

// take waits for a place; ok is false when none came free in time.
func (t turns) take(ctx context.Context) (done func(), ok bool) {
	timer := time.NewTimer(reportWait)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, true
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil, false
}

// send writes an answer that was made whole, within sendTime.
func send(w http.ResponseWriter, status int, body *bytes.Buffer) {
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	conn := http.NewResponseController(w)
	bounded := conn.SetWriteDeadline(time.Now().Add(sendTime)) == nil // not all servers can
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	if err == nil && conn.Flush() == nil && bounded {
		_ = conn.SetWriteDeadline(time.Time{}) // everything is sent: what comes next has its own bounds
	}
}
