package doctor

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// compareTimeout bounds the call of the other hook. It is longer than Okta's 3 s, to distinguish a
// slow flow from one that is down.
const compareTimeout = 30 * time.Second

// CompareOptions say which other hook to ask. URL and Body are required.
type CompareOptions struct {
	URL    *url.URL // such as the URL of an Okta Workflows flow; its query, which may hold a token, is never reported
	Header string   // header that carries the credential; empty: none
	Value  string   // of that header, never reported
	Body   []byte   // the call that our answer belongs to

	Now func() time.Time // measures how long the other hook takes
}

// Comparison says how two answers to one call differ.
type Comparison struct {
	Status int           // of the other hook
	Took   time.Duration // of the other hook, connecting included
	Faults []string      // why Okta refuses the other answer, each with its place; none: Okta accepts it
	Lines  []ComparedClaim
}

// ComparedClaim is a patch that at least one of the answers has. The values are JSON; the value of
// an answer without the patch is empty.
type ComparedClaim struct {
	Token, Path  string // "com.okta.access.patch", "/claims/amr"
	Ours, Theirs string
}

// Same reports whether both answers have the same patch.
func (c ComparedClaim) Same() bool { return c.Ours == c.Theirs }

// Lost reports whether the other answer has a patch that ours has not, or has with another value.
func (c ComparedClaim) Lost() bool { return c.Theirs != "" && !c.Same() }

// Compare sends a call to another hook and compares its answer with ours. ours is the body of an
// answer with status 200, or empty for 204. What Okta would refuse of the other answer is a
// difference. The error says that there is no answer to compare with. The order of values in amr
// has no meaning and does not count.
func Compare(ctx context.Context, opts CompareOptions, ours []byte) (Comparison, error) {
	a, err := askFlow(ctx, opts)
	if err != nil {
		return Comparison{}, fmt.Errorf("the other hook does not answer: %w", err)
	}
	theirs, faults := readStrictly(a)
	c := Comparison{Status: a.status, Took: a.took, Faults: faults}
	own, faults := readStrictly(answer{status: http.StatusOK, contentType: "application/json", body: ours})
	if len(ours) > 0 && len(faults) > 0 {
		return c, fmt.Errorf("our own answer: %s", strings.Join(faults, "; "))
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
	start := opts.Now()
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, unwrapURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	return answer{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type"), body: body, took: opts.Now().Sub(start)}, err
}

// patchKey is a place in a token.
type patchKey struct{ token, path string }

// canonical returns the canonical form of a value; arrays of strings are sorted.
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
