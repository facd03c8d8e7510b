package wrk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/cmd/bench/internal/wrk"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file    string
		want    wrk.Report
		wantErr string
	}{
		{file: "keep-alive.txt", want: wrk.Report{Requests: 32370, Microseconds: 1001681, Bytes: 32596590, P50: 792, P99: 5207}},
		{file: "refused.txt", want: wrk.Report{Requests: 30989, Microseconds: 1006475, Bytes: 4307471, Status: 30989, P50: 834, P99: 8695}},
		{file: "no-script.txt", wantErr: "no result line"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			got, err := wrk.Parse(golden(t, tt.file))
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"result {\"requests\":}\n":      "result line",
		"result {\"unheard-of\":1}\n":   "unknown field",
		"":                              "no result line",
		"the result {\"requests\":1}\n": "no result line",
	} {
		if _, err := wrk.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := wrk.Report{Requests: 1000, Microseconds: 1, Bytes: 1000*300 + 450}
	tests := []struct {
		name   string
		change func(*wrk.Report)
		want   string // "": all right
	}{
		{name: "good", change: func(*wrk.Report) {}},
		{name: "nothing_under_way", change: func(r *wrk.Report) { r.Bytes = 300_000 }},
		{name: "refused", change: func(r *wrk.Report) { r.Status = 3 }, want: "3 calls failed (connect 0, read 0, write 0, status 3, timeout 0)"},
		{name: "broken_connection", change: func(r *wrk.Report) { r.Read = 1 }, want: "1 calls failed"},
		{name: "one_shorter", change: func(r *wrk.Report) { r.Bytes = 299_999 }, want: "some were wrong ones"},
		{name: "one_longer", change: func(r *wrk.Report) { r.Bytes = 1032*300 + 1 }, want: "some were wrong ones"},
		{name: "empty_answers", change: func(r *wrk.Report) { r.Bytes = 1000 * 90 }, want: "wanted 300000 to 309600"},
		{name: "nothing", change: func(r *wrk.Report) { *r = wrk.Report{} }, want: "not one answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := good
			tt.change(&r)
			err := r.Check(300, 32)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
