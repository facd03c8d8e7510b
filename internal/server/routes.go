package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"pschook/hook"
	"pschook/internal/outcomes"
)

// routes mounts all handlers of the main listener.
func (s *Server) routes(h *hook.Handler) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = s.answerError
	e.Use(s.recover(), s.secureHeaders())
	e.Any(hook.Path, h.Handle)
	if s.outcomes != nil {
		events := &outcomes.Receiver{Ledger: s.outcomes, Foreign: s.foreign}
		e.GET(outcomes.Path, echo.WrapHandler(http.HandlerFunc(events.Verify)))
		e.POST(outcomes.Path, echo.WrapHandler(h.Deliveries(outcomes.MaxDelivery, events.Take)))
	}
	asked := []string{http.MethodGet, http.MethodHead}
	e.Match(asked, "/healthz", echo.WrapHandler(http.HandlerFunc(healthz)))
	e.Match(asked, "/readyz", echo.WrapHandler(http.HandlerFunc(s.readyz)))
	if s.rp != nil {
		e.Any("/rp", echo.WrapHandler(s.rp.Handler()))
		e.Any("/rp/*", echo.WrapHandler(s.rp.Handler()))
	}
	switch {
	case s.opts.Home != nil:
		e.Match(asked, "/", echo.WrapHandler(s.opts.Home))
	case s.rp != nil:
		e.Match(asked, "/", echo.WrapHandler(http.RedirectHandler("/rp/", http.StatusSeeOther)))
	}
	return e
}

// adminRoutes mounts the handlers that only operators may reach.
func (s *Server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	if s.opts.Metrics != nil {
		mux.Handle("GET /metrics", s.opts.Metrics)
	}
	s.mountAdmin(mux)
	return mux
}

// recover answers a panic with 500. It logs the stack, but not the panic's value, because that may
// quote a request.
func (s *Server) recover() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableStackAll: true, DisablePrintStack: true,
		LogErrorFunc: func(c echo.Context, _ error, _ []byte) error {
			s.opts.Logger.ErrorContext(c.Request().Context(), "panic", slog.String("stack", string(debug.Stack())))
			return echo.ErrInternalServerError
		},
	})
}

// secureHeaders tells browsers that strayed here to take nothing for a page, and nobody to
// keep an answer. Okta, which alone posts to the hook, is no browser, and answers to POST are not
// kept (RFC 9111, section 3): there they would cost a thirtieth of the call. All answers share
// the values.
func (s *Server) secureHeaders() echo.MiddlewareFunc {
	noSniff, noStore := []string{"nosniff"}, []string{"no-store"}
	var https []string
	if s.opts.Config.TLS.CertFile != "" {
		https = []string{"max-age=31536000"} // a year, the usual value (RFC 6797)
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			if https != nil {
				h[echo.HeaderStrictTransportSecurity] = https
			}
			if c.Path() != hook.Path || c.Request().Method != http.MethodPost {
				h[echo.HeaderXContentTypeOptions] = noSniff
				h[echo.HeaderCacheControl] = noStore
			}
			return next(c)
		}
	}
}

// answerError answers requests that no handler answered: unknown paths, wrong methods, panics.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		s.opts.Logger.DebugContext(c.Request().Context(), "answer broke off", "err", err)
		return
	}
	status := http.StatusInternalServerError
	var known *echo.HTTPError
	if errors.As(err, &known) {
		status = known.Code
	}
	text := fmt.Sprintf(`{"error":{"errorSummary":%q}}`, http.StatusText(status))
	if err := c.JSONBlob(status, []byte(text)); err != nil {
		s.opts.Logger.DebugContext(c.Request().Context(), "answer broke off", "err", err)
	}
}

// healthz says only that the process answers. Restarting it because Okta is down would not help.
func healthz(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// readyz says whether calls are answered with claims. If the hosts cannot be read, only calls on a
// custom domain wait, and the org may have none. So that is reported, but does not make the service
// unready.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	switch org, known := s.lookup.Known(); {
	case s.stopping.Load():
		say(w, http.StatusServiceUnavailable, "stopping")
	case !known:
		say(w, http.StatusServiceUnavailable, "the org id is not known yet")
	case org.Hosts == nil:
		say(w, http.StatusOK, "ready\nthe hosts of the org are not known yet: calls on a custom domain wait for them, then PSCHOOK_ON_FAILURE decides")
	default:
		say(w, http.StatusOK, "ready")
	}
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set(echo.HeaderContentType, echo.MIMETextPlainCharsetUTF8)
	w.Header().Set(echo.HeaderCacheControl, "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // a failed write means that the caller is gone
}
