package target

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrNoSpans says that a target with tracing sent none.
var ErrNoSpans = errors.New("no span was exported")

// CheckSpans holds the number of spans to a tenth of the calls. Which calls are traced
// is a matter of chance, and the exporter may drop some rather than fall behind.
func CheckSpans(spans int64, calls int) error {
	switch share := float64(spans) / float64(max(calls, 1)); {
	case spans == 0:
		return ErrNoSpans
	case calls >= 1000 && (share < 0.05 || share > 0.15):
		return fmt.Errorf("%d spans for %d calls: wanted about a tenth", spans, calls)
	}
	return nil
}

// checkMetrics holds the service's own count to the number of calls.
func (r *Running) checkMetrics(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.lab.AdminAddr+"/metrics", http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	defer response.Body.Close()
	n, err := Counted(response.Body)
	if err == nil && n < r.Calls {
		err = fmt.Errorf("%d counted of %d calls", n, r.Calls)
	}
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// Counted finds in Prometheus' text format how many calls were answered with commands.
func Counted(metrics io.Reader) (int, error) {
	scanner := bufio.NewScanner(metrics)
	for scanner.Scan() {
		line := scanner.Text()
		if !strings.HasPrefix(line, "pschook_hook_requests_total{") || !strings.Contains(line, `outcome="commands"`) {
			continue
		}
		n, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
		return int(n), err
	}
	return 0, errors.Join(errors.New("no pschook_hook_requests_total for commands"), scanner.Err())
}

// checkLog holds the log to a line for each call.
func (r *Running) checkLog() error {
	if _, err := r.log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	lines, err := countLines(r.log)
	if err == nil && lines < r.Calls {
		err = fmt.Errorf("%d lines for %d calls", lines, r.Calls)
	}
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

func countLines(r io.Reader) (int, error) {
	buf := make([]byte, 1<<20)
	for lines := 0; ; {
		n, err := r.Read(buf)
		lines += bytes.Count(buf[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
	}
}
