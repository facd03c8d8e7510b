package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// allocs are allocations a call, counted by the Go benchmarks of the handler and of a
// bare Echo handler, which call both in the same way.
type allocs struct {
	handler, bare int
	reason        string // why they were not counted
}

// Names of these benchmarks.
const (
	benchmarkHandler = "BenchmarkHandler"
	benchmarkBare    = "BenchmarkBareEcho"
)

func (b *bench) countAllocs(ctx context.Context) allocs {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^("+benchmarkHandler+"|"+benchmarkBare+")$",
		"-benchmem", "-benchtime", "5000x", "./hook", "./cmd/bench/internal/bare")
	cmd.Dir = b.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return allocs{reason: fmt.Sprintf("go test -bench: %v: %.300s", err, out)}
	}
	return parseAllocs(string(out))
}

// parseAllocs finds both counts in what go test -bench printed.
func parseAllocs(output string) allocs {
	found := map[string]int{}
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) < 2 || words[len(words)-1] != "allocs/op" {
			continue
		}
		name, _, _ := strings.Cut(words[0], "-") // BenchmarkHandler-2: with GOMAXPROCS
		n, err := strconv.Atoi(words[len(words)-2])
		if err != nil {
			return allocs{reason: fmt.Sprintf("%s: %v", name, err)}
		}
		found[name] = n
	}
	handler, ok := found[benchmarkHandler]
	bare, bareOK := found[benchmarkBare]
	if !ok || !bareOK {
		return allocs{reason: fmt.Sprintf("go test -bench printed no allocs/op for %s and %s", benchmarkHandler, benchmarkBare)}
	}
	return allocs{handler: handler, bare: bare}
}
