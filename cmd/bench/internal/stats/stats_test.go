package stats_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/cmd/bench/internal/stats"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		samples []float64
		want    stats.Summary
	}{
		{name: "none"},
		{name: "one", samples: []float64{7}, want: stats.Summary{Min: 7, Median: 7, Max: 7, N: 1}},
		{name: "odd", samples: []float64{9, 1, 4}, want: stats.Summary{Min: 1, Median: 4, Max: 9, N: 3}},
		{name: "even", samples: []float64{9, 1, 4, 5}, want: stats.Summary{Min: 1, Median: 4.5, Max: 9, N: 4}},
		{name: "outlier", samples: []float64{1, 1, 1, 1, 1000}, want: stats.Summary{Min: 1, Median: 1, Max: 1000, N: 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, stats.Summarize(tt.samples)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSummarizeLeavesItsArgument(t *testing.T) {
	t.Parallel()
	samples := []float64{3, 1, 2}
	stats.Summarize(samples)
	if diff := cmp.Diff([]float64{3, 1, 2}, samples); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRatios(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]float64{2, 3}, stats.Ratios([]float64{4, 9, 1}, []float64{2, 3, 0})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// points are a·x^k at the x given.
func points(a, k float64, xs ...float64) []stats.Point {
	var out []stats.Point
	for _, x := range xs {
		out = append(out, stats.Point{X: x, Y: a * math.Pow(x, k)})
	}
	return out
}

func TestExponent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		points []stats.Point
		want   float64
	}{
		{name: "flat", points: points(40, 0, 1, 10, 50), want: 0},
		{name: "linear", points: points(3, 1, 1, 4, 16, 64, 200), want: 1},
		{name: "square_root", points: points(3, 0.5, 1, 4, 16), want: 0.5},
		{name: "quadratic", points: points(0.1, 2, 1, 4, 16), want: 2},
		{name: "falling", points: points(5, -0.3, 1, 10, 100), want: -0.3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := stats.Exponent(tt.points)
			if err != nil || math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// TestTailExponent holds that a fixed cost, which flattens the fit, does not flatten its tail.
func TestTailExponent(t *testing.T) {
	t.Parallel()
	ps := []stats.Point{{X: 1, Y: 101}, {X: 10, Y: 200}, {X: 1e4, Y: 1e8}, {X: 1e5, Y: 1e10}} // 100 + x²
	got, err := stats.TailExponent(ps)
	if err != nil || math.Abs(got-2) > 1e-3 {
		t.Errorf("got %v, %v, want 2", got, err)
	}
}

func TestExponentRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		points []stats.Point
		want   string
	}{
		{name: "none", want: "exponent: a slope needs measurements at two different places"},
		{name: "one", points: points(1, 1, 5), want: "exponent: a slope needs measurements at two different places"},
		{name: "one_place", points: points(1, 1, 5, 5), want: "exponent: a slope needs measurements at two different places"},
		{name: "zero", points: []stats.Point{{X: 1, Y: 0}, {X: 2, Y: 1}}, want: "(1, 0) has no logarithm"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := stats.Exponent(tt.points); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSlope(t *testing.T) {
	t.Parallel()
	got, err := stats.Slope([]stats.Point{{0, 1}, {1, 3}, {2, 5.3}, {3, 6.7}})
	if err != nil || math.Abs(got-1.94) > 1e-9 {
		t.Errorf("got %v, %v, want 1.94", got, err)
	}
}
