package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"go.yaml.in/yaml/v3"

	"pschook/internal/config"
)

// TestSecretPrintsRedacted prints a configuration in every possible way and looks for its secrets.
func TestSecretPrintsRedacted(t *testing.T) {
	t.Parallel()
	c := config.Config{
		Okta: config.Okta{APIToken: secret},
		Hook: config.Hook{Secrets: config.Secrets{secret, secret}},
		RP:   config.RP{ClientSecret: secret},
	}
	outputs := map[string]string{}
	for _, verb := range "vsqxXdtbcoOUeEfFgG" { // all but %T, which prints the type, and %p, which go vet refuses
		for _, flag := range []string{"", "+", "#", " ", "40"} {
			format := "%" + flag + string(verb)
			outputs[format] = fmt.Sprintf(format, c) + fmt.Sprintf(format, &c.Okta) + fmt.Sprintf(format, c.Hook.Secrets) + fmt.Sprintf(format, c.Okta.APIToken)
		}
	}
	outputs["String"] = c.Okta.APIToken.String()
	outputs["error"] = fmt.Errorf("refused: %w", fmt.Errorf("%v", c.Okta.APIToken)).Error()
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", c.Okta.APIToken, "list", c.Hook.Secrets, "config", c)
	}
	outputs["slog"] = log.String()
	for name, marshal := range map[string]func(any) ([]byte, error){
		"json":   json.Marshal,
		"jsonv2": func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		"yaml":   yaml.Marshal,
	} {
		text, err := marshal(map[string]any{"okta": c.Okta.APIToken, "hook": c.Hook.Secrets, "rp": c.RP})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		outputs[name] = string(text)
	}
	hexadecimal := fmt.Sprintf("%x", secret)
	for how, text := range outputs {
		if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), hexadecimal) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
		if !strings.Contains(text, "[redacted]") {
			t.Errorf("%s does not say [redacted]: %s", how, text)
		}
	}
}
