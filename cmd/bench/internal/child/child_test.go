package child_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pschook/cmd/bench/internal/child"
)

func TestParseCPU(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stat string
		want       time.Duration
		wantErr    string
	}{
		{name: "plain", stat: "4242 (pschook) S 1 4242 4242 0 -1 4194560 2201 0 3 0 150 25 0 0 20 0 7 0 88 1 2 3", want: 1750 * time.Millisecond},
		{name: "name_with_spaces", stat: "7 (a) b) c) R 1 4242 4242 0 -1 4194560 2201 0 3 0 1 2 0 0 20", want: 30 * time.Millisecond},
		{name: "short", stat: "4242 (pschook) S 1", wantErr: "too few fields"},
		{name: "empty", wantErr: "too few fields"},
		{name: "not_a_number", stat: "1 (x) S 1 1 1 0 -1 1 1 0 3 0 a 25 0", wantErr: `parsing "a"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := child.ParseCPU(tt.stat)
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestStop holds that a program is stopped gently, and that its failure is told.
func TestStop(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script, wantErr, wantLog string }{
		{name: "stops_when_told", script: `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done`, wantLog: "up\nbye"},
		{name: "dies_of_the_signal", script: `echo up; exec sleep 60`, wantLog: "up"},
		{name: "failed_before", script: `echo up; echo port taken >&2; exit 3`, wantErr: "exit status 3", wantLog: "up\nport taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log, err := os.Create(filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			defer log.Close()
			p, err := child.Pinning{}.Start(child.Spec{Path: "/bin/sh", Args: []string{"-c", tt.script}, Env: []string{"PATH=/usr/bin:/bin"}, Log: log})
			if err != nil {
				t.Fatal(err)
			}
			for !strings.Contains(child.Head(log), "up") {
				select {
				case <-p.Ended():
				case <-time.After(time.Millisecond):
				}
			}
			if tt.wantErr != "" {
				<-p.Ended()
			}
			if err := p.Stop(); tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || err.Error() != tt.wantErr) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if got := child.Head(log); got != tt.wantLog {
				t.Errorf("log %q, want %q", got, tt.wantLog)
			}
		})
	}
}
