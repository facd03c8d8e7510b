// Package bare is what the service is measured against: servers that read the whole
// body and write a fixed answer, by Echo or by net/http alone.
package bare

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

// The kinds of bare servers.
const (
	Echo    = "echo"
	NetHTTP = "net/http"
)

// Options say what to serve.
type Options struct {
	Kind, Addr, Path  string
	Answer            []byte // of JSON
	CertFile, KeyFile string // PEM; none: plain http
}

// Serve serves until ctx ends.
func Serve(ctx context.Context, opts Options) error {
	handler, err := opts.handler()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", opts.Addr)
	if err != nil {
		return err
	}
	if opts.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(opts.CertFile, opts.KeyFile)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	server := &http.Server{Handler: handler} //nolint:gosec // bare: its only client is the load generator on loopback
	closed := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closed()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (opts Options) handler() (http.Handler, error) {
	switch opts.Kind {
	case Echo:
		e := echo.New()
		e.POST(opts.Path, func(c echo.Context) error {
			if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
				return err
			}
			return c.JSONBlob(http.StatusOK, opts.Answer)
		})
		return e, nil
	case NetHTTP:
		mux := http.NewServeMux()
		mux.HandleFunc("POST "+opts.Path, func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(opts.Answer) // whoever asked is gone if this fails
		})
		return mux, nil
	default:
		return nil, fmt.Errorf("bare server %q: wanted %q or %q", opts.Kind, Echo, NetHTTP)
	}
}
