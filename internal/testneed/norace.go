//go:build !race

package testneed

// RaceDetector says that the tests run under the race detector, which makes sync.Pool drop items at random and
// adds instructions to all others.
const RaceDetector = false
