package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

const secret = "correct-horse-battery"

// good is the least that loads.
func good() map[string]string {
	return map[string]string{"OKTA_ORG_URL": "https://acme.okta.com", "HOOK_SECRETS": secret}
}

// source lays set over good; an empty value takes a variable away.
func source(set map[string]string) config.Source {
	src := config.Source{}
	for _, layer := range []map[string]string{good(), set} {
		for name, value := range layer {
			src[config.Prefix+name] = value
		}
	}
	return src
}

// write makes a file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	got, warnings, err := config.Load(t.Context(), source(nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 0 {
		t.Errorf("warnings: %v", warnings)
	}
	want := &config.Config{
		ListenAddr: ":8080", AdminAddr: "127.0.0.1:9090", ShutdownTimeout: 10 * time.Second,
		Log:    config.Log{Level: slog.LevelInfo, Format: "json"},
		Okta:   config.Okta{OrgURL: &url.URL{Scheme: "https", Host: "acme.okta.com"}},
		Hook:   config.Hook{AuthHeader: "Authorization", Secrets: config.Secrets{secret}, Timeout: 2 * time.Second, OnFailure: config.OnFailureDeny},
		Claims: config.Claims{AccessToken: config.List{"oid", "tid", "amr"}, IDToken: config.List{"tid"}, Reserved: "developer", OIDFormat: config.FormatRaw, TIDFormat: config.FormatRaw},
		TID:    config.TID{Source: config.SourceWellKnown, CacheTTL: time.Hour},
		RP:     config.RP{Scopes: config.Words{"openid", "profile", "email"}, Profile: "psc"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

var _ = []any{errors.New, fmt.Sprint, strings.Join}
