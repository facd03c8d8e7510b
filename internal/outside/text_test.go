package outside_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"pschook/internal/outside"
)

func TestText(t *testing.T) {
	t.Parallel()
	const key = "\x30\x82\x01\x0a\x00\x00" // DER
	tests := []struct{ name, raw, want, fault string }{
		{"UTF-8", "é\n", "é\n", ""},
		{"empty", "", "", ""},
		{"one byte", "\xff", "\xff", ""},
		{"UTF-8 with a mark", "\xef\xbb\xbf{}", "{}", ""},
		{"a mark alone", "\xff\xfe", "", ""},
		{"UTF-16 little-endian", "\xff\xfe{\x00\xe9\x00}\x00", "{é}", ""},
		{"UTF-16 big-endian", "\xfe\xff\x00{\x20\x19\x00}", "{’}", ""},
		{"little-endian without a mark", "e\x00y\x00J\x00", "eyJ", ""},
		{"big-endian without a mark", "\x00e\x00y\x00J", "eyJ", ""},
		{"beyond the first plane", "\xff\xfe\x3d\xd8\x00\xde", "😀", ""},
		{"half a character", "\xff\xfe{\x00}", "{\ufffd", ""},
		{"UTF-32", "\xff\xfe\x00\x00{\x00\x00\x00", "", "is UTF-32, which is not read: save it as UTF-8"},
		{"UTF-32 big-endian", "\x00\x00\xfe\xff\x00\x00\x00{", "", "is UTF-32, which is not read: save it as UTF-8"},
		{"binary", key, key, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := outside.Text([]byte(tt.raw))
			if string(got) != tt.want || text(err) != tt.fault {
				t.Errorf("got %q, %v; want %q, %q", got, err, tt.want, tt.fault)
			}
		})
	}
}

// Text turns UTF-16 into UTF-8 and leaves UTF-8 unchanged.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "\xef\xbb\xbf{}", "eyJ", "\xff\xfe\x00\xd8"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := outside.Text(raw)
		if err != nil {
			return
		}
		if again, err := outside.Text(got); utf8.Valid(raw) && !bytes.ContainsRune(raw, 0) && (err != nil || !bytes.Equal(again, bytes.TrimPrefix(got, []byte("\ufeff")))) {
			t.Errorf("%q gives %q, and that %q, %v", raw, got, again, err)
		}
	})
}
