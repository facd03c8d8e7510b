package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pschook/internal/trial"
	"pschook/internal/wait"
)

const (
	// attackedP99 is what good callers are promised during an attack, Okta's limit
	// being 3 s.
	attackedP99 = 100 * time.Millisecond
	// attackedMemory is what the service may use at most, in MiB.
	attackedMemory = 256
	// slowSenders is how many connections dribble at a time.
	slowSenders = 2000
	// wrongSecrets is how many calls with a wrong secret are sent a second. In the
	// short form it is fewer: build servers may be slow, and sending costs as much as
	// refusing.
	wrongSecrets, wrongSecretsShort = 10_000, 3000
	// ofEach is how many malformed calls of each kind are sent a second.
	ofEach = 200
)

// attack is something that somebody sends while good calls are answered.
type attack struct {
	name string
	// send goes on until ctx ends and returns what it did, and an error when it was
	// answered otherwise than it should be.
	send func(ctx context.Context, w *world, s *service, o *okta) (string, error)
	// least is how long it takes until the attack is at its full strength.
	least time.Duration
}

func attackRows() []row {
	body := func(from func(good string) string) func(good string) []byte {
		return func(good string) []byte { return []byte(from(good)) }
	}
	attacks := []attack{
		{name: "2,000 slow senders of headers", send: slowly("POST /hooks/okta/token HTTP/1.1\r\nHost: x\r\nX-Slow: "), least: 6 * time.Second},
		{name: "2,000 slow senders of bodies", send: slowly("POST /hooks/okta/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: wrong\r\nContent-Length: 200000\r\n\r\n"), least: 8 * time.Second},
		{name: "oversized bodies", send: posting(http.StatusRequestEntityTooLarge, body(func(good string) string { return good + strings.Repeat(" ", 300<<10) }))},
		{name: "endless chunked bodies", send: endless},
		{name: "truncated bodies", send: truncated},
		{name: "deeply nested bodies", send: posting(http.StatusBadRequest, body(func(string) string { return strings.Repeat(`{"a":[`, 20_000) }))},
		{name: "invalid UTF-8", send: posting(http.StatusBadRequest, body(func(good string) string { return strings.Replace(good, "evt", "\xff\xfe", 1) }))},
		{name: "duplicate keys", send: posting(http.StatusBadRequest, body(func(good string) string {
			return strings.Replace(good, `"sub":`, `"sub":"00uATTACKER","sub":`, 1)
		}))},
		{name: "10,000 (3,000) wrong secrets a second", send: guess},
		{name: "a log that nobody reads", send: leaveLog, least: 5 * time.Second}, // 64 KiB fill a pipe: 200 lines, two seconds
	}
	var rows []row
	for _, a := range attacks {
		rows = append(rows, row{
			name: a.name, promise: fmt.Sprintf("good callers: right, p99 < %s; memory < %d MiB", attackedP99, attackedMemory), try: a.try,
		})
	}
	return rows
}

// try sends good calls while the attack goes on.
func (a attack) try(ctx context.Context, w *world) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	s, err := o.start(ctx, w, nil)
	if err != nil {
		return "", err
	}
	defer s.kill()
	if err := s.waitReady(ctx); err != nil {
		return "", err
	}
	attacking, stop := context.WithCancel(ctx)
	defer stop()
	type result struct {
		did string
		err error
	}
	done := make(chan result, 1)
	go func() {
		did, err := a.send(attacking, w, s, o)
		done <- result{did, err}
	}()
	out := o.load(s, 100, max(a.least, pick(w, 10*time.Second, 2*time.Second))).run(ctx)
	stop()
	r := <-done
	peak, err := trial.Memory(s.cmd.Process.Pid, "VmHWM")
	peak >>= 20
	measured := fmt.Sprintf("%s; %d good calls, %d wrong, p99 %s, %d MiB", r.did, out.Sent, out.Failed, ms(out.P99()), peak)
	err = errors.Join(err, r.err, out.check())
	if p99 := out.P99(); p99 > attackedP99 {
		err = errors.Join(err, fmt.Errorf("p99 of good calls is %s", ms(p99)))
	}
	if peak >= attackedMemory {
		err = errors.Join(err, fmt.Errorf("%d MiB of memory", peak))
	}
	return measured, err
}

