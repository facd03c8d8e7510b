package verify

import (
	"bytes"
	"fmt"
)

// maxUserInfoBytes bounds a userinfo response. Okta's are under 2 kB.
const maxUserInfoBytes = 64 << 10

// parseUserInfo reads a userinfo response: one strict JSON object (OpenID
// Connect Core §5.3.2).
func parseUserInfo(text []byte) (object, error) {
	if len(text) > maxUserInfoBytes {
		return object{}, fmt.Errorf("more than %d bytes", maxUserInfoBytes)
	}
	return parseObject(bytes.TrimSpace(text))
}
