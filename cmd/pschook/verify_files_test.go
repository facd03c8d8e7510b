package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/config"
)

// metadataByHand is a provider that needs no network.
const metadataByHand = `{"issuer":"https://op.example","authorization_endpoint":"https://op.example/a","token_endpoint":"https://op.example/t","jwks":{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}}`

// TestVerifyFilesThatCannotBeUsed: the message names the flag and the file, before anybody signs in.
func TestVerifyFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"md.json": metadataByHand, "cut.json": metadataByHand[:100], "id": "x"})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--metadata", at("md.json"), "--id-token", at("none")}, "--id-token: open "},
		{[]string{"--metadata", at("md.json"), "--id-token", at("id"), "--access-token", dir}, "--access-token: reading "},
		{[]string{"--metadata", at("md.json"), "--id-token", at("id"), "--userinfo", dir}, "--userinfo: reading "},
		{[]string{"--metadata", at("none"), "--id-token", at("id")}, "--metadata (PSCHOOK_RP_METADATA_FILE): open "},
		{[]string{"--metadata", at("cut.json"), "--id-token", at("id")}, "--metadata (PSCHOOK_RP_METADATA_FILE): \"" + at("cut.json") + "\": provider metadata: not the JSON object expected"},
		{[]string{"--metadata", "-", "--id-token", "-"}, "standard input can be read once only"},
		{[]string{"--metadata", at("md.json"), "--login", "--baseline", dir, "--update-baseline"}, "--baseline: \"" + dir + "\" is a directory: name a file"},
		{[]string{"--metadata", at("md.json"), "--login", "--baseline", at("no/b.json"), "--update-baseline"}, "name a file in a directory that exists and is writable"},
		{[]string{"--metadata", at("md.json"), "--id-token", at("id"), "--baseline", dir}, "name a file that can be read"},
		{[]string{"--metadata", at("md.json"), "--id-token", at("id"), "--baseline", at("md.json")}, "not a baseline: it is nested deeper"},
	} {
		args := append([]string{"verify", "--client-id", "c"}, tt.args...)
		if code, _, stderr := call(t, config.Source{}, args...); code != exitUsage || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit %d, %s; want 2, %q", tt.args, code, stderr, tt.want)
		}
	}
}

// TestMetadataFromStandardInput is read once, and used for all.
func TestMetadataFromStandardInput(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"id": "x"})
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"verify", "--client-id", "c", "--metadata", "-", "--id-token", filepath.Join(dir, "id")}, config.Source{},
		streams{in: strings.NewReader(metadataByHand), out: &stdout, err: &stderr})
	if code != exitFailure || !strings.Contains(stdout.String(), "an opaque token") {
		t.Errorf("exit %d, %s%s", code, stdout.String(), stderr.String())
	}
}

// TestCancelWhileReading: Ctrl-C ends the program also while it waits for a token from a terminal or pipe.
func TestCancelWhileReading(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string]string{"md.json": metadataByHand})
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() }) // never written: a read of in waits
	ctx, interrupt := context.WithCancel(t.Context())
	var stderr strings.Builder
	code := run(ctx, []string{"verify", "--client-id", "c", "--metadata", filepath.Join(dir, "md.json"), "--id-token", "-"}, config.Source{},
		streams{in: interrupting{in, interrupt}, out: io.Discard, err: &stderr})
	if code != exitCancelled || !strings.Contains(stderr.String(), "cancelled") {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}

// interrupting interrupts the program when it begins to read.
type interrupting struct {
	io.Reader

	interrupt func()
}

func (i interrupting) Read(p []byte) (int, error) {
	i.interrupt()
	return i.Reader.Read(p)
}
