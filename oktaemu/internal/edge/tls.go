package edge

import (
	"crypto/tls"
	"net"

	"pschook/oktaemu/internal/store"
)

// listener is a TLS listener that speaks plain HTTP if a fault says so.
type listener struct {
	net.Listener
	config *tls.Config
	edge   *Edge
}

// Listener speaks TLS on l, except where a fault says not to.
func (e *Edge) Listener(l net.Listener, config *tls.Config) net.Listener {
	return listener{l, config, e}
}

// Accept returns the next connection. Its TLS handshake happens at first use.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	var plain bool
	l.edge.Store.Do(func(st *store.State) { _, plain = st.TakeFault(func(fault store.Fault) bool { return fault.TLSOff }) })
	if plain {
		return conn, nil
	}
	return tls.Server(conn, l.config), nil
}
