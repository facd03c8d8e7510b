package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"pschook/cmd/bench/internal/payload"
)

// conn is one connection and the call that goes over it.
type conn struct {
	target  Target
	want    Answer
	wire    []byte
	serials []int
	serial  *atomic.Uint64 // the last one that any connection used

	net  net.Conn // nil: not open
	r    *bufio.Reader
	body []byte // reused

	due       atomic.Int64 // Open only: when the call under way was due, in nanoseconds since the run began
	latencies []time.Duration
}

func newConn(opts Options, serial *atomic.Uint64) (*conn, error) {
	wire, serials := opts.Wire(opts.NewEach)
	if strings.ContainsAny(opts.Secret+opts.Path+opts.Addr, "\r\n") {
		return nil, errors.New("load: a line break in address, path or secret")
	}
	return &conn{target: opts.Target, want: opts.Want, wire: wire, serials: serials, serial: serial}, nil
}

func (c *conn) dial(ctx context.Context) error {
	var err error
	if c.net, err = dial(ctx, c.target); err != nil {
		c.net = nil
		return err
	}
	if c.r == nil {
		c.r = bufio.NewReaderSize(c.net, 8<<10)
	}
	c.r.Reset(c.net)
	return nil
}

func (c *conn) close() {
	if c.net != nil {
		_ = c.net.Close() // everything that mattered was read
		c.net = nil
	}
}

// send writes the call with the next serial number.
func (c *conn) send() error {
	putSerial(c.wire, c.serials, c.serial.Add(1))
	_, err := c.net.Write(c.wire)
	return err
}

// putSerial writes n at each place, in decimal with leading zeros.
func putSerial(wire []byte, at []int, n uint64) {
	for _, begin := range at {
		rest := n
		for i := payload.SerialDigits - 1; i >= 0; i-- {
			wire[begin+i] = byte('0' + rest%10)
			rest /= 10
		}
	}
}

// receive reads one answer, which must be the right one to the last byte.
func (c *conn) receive() error {
	got, err := readAnswer(c.r, c.body)
	c.body = got.body
	switch {
	case err != nil:
		return err
	case got.status != http.StatusOK:
		return &WrongError{Status: got.status, Detail: fmt.Sprintf("%.200q", got.body)}
	case !bytes.Equal(got.body, c.want.Body):
		return &WrongError{Status: got.status, Detail: fmt.Sprintf("%.200q instead of %.200q", got.body, c.want.Body)}
	}
	return nil
}

// answer is one HTTP/1.1 answer.
type answer struct {
	status int
	body   []byte
	bytes  int // with status line and header
}

// maxAnswerBytes is far above any answer that the targets give.
const maxAnswerBytes = 1 << 20

// readAnswer reads an answer with a Content-Length, into body if it has the room. It
// knows no more of HTTP (RFC 9112) than the targets use, and fails on anything else.
func readAnswer(r *bufio.Reader, body []byte) (answer, error) {
	got := answer{body: body[:0]}
	line, err := r.ReadSlice('\n')
	if err != nil {
		return got, fmt.Errorf("status line: %w", err)
	}
	got.bytes += len(line)
	version, rest, _ := strings.Cut(string(line), " ")
	code, _, _ := strings.Cut(rest, " ")
	if got.status, err = strconv.Atoi(strings.TrimSpace(code)); err != nil || version != "HTTP/1.1" {
		return got, fmt.Errorf("status line %.80q: not one of HTTP/1.1", line)
	}
	length := -1
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return got, fmt.Errorf("header: %w", err)
		}
		got.bytes += len(line)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return got, fmt.Errorf("header: Content-Length %.20q: not a number", value)
			}
		}
	}
	if got.status == http.StatusNoContent && length < 0 {
		length = 0
	}
	if length < 0 || length > maxAnswerBytes {
		return got, fmt.Errorf("header: a Content-Length from 0 to %d is wanted", maxAnswerBytes)
	}
	if cap(got.body) < length {
		got.body = make([]byte, length)
	}
	got.body = got.body[:length]
	got.bytes += length
	if _, err := io.ReadFull(r, got.body); err != nil {
		return got, fmt.Errorf("body: %w", err)
	}
	return got, nil
}
