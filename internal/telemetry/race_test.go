//go:build race

package telemetry_test

// raceDetector says that these tests run under the race detector, which makes sync.Pool drop items at random.
const raceDetector = true
