package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/cmd/bench/internal/stats"
	"pschook/cmd/bench/internal/target"
	"pschook/internal/golden"
)

// rounds are samples of one place with the given throughput.
func rounds(throughput ...float64) map[int]sample {
	out := map[int]sample{}
	for i, v := range throughput {
		out[i] = sample{Throughput: v, CPU: 1e6 / v, Busy: 0.98, P50: 100 + v/1000, P99: 900 + v/1000}
	}
	return out
}

// measured is a run in which some targets are met, some are missed, and one was not measured.
func measured() *document {
	c32, c256, open := cell{Connections: 32}, cell{Connections: 256}, cell{Connections: openConnections, Rate: 1000}
	return &document{
		plan: newPlan(false, 3), begin: time.Date(2026, 3, 2, 8, 15, 30, 0, time.UTC), took: 801 * time.Second,
		machine: machine{
			cores: 2, cpu: "Some Processor", kernel: "6.1.0", memory: "8000000 kB", load: "0.00 0.01 0.05", goVersion: "go1.26.0", node: "v20.0.0", wrk: "4.1.0",
			express: "4.22.3", at: "abc1234", callBytes: 2587, answerBytes: 374,
		},
		compared: &compared{
			targets: []target.Key{target.Echo, target.Service, target.Traced, target.Express}, rounds: 3,
			samples: map[place]map[int]sample{
				{target.Echo, c32}: rounds(40_000, 20_000, 42_000), {target.Service, c32}: rounds(28_000, 13_000, 29_400), {target.Express, c32}: rounds(5000, 5100, 4900),
				{target.Echo, c256}: rounds(38_000, 36_000, 37_000), {target.Service, c256}: rounds(20_000, 18_000, 19_240),
				{target.Echo, open}: rounds(1000, 1000), {target.Service, open}: rounds(1000, 1001),
			},
			failures: map[place]string{
				{target.Traced, c32}: "no span was exported", {target.Traced, c256}: "no span was exported",
				{target.Express, c256}: "wrk: 3 calls failed", {target.Service, open}: "wrong answer: status 503 | stopping",
			},
		},
		instructions: []instructed{
			{target: target.Echo, reason: "no valgrind"},
			{target: target.Service, all: 141_334, parts: []float64{47_660, 9339, 14_231, 2118, 792, 2535, 739, 24_245, 39_675}},
		},
		growth: []grown{
			grown{series: allSeries()[0]}.fit([][]float64{{50}, {60}, {90, 100, 110}, {260}, {720}}),
			{series: allSeries()[1], unmeasure: "it ended before it answered"},
			grown{series: allSeries()[2]}.fit([][]float64{{50}, {80}, {130}, {170}, {220}}),
		},
		footprint: &footprint{
			starts: map[target.Key][]float64{target.Service: {12, 11.5, 14}, target.Echo: {9, 9.5, 10}}, idle: map[target.Key][]float64{target.Service: {21 << 20}, target.Echo: {9 << 20}},
			reasons: map[target.Key]string{target.Express: "no node on the PATH"},
			memory:  []stats.Point{{X: 250_000, Y: 30 << 20}, {X: 500_000, Y: 31 << 20}, {X: 750_000, Y: 33 << 20}, {X: 1_000_000, Y: 34.5 * mib}},
			binary:  29 << 20,
		},
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	d := measured()
	golden.Equal(t, "testdata/benchmarks.md", []byte(d.markdown()))
}

// TestVerdict moves one measurement across its limit.
func TestVerdict(t *testing.T) {
	t.Parallel()
	least := verdict{limit: 0.60, least: true, digits: 2}
	most := verdict{limit: 64, digits: 1, unit: " MiB"}
	tests := []struct {
		name string
		v    verdict
		got  float64
		want string
	}{
		{name: "least_above", v: least, got: 0.61, want: "met"},
		{name: "least_at", v: least, got: 0.60, want: "met"},
		{name: "least_below", v: least, got: 0.45, want: "**missed** by 0.15 (25 %)"},
		{name: "most_below", v: most, got: 20, want: "met"},
		{name: "most_at", v: most, got: 64, want: "met"},
		{name: "most_above", v: most, got: 80, want: "**missed** by 16.0 MiB (25 %)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.v.got = stats.Summarize([]float64{tt.got})
			if got := tt.v.judgement(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPaired(t *testing.T) {
	t.Parallel()
	as, bs := paired(map[int]float64{0: 1, 2: 3, 1: 2}, map[int]float64{2: 30, 1: 20, 5: 50})
	if diff := cmp.Diff([][]float64{{2, 3}, {20, 30}}, [][]float64{as, bs}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1_000_021: "1,000,021", -12_345.6: "-12,346", -0.2: "0"} {
		if got := thousands(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}

// TestPlanFits holds that the loads of a full run leave a quarter of 17 minutes for everything else.
func TestPlanFits(t *testing.T) {
	t.Parallel()
	for short, most := range map[bool]time.Duration{false: 13 * time.Minute, true: 100 * time.Second} {
		p := newPlan(short, 0)
		var loads time.Duration
		for _, key := range target.Keys() {
			for _, c := range allCells() {
				loads += p.warm(key)
				if c.Rate > 0 {
					loads += p.open
				} else {
					loads += p.closed
				}
			}
		}
		loads *= time.Duration(p.rounds)
		for _, s := range allSeries() {
			loads += time.Duration(p.growthRounds*len(s.values)) * (p.growth + p.warmUp/2)
		}
		if loads > most {
			t.Errorf("short %t: loads take %v, want up to %v", short, loads, most)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{name: "help", args: []string{"-h"}, want: "-write"},
		{name: "unknown_flag", args: []string{"-fast"}, code: 2, want: "-fast"},
		{name: "argument", args: []string{"everything"}, code: 2, want: `unexpected argument "everything"`},
		{name: "part", args: []string{"-parts", "growth,all"}, code: 2, want: `-parts: got "all"`},
		{name: "target", args: []string{"-targets", "a,z"}, code: 2, want: `-targets: got "z", wanted some of a,b,c,d`},
		{name: "rounds", args: []string{"-rounds", "-1"}, code: 2, want: "-rounds: got -1"},
		{name: "bare_server", args: []string{"-serve", "-answer", "absent"}, code: 1, want: "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tt.args, "", &stdout, &stderr); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if stdout.Len() > 0 || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("stdout %q, stderr %q, want %q", stdout.String(), stderr.String(), tt.want)
			}
		})
	}
}

// TestParseProfile reads what callgrind writes: what a callee costs is no part of its caller, and names come once.
func TestParseProfile(t *testing.T) {
	t.Parallel()
	const head = "# callgrind format\npositions: line\nevents: Ir\n\n"
	tests := []struct {
		name, text string
		want       []float64 // decoding, log line, runtime
		err        string
	}{
		{name: "parts", text: head + "fn=(1) pschook/hook.(*scan).text\n16 400\n+2 100\ncfn=(2) log/slog.New\ncalls=3 7\n17 1000\n* 4\n\nfn=(2)\n7 1000\n-1 6\nfn=(3) memmove\n1 8\n", want: []float64{504, 1006, 8}},
		{name: "nothing", text: head, err: "counted nothing"},
		{name: "no_number", text: head + "fn=(1) f\n16 x\n", err: `"16 x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := parseProfile(bufio.NewScanner(strings.NewReader(tt.text)))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			all := p.byPart(1)
			if diff := cmp.Diff(tt.want, []float64{all[0], all[2], all[len(all)-1]}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
