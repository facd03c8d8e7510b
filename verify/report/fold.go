package report

import (
	"strings"

	"pschook/verify/words"
)

// Group are checks that are told together: one alone, or all that were skipped for the same cause.
type Group struct {
	Because string // the cause; "" for a check that stands alone
	Checks  []Check
}

// Fold groups the checks, each group where its first check stands. A single check that was skipped stands alone.
func Fold(checks []Check) []Group {
	times := make(map[string]int)
	for _, c := range checks {
		times[c.Because]++
	}
	var groups []Group
	at := make(map[string]int)
	for _, c := range checks {
		if c.Because == "" || times[c.Because] == 1 {
			groups = append(groups, Group{Checks: []Check{c}})
			continue
		}
		i, begun := at[c.Because]
		if !begun {
			i = len(groups)
			at[c.Because] = i
			groups = append(groups, Group{Because: c.Because})
		}
		groups[i].Checks = append(groups[i].Checks, c)
	}
	return groups
}

// IDs are the checks of the group, with commas between them.
func (g Group) IDs() string {
	ids := make([]string, len(g.Checks))
	for i, c := range g.Checks {
		ids[i] = c.ID
	}
	return strings.Join(ids, ", ")
}

// Reason says in one sentence why the checks of the group were skipped.
func (g Group) Reason() words.Text {
	return words.Say("%d checks were not made, because %s failed", "%d contrôles n'ont pas été faits, car %s a échoué", len(g.Checks), g.Because)
}
