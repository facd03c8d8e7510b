package shapes

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pschook/hook"
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

// A person who is named at any place of a call, in any spelling, is not in its shape, and the name
// is no word of the closed list of members.
func TestPersonAtAnyPlace(t *testing.T) {
	t.Parallel()
	person := []string{
		"Marie", "Curie", "marie.curie", "MARIE CURIE", "Marie-Curie", "mariecurie", "marie_curie", "curie@hopital.example", "TWFyaWUgQ3VyaWU=", "Q3VyaWU",
		"https://hopital.example/marie?login_hint=curie#Curie", "http://curie@hopital.example/users/curie", "Mozilla/5.0 (Marie)", "Médecins de Curie", "1867110719340704",
	}
	var sample any
	if err := json.Unmarshal(samples(t)["authorization-code.json"], &sample); err != nil {
		t.Fatal(err)
	}
	for _, name := range person {
		places := 0
		for n := 0; ; n++ {
			left := n
			changed, done := named(sample, name, &left)
			if !done {
				break
			}
			places++
			body, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			shape, err := Of(body)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(shape)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"marie", "curie", "decins", "TWFya", "Q3Vya", "Mozilla", "hopital", "18671107"} {
				if strings.Contains(strings.ToLower(string(text)), strings.ToLower(part)) {
					t.Fatalf("%q at place %d is in the shape as %q", name, n, part)
				}
			}
		}
		if places < 150 {
			t.Errorf("%q was only at %d places", name, places)
		}
	}
}

// named returns a copy of a value with the person at its left-th place: as a further member of an
// object, with a value, or with one in a list, or as a value. done is false if there are fewer places.
func named(value any, person string, left *int) (changed any, done bool) {
	here := func() bool { *left--; return *left == -1 }
	switch v := value.(type) {
	case map[string]any:
		for _, member := range []any{1, map[string]any{"id": person}, []any{[]any{person}}} {
			if here() {
				object := maps.Clone(v)
				object[person] = member
				return object, true
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if changed, done := named(v[name], person, left); done {
				object := maps.Clone(v)
				object[name] = changed
				return object, true
			}
		}
	case []any:
		if here() {
			return append(slices.Clone(v), person), true
		}
		for i := range v {
			if changed, done := named(v[i], person, left); done {
				list := slices.Clone(v)
				list[i] = changed
				return list, true
			}
		}
	default:
		if here() {
			return person, true
		}
	}
	return value, false
}

// What a shape calls a renewal is what the hook takes for one, whatever the member's name.
func TestRenewalIsThatOfTheHook(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"marie", "Curie", "sub", "x", "refreshToken", "RENEW", "re-new", "originalGrant", "o.r.i.g.i.n.a.l", "grand", "grant2", "ungranted", "1grant", "re new", "a b", "a\tb", `a"b`,
		`a\b`, "a/b", "a<b", "a'b", "é", "a\u007fb", "a\u0000b", "agent", "gr4nt", "gran_t", "scope", strings.Repeat("z", 41), strings.Repeat("z", 60) + "renew",
	} {
		member, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(`{"eventType":"` + hook.EventType + `","data":{"context":{"protocol":{"request":{` + string(member) + `:1}}}}}`)
		request, err := hook.Decode(body)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		shape, err := Of(body)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		said := slices.ContainsFunc(slices.Collect(maps.Keys(shape.Forms)), func(path string) bool { return decisionOn(path) == Renewal })
		if said != request.Renewal {
			t.Errorf("%q: the shape says renewal %t (%v), the hook %t", name, said, shape.Forms, request.Renewal)
		}
	}
}

// The members of the samples are named by known words.
func TestMemberNames(t *testing.T) {
	t.Parallel()
	reference, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range reference {
		for path := range s.Forms {
			if strings.Contains(path, "(name of") {
				t.Errorf("%s: %s", s.Call, path)
			}
		}
	}
}

