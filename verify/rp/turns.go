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
	// maxReports is how many reports are made and sent at a time. The largest report that the
	// limits on tokens allow takes about 20 MiB while it is made. A usual one takes 1 MiB and about
	// 5 ms.
	maxReports = 2
	// reportWait is how long a request waits for its turn.
	reportWait = 4 * time.Second
	// sendTime is how long sending a report may take, because others wait. A usual report of 100 kB
	// fits into the buffer of the connection, so slow lines do no harm.
	sendTime = 2 * time.Second
)

// errBusy is the answer to a request that has waited in vain.
var errBusy = errors.New("too many reports are being made: try again in a moment")

// turns are the places for reports that are being made. The holder of a place must give it back.
type turns chan struct{}

// take waits for a place. ok is false when none became free in time.
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

// send writes a complete answer within sendTime.
func send(w http.ResponseWriter, status int, body *bytes.Buffer) {
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	conn := http.NewResponseController(w)
	bounded := conn.SetWriteDeadline(time.Now().Add(sendTime)) == nil // not all servers support it
	w.WriteHeader(status)
	_, err := w.Write(body.Bytes())
	if err == nil && conn.Flush() == nil && bounded {
		_ = conn.SetWriteDeadline(time.Time{}) // everything is sent; the next request has its own limits
	}
}