// dialFrom connects from another loopback address than the good callers'.
func dialFrom(ctx context.Context, s *service, n int) (*net.TCPConn, error) {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+n%100))} //nolint:gosec // 2 to 101
	to, err := net.ResolveTCPAddr("tcp", s.base[len("http://"):])
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{Timeout: time.Second}).DialTCP(ctx, "tcp", from.AddrPort(), to.AddrPort())
}

// slowly keeps slowSenders connections open that begin with head and go on with one
// byte a second. Those that are cut off are replaced.
func slowly(head string) func(context.Context, *world, *service, *okta) (string, error) {
	return func(ctx context.Context, _ *world, s *service, _ *okta) (string, error) {
		const crew = 20
		var open, dialled, most atomic.Int64
		var wg sync.WaitGroup
		for i := range crew {
			wg.Go(func() {
				conns := make([]*net.TCPConn, slowSenders/crew)
				for ctx.Err() == nil {
					for j, conn := range conns {
						if ctx.Err() != nil {
							break
						}
						conns[j] = dribble(ctx, s, conn, i*len(conns)+j, head, &open, &dialled)
					}
					most.Store(max(most.Load(), open.Load()))
					_ = wait.For(ctx, time.Second)
				}
				for _, conn := range conns {
					if conn != nil {
						_ = conn.Close()
					}
				}
			})
		}
		wg.Wait()
		did := fmt.Sprintf("%d open at most, %d begun", most.Load(), dialled.Load())
		if most.Load() < slowSenders*9/10 {
			return did, errors.New("too few of them for the promise")
		}
		return did, nil
	}
}

// dribble sends the next byte, on a new connection if the old one is gone.
func dribble(ctx context.Context, s *service, conn *net.TCPConn, n int, head string, open, dialled *atomic.Int64) *net.TCPConn {
	if conn != nil {
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := io.WriteString(conn, "x"); err == nil {
			return conn
		}
		open.Add(-1)
		_ = conn.Close()
	}
	conn, err := dialFrom(ctx, s, n)
	if err != nil {
		return nil
	}
	open.Add(1)
	dialled.Add(1)
	_, _ = io.WriteString(conn, head) // a failure shows at the next byte
	return conn
}

// posting sends calls with the right secret, whose bodies are made of a good one, and
// holds that each gets the status.
func posting(want int, bad func(good string) []byte) func(context.Context, *world, *service, *okta) (string, error) {
	return func(ctx context.Context, _ *world, s *service, o *okta) (string, error) {
		client := newClient(nil)
		defer client.CloseIdleConnections()
		return each(ctx, ofEach, func(n int64) error {
			body := bad(string(call{issuer: o.issuer(), n: n}.body()))
			status, _, err := post(context.WithoutCancel(ctx), client, s.url, hookSecret, body)
			if err != nil && want == http.StatusRequestEntityTooLarge {
				return nil // it was answered and closed while the body was still being sent
			}
			switch {
			case err == nil && status == http.StatusOK:
				err = fmt.Errorf("%w: it was taken for a good call", errWrong)
			case err == nil && status != want:
				err = fmt.Errorf("status %d, want %d", status, want)
			}
			return err
		})
	}
}

// each calls send so many times a second until ctx ends.
func each(ctx context.Context, rate int, send func(n int64) error) (string, error) {
	var failed atomic.Pointer[error]
	o := trial.Calls(ctx, rate, 0, func(_ context.Context, n int64) error {
		err := send(n)
		if err != nil {
			failed.Store(&err)
		}
		return nil
	})
	did := fmt.Sprintf("%d sent", o.Sent)
	if err := failed.Load(); err != nil {
		return did, *err
	}
	return did, nil
}

// raw writes text on a connection of its own and returns the first line of the answer.
func raw(ctx context.Context, s *service, n int64, write func(*net.TCPConn) error) (string, error) {
	conn, err := dialFrom(ctx, s, int(n))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := write(conn); err != nil {
		return "", nil // cut off while writing, as it should be
	}
	line := make([]byte, len("HTTP/1.1 413"))
	_, err = io.ReadFull(conn, line)
	return string(line), err
}

const rawHead = "POST /hooks/okta/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: " + hookSecret + "\r\n"

