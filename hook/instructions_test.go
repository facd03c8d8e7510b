package hook_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"pschook/internal/testneed"
)

// instructions is how many instructions the handler and Echo execute for a call of
// BenchmarkHandler. If your change lowers the number, write the new one here; if it raises the
// number, say why.
const instructions = 69_400

// TestInstructions checks that number, within a tenth. It counts instructions, not time. Valgrind
// counts them, with processor-specific features switched off. Two runs differ by less than a
// hundredth, however busy the machine is.
func TestInstructions(t *testing.T) {
	t.Parallel()
	valgrind := testneed.Need(t, "valgrind")
	if runtime.GOARCH != "amd64" || testneed.RaceDetector || testing.CoverMode() != "" {
		t.Skip("the figure is that of amd64, without race detector and coverage")
	}
	const calls = 1000
	got := (executed(t, valgrind, 2*calls) - executed(t, valgrind, calls)) / calls // the difference leaves out what is done once
	t.Logf("%d instructions a call", got)
	if got < instructions*9/10 || got > instructions*11/10 {
		t.Errorf("%d instructions a call, %d are noted: put the new figure there if it is meant", got, instructions)
	}
}

// executed runs BenchmarkHandler with so many calls and returns the instructions of the whole
// process. It turns off preemption signals, which Valgrind cannot handle, and garbage collection,
// which comes at random times.
func executed(t *testing.T, valgrind string, calls int) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "callgrind.out")
	cmd := exec.CommandContext(t.Context(), valgrind, "--tool=callgrind", "--callgrind-out-file="+file,
		os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkHandler$", "-test.benchtime="+strconv.Itoa(calls)+"x")
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1,cpu.all=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	total := regexp.MustCompile(`(?m)^totals: (\d+)$`).FindSubmatch(text)
	if total == nil {
		t.Fatal("callgrind counted nothing")
	}
	n, err := strconv.Atoi(string(total[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
