package outside_test

import (
	"strings"
	"testing"

	"pschook/internal/outside"
)

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := outside.Read(strings.NewReader("1234"), 4)
	if string(got) != "1234" || err != nil {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	got, err = outside.Read(strings.NewReader("12345"), 4)
	if got != nil || text(err) != "more than 4 bytes" {
		t.Errorf("beyond the limit: %q, %v", got, err)
	}
}
