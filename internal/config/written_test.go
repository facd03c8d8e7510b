package config_test

import (
	"errors"
	"strings"
	"testing"

	"pschook/internal/config"
)

// A path to write to must be a file, or not exist yet. A running service goes on without the file;
// a new service does not start.
func TestFilesToWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, fault := range map[string]string{"new": "", ".": "is a directory", "/dev/null": "is not a regular file"} {
		for _, variable := range []string{"ORG_CACHE_FILE", "SHAPES_FILE"} {
			path := name
			if !strings.HasPrefix(name, "/") {
				path = dir + "/" + name
			}
			c, warnings, err := config.Load(t.Context(), source(map[string]string{variable: path}))
			if err != nil {
				t.Errorf("%s=%s stops a service: %v", variable, name, err)
			}
			_, _, err = config.Strict(c, warnings, err)
			if fault == "" {
				if err != nil {
					t.Errorf("%s=%s: %v", variable, name, err)
				}
				continue
			}
			var all *config.Error
			want := "PSCHOOK_" + variable + `: got "` + path + `": ` + fault + ", wanted a path that the service may write"
			if !errors.As(err, &all) || !strings.HasPrefix(all.Faults[0].String(), want) {
				t.Errorf("%s=%s: %v, want %s", variable, name, err, want)
			}
		}
	}
}
