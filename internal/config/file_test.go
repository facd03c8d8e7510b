//go:build unix

package config_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"pschook/internal/config"
)

// TestOnlyRegularFiles gives each file variable something that is not a file, where a reader might
// block for ever.
func TestOnlyRegularFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, link, huge, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "huge"), filepath.Join(dir, "socket")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<40); err != nil { // a sparse file: it uses no space on the disk
		t.Fatal(err)
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: socket}); err != nil {
		t.Skip("the name of the directory is too long for a socket: ", err)
	}
	for path, want := range map[string]string{
		pipe: "is not a regular file", link: "is not a regular file", "/dev/zero": "is not a regular file", socket: "is not a regular file",
		dir: "is a directory", huge: "more than 4194304 bytes",
	} {
		if _, err := config.ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		for _, v := range config.Variables() {
			name := v.Name
			switch {
			case v.HasFile:
				name += "_FILE"
			case v.Type != config.TypeFile:
				continue
			}
			src := source(map[string]string{"HOOK_SECRETS": "", "HOOK_OAUTH_ISSUER": "https://a.example", "HOOK_OAUTH_AUDIENCE": "hook", "HOOK_OAUTH_CLIENT_IDS": "0oa1"})
			src[name] = path
			_, _, err := config.Load(t.Context(), src)
			if fault := firstFault(err, name); fault.Got != `"`+path+`": `+want {
				t.Errorf("%s=%s: %v", name, path, err)
			}
		}
		if _, _, err := config.ReadSecrets(path, "Authorization", false); firstFault(err, "PSCHOOK_HOOK_SECRETS_FILE").Got != `"`+path+`": `+want {
			t.Errorf("secrets read again from %s: %v", path, err)
		}
	}
}
