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

func (h roleHolder) json(c *call, role store.Role, href string) map[string]any {
	links := wire.Links{"assignee": {Href: href}}
	shown := map[string]any{
		"id": role.ID, "label": store.RoleLabel(role.Type), "type": role.Type, "status": "ACTIVE", "created": role.Created, "lastUpdated": role.Created,
		"assignmentType": h.kind, "_links": links,
	}
	if role.Type == store.CustomRole { // schema CustomRole; the emulator knows the role by its id only
		self, set := c.URL+"/api/v1/iam/roles/"+role.Role, c.URL+"/api/v1/iam/resource-sets/"+role.ResourceSet
		shown["label"], shown["role"], shown["resource-set"] = role.Role, role.Role, role.ResourceSet
		links["role"], links["permissions"] = wire.Link{Href: self}, wire.Link{Href: self + "/permissions"}
		links["resource-set"], links["member"] = wire.Link{Href: set}, wire.Link{Href: set + "/bindings/" + role.Role + "/members/" + role.ID}
	}
	return shown
}

func (h roleHolder) list(c *call) (answer, *wire.APIError) {
	id, href, fault := h.find(c)
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, role := range c.Roles[id] {
		list = append(list, h.json(c, role, href))
	}
	if u, isUser := c.Users.Get(id); isUser { // who has those of its groups, too
		for _, group := range u.Groups {
			for _, role := range c.Roles[group] {
				list = append(list, groupRoles().json(c, role, c.URL+"/api/v1/groups/"+group))
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
		Type        string `json:"type"`
		Role        string `json:"role"`
		ResourceSet string `json:"resource-set"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	var role store.Role
	switch {
	case in.Type == store.CustomRole && in.Role != "" && in.ResourceSet != "":
		role = store.NewCustomRole(in.Role, in.ResourceSet, c.Stamp())
	case in.Type == store.CustomRole:
		return answer{}, wire.ErrInvalid("role", "role: a custom role is assigned by role and resource-set, which are ids")
	case store.RoleLabel(in.Type) != "":
		role = store.NewRole(in.Type, c.Stamp())
	default:
		return answer{}, wire.ErrInvalid("type", "type: must be a standard role, such as HELP_DESK_ADMIN, or CUSTOM")
	}
	if slices.ContainsFunc(c.Roles[id], role.Same) {
		return answer{}, wire.ErrAPI(http.StatusConflict, "E0000090", "The role specified is already assigned to the user.")
	}
	roles := append(slices.Clone(c.Roles[id]), role)
	slices.SortFunc(roles, func(a, b store.Role) int { return strings.Compare(a.Type, b.Type) })
	c.Roles[id] = roles
	return answer{status: http.StatusCreated, body: h.json(c, role, href)}, nil
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
	return ok(h.json(c, c.Roles[id][i], href)), nil
}

func (h roleHolder) remove(c *call) (answer, *wire.APIError) {
	id, _, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	c.Roles[id] = slices.Delete(slices.Clone(c.Roles[id]), i, i+1)
	return noContent(), nil
}
