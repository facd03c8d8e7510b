package commands

import "github.com/go-json-experiment/json"

// DebugContext tells Okta's System Log how an answer was made. With it, an administrator can match
// an entry there with the service's own trace (Okta developer docs, concepts/inline-hooks,
// "debugContext"). It holds nothing about a person. Empty members are left out.
type DebugContext struct {
	Version   string `json:"version,omitzero"`    // version of the service
	Outcome   string `json:"outcome,omitzero"`    // as in the metric pschook_hook_requests_total
	Rule      string `json:"rule,omitzero"`       // name of the AMR rule
	TIDSource string `json:"tid_source,omitzero"` // where the org id came from
	TraceID   string `json:"trace_id,omitzero"`
}

// appendEnd closes the JSON object of an answer. It adds the debug context first, unless debug is
// nil. dst already holds at least one member.
func appendEnd(dst []byte, debug *DebugContext) ([]byte, error) {
	if debug == nil {
		return append(dst, '}'), nil
	}
	member, err := json.Marshal(debug)
	if err != nil {
		return nil, err
	}
	return append(append(append(dst, `,"debugContext":`...), member...), '}'), nil
}
