package hooks_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pschook/internal/testneed"
	"pschook/oktaemu"
)

const secret = "only-for-tests"

// patience is more than a busy machine needs; Okta's 3 s are not what is tested.
const patience = time.Minute

// TestHooksOfTheGuide saves each hook of the guide under the name that stands before it, runs it on a free port, and has
// it checked. It skips those whose language is not installed; see testneed.RequireEnv.
func TestHooksOfTheGuide(t *testing.T) {
	t.Parallel()
	codes := map[string]map[string]string{"en": blocks(t, "en"), "fr": blocks(t, "fr")}
	for name, program := range map[string]string{"hook.mjs": "node", "hook.py": "python3", "Hook.java": "java"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := codes["en"][name]
			if code == "" || code != codes["fr"][name] {
				t.Fatalf("the guides in both languages do not have the same %s", name)
			}
			if program == "java" {
				testneed.Need(t, "javac") // which java needs to run a source
			}
			url := run(t, testneed.Need(t, program), name, code)
			for given, fine := range map[string]bool{secret: true, "wrong": false} {
				verdicts, err := oktaemu.CheckHook(t.Context(), oktaemu.Options{Hook: oktaemu.Hook{URL: url, Secret: given}, HookTimeout: patience})
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range verdicts {
					if v.OK != fine || v.Warning != "" || fine && v.Outcome != oktaemu.HookApplied {
						t.Errorf("secret %q, %s: %s: %s %s", given, v.Minting, v.Outcome, v.Reason, v.Warning)
					}
				}
			}
		})
	}
}

// blocks are the code blocks of the guide in that language, by the file's name in the paragraph before.
func blocks(t *testing.T, language string) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", language, "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)`([Hh]ook\\.[a-z]+)`[^`]*```(?:js|python|java)\n(.*?)\n```").FindAllStringSubmatch(string(page), -1) {
		found[m[1]] = m[2]
	}
	return found
}

// run starts the hook and returns its address.
func run(t *testing.T, program, name, code string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, file)
	cmd.Env = append(cmd.Environ(), "PORT=0", "HOOK_SECRET="+secret)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the end of the test has killed it
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the hook did not start: %v", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/"
}
