package verify

import (
	"bytes"

	"pschook/internal/outside"
)

// parseUserInfo reads a userinfo response: one strict JSON object (OpenID
// Connect Core §5.3.2).
func parseUserInfo(text []byte) (outside.Object, error) {
	return outside.ParseObject(bytes.TrimSpace(text))
}
