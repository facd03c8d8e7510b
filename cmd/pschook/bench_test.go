package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"pschook/hook"
	"pschook/internal/config"
)

// BenchmarkServe is a call on a kept connection to all of "pschook serve": what a profile of the processor is best taken of.
func BenchmarkServe(b *testing.B) {
	body, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		b.Fatal(err)
	}
	var compact bytes.Buffer // as Okta sends it
	if err := json.Compact(&compact, body); err != nil {
		b.Fatal(err)
	}
	const secret = "a-secret-of-the-benchmark"
	addr := serveForBenchmark(b, secret)
	call := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", hook.Path, addr, secret, compact.Len(), &compact)
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		answers := bufio.NewReader(conn)
		for pb.Next() {
			if _, err := conn.Write(call); err != nil {
				b.Error(err)
				return
			}
			res, err := http.ReadResponse(answers, nil)
			if err != nil {
				b.Error(err)
				return
			}
			if n, err := io.Copy(io.Discard, res.Body); n == 0 || err != nil || res.StatusCode != http.StatusOK {
				b.Errorf("status %d, %d bytes, %v", res.StatusCode, n, err)
				return
			}
		}
	})
}

// serveForBenchmark runs "pschook serve" until b ends and returns where it listens.
func serveForBenchmark(b *testing.B, secret string) (addr string) {
	b.Helper()
	env := config.Source{
		"PSCHOOK_LISTEN_ADDR": "127.0.0.1:0", "PSCHOOK_ADMIN_ADDR": "127.0.0.1:0", "PSCHOOK_DRAIN_DELAY": "0s", "PSCHOOK_OKTA_ORG_URL": "https://hopital.okta.com",
		"PSCHOOK_HOOK_SECRETS": secret, "PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": "00o1vhQ8wLkZ3n0pQ0g4",
	}
	ctx, cancel := context.WithCancel(context.Background())
	log, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve"}, env, streams{in: strings.NewReader(""), out: io.Discard, err: w})
		_ = w.Close()
	}()
	lines := bufio.NewReader(log)
	for addr == "" {
		var line struct {
			Msg, Addr string
		}
		text, err := lines.ReadBytes('\n')
		if err != nil || json.Unmarshal(text, &line) != nil {
			b.Fatalf("%q, %v", text, err)
		}
		if line.Msg == "listening" {
			addr = line.Addr
		}
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, lines)
	}()
	b.Cleanup(func() {
		cancel()
		if c := <-code; c != 0 {
			b.Errorf("exit %d", c)
		}
		<-read
	})
	return addr
}
