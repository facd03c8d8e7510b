package store

import (
	"regexp"
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

// comparison is the one form of expression that the emulator evaluates in rules: user.ATTRIBUTE == "text".
func (r GroupRule) comparison() (attribute, text string, ok bool) {
	m := regexp.MustCompile(`^\s*user\.(\w+)\s*==\s*"([^"]*)"\s*$`).FindStringSubmatch(r.Conditions.Expression.Value)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// Evaluates reports whether the emulator can tell whom the rule is about.
func (r GroupRule) Evaluates() bool { _, _, ok := r.comparison(); return ok }

// Fits reports whether the rule is about u.
func (r GroupRule) Fits(u User) bool {
	attribute, text, ok := r.comparison()
	return ok && strings.EqualFold(u.Text(attribute), text)
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

// AppGroup is the type of a group that belongs to an app.
const AppGroup = "APP_GROUP"

// GroupPush says that a group is copied into an app.
type GroupPush struct {
	ID, App, Source, Target string
	Status                  string // ACTIVE, INACTIVE
	Created, LastUpdated    wire.Stamp
}
