package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// roleHolder is one of the three kinds of administrator: users, all users of a group, and
// apps that act for themselves.
type roleHolder struct {
	kind string                                              // assignmentType
	find func(*call) (id, href string, fault *wire.APIError) // of the holder in the path
}

func userRoles() roleHolder {
	return roleHolder{"USER", func(c *call) (string, string, *wire.APIError) {
		u, fault := c.findUser()
		return u.ID, c.URL + "/api/v1/users/" + u.ID, fault
	}}
}

func clientRoles() roleHolder {
	return roleHolder{"CLIENT", func(c *call) (string, string, *wire.APIError) {
		id := c.r.PathValue("client")
		a, there := c.ActiveClient(id)
		if !there {
			return "", "", wire.ErrNotFound("PublicClientApp", id)
		}
		return a.ID(), c.URL + "/oauth2/v1/clients/" + id, nil
	}}
}

func groupRoles() roleHolder {
	return roleHolder{"GROUP", func(c *call) (string, string, *wire.APIError) {
		g, fault := c.findGroup()
		return g.ID, c.URL + "/api/v1/groups/" + g.ID, fault
	}}
}

func (api *API) roleRoutes(mux *http.ServeMux, base string, holder roleHolder) {
	const read, manage = "okta.roles.read", "okta.roles.manage"
	if holder.kind != "GROUP" { // which has a route of its own
		api.handle(mux, "GET "+base, read, holder.list)
	}
	api.handle(mux, "POST "+base, manage, holder.assign)
	api.handle(mux, "GET "+base+"/{role}", read, holder.read)
	api.handle(mux, "DELETE "+base+"/{role}", manage, holder.remove)
	api.roleTargetRoutes(mux, base+"/{role}/targets", holder)
}

func (h roleHolder) json(role store.Role, href string) map[string]any {
	return map[string]any{
		"id": role.ID, "label": store.RoleLabel(role.Type), "type": role.Type, "status": "ACTIVE", "created": role.Created, "lastUpdated": role.Created,
		"assignmentType": h.kind, "_links": wire.Links{"assignee": {Href: href}},
	}
}

func (h roleHolder) list(c *call) (answer, *wire.APIError) {
	id, href, fault := h.find(c)
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, role := range c.Roles[id] {
		list = append(list, h.json(role, href))
	}
	if u, isUser := c.Users.Get(id); isUser { // who has those of its groups, too
		for _, group := range u.Groups {
			for _, role := range c.Roles[group] {
				list = append(list, groupRoles().json(role, c.URL+"/api/v1/groups/"+group))
			}
		}
	}
	return ok(list), nil
}

func (h roleHolder) assign(c *call) (answer, *wire.APIError) {
	id, href, fault := h.find(c)
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Type string `json:"type"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if store.RoleLabel(in.Type) == "" {
		return answer{}, wire.ErrInvalid("type", "type: must be a standard role, such as HELP_DESK_ADMIN")
	}
	if slices.ContainsFunc(c.Roles[id], func(r store.Role) bool { return r.Type == in.Type }) {
		return answer{}, wire.ErrAPI(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
	}
	role := store.NewRole(in.Type, c.Stamp())
	roles := append(slices.Clone(c.Roles[id]), role)
	slices.SortFunc(roles, func(a, b store.Role) int { return strings.Compare(a.Type, b.Type) })
	c.Roles[id] = roles
	if h.kind == "GROUP" { // by Okta's schema; recorded of users: 201
		return ok(h.json(role, href)), nil
	}
	return answer{status: http.StatusCreated, body: h.json(role, href)}, nil
}

// position finds the role of the path among those of its holder.
func (h roleHolder) position(c *call) (id, href string, i int, fault *wire.APIError) {
	id, href, fault = h.find(c)
	if fault != nil {
		return "", "", 0, fault
	}
	name := c.r.PathValue("role")
	i = slices.IndexFunc(c.Roles[id], func(r store.Role) bool { return r.ID == name })
	if i < 0 {
		return "", "", 0, wire.ErrNotFound("Role", name)
	}
	return id, href, i, nil
}

func (h roleHolder) read(c *call) (answer, *wire.APIError) {
	id, href, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	return ok(h.json(c.Roles[id][i], href)), nil
}

func (h roleHolder) remove(c *call) (answer, *wire.APIError) {
	id, _, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	c.Roles[id] = slices.Delete(slices.Clone(c.Roles[id]), i, i+1)
	return noContent(), nil
}
