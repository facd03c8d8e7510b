package oktaemu

import (
	"regexp"
	"slices"
	"strings"
)

// The kinds of custom claim, by the token that they go into.
const (
	identityClaim = "IDENTITY" // ID token
	resourceClaim = "RESOURCE" // access token
)

// customClaim is a claim that an administrator set on an authorization server.
type customClaim struct {
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
	Links           apiLink         `json:"_links,omitempty"`
}

type claimConditions struct {
	Scopes []string `json:"scopes"`
}

// customClaims evaluates the claims of that kind for m. An ID token that is minted
// beside an access token holds only those marked to be always included.
func (o *Org) customClaims(kind string, m minting, p mintPlan) map[string]any {
	claims := map[string]any{}
	thin := kind == identityClaim && (m.accessToken || m.code != "")
	for _, c := range p.claims {
		if c.ClaimType != kind || c.Status != "ACTIVE" || thin && !c.AlwaysInclude || !c.granted(m.scopes) {
			continue
		}
		if value, ok := c.evaluate(p); ok {
			claims[c.Name] = value
		}
	}
	return claims
}

// granted reports whether one of the scopes brings the claim; no condition means every scope.
func (c customClaim) granted(scopes []string) bool {
	return len(c.Conditions.Scopes) == 0 ||
		slices.ContainsFunc(c.Conditions.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
}

// evaluate returns the claim's value. A claim without a value is left out.
func (c customClaim) evaluate(p mintPlan) (any, bool) {
	if c.ValueType == "GROUPS" {
		names := []string{}
		for _, g := range p.groups {
			if c.matchesGroup(g.name()) {
				names = append(names, g.name())
			}
		}
		return names, p.user.ID != ""
	}
	return evaluate(c.Value, p)
}

func (c customClaim) matchesGroup(name string) bool {
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
func evaluate(expression string, p mintPlan) (any, bool) {
	expression = strings.TrimSpace(expression)
	if text, ok := quoted(expression); ok {
		return text, true
	}
	if expression == "app.clientId" {
		return p.client.id, true
	}
	attribute, ok := strings.CutPrefix(expression, "user.")
	if !ok || p.user.ID == "" {
		return nil, false
	}
	if attribute == "id" {
		return p.user.ID, true
	}
	value := p.user.Profile[attribute]
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

// knownExpression reports whether the emulator can evaluate the expression.
func knownExpression(expression string) bool {
	expression = strings.TrimSpace(expression)
	if _, ok := quoted(expression); ok || expression == "app.clientId" {
		return true
	}
	attribute, ok := strings.CutPrefix(expression, "user.")
	return ok && regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(attribute)
}