func TestNamesThatMayBeData(t *testing.T) {
	t.Parallel()
	shape, err := Of([]byte(`{"marie@hopital.example":1,"00u1q8tMo3zV0OfJON0g3":{"x":2},"data":{"access":{"scopes":{"marie":{"id":"scp1"}}}},"` + strings.Repeat("a", 41) + `":3,"claim_name":4,"scopes":{"curie":1},"marie":5,"Curie":{"sub":6},"é":7,"reneweddurand":8,"userID":9,"auth-time":10}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"(name of 1, of a renewal)", "(name of 13, of a renewal)", "(name of 21)", "(name of 21).(name of 1)", "(name of 41)", "(name of 5)", "(name of 5).sub", "auth-time",
		"claim_name", "data.access.scopes.*.id", "scopes.*", "userID",
	}
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
		{"user null", sample, `"id": "00u1q8tMo3zV0OfJON0g3"`, `"id": null`, Difference{Path: "data.context.user.id", What: "is null; the samples have okta-id 00u", Decision: User}},
		{"no event type", sample, `"eventType": "com.okta.oauth2.tokens.transform",`, ``, Difference{Path: "eventType", What: "is absent; all samples have it", Decision: Call}},
		{"another event type", sample, `"eventType": "com.okta.oauth2.tokens.transform"`, `"eventType": "com.okta.oauth2.tokens.transform.v2"`, Difference{Path: "eventType", What: "is text; the samples have word com.okta.oauth2.tokens.transform", Decision: Call}},
		{"no id of the request", sample, `"id": "reqZ001VxT8aQz3"`, `"number": "reqZ001VxT8aQz3"`, Difference{Path: "data.context.request.id", What: "is absent; all samples have it", Decision: Joining}},
		{"claims of another type", sample, `"claims": {`, `"claims": [], "x": {`, Difference{Path: "data.identity.claims", What: "is new; no sample has it", Decision: Tokens}},
		{"a name that may mean a renewal", sample, `"mfaActive": true`, `"renewedby": true, "reneweddurand": true`, Difference{Path: "data.context.session.(name of 13, of a renewal)", What: "is new; no sample has it", Decision: Renewal}},
		{"issuer moved", sample, `"issuer": {`, `"origin": {`, Difference{Path: "data.context.protocol.origin.uri", What: "is new; moved from data.context.protocol.issuer.uri, which is absent", Decision: Issuer}},
		{"client's id as a number", sample, `"client_id": "0oa9pscdeleg1Wk2Q0g5"`, `"client_id": 7`, Difference{Path: "data.context.protocol.request.client_id", What: "is number; the samples have okta-id 0oa", Decision: Client}},
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

// The file never grows beyond what Read reads, whatever the calls are and however many processes
// write into it.
func TestRecorderFillsNoDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shapes.jsonl")
	words := strings.Fields("access client claims context data email event grant group header issuer language method network policy profile")
	object := make(map[string]int)
	for i := range maxMembers - 1 {
		object[words[i%16]+"_"+words[i/16%16]+"_"+words[i/256]] = i
	}
	call, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	var recorders []*Recorder
	for range 3 {
		r, err := NewRecorder(path, slog.New(slog.NewTextHandler(&lines, nil)))
		if err != nil {
			t.Fatal(err)
		}
		recorders = append(recorders, r)
	}
	if err := os.Truncate(path, MaxFileBytes-20_000); err != nil { // zeros up to there
		t.Fatal(err)
	}
	for range 10 {
		for _, r := range recorders {
			r.record(t.Context(), call)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Size() > MaxFileBytes {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	if got := strings.Count(lines.String(), "the file is full: 8 MiB"); got != len(recorders) {
		t.Errorf("%d lines say that the file is full: %s", got, &lines)
	}
	for _, r := range recorders {
		_ = r.file.Close() // only read from here on
	}
}

func TestRecorderRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := NewRecorder(dir, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "other")
	for _, line := range []string{"a file of somebody", `{"call":"x"}`, `{"call":"\u001b[31m","forms":{}}`, `{"call":"x","forms":{"a\u202eb":["text 1"]}}`, `{"call":"x","forms":{"a":["text\n1"]}}`} {
		if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewRecorder(path, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "line 1 is not the shape of a call") {
			t.Errorf("%s: %v", line, err)
		}
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
