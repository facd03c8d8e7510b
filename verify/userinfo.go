package verify

import "bytes"

// parseUserInfo reads a userinfo response: one strict JSON object (OpenID
// Connect Core §5.3.2).
func parseUserInfo(text []byte) (object, error) {
	return parseObject(bytes.TrimSpace(text))
}
