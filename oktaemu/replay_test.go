package oktaemu_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/testneed"
	"pschook/oktaemu"
)

// recordings are exchanges that real orgs had, and the program that replays them. They
// are no part of this repository.
const (
	recordings = "../../shared/data/okta-recorded"
	replayer   = "../../shared/tools/okta-replay"
)

// score counts exchanges by what their answer was: same, shape, status, absent.
type score map[string]int

func (s score) total() (n int) {
	for _, count := range s {
		n += count
	}
	return n
}

func (s score) String() string {
	return fmt.Sprintf("%d exchanges: %d same, %d shape, %d status, %d absent; same %.1f %%",
		s.total(), s["same"], s["shape"], s["status"], s["absent"], 100*s.share())
}

func (s score) share() float64 { return float64(s["same"]) / float64(max(s.total(), 1)) }

// TestRecordedExchanges replays what real orgs answered. Each story runs on an org with
// the features and the profile attributes of the org that it was recorded with, since
// those show in the answers; then all run on one org as it comes.
func TestRecordedExchanges(t *testing.T) {
	t.Parallel()
	stories, err := filepath.Glob(recordings + "/*.jsonl")
	if err != nil || len(stories) == 0 {
		t.Skipf("no recorded exchanges in %s", recordings)
	}
	python := testneed.Need(t, "python3")
	families := map[string]score{}
	for org, stories := range orgsOf(t, stories) {
		replay(t, python, org, stories, families)
	}
	all := sum(families)
	t.Logf("orgs like the recorded ones: %v", all)
	for _, name := range slices.Sorted(maps.Keys(families)) {
		t.Logf("  %-32s %v", name, families[name])
	}
	// What is not the same is about things of that org that no request made (users, groups,
	// a hook key, a refresh token), or about apps of Okta's catalogue.
	for name, least := range map[string]float64{
		".well-known/okta-organization": 1, "api/v1/authorizationServers": 0.98, "api/v1/inlineHooks": 1, "api/v1/eventHooks": 1,
		"api/v1/hook-keys": 0.6, "api/v1/groups": 0.95, "api/v1/apps": 0.97, "api/v1/users": 0.83, "oauth2/v1/clients": 1,
	} {
		if got := families[name].share(); got < least {
			t.Errorf("%s: %v, want at least %.0f %% the same", name, families[name], 100*least)
		}
	}
	if all.share() < 0.949 {
		t.Errorf("%v, want at least 94.9 %%", all)
	}
	usual := map[string]score{}
	asItComes := newOrg(t, oktaemu.Options{})
	replay(t, python, asItComes, stories, usual)
	// No org with one set of features can answer more than 814 the same: the recorded ones contradict each other.
	if all = sum(usual); all.share() < 0.751 {
		t.Errorf("one org as it comes: %v, want at least 75.1 %%", all)
	}
	t.Logf("one org as it comes: %v", all)
	left := export(t, asItComes, true)
	if again := export(t, seeded(t, left), true); again != left {
		t.Errorf("what the recordings left in it does not come back from a seed (-left +again):\n%s", cmp.Diff(left, again))
	}
}

func sum(families map[string]score) score {
	all := score{}
	for _, s := range families {
		for kind, n := range s {
			all[kind] += n
		}
	}
	return all
}

// replay runs the stories on org and adds what came of them to families.
func replay(t *testing.T, python string, org *oktaemu.Org, stories []string, families map[string]score) {
	t.Helper()
	args := append([]string{replayer, "--url", org.URL(), "--token", org.APIToken()}, stories...)
	out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", stories, err, out)
	}
	line := regexp.MustCompile(`(?m)^(\S+) +\d+ exchanges: (\d+) same, (\d+) shape, (\d+) status, (\d+) absent$`)
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		s := families[m[1]]
		if s == nil {
			s = score{}
			families[m[1]] = s
		}
		for i, kind := range []string{"same", "shape", "status", "absent"} {
			n, err := strconv.Atoi(m[2+i])
			if err != nil {
				t.Fatal(err)
			}
			s[kind] += n
		}
	}
}

// orgsOf starts an org for all stories that were recorded with the same features and
// attributes. What shows nowhere in a story, its org need not have.
func orgsOf(t *testing.T, stories []string) map[*oktaemu.Org][]string {
	t.Helper()
	alike := map[string]*oktaemu.Org{}
	groups := map[*oktaemu.Org][]string{}
	for _, story := range stories {
		text, err := os.ReadFile(story)
		if err != nil {
			t.Fatal(err)
		}
		features, attributes := featuresOf(string(text)), attributesOf(t, string(text))
		key := fmt.Sprint(features, attributes)
		if alike[key] == nil {
			alike[key] = newOrg(t, oktaemu.Options{Features: features})
			for _, body := range attributes {
				api(t, alike[key], "POST", "/api/v1/meta/schemas/user/default", json.RawMessage(body), http.StatusOK, nil)
			}
		}
		groups[alike[key]] = append(groups[alike[key]], story)
	}
	return groups
}

func featuresOf(story string) []oktaemu.Feature {
	features := []oktaemu.Feature{}
	for _, sign := range []struct {
		feature oktaemu.Feature
		text    string
	}{
		{"identity-threat-protection", `"itpEnabled": ?true|"universalLogout": ?\{"status": ?"DISABLED"`}, {"single-logout", `"answer":.*"participate_slo"`},
		{"realms", `"realmId"`}, {"group-owners", `/owners"`},
		{"no-api-access-management", "E0000015"},
	} {
		if regexp.MustCompile(sign.text).MatchString(story) {
			features = append(features, sign.feature)
		}
	}
	return features
}

// attributesOf returns the bodies with which a story adds attributes to the user schema.
func attributesOf(t *testing.T, story string) (bodies []string) {
	t.Helper()
	for line := range strings.Lines(story) {
		var x struct {
			Method, Path string
			Body         json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if x.Method == http.MethodPost && x.Path == "/api/v1/meta/schemas/user/default" && !strings.Contains(string(x.Body), "null") {
			bodies = append(bodies, string(x.Body))
		}
	}
	return bodies
}
