package doctor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// compareTimeout bounds the call of the other hook. It is longer than Okta's 3 s, so
// that a flow that is too slow can be told from one that is down.
const compareTimeout = 30 * time.Second

// CompareOptions say which other hook is asked. URL and Body are required.
type CompareOptions struct {
	URL    *url.URL // such as the URL of an Okta Workflows flow; its query, which may hold a token, is never reported
	Header string   // header that carries the credential; empty: none
	Value  string   // of that header, never reported
	Body   []byte   // the call, the same that our answer is to
}

// Comparison is how two answers to one call differ.
type Comparison struct {
	Status int           // of the other hook
	Took   time.Duration // of the other hook, connecting included
	Lines  []ComparedClaim
}

// ComparedClaim is one patch that at least one of the answers holds. The values are
// JSON; empty where the answer lacks the patch.
type ComparedClaim struct {
	Token, Path  string // "com.okta.access.patch", "/claims/amr"
	Ours, Theirs string
}

// Same reports whether both answers patch alike.
func (c ComparedClaim) Same() bool { return c.Ours == c.Theirs }

// Lost reports whether the other answer holds what ours does not hold like that.
func (c ComparedClaim) Lost() bool { return c.Theirs != "" && !c.Same() }

// Compare sends a call to another hook and compares its answer with ours, which is
// the body of an answer of status 200, or empty for 204. An answer of the other hook that is none for Okta
// is an error. The order of values in amr carries no meaning and does not count.
func Compare(ctx context.Context, opts CompareOptions, ours []byte) (Comparison, error) {
	a, err := askFlow(ctx, opts)
	if err != nil {
		return Comparison{}, fmt.Errorf("the other hook does not answer: %w", err)
	}
	c := Comparison{Status: a.status, Took: a.took}
	if a.status != http.StatusOK && a.status != http.StatusNoContent {
		return c, fmt.Errorf("the other hook answers status %d", a.status)
	}
	theirs, err := readPatches(a.body)
	if err != nil {
		return c, fmt.Errorf("the other hook's answer: %w", err)
	}
	own, err := readPatches(ours)
	if err != nil {
		return c, fmt.Errorf("our own answer: %w", err)
	}
	for key, value := range own {
		c.Lines = append(c.Lines, ComparedClaim{key.token, key.path, value, theirs[key]})
	}
	for key, value := range theirs {
		if _, both := own[key]; !both {
			c.Lines = append(c.Lines, ComparedClaim{key.token, key.path, "", value})
		}
	}
	slices.SortFunc(c.Lines, func(a, b ComparedClaim) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), cmp.Compare(a.Path, b.Path))
	})
	return c, nil
}

func askFlow(ctx context.Context, opts CompareOptions) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, compareTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, opts.URL.String(), bytes.NewReader(opts.Body))
	if err != nil {
		return answer{}, unwrapURL(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if opts.Header != "" {
		req.Header.Set(opts.Header, opts.Value)
	}
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	start := time.Now() // a span, for which an injected clock is no use
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, unwrapURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	return answer{status: resp.StatusCode, body: body, took: time.Since(start)}, err
}

// patchKey is a place in a token.
type patchKey struct{ token, path string }

// readPatches reads any answer that Okta would, with one value for each place: an
// op other than add is shown before it.
func readPatches(body []byte) (map[patchKey]string, error) {
	out := make(map[patchKey]string)
	if len(bytes.TrimSpace(body)) == 0 {
		return out, nil
	}
	var h hookAnswer
	if json.Unmarshal(body, &h) != nil {
		return nil, errors.New("not the JSON of a hook's answer")
	}
	if h.Error != nil {
		out[patchKey{"error", "errorSummary"}] = h.Error.Summary
	}
	for _, c := range h.Commands {
		for _, p := range c.Value {
			value, err := canonical(p.Value)
			if err != nil {
				return nil, fmt.Errorf("value of %q: %w", p.Path, err)
			}
			if p.Op != "add" {
				value = p.Op + " " + value
			}
			out[patchKey{c.Type, p.Path}] = value
		}
	}
	return out, nil
}

// canonical brings a value into one form; arrays of strings are sorted.
func canonical(v jsontext.Value) (string, error) {
	if len(v) == 0 {
		return "null", nil // no value: remove
	}
	var list []string
	if v.Kind() == '[' && json.Unmarshal(v, &list) == nil {
		slices.Sort(list)
		text, err := json.Marshal(list)
		return string(text), err
	}
	err := v.Canonicalize()
	return string(v), err
}
