//go:build race

package testneed

// RaceDetector says whether tests run under the race detector. It makes code about ten times
// slower, and makes sync.Pool drop items at random.
const RaceDetector = true
