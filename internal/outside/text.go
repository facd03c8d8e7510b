package outside

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns the content of a text file as UTF-8 without a byte order mark; see [TextReader].
func Text(raw []byte) ([]byte, error) {
	r, err := TextReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r) // cannot fail: all is in memory
}

// TextReader reads a text as UTF-8 without a byte order mark, whatever editor or shell wrote it. It
// accepts UTF-8, and UTF-16 of either byte order, as Windows PowerShell writes it. It recognises
// UTF-16 by the mark or by the zero bytes of the first two characters. It reads anything else
// unchanged. The error says how to save the file. An error of r comes when reading.
func TextReader(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	head, _ := in.Peek(4) // fewer bytes at the end of the text
	starts := func(mark string) bool { return bytes.HasPrefix(head, []byte(mark)) }
	long := len(head) == 4
	switch {
	case starts("\xef\xbb\xbf"):
		_, err := in.Discard(3)
		return in, err
	case starts("\xff\xfe\x00\x00"), starts("\x00\x00\xfe\xff"):
		return nil, errors.New("is UTF-32, which is not read: save it as UTF-8")
	case starts("\xff\xfe"), long && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return fromUTF16(in, unicode.LittleEndian), nil
	case starts("\xfe\xff"), long && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return fromUTF16(in, unicode.BigEndian), nil
	}
	return in, nil
}

func fromUTF16(r io.Reader, order unicode.Endianness) io.Reader {
	return transform.NewReader(r, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
}