// endless sends chunks until it is cut off.
func endless(ctx context.Context, _ *world, s *service, _ *okta) (string, error) {
	const chunk = 16 << 10
	text := fmt.Sprintf("%x\r\n%s\r\n", chunk, strings.Repeat(" ", chunk))
	var most atomic.Int64
	did, err := each(ctx, 50, func(n int64) error {
		_, err := raw(context.WithoutCancel(ctx), s, n, func(conn *net.TCPConn) error {
			_, err := io.WriteString(conn, rawHead+"Transfer-Encoding: chunked\r\n\r\n")
			for sent := int64(0); err == nil; sent += chunk {
				most.Store(max(most.Load(), sent))
				if sent > 64<<20 {
					return errors.New("64 MiB were taken")
				}
				_, err = io.WriteString(conn, text)
			}
			return err
		})
		return err
	})
	if err == nil && most.Load() > 64<<20 {
		err = errors.New("64 MiB were taken of one call")
	}
	return fmt.Sprintf("%s, cut off after %d KiB at most", did, most.Load()>>10), err
}

// truncated announces more than it sends.
func truncated(ctx context.Context, _ *world, s *service, o *okta) (string, error) {
	return each(ctx, ofEach, func(n int64) error {
		body := call{issuer: o.issuer(), n: n}.body()
		line, err := raw(context.WithoutCancel(ctx), s, n, func(conn *net.TCPConn) error {
			_, err := fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", rawHead, len(body), body[:len(body)/2])
			return errors.Join(err, conn.CloseWrite())
		})
		if err == nil && !strings.HasSuffix(line, " 400") {
			err = fmt.Errorf("answered %q", line)
		}
		return err
	})
}

// guess sends wrong secrets, many on each connection without waiting for answers.
func guess(ctx context.Context, w *world, s *service, _ *okta) (string, error) {
	const crew, every = 10, 20 * time.Millisecond
	wanted := pick(w, wrongSecrets, wrongSecretsShort)
	perTurn := wanted / crew * int(every) / int(time.Second)
	turn := []byte(strings.Repeat("POST /hooks/okta/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: wrong-secret-of-some-length\r\nContent-Length: 2\r\n\r\n{}", perTurn))
	var sent, answered, admitted atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range crew {
		conn, err := dialFrom(ctx, s, i)
		if err != nil {
			return "", err
		}
		wg.Go(func() { count(conn, &answered, &admitted) })
		wg.Go(func() {
			defer func() { _ = conn.Close() }()
			for turns := 0; ctx.Err() == nil; turns++ {
				_ = wait.For(ctx, time.Until(begin.Add(time.Duration(turns)*every)))
				if _, err := conn.Write(turn); err != nil {
					return
				}
				sent.Add(int64(perTurn))
			}
		})
	}
	wg.Wait()
	rate := float64(answered.Load()) / time.Since(begin).Seconds()
	did := fmt.Sprintf("%.0f a second answered", rate)
	switch {
	case admitted.Load() > 0:
		return did, fmt.Errorf("%w: %d wrong secrets were admitted", errWrong, admitted.Load())
	case rate < 0.8*float64(wanted):
		return did, fmt.Errorf("%d were sent, %d answered: too few for the promise", sent.Load(), answered.Load())
	}
	return did, nil
}

// leaveLog reads none of the service's log until ctx ends.
func leaveLog(ctx context.Context, _ *world, s *service, _ *okta) (string, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	<-ctx.Done()
	return "pipe full", nil
}

// count reads answers until the connection ends.
func count(conn net.Conn, answered, admitted *atomic.Int64) {
	const mark = "HTTP/1.1 "
	buf, rest := make([]byte, 64<<10), ""
	for {
		n, err := conn.Read(buf)
		text := rest + string(buf[:n])
		for {
			at := strings.Index(text, mark)
			if at < 0 || len(text) < at+len(mark)+3 {
				break
			}
			answered.Add(1)
			if status := text[at+len(mark) : at+len(mark)+3]; status != "401" && status != "429" {
				admitted.Add(1)
			}
			text = text[at+len(mark)+3:]
		}
		if rest = text[max(0, len(text)-len(mark)-3):]; err != nil {
			return
		}
	}
}
