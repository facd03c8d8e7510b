// Package stats is the arithmetic of measurements: medians with their spread,
// and how a cost grows. It is pure.
package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Summary is what is told of several samples of one quantity.
type Summary struct {
	Min, Median, Max float64
	N                int
}

// Summarize returns the median of samples and their range. The median of an even
// number of samples is the mean of the middle two. No samples make the zero Summary.
func Summarize(samples []float64) Summary {
	if len(samples) == 0 {
		return Summary{}
	}
	s := slices.Sorted(slices.Values(samples))
	middle := len(s) / 2
	median := s[middle]
	if len(s)%2 == 0 {
		median = (s[middle-1] + s[middle]) / 2
	}
	return Summary{Min: s[0], Median: median, Max: s[len(s)-1], N: len(s)}
}

// Ratios divides sample by sample, so that what slows a whole round down slows
// both sides down. The slices have the same length; a zero below the line is left out.
func Ratios(above, below []float64) []float64 {
	var out []float64
	for i := range min(len(above), len(below)) {
		if below[i] != 0 {
			out = append(out, above[i]/below[i])
		}
	}
	return out
}

// Point is one measurement of a quantity Y at X.
type Point struct{ X, Y float64 }

// Slope is the slope of the line through points by least squares. It fails for fewer
// than two different X.
func Slope(points []Point) (float64, error) {
	var meanX, meanY float64
	for _, p := range points {
		meanX += p.X / float64(len(points))
		meanY += p.Y / float64(len(points))
	}
	var xy, xx float64
	for _, p := range points {
		xy += (p.X - meanX) * (p.Y - meanY)
		xx += (p.X - meanX) * (p.X - meanX)
	}
	if xx == 0 {
		return 0, errors.New("a slope needs measurements at two different places at least")
	}
	return xy / xx, nil
}

// Exponent fits Y = a·X^k by least squares on the logarithms and returns k: 0 is
// flat, 1 linear, 2 quadratic. Every X and Y must be positive.
func Exponent(points []Point) (float64, error) {
	logs := make([]Point, len(points))
	for i, p := range points {
		if p.X <= 0 || p.Y <= 0 {
			return 0, fmt.Errorf("exponent: (%g, %g) has no logarithm", p.X, p.Y)
		}
		logs[i] = Point{X: math.Log(p.X), Y: math.Log(p.Y)}
	}
	k, err := Slope(logs)
	if err != nil {
		return 0, fmt.Errorf("exponent: %w", err)
	}
	return k, nil
}

// TailExponent is the exponent between the last two points alone: a fixed cost
// hides growth at small X from [Exponent], and there it no longer does.
func TailExponent(points []Point) (float64, error) {
	return Exponent(points[max(len(points)-2, 0):])
}
