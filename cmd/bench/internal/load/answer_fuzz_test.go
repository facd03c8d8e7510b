package load

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// seeds are answers as the targets give them, and broken ones.
func seeds(tb testing.TB) []string {
	tb.Helper()
	return []string{
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.1 204 No Content\r\nDate: Mon, 02 Mar 2026 08:15:30 GMT\r\n\r\n",
		"HTTP/1.1 200 OK\r\ncontent-length:  3 \r\nKeep-Alive: timeout=5\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\n",
		"",
	}
}

// FuzzReadAnswer holds that what readAnswer takes, net/http reads alike.
func FuzzReadAnswer(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readAnswer(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil {
			return
		}
		if got.bytes > len(text) || len(got.body) > got.bytes {
			t.Fatalf("%d bytes with a body of %d, out of %d", got.bytes, len(got.body), len(text))
		}
		want, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil || len(want.TransferEncoding) > 0 || want.StatusCode < 200 || want.StatusCode == http.StatusNotModified || want.StatusCode == http.StatusNoContent {
			return // net/http is stricter, or says that there is no body whatever the header says
		}
		body, err := io.ReadAll(want.Body)
		if err != nil || want.StatusCode != got.status || !bytes.Equal(body, got.body) {
			t.Fatalf("got %d %q, net/http %d %q, %v", got.status, got.body, want.StatusCode, body, err)
		}
	})
}

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, body, want string }{
		{name: "whole", text: seeds(t)[0], body: "{}"},
		{name: "no_content", text: seeds(t)[1]},
		{name: "other_spelling", text: seeds(t)[2], body: "abc"},
		{name: "chunked", text: seeds(t)[3], want: "Content-Length from 0"},
		{name: "cut_off", text: seeds(t)[4], body: "abc\x00\x00", want: "body: unexpected EOF"},
		{name: "negative", text: seeds(t)[5], want: "Content-Length from 0"},
		{name: "old_version", text: seeds(t)[6], want: "not one of HTTP/1.1"},
		{name: "nothing", text: seeds(t)[7], want: "status line: EOF"},
		{name: "huge", text: "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", want: "Content-Length from 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAnswer(bufio.NewReader(strings.NewReader(tt.text)), nil)
			if tt.want == "" && (err != nil || got.bytes != len(tt.text)) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%d of %d bytes, %v, want %q", got.bytes, len(tt.text), err, tt.want)
			}
			if string(got.body) != tt.body {
				t.Errorf("body %q, want %q", got.body, tt.body)
			}
		})
	}
}
