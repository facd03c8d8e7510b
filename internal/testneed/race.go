//go:build race

package testneed

// RaceDetector says whether tests run under the race detector: it makes code some ten times slower, and sync.Pool drop
// items at random.
const RaceDetector = true
