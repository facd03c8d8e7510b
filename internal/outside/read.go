package outside

import (
	"fmt"
	"io"
)

// Read reads all of r, up to limit bytes. More is an error, so that a cut text is never taken for
// the whole.
func Read(r io.Reader, limit int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(text) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return text, err
}
