package store

import (
	"cmp"
	"regexp"
	"slices"
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
	APIResourceID   *string         `json:"apiResourceId"` // no API resources in the emulator: null
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

// addSystemClaims gives a new server the claims that Okta itself sets: those of the
// scopes of OpenID Connect, in Okta's order, and sub of access tokens.
func (as *AuthServer) addSystemClaims() {
	scopes := map[string]string{"phone_number": "phone", "email": "email", "email_verified": "email", "address": "address"}
	always := []string{"preferred_username", "name", "email"} // in ID tokens beside an access token, too
	for _, name := range []string{
		"middle_name", "zoneinfo", "website", "updated_at", "profile", "preferred_username", "picture", "phone_number", "nickname", "name",
		"sub", "locale", "given_name", "gender", "family_name", "email_verified", "email", "birthdate", "address",
	} {
		c := CustomClaim{ID: wire.NewID(wire.IDClaim), Name: name, Status: "ACTIVE", System: true}
		if name == "sub" {
			c.ClaimType, c.ValueType, c.Value = ResourceClaim, "EXPRESSION", "(appuser != null) ? appuser.userName : app.clientId"
			c.AlwaysInclude, c.Conditions.Scopes = true, []string{}
		} else {
			c.ClaimType, c.ValueType = IdentityClaim, "SYSTEM"
			c.AlwaysInclude, c.Conditions.Scopes = slices.Contains(always, name), []string{cmp.Or(scopes[name], "profile")}
		}
		as.Claims.Put(c.ID, c)
	}
}
