package payload_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pschook/cmd/bench/internal/payload"
	"pschook/commands"
	"pschook/hook"
)

func sample(t *testing.T) payload.Call {
	t.Helper()
	text, err := os.ReadFile("../../../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	call, err := payload.Sample(text)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// TestAnswerIsRight holds the answer that targets are judged by to what the golden files of the hook's contract say.
func TestAnswerIsRight(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../testdata/answers/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct{ Body json.RawMessage }
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if err := payload.Check(golden.Body); err != nil {
		t.Error(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	right, err := payload.Answer()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, body, want string }{
		{name: "empty", body: "", want: "not JSON"},
		{name: "nothing_to_add", body: "{}", want: `the answer is "{}", wanted`},
		{name: "refused", body: `{"error":{"errorSummary":"no"}}`, want: "errorSummary"},
		{name: "other_tid", body: strings.ReplaceAll(string(right), payload.TID, "00oOther"), want: "00oOther"},
		{name: "no_amr", body: strings.ReplaceAll(string(right), `"swk",`, ""), want: "wanted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := payload.Check([]byte(tt.body)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	call := sample(t)
	if got := len(call.Serials()); got != 3 {
		t.Errorf("%d serial numbers, want one in eventId and in each jti", got)
	}
	if _, err := hook.Decode(call.Body); err != nil {
		t.Error(err)
	}
	if _, err := payload.Sample([]byte(`{"data":{}}`)); err == nil || !strings.Contains(err.Error(), "neither an eventId nor a jti") {
		t.Errorf("a request without ids: %v", err)
	}
}

// TestSized holds that a call of any size has that size, and that the service reads from it what the answer is made of.
func TestSized(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 1025, 4 << 10, 200 << 10} {
		call, err := payload.Sized(size)
		if err != nil {
			t.Fatal(err)
		}
		if len(call.Body) != size {
			t.Errorf("%d bytes, want %d", len(call.Body), size)
		}
		req, err := hook.Decode(call.Body)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if got := answer(t, req); payload.Check(got) != nil {
			t.Errorf("%d bytes: %v", size, payload.Check(got))
		}
	}
	if _, err := payload.Sized(100); err == nil || !strings.Contains(err.Error(), "are needed at least") {
		t.Errorf("100 bytes: %v", err)
	}
}

func answer(t *testing.T, req *hook.Request) []byte {
	t.Helper()
	builder, err := commands.New(commands.Options{})
	if err != nil {
		t.Fatal(err)
	}
	facts := req.Facts()
	facts.OrgID = payload.TID
	decision, err := builder.Decide(facts)
	if err != nil {
		t.Fatal(err)
	}
	out, err := commands.AppendCommands(nil, decision.Commands, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
