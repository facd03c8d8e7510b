package commands

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// DebugContext tells Okta's System Log how an answer came about, so that an entry there
// and the service's own trace can be joined (Okta developer docs, concepts/inline-hooks,
// "debugContext"). It holds nothing about a person. Empty members are left out.
type DebugContext struct {
	Version   string // of the service
	Outcome   string // as in the metric pschook_hook_requests_total
	Rule      string // of the AMR policy
	TIDSource string // where the org id came from
	TraceID   string
}

// AppendDebugContext adds d to answer, a JSON object that is not empty and ends with
// its brace, as the other functions here make it, and returns it. The error says that
// answer is no such object, or that a member of d is not valid UTF-8 (RFC 8259, section
// 8.1); answer's own bytes may be overwritten even then.
func AppendDebugContext(answer []byte, d DebugContext) ([]byte, error) {
	out, ok := bytes.CutSuffix(answer, []byte("}"))
	if !ok || len(out) < 2 {
		return nil, errors.New("debug context: the answer is no JSON object")
	}
	out = append(out, `,"debugContext":{`...)
	var err error
	first := true
	for _, m := range [...]struct{ name, value string }{
		{`"version":`, d.Version}, {`"outcome":`, d.Outcome}, {`"rule":`, d.Rule}, {`"tid_source":`, d.TIDSource}, {`"trace_id":`, d.TraceID},
	} {
		if m.value == "" {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		if out, err = jsontext.AppendQuote(append(out, m.name...), m.value); err != nil {
			return nil, err
		}
	}
	return append(out, "}}"...), nil
}
