// Package wrk has the load generator wrk send hook calls, and judges what it reports.
//
// wrk counts answers by status only, and takes a 204 for a success. Answers of a
// target all have the same length, so the bytes that wrk received say whether they
// were the right ones: see [Report.Check].
package wrk

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pschook/cmd/bench/internal/load"
)

//go:embed bench.lua
var script []byte

// variantBytes bounds the memory for calls made beforehand; maxVariants is a little
// more than the service remembers tokens of.
const (
	variantBytes = 16 << 20
	maxVariants  = 5000
)

// Report is what wrk says of a run.
type Report struct {
	Requests     int   `json:"requests"`
	Microseconds int64 `json:"microseconds"`
	Bytes        int64 `json:"bytes"` // received
	Connect      int   `json:"connect"`
	Read         int   `json:"read"`
	Write        int   `json:"write"`
	Status       int   `json:"status"` // answers of status 400 and above
	Timeout      int   `json:"timeout"`
	P50          int64 `json:"p50"` // latencies in microseconds
	P99          int64 `json:"p99"`
}

// Throughput is in answers a second.
func (r Report) Throughput() float64 {
	if r.Microseconds == 0 {
		return 0
	}
	return float64(r.Requests) / (float64(r.Microseconds) / 1e6)
}

// Check reports whether all answers were right as far as wrk can tell: no error, and
// as many bytes as that number of answers has. Each connection may have received a
// part of one more.
func (r Report) Check(answerBytes, connections int) error {
	if n := r.Connect + r.Read + r.Write + r.Status + r.Timeout; n > 0 {
		return fmt.Errorf("wrk: %d calls failed (connect %d, read %d, write %d, status %d, timeout %d)", n, r.Connect, r.Read, r.Write, r.Status, r.Timeout)
	}
	if r.Requests == 0 {
		return errors.New("wrk: not one answer")
	}
	least := int64(r.Requests) * int64(answerBytes)
	if most := least + int64(connections)*int64(answerBytes); r.Bytes < least || r.Bytes > most {
		return fmt.Errorf("wrk: %d answers had %d bytes, wanted %d to %d: some were wrong ones", r.Requests, r.Bytes, least, most)
	}
	return nil
}

// Parse finds the report in what wrk printed with the script of this package.
func Parse(output []byte) (Report, error) {
	for line := range bytes.Lines(output) {
		text, found := bytes.CutPrefix(line, []byte("result "))
		if !found {
			continue
		}
		var r Report
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&r); err != nil {
			return Report{}, fmt.Errorf("wrk: result line: %w", err)
		}
		return r, nil
	}
	return Report{}, fmt.Errorf("wrk: no result line in %.300q", output)
}

// Runner runs wrk. Dir is for its files.
type Runner struct{ Path, Dir string }

// Find returns a Runner if wrk is on the PATH.
func Find(dir string) (Runner, error) {
	path, err := exec.LookPath("wrk")
	return Runner{Path: path, Dir: dir}, err
}

// Run loads opts.Target for opts.Duration, which must be whole seconds, by one thread
// of wrk. It reports an error for any answer that was not right.
func (w Runner) Run(ctx context.Context, opts load.Options) (Report, error) {
	if opts.Duration < time.Second || opts.Duration%time.Second != 0 {
		return Report{}, fmt.Errorf("wrk: %v are not whole seconds", opts.Duration)
	}
	scriptFile, bodyFile := filepath.Join(w.Dir, "bench.lua"), filepath.Join(w.Dir, "call.json")
	if err := errors.Join(os.WriteFile(scriptFile, script, 0o600), os.WriteFile(bodyFile, opts.Call.Body, 0o600)); err != nil {
		return Report{}, err
	}
	scheme, connection := "http", "keep-alive"
	if opts.TLS != nil {
		scheme = "https"
	}
	if opts.NewEach {
		connection = "close"
	}
	cmd := exec.CommandContext(ctx, w.Path, //nolint:gosec // the program that the PATH names
		"--threads", "1", "--connections", strconv.Itoa(opts.Connections), "--duration", strconv.Itoa(int(opts.Duration.Seconds()))+"s", "--latency",
		"--script", scriptFile, scheme+"://"+opts.Addr+opts.Path,
		"--", bodyFile, opts.Secret, connection, strconv.Itoa(min(maxVariants, max(1, variantBytes/len(opts.Call.Body)))))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Report{}, fmt.Errorf("wrk: %w: %.300s", err, stderr.String())
	}
	r, err := Parse(out)
	if err != nil {
		return Report{}, err
	}
	return r, r.Check(opts.Want.Bytes, opts.Connections)
}
