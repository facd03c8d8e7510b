package management

import (
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// groupPartRoutes are what lies below a group, and the group rules, which lie where an id would be.
func (api *API) groupPartRoutes(mux *http.ServeMux, base, read, manage string) {
	api.groupRuleRoutes(mux, base+"/rules", read, manage)
	api.handle(mux, "GET "+base+"/{group}/{part}", read, (*call).readGroupPart)
	api.handle(mux, "POST "+base+"/{group}/owners", manage, (*call).addGroupOwner)
	api.handle(mux, "DELETE "+base+"/{group}/owners/{owner}", manage, (*call).removeGroupOwner)
	api.roleRoutes(mux, base+"/{group}/roles", groupRoles())
}

// readGroupPart tells apart what ServeMux cannot: groups/rules/ID and groups/ID/users.
func (c *call) readGroupPart() (answer, *wire.APIError) {
	part := c.r.PathValue("part")
	if c.r.PathValue("group") == "rules" {
		return c.readGroupRule(part)
	}
	do, known := map[string]handler{
		"users": (*call).listMembers, "apps": (*call).listGroupApps, "owners": (*call).listGroupOwners, "roles": groupRoles().list,
	}[part]
	if !known {
		return answer{}, wire.ErrUnknownPath(c.r)
	}
	return do(c)
}

func (c *call) listGroupOwners() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	return listPage(c, c.GroupOwners[g.ID], func(o store.GroupOwner) string { return o.ID }, func(o store.GroupOwner) any { return o }, 1000, 1000)
}

// addGroupOwner makes a user or another group an owner of the group.
func (c *call) addGroupOwner() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	owner := store.GroupOwner{Resolved: true, OriginType: "OKTA_DIRECTORY", LastUpdated: c.Stamp()}
	var in struct{ ID, Type string }
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	u, isUser := c.Users.Get(in.ID)
	other, isGroup := c.Groups.Get(in.ID)
	switch {
	case in.Type == "USER" && isUser:
		owner.DisplayName = u.Name()
	case in.Type == "GROUP" && isGroup:
		owner.DisplayName = other.Name()
	case in.Type != "USER" && in.Type != "GROUP":
		return answer{}, wire.ErrInvalid("type", "type: must be USER or GROUP")
	default:
		return answer{}, wire.ErrNotFound(in.Type, in.ID)
	}
	owner.ID, owner.Type = in.ID, in.Type
	if slices.ContainsFunc(c.GroupOwners[g.ID], func(o store.GroupOwner) bool { return o.ID == owner.ID }) {
		return answer{}, wire.ErrInvalid("id", "id: Provided owner is already assigned to this group")
	}
	c.GroupOwners[g.ID] = append(slices.Clone(c.GroupOwners[g.ID]), owner)
	return answer{status: http.StatusCreated, body: owner}, nil
}

func (c *call) removeGroupOwner() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	owners := c.GroupOwners[g.ID]
	i := slices.IndexFunc(owners, func(o store.GroupOwner) bool { return o.ID == c.r.PathValue("owner") })
	if i < 0 {
		return answer{}, wire.ErrNotFound("GroupOwner", c.r.PathValue("owner"))
	}
	c.GroupOwners[g.ID] = slices.Delete(slices.Clone(owners), i, i+1)
	return noContent(), nil
}
