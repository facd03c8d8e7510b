package shapes

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pschook/internal/golden"

	"github.com/go-json-experiment/json"
)

// samples returns the requests that were written for this project.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../testdata/requests/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	bodies := make(map[string][]byte)
	for _, file := range files {
		if bodies[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return bodies
}

func TestReferenceIsFresh(t *testing.T) {
	t.Parallel()
	bodies := samples(t)
	var want bytes.Buffer
	for _, name := range sortedNames(bodies) {
		shape, err := Of(bodies[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line, err := json.Marshal(shape, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		want.Write(append(line, '\n'))
	}
	golden.Equal(t, "reference.jsonl", want.Bytes())
}

func sortedNames(bodies map[string][]byte) []string {
	names := make([]string, 0, len(bodies))
	for name := range bodies {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// values returns every text of a call and its parts, except words of the closed list and texts that
// are too short to recognise.
func values(call any) []string {
	var list []string
	switch v := call.(type) {
	case map[string]any:
		for _, member := range v {
			list = append(list, values(member)...)
		}
	case []any:
		for _, element := range v {
			list = append(list, values(element)...)
		}
	case float64:
		list = append(list, fmt.Sprintf("%.0f", v))
	case string:
		list = append(strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" @/.?&=", r) }), v)
	}
	return slices.DeleteFunc(list, func(text string) bool { return len(text) < 5 || isWord(text) })
}

// The forms of a shape hold no value of any sample, except the parts of Okta's own paths.
func TestShapesHoldNoValue(t *testing.T) {
	t.Parallel()
	for _, body := range samples(t) {
		shape, err := Of(body)
		if err != nil {
			t.Fatal(err)
		}
		holdsNoValue(t, shape, body)
	}
}

func TestNamesThatMayBeData(t *testing.T) {
	t.Parallel()
	shape, err := Of([]byte(`{"marie@hopital.example":1,"00u1q8tMo3zV0OfJON0g3":{"x":2},"data":{"access":{"scopes":{"marie":{"id":"scp1"}}}},"` + strings.Repeat("a", 41) + `":3,"claim_name":4}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"(name of 21)", "(name of 21).x", "(name of 41)", "claim_name", "data.access.scopes.*.id"}
	var got []string
	for path := range shape.Forms {
		got = append(got, path)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("paths %q, want %q", got, want)
	}
}

// A single change of a sample is reported, with the decision that it touches.
func TestCompareNamesOneChange(t *testing.T) {
	t.Parallel()
	reference, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	const sample = "authorization-code.json"
	tests := []struct {
		name, file, from, to string
		want                 Difference
	}{
		{"session spelt otherwise", sample, `"userId":`, `"user_id":`, Difference{Path: "data.context.session.user_id", What: "is new; spelt otherwise than data.context.session.userId, which is absent", Decision: User}},
		{"amr null", sample, `"amr": [
          "PASSWORD",
          "MULTIFACTOR_AUTHENTICATION",
          "POP_SOFTWARE_KEY"
        ]`, `"amr": null`, Difference{Path: "data.context.session.amr", What: "is new; no sample has it", Decision: Evidence}},
		{"status of another kind", sample, `"status": "ACTIVE"`, `"status": "PAUSED"`, Difference{Path: "data.context.session.status", What: "is upper; the samples have word ACTIVE", Decision: Evidence}},
		{"another user", sample, `"uid": "00u1q8tMo3zV0OfJON0g3"`, `"uid": "00u1q8tMo3zV0OfJON0g4"`, Difference{Path: "data.access.claims.uid", What: "differs from data.identity.claims.sub; in the samples it is the other way round", Decision: User}},
		{"issuer's host", sample, `"uri": "https://hopital.okta.com/`, `"uri": "https://id.hopital.example/`, Difference{Path: "source", What: "differs from data.context.protocol.issuer.uri; in the samples it is the other way round", Decision: Issuer}},
		{"idp of another kind", sample, `"type": "OKTA"`, `"type": "X509"`, Difference{Path: "data.context.session.idp.type", What: "is word X509; the samples have word OKTA", Decision: OrgID}},
		{"a new member", sample, `"mfaActive": true`, `"mfaActive": true, "riskLevel": "LOW"`, Difference{Path: "data.context.session.riskLevel", What: "is new; no sample has it", Decision: None}},
		{"original grant moved", "refresh-with-id-token.json", `"originalGrant"`, `"original_grant"`, Difference{}},
		{"an expiry as a number", sample, `"expiresAt": "2026-03-02T10:15:11.000Z"`, `"expiresAt": 1772439312`, Difference{Path: "data.context.session.expiresAt", What: "is number; the samples have time", Decision: Evidence}},
	}
	bodies := samples(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(string(bodies[tt.file]), tt.from, tt.to, 1)
			if body == string(bodies[tt.file]) {
				if strings.Contains(tt.from, "riginalGrant") {
					body = strings.Replace(body, `"OriginalGrant"`, tt.to, 1)
				}
				if body == string(bodies[tt.file]) {
					t.Fatalf("%s does not hold %s", tt.file, tt.from)
				}
			}
			shape, err := Of([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			list := Compare([]Shape{shape, shape}, reference)
			if tt.want.Path == "" {
				if len(list) == 0 || list[0].Decision != Renewal {
					t.Errorf("got %+v, want a difference on renewal first", list)
				}
				return
			}
			tt.want.Call, tt.want.Calls = shape.Call, 2
			if !slices.Contains(list, tt.want) {
				t.Errorf("got %+v, want %+v among them", list, tt.want)
			}
		})
	}
}

func TestSamplesDoNotDiffer(t *testing.T) {
	t.Parallel()
	reference, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	if list := Compare(reference, reference); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
	unknown, err := Of([]byte(`{"data":{"context":{"protocol":{"request":{"response_type":"token code id_token"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if list := Compare([]Shape{unknown}, reference); !slices.ContainsFunc(list, func(d Difference) bool { return d.What == "no sample of this kind of call" && d.Decision == Renewal }) {
		t.Errorf("got %+v", list)
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shapes.jsonl")
	bodies := samples(t)
	for _, calls := range []int{3, MaxCalls} { // the second goes on where the first ended, and ends by itself
		r, err := NewRecorder(path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for range calls {
			r.record(t.Context(), bodies["authorization-code.json"])
			r.record(t.Context(), []byte("{"))
		}
		r.Take(bodies["authorization-code.json"]) // waits for Run, which ends at once
		r.Take(bodies["authorization-code.json"]) // no room for it: it is skipped
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Run(ended); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	list, err := Read(file)
	if err != nil || len(list) != MaxCalls {
		t.Errorf("%d shapes, %v; want %d", len(list), err, MaxCalls)
	}
}

func TestRecorderRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := NewRecorder(dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "other")
	if err := os.WriteFile(path, []byte("a file of somebody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRecorder(path, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "line 1 is not the shape of a call") {
		t.Errorf("another file: %v", err)
	}
}

// For every call, the shape is bounded and can be read again, and its only runs of digits are
// lengths and marks.
func FuzzOf(f *testing.F) {
	for _, body := range samples(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		shape, err := Of(body)
		if err != nil {
			return
		}
		line, err := json.Marshal(shape)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := Read(io.MultiReader(bytes.NewReader(line), strings.NewReader("\n"))); err != nil || len(list) != 1 {
			t.Errorf("%s cannot be read again: %v", line, err)
		}
		if strings.Contains(string(line), "@") {
			t.Errorf("%s holds an address", line)
		}
	})
}
