package oktaemu_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pschook/oktaemu"
)

// A page is in the language that was chosen on it. The choice outlasts a failed sign-in, and the page
// that answers the form, which cannot be had again, offers no other.
func TestLanguageOfPages(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	surfer := newBrowser(t)
	target := authorizeURL(org, url.Values{"state": {`a&b="c`}})
	english := surfer.get(target)
	link := regexp.MustCompile(`href="(\?[^"]*lang=fr)"`).FindStringSubmatch(english.body)
	if link == nil || !strings.Contains(english.body, `<html lang="en">`) {
		t.Fatalf("no link to French: %s", english.body)
	}
	at, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	there, err := at.Parse(html.UnescapeString(link[1]))
	if err != nil || there.Query().Get("state") != `a&b="c` || there.Path != at.Path {
		t.Fatalf("the link leads to %v, %v", there, err)
	}
	french := surfer.get(there.String())
	if !strings.Contains(french.body, `<html lang="fr">`) || !strings.Contains(french.body, "Choisir une personne") {
		t.Errorf("in French: %s", french.body)
	}
	refused := surfer.signIn(there.String(), url.Values{"username": {"cpx@hopital.example"}, "password": {"nonsense"}})
	if !strings.Contains(refused.body, "Identifiants inconnus") || strings.Contains(refused.body, "lang=en") {
		t.Errorf("after a failed sign-in: %s", refused.body)
	}
}
