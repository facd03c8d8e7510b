package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// roleTargetRoutes narrow a role to groups or apps.
func (api *API) roleTargetRoutes(mux *http.ServeMux, base string, holder roleHolder) {
	const read, manage = "okta.roles.read", "okta.roles.manage"
	api.handle(mux, "GET "+base+"/groups", read, holder.listGroupTargets)
	api.handle(mux, "GET "+base+"/catalog/apps", read, holder.listAppTargets)
	if holder.kind == "USER" {
		api.handle(mux, "PUT "+base+"/catalog/apps", manage, holder.widen)
	}
	for pattern, change := range map[string]func(*call, *store.Role) (*[]string, string, *wire.APIError){
		"/groups/{target}": groupTarget, "/catalog/apps/{name}": appTarget, "/catalog/apps/{name}/{target}": appTarget,
	} {
		api.handle(mux, "PUT "+base+pattern, manage, holder.changeTarget(change, true))
		api.handle(mux, "DELETE "+base+pattern, manage, holder.changeTarget(change, false))
	}
}

func (h roleHolder) listGroupTargets(c *call) (answer, *wire.APIError) {
	id, _, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	var groups []store.Group
	for _, target := range c.Roles[id][i].Groups {
		if g, there := c.Groups.Get(target); there {
			groups = append(groups, g)
		}
	}
	return listPage(c, groups, func(g store.Group) string { return g.ID }, func(g store.Group) any { return c.groupJSON(g) }, 20, 200)
}

// listAppTargets shows kinds of apps in the form of Okta's catalogue, single apps with their id.
func (h roleHolder) listAppTargets(c *call) (answer, *wire.APIError) {
	id, _, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	return listPage(c, c.Roles[id][i].Apps, func(target string) string { return target }, func(target string) any {
		name, appID, one := strings.Cut(target, "/")
		shown := map[string]any{"name": name, "displayName": name, "status": "ACTIVE", "lastUpdated": c.Created, "features": []string{}, "signOnModes": []string{"OPENID_CONNECT"}}
		if a, there := c.Apps.Get(appID); one && there {
			shown["id"], shown["displayName"], shown["status"] = appID, a.Client.Name, a.Doc["status"]
		}
		return shown
	}, 20, 200)
}

// widen lets a role count for all apps again.
func (h roleHolder) widen(c *call) (answer, *wire.APIError) {
	id, _, i, fault := h.position(c)
	if fault != nil {
		return answer{}, fault
	}
	roles := slices.Clone(c.Roles[id])
	if _, apps := store.Narrows(roles[i].Type); !apps {
		return answer{}, errTarget()
	}
	roles[i].Apps = nil
	c.Roles[id] = roles
	return answer{status: http.StatusOK}, nil
}

// groupTarget returns the groups of the role, and the one that the path names.
func groupTarget(c *call, role *store.Role) (*[]string, string, *wire.APIError) {
	id := c.r.PathValue("target")
	if groups, _ := store.Narrows(role.Type); !groups {
		return nil, "", errTarget()
	}
	if _, there := c.Groups.Get(id); !there {
		return nil, "", wire.ErrNotFound("UserGroup", id)
	}
	return &role.Groups, id, nil
}

// appTarget returns the apps of the role, and the one that the path names, or all of a kind.
func appTarget(c *call, role *store.Role) (*[]string, string, *wire.APIError) {
	if _, apps := store.Narrows(role.Type); !apps {
		return nil, "", errTarget()
	}
	target := c.r.PathValue("name")
	if id := c.r.PathValue("target"); id != "" {
		if _, there := c.Apps.Get(id); !there {
			return nil, "", wire.ErrNotFound("AppInstance", id)
		}
		target += "/" + id
	}
	return &role.Apps, target, nil
}

func errTarget() *wire.APIError {
	return wire.ErrInvalid("role", "role: The role of this type cannot be narrowed to such a target")
}

// changeTarget puts the target of the path into the list that in returns, or takes it away.
func (h roleHolder) changeTarget(in func(*call, *store.Role) (*[]string, string, *wire.APIError), add bool) handler {
	return func(c *call) (answer, *wire.APIError) {
		id, _, i, fault := h.position(c)
		if fault != nil {
			return answer{}, fault
		}
		roles := slices.Clone(c.Roles[id])
		list, target, fault := in(c, &roles[i])
		if fault != nil {
			return answer{}, fault
		}
		*list = without(*list, target)
		if add {
			*list = append(*list, target)
		}
		c.Roles[id] = roles
		if add && h.kind == "GROUP" && c.r.PathValue("name") != "" && c.r.PathValue("target") == "" {
			return answer{status: http.StatusOK}, nil // by Okta's schema, in this one case
		}
		return noContent(), nil
	}
}
