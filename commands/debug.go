package commands

import "github.com/go-json-experiment/json"

// DebugContext tells Okta's System Log how an answer came about, so that an entry there
// and the service's own trace can be joined (Okta developer docs, concepts/inline-hooks,
// "debugContext"). It holds nothing about a person. Empty members are left out.
type DebugContext struct {
	Version   string `json:"version,omitzero"`    // of the service
	Outcome   string `json:"outcome,omitzero"`    // as in the metric pschook_hook_requests_total
	Rule      string `json:"rule,omitzero"`       // of the AMR policy
	TIDSource string `json:"tid_source,omitzero"` // where the org id came from
	TraceID   string `json:"trace_id,omitzero"`
}

// appendEnd ends an answer, a JSON object with a member, with its debug context; nil: it has none.
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
