package hook

import (
	"bytes"

	"pschook/internal/outside"
)

// maxDepth is how deep objects and arrays may be nested. Okta's calls have some eight levels. The
// JSON library allows 10,000 levels. A call of 60 KB nested that deep costs a thousand times as
// much as an ordinary call of that size: 3 ms and 1.7 MB.
const maxDepth = 128

// tooDeep reports whether a body is nested deeper than maxDepth. For a body that is not
// JSON the result has no meaning.
func tooDeep(body []byte) bool {
	// This count of two bytes costs almost nothing and decides every real call.
	if bytes.Count(body, []byte{'{'})+bytes.Count(body, []byte{'['}) <= maxDepth {
		return false
	}
	return outside.JSONLimits{Bytes: len(body), Depth: maxDepth, Values: len(body) + 1}.Check(body) != nil
}
