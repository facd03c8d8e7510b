package telemetry

import (
	"crypto/rand"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	samplerVariable    = "OTEL_TRACES_SAMPLER"
	samplerArgVariable = "OTEL_TRACES_SAMPLER_ARG"
)

// newSampler reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. The default, as in the
// specification, records every trace.
func newSampler() (sdktrace.Sampler, error) {
	value := strings.ToLower(setting(samplerVariable))
	switch strings.TrimPrefix(value, "parentbased_") {
	case "", "always_on":
		return sampler{sdktrace.AlwaysSample()}, nil
	case "always_off":
		return sampler{sdktrace.NeverSample()}, nil
	case "traceidratio":
		ratio, err := samplerRatio()
		return sampler{sdktrace.TraceIDRatioBased(ratio)}, err
	}
	return nil, &SettingError{
		samplerVariable, value,
		"always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio",
	}
}

func samplerRatio() (float64, error) {
	text := setting(samplerArgVariable)
	if text == "" {
		return 1, nil // the specification's default
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		return 0, &SettingError{samplerArgVariable, text, "a ratio from 0 to 1, such as 0.1"}
	}
	return ratio, nil
}

// sampler decides once for each trace in this process and ignores the caller's traceparent. A
// caller can change what is recorded neither by the flag nor by an id that falls under the ratio.
type sampler struct{ root sdktrace.Sampler }

// ShouldSample implements [sdktrace.Sampler].
func (s sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	parent := trace.SpanContextFromContext(p.ParentContext)
	switch {
	case !parent.IsValid():
	case parent.IsRemote():
		_, _ = rand.Read(p.TraceID[:]) // never fails; used only for the decision
	case parent.IsSampled():
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample, Tracestate: parent.TraceState()}
	default:
		return sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: parent.TraceState()}
	}
	return s.root.ShouldSample(p)
}

// Description implements [sdktrace.Sampler].
func (s sampler) Description() string { return "DecidedHere{" + s.root.Description() + "}" }
