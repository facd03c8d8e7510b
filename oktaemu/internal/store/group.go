package store

import (
	"regexp"
	"slices"
	"strings"

	"pschook/oktaemu/internal/wire"
)

// GroupRule puts users into groups (Okta developer docs, reference/api/groups, "Group rules").
type GroupRule struct {
	ID          string              `json:"id"`
	Type        string              `json:"type"`   // group_rule
	Status      string              `json:"status"` // ACTIVE, INACTIVE
	Name        string              `json:"name"`
	Created     wire.Stamp          `json:"created"`
	LastUpdated wire.Stamp          `json:"lastUpdated"`
	Conditions  GroupRuleConditions `json:"conditions"`
	Actions     GroupRuleActions    `json:"actions"`
}

// GroupRuleConditions say whom a rule is about.
type GroupRuleConditions struct {
	People struct {
		Users  Excluded `json:"users"`
		Groups Excluded `json:"groups"`
	} `json:"people"`
	Expression struct {
		Value string `json:"value"`
		Type  string `json:"type"` // urn:okta:expression:1.0
	} `json:"expression"`
}

// Excluded lists ids that a condition leaves out.
type Excluded struct {
	Exclude []string `json:"exclude"`
}

// GroupRuleActions say where a rule puts them.
type GroupRuleActions struct {
	AssignUserToGroups struct {
		GroupIDs []string `json:"groupIds"`
	} `json:"assignUserToGroups"`
}

// condition is the expression in one of the forms of Okta's expression language that the emulator evaluates; nil for another.
func (r GroupRule) condition() func(User) bool {
	expression := strings.TrimSpace(r.Conditions.Expression.Value)
	if m := regexp.MustCompile(`^user\.(\w+)\s*==\s*"([^"]*)"$`).FindStringSubmatch(expression); m != nil {
		return func(u User) bool { return strings.EqualFold(u.Text(m[1]), m[2]) }
	}
	if m := regexp.MustCompile(`^String\.(startsWith|stringContains)\(\s*user\.(\w+)\s*,\s*"([^"]*)"\s*\)$`).FindStringSubmatch(expression); m != nil {
		fits := map[string]func(text, part string) bool{"startsWith": strings.HasPrefix, "stringContains": strings.Contains}[m[1]]
		return func(u User) bool { return fits(u.Text(m[2]), m[3]) }
	}
	if m := regexp.MustCompile(`^isMemberOf(?:Any)?Group\(([\w", ]+)\)$`).FindStringSubmatch(expression); m != nil {
		ids := strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune(`", `, r) })
		return func(u User) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return id == EveryoneID() || slices.Contains(u.Groups, id) })
		}
	}
	return nil
}

// Evaluates reports whether the emulator can tell whom the rule is about.
func (r GroupRule) Evaluates() bool { return r.condition() != nil }

// Fits reports whether the rule is about u.
func (r GroupRule) Fits(u User) bool {
	fits := r.condition()
	return fits != nil && fits(u)
}

// GroupOwner is who may look after a group.
type GroupOwner struct {
	ID          string     `json:"id"`
	Type        string     `json:"type"` // USER, GROUP
	Resolved    bool       `json:"resolved"`
	OriginID    *string    `json:"originId"`
	OriginType  string     `json:"originType"` // OKTA_DIRECTORY
	LastUpdated wire.Stamp `json:"lastUpdated"`
	DisplayName string     `json:"displayName"`
}

// BuiltIn is the type of a group that no org is without, and whose members Okta works out.
const BuiltIn = "BUILT_IN"

// AppGroup is the type of a group that belongs to an app.
const AppGroup = "APP_GROUP"

// GroupPush says that a group is copied into an app.
type GroupPush struct {
	ID, App, Source, Target string
	Status                  string // ACTIVE, INACTIVE
	Created, LastUpdated    wire.Stamp
}
