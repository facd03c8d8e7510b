package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/internal/telemetry"
)

const (
	// oktaName is a name that no resolver knows (RFC 6761, section 6.2).
	oktaName = "okta.chaos.test"
	// roleServe makes this program serve as pschook does, but look names up at the
	// name server whose address follows: which one the system uses cannot be changed
	// for a single process otherwise.
	roleServe = "serve-with-dns"
)

// serveWithDNS is pschook serve for the rows about DNS.
func serveWithDNS(ctx context.Context, args []string, env config.Source, stderr io.Writer) error {
	if len(args) != 1 {
		return errors.New(roleServe + ": want the address of a name server")
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", args[0])
	}}
	c, _, err := config.Load(ctx, env, server.Checks()...)
	if err != nil {
		return err
	}
	logger := telemetry.NewLogger(stderr, slog.LevelInfo, telemetry.FormatJSON)
	t, err := telemetry.New(ctx, telemetry.Options{Logger: logger})
	if err != nil {
		return err
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	s, err := server.New(ctx, server.Options{
		Config: c, Logger: logger, MeterProvider: t.MeterProvider(), TracerProvider: t.TracerProvider(), Metrics: t.MetricsHandler(), Now: time.Now, Reload: reload,
	})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// nameServer says that every name is 127.0.0.1, or that it does not know.
type nameServer struct {
	conn   net.PacketConn
	broken atomic.Bool
}

func newNameServer(ctx context.Context) (*nameServer, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &nameServer{conn: conn}
	go s.serve()
	return s, nil
}

func (s *nameServer) addr() string { return s.conn.LocalAddr().String() }
func (s *nameServer) close()       { _ = s.conn.Close() } // which ends serve

func (s *nameServer) serve() {
	buf := make([]byte, 512)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply := s.reply(buf[:n]); reply != nil {
			_, _ = s.conn.WriteTo(reply, from) // a lost datagram is nothing new to a resolver
		}
	}
}

// reply answers a query with one question (RFC 1035, section 4.1).
func (s *nameServer) reply(query []byte) []byte {
	const (
		header   = 12
		response = 0x8180 // a response, recursion desired and available
		servFail = 2
		typeA    = 1
	)
	end := header
	for end < len(query) && query[end] != 0 {
		end += 1 + int(query[end])
	}
	end += 5 // the root's label, type and class
	if end > len(query) {
		return nil
	}
	reply := append([]byte{}, query[:end]...)
	flags, answers := uint16(response), uint16(0)
	switch {
	case s.broken.Load():
		flags |= servFail
	case binary.BigEndian.Uint16(query[end-4:]) == typeA:
		answers = 1
		reply = append(reply, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1) // for 1 s
	}
	binary.BigEndian.PutUint16(reply[2:], flags)
	binary.BigEndian.PutUint16(reply[6:], answers)
	binary.BigEndian.PutUint32(reply[8:], 0)
	return reply
}
