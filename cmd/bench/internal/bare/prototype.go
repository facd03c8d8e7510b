package bare

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// maxBody is what Okta's calls stay below.
const maxBody = 256 << 10

// The part of Okta's call and of the answer that the prototype looks at.
type (
	request struct {
		EventID string `json:"eventId"`
		Data    struct {
			Context struct {
				Protocol struct {
					Client struct {
						ID string `json:"id"`
					} `json:"client"`
				} `json:"protocol"`
			} `json:"context"`
			Identity struct {
				Claims struct {
					Sub string   `json:"sub"`
					AMR []string `json:"amr"`
				} `json:"claims"`
			} `json:"identity"`
		} `json:"data"`
	}
	answer struct {
		Commands []command `json:"commands"`
	}
	command struct {
		Type  string      `json:"type"`
		Value []operation `json:"value"`
	}
	operation struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
)

// prototype is the hook in the plainest way that keeps its duties: strict JSON into
// structs, a digest of the secret compared in constant time, OpenTelemetry metrics, a
// slog line to log. No limits, no deadlines, no policy, no further checks: what the
// service is compared with to see what its own care costs or saves.
type prototype struct {
	secret   [sha256.Size]byte
	tid      string
	log      *slog.Logger
	calls    metric.Int64Counter
	duration metric.Float64Histogram
}

func newPrototype(opts Options) (http.Handler, error) {
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(prometheus.NewRegistry()))
	if err != nil {
		return nil, err
	}
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)).Meter("prototype")
	p := &prototype{secret: sha256.Sum256([]byte(opts.Secret)), tid: opts.TID, log: slog.New(slog.NewJSONHandler(opts.Log, nil))}
	if p.calls, err = meter.Int64Counter("calls"); err != nil {
		return nil, err
	}
	if p.duration, err = meter.Float64Histogram("duration_seconds"); err != nil {
		return nil, err
	}
	e := echo.New()
	e.POST(opts.Path, p.handle)
	return e, nil
}

func (p *prototype) handle(c echo.Context) error {
	begin, ctx := time.Now(), c.Request().Context()
	sent := sha256.Sum256([]byte(c.Request().Header.Get(echo.HeaderAuthorization)))
	if subtle.ConstantTimeCompare(sent[:], p.secret[:]) != 1 {
		return c.NoContent(http.StatusUnauthorized)
	}
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, maxBody))
	if err != nil {
		return err
	}
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return c.NoContent(http.StatusBadRequest)
	}
	claims := r.Data.Identity.Claims
	tid := operation{"add", "/claims/tid", p.tid}
	out, err := json.Marshal(answer{[]command{
		{"com.okta.identity.patch", []operation{tid}},
		{"com.okta.access.patch", []operation{{"add", "/claims/oid", claims.Sub}, tid, {"add", "/claims/amr", approved(claims.AMR)}}},
	}})
	if err != nil {
		return err
	}
	p.calls.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", "commands")))
	p.duration.Record(ctx, time.Since(begin).Seconds())
	p.log.InfoContext(ctx, "hook call", "outcome", "commands", "event_id", r.EventID, "client_id", r.Data.Context.Protocol.Client.ID, "ms", time.Since(begin).Milliseconds())
	return c.JSONBlob(http.StatusOK, out)
}

// approved is what the built-in AMR policy makes of a sign-in with Okta Verify.
func approved(amr []string) []string {
	if slices.Contains(amr, "pwd") && slices.Contains(amr, "mfa") && slices.Contains(amr, "okta_verify") {
		return []string{"swk", "mfa", "pwd", "okta_verify"}
	}
	return amr
}
