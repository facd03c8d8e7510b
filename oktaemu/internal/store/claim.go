package store

import (
	"regexp"
	"strings"

	"pschook/oktaemu/internal/wire"
)

// The kinds of custom claim, by the token that they go into.
const (
	IdentityClaim = "IDENTITY" // ID token
	ResourceClaim = "RESOURCE" // access token
)

// CustomClaim is a claim that an administrator set on an authorization server.
type CustomClaim struct {
	ID              string          `json:"id"`
	Name            string          `json:"name"`
	Status          string          `json:"status"`
	ClaimType       string          `json:"claimType"`
	ValueType       string          `json:"valueType"` // EXPRESSION, GROUPS, SYSTEM
	Value           string          `json:"value,omitempty"`
	GroupFilterType string          `json:"group_filter_type,omitempty"`
	Conditions      claimConditions `json:"conditions"`
	System          bool            `json:"system"`
	AlwaysInclude   bool            `json:"alwaysIncludeInToken"`
	Links           wire.Links      `json:"_links,omitempty"`
}

type claimConditions struct {
	Scopes []string `json:"scopes"`
}

// Evaluate returns the claim's value. A claim without a value is left out.
func (p Plan) Evaluate(c CustomClaim) (any, bool) {
	if c.ValueType == "GROUPS" {
		names := []string{}
		for _, g := range p.Groups {
			if c.matchesGroup(g.Name()) {
				names = append(names, g.Name())
			}
		}
		return names, p.User.ID != ""
	}
	return evaluate(c.Value, p)
}

// matchesGroup reports whether a group of that name is among the claim's values.
func (c CustomClaim) matchesGroup(name string) bool {
	lower, value := strings.ToLower(name), strings.ToLower(c.Value)
	switch c.GroupFilterType {
	case "STARTS_WITH":
		return strings.HasPrefix(lower, value)
	case "EQUALS":
		return lower == value
	case "CONTAINS":
		return strings.Contains(lower, value)
	case "REGEX":
		pattern, err := regexp.Compile("^(?:" + c.Value + ")$")
		return err == nil && pattern.MatchString(name)
	}
	return false
}

// evaluate understands the simple forms of Okta's expression language: a quoted
// string, user.ATTRIBUTE (with user.id) and app.clientId.
func evaluate(expression string, p Plan) (any, bool) {
	expression = strings.TrimSpace(expression)
	if text, ok := quoted(expression); ok {
		return text, true
	}
	if expression == "app.clientId" {
		return p.Client.ID, true
	}
	attribute, ok := strings.CutPrefix(expression, "user.")
	if !ok || p.User.ID == "" {
		return nil, false
	}
	if attribute == "id" {
		return p.User.ID, true
	}
	value := p.User.Profile[attribute]
	return value, value != nil
}

// quoted returns the text of a string constant in single or double quotes.
func quoted(expression string) (string, bool) {
	if len(expression) < 2 {
		return "", false
	}
	quote := expression[0]
	if quote != '"' && quote != '\'' || expression[len(expression)-1] != quote {
		return "", false
	}
	text := expression[1 : len(expression)-1]
	return text, strings.IndexByte(text, quote) < 0
}

// KnownExpression reports whether the emulator can evaluate the expression.
func KnownExpression(expression string) bool {
	expression = strings.TrimSpace(expression)
	if _, ok := quoted(expression); ok || expression == "app.clientId" {
		return true
	}
	attribute, ok := strings.CutPrefix(expression, "user.")
	return ok && regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(attribute)
}
