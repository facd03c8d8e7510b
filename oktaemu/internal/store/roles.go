package store

import (
	"encoding/base32"
	"slices"

	"pschook/oktaemu/internal/wire"
)

// Role is an administrator's role that a user or an app was given.
type Role struct {
	ID      string
	Type    string // SUPER_ADMIN, …
	Created wire.Stamp

	// Of a custom role, whose Type is CUSTOM: the ids of the role and of the resources for which it counts.
	Role, ResourceSet string

	Groups []string // ids of those to which the role is narrowed; none: all
	Apps   []string // likewise: a name of the catalogue, or NAME/ID of one app
}

// Narrows reports whether a role of that type can be narrowed to groups, or to apps.
func Narrows(kind string) (groups, apps bool) {
	return slices.Contains([]string{"GROUP_MEMBERSHIP_ADMIN", "HELP_DESK_ADMIN", "USER_ADMIN"}, kind), kind == "APP_ADMIN"
}

// RoleLabel names a standard role; "" where there is none of that type (Okta developer
// docs, concepts/role-assignment).
func RoleLabel(kind string) string {
	return map[string]string{
		"API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
		"APP_ADMIN":                   "Application Administrator",
		"GROUP_MEMBERSHIP_ADMIN":      "Group Membership Administrator",
		"HELP_DESK_ADMIN":             "Help Desk Administrator",
		"MOBILE_ADMIN":                "Mobile Administrator",
		"ORG_ADMIN":                   "Organizational Administrator",
		"READ_ONLY_ADMIN":             "Read-only Administrator",
		"REPORT_ADMIN":                "Report Administrator",
		"SUPER_ADMIN":                 "Super Administrator",
		"USER_ADMIN":                  "Group Administrator",
	}[kind]
}

// Same reports whether r and other give the same rights.
func (r Role) Same(other Role) bool {
	return r.Type == other.Type && r.Role == other.Role && r.ResourceSet == other.ResourceSet
}

// CustomRole is the type of roles that an administrator made.
const CustomRole = "CUSTOM"

// NewCustomRole returns the assignment of a custom role.
func NewCustomRole(role, resourceSet string, now wire.Stamp) Role {
	return Role{ID: wire.NewID("irb"), Type: CustomRole, Role: role, ResourceSet: resourceSet, Created: now}
}

// NewRole returns the assignment of a standard role. Roles that can be narrowed to some
// apps or groups have their own name in base 32 as id, as at Okta.
func NewRole(kind string, now wire.Stamp) Role {
	id := wire.NewID("ra1")
	if groups, apps := Narrows(kind); groups || apps {
		id = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(kind))
	}
	return Role{ID: id, Type: kind, Created: now}
}

// BaseAttributes are the profile attributes that every user has (Okta developer docs,
// reference/api/users, "Default profile properties").
func BaseAttributes() []string {
	return []string{
		"login", "email", "secondEmail", "firstName", "lastName", "middleName", "honorificPrefix", "honorificSuffix", "title", "displayName",
		"nickName", "profileUrl", "primaryPhone", "mobilePhone", "streetAddress", "city", "state", "zipCode", "countryCode", "postalAddress",
		"preferredLanguage", "locale", "timezone", "userType", "employeeNumber", "costCenter", "organization", "division", "department",
		"managerId", "manager",
	}
}
