// Package otlpsink takes traces as an OpenTelemetry collector does (OTLP/HTTP, binary
// protobuf) and keeps nothing but their number.
package otlpsink

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxBodyBytes bounds one export; an exporter sends 512 spans at a time.
const maxBodyBytes = 16 << 20

// Path is where traces are posted (OTLP specification, section OTLP/HTTP Request).
const Path = "/v1/traces"

// Sink is a collector on loopback. It is safe for concurrent use.
type Sink struct {
	spans    atomic.Int64
	server   *http.Server
	listener net.Listener
	ended    chan error
}

// Start listens on a free port of loopback.
func Start(ctx context.Context) (*Sink, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Sink{listener: listener, ended: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, s.take)
	s.server = &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	go func() { s.ended <- s.server.Serve(listener) }()
	return s, nil
}

// URL is where an exporter posts traces.
func (s *Sink) URL() string { return "http://" + s.listener.Addr().String() + Path }

// Spans is the number of spans taken so far.
func (s *Sink) Spans() int64 { return s.spans.Load() }

// Close stops listening.
func (s *Sink) Close() error {
	err := s.server.Close()
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

func (s *Sink) take(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unpacked
	}
	text, err := io.ReadAll(io.LimitReader(body, maxBodyBytes))
	if err == nil {
		var n int
		n, err = CountSpans(text)
		s.spans.Add(int64(n))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf") // an empty message: all was taken
}

// CountSpans counts the spans in an ExportTraceServiceRequest: field 1 holds the
// ResourceSpans, their field 2 the ScopeSpans, their field 2 the spans (opentelemetry-proto,
// collector/trace/v1 and trace/v1).
func CountSpans(message []byte) (int, error) {
	return count(message, 1, 2, 2)
}

// count counts the messages in the given field of a message, or in fields of these.
func count(message []byte, field protowire.Number, below ...protowire.Number) (int, error) {
	total := 0
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return 0, fmt.Errorf("not an OTLP export: %w", protowire.ParseError(n))
		}
		message = message[n:]
		if number != field || kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return 0, fmt.Errorf("not an OTLP export: %w", protowire.ParseError(n))
			}
			message = message[n:]
			continue
		}
		inner, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return 0, fmt.Errorf("not an OTLP export: %w", protowire.ParseError(n))
		}
		message = message[n:]
		found := 1
		if len(below) > 0 {
			var err error
			if found, err = count(inner, below[0], below[1:]...); err != nil {
				return 0, err
			}
		}
		total += found
	}
	return total, nil
}
