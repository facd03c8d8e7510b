package server

import (
	"os"
	"regexp"
	"testing"

	"pschook/internal/outcomes"
	"pschook/verify/words"
)

// Every word that the admin page uses exists in both languages, and every word that exists is used.
func TestAdminWords(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for file, pattern := range map[string]string{"admin.go": `t\["([a-z_]+)"\]`, "admin_page.go": `p\.(?:words\(|Words\[)"([a-z_]+)"`} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Fatalf("no words in %s: the search is broken", file)
		}
		for _, m := range found {
			used[m[1]] = true
		}
	}
	for _, outcome := range []string{"commands", "empty", "denied", "unauthorized", "forbidden", "malformed", "too_large", "error"} {
		used["outcome."+outcome] = true
	}
	for _, key := range []string{"on_failure.deny", "on_failure.omit", "level.substantiel", "level.eleve"} {
		used[key] = true
	}
	for _, result := range outcomes.Results() {
		used["okta_did."+string(result)], used["one."+string(result)] = true, true
	}
	for _, lang := range []words.Language{words.English, words.French} {
		words := adminWords(lang)
		for key := range used {
			if words[key] == "" {
				t.Errorf("%s: no word for %q", lang, key)
			}
		}
		for key := range words {
			if !used[key] {
				t.Errorf("%s: the word for %q is not used", lang, key)
			}
		}
	}
}
