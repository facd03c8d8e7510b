package otlpsink_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"

	"pschook/cmd/bench/internal/otlpsink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func message(field protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), bytes.Join(parts, nil))
}

// export is a request with three spans in two scopes, among fields that do not count.
func export() []byte {
	span := message(2, message(5, []byte("okta token hook")))
	resource := message(1, message(1, []byte("service.name")))
	return bytes.Join([][]byte{
		message(1, resource, message(2, message(1, []byte("scope")), span, span)),
		message(1, message(2, span), message(3, []byte("schema"))),
		protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 7),
	}, nil)
}

func TestCountSpans(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		message []byte
		want    int
		wantErr string
	}{
		{name: "none"},
		{name: "three", message: export(), want: 3},
		{name: "cut_off", message: export()[:20], wantErr: "not an OTLP export"},
		{name: "cut_off_inside", message: message(1, []byte{0x12, 0x7f}), wantErr: "not an OTLP export"},
		{name: "bad_tag", message: []byte{0xff}, wantErr: "not an OTLP export"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := otlpsink.CountSpans(tt.message)
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func FuzzCountSpans(f *testing.F) {
	f.Add(export())
	f.Add(export()[:20])
	f.Fuzz(func(t *testing.T, message []byte) {
		if n, err := otlpsink.CountSpans(message); n < 0 || n > len(message) || err != nil && n != 0 {
			t.Errorf("%d spans in %d bytes, %v", n, len(message), err)
		}
	})
}

func TestSink(t *testing.T) {
	t.Parallel()
	sink, err := otlpsink.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(export()); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	post := func(body []byte, encoding string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sink.URL(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", encoding)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("status %d, want %d", response.StatusCode, want)
		}
	}
	post(export(), "", http.StatusOK)
	post(packed.Bytes(), "gzip", http.StatusOK)
	post([]byte{0xff}, "", http.StatusBadRequest)
	post([]byte("plain"), "gzip", http.StatusBadRequest)
	if sink.Spans() != 6 {
		t.Errorf("%d spans, want 6", sink.Spans())
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
}
