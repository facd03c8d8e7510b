package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pschook/internal/wait"
)

// balancer spreads connections over the instances that say they are ready, as the
// load balancer in front of them would. It looks at readiness every so often, so it
// sends connections to one that is going away until it has noticed.
type balancer struct {
	listener net.Listener
	backends []*backend
	next     atomic.Int64
	wg       sync.WaitGroup
}

// backend is one instance, by its fixed addresses.
type backend struct {
	addr  netip.AddrPort
	admin string
	ready atomic.Bool
}

const probeEvery = 100 * time.Millisecond

func newBalancer(ctx context.Context, backends []*backend) (*balancer, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: listener, backends: backends}
	ctx, stop := context.WithCancel(ctx)
	for _, one := range backends {
		b.wg.Go(func() { one.probe(ctx) })
	}
	b.wg.Go(func() {
		defer stop()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.wg.Go(func() { b.forward(ctx, conn) })
		}
	})
	return b, nil
}

// close stops listening and waits until all connections have ended: close the
// clients' ends first.
func (b *balancer) close() {
	_ = b.listener.Close() // which ends Accept
	b.wg.Wait()
}

func (one *backend) probe(ctx context.Context) {
	client := newClient(nil)
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		status, _, err := get(ctx, client, "http://"+one.admin+"/readyz")
		one.ready.Store(err == nil && status == http.StatusOK)
		_ = wait.For(ctx, probeEvery)
	}
}

// forward copies bytes to an instance that is ready, and back.
func (b *balancer) forward(ctx context.Context, client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := b.dial(ctx)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	stop := context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(server, client) // ends with the connection, however that does
		_ = server.CloseWrite()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
	<-done
}

// dial takes the instances in turn.
func (b *balancer) dial(ctx context.Context) (*net.TCPConn, error) {
	for range b.backends {
		one := b.backends[int(b.next.Add(1))%len(b.backends)]
		if !one.ready.Load() {
			continue
		}
		if conn, err := new(net.Dialer).DialTCP(ctx, "tcp", netip.AddrPort{}, one.addr); err == nil {
			return conn, nil
		}
	}
	return nil, errors.New("no instance is ready")
}
