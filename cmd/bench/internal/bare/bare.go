// Package bare is what the service is measured against: an Echo server that reads the whole
// body and writes a fixed answer.
package bare

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Options say what to serve.
type Options struct {
	Addr, Path        string
	Answer            []byte // of JSON
	CertFile, KeyFile string // PEM; none: plain http
}

// Serve serves until ctx ends.
func Serve(ctx context.Context, opts Options) error {
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
	server := &http.Server{Handler: opts.handler()} //nolint:gosec // bare: its only client is the load generator on loopback
	closed := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer closed()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (opts Options) handler() http.Handler {
	e := echo.New()
	e.POST(opts.Path, func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		return c.JSONBlob(http.StatusOK, opts.Answer)
	})
	return e
}
