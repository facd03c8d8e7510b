package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) groupRuleRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listGroupRules)
	api.handle(mux, "POST "+base, manage, logged("group.rule.created", "rule", (*call).createGroupRule))
	api.handle(mux, "PUT "+base+"/{rule}", manage, logged("group.rule.updated", "rule", (*call).replaceGroupRule))
	api.handle(mux, "DELETE "+base+"/{rule}", manage, logged("group.rule.deleted", "rule", (*call).deleteGroupRule))
	api.handle(mux, "POST "+base+"/{rule}/lifecycle/activate", manage, logged("group.rule.activated", "rule", setGroupRuleStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{rule}/lifecycle/deactivate", manage, logged("group.rule.deactivated", "rule", setGroupRuleStatus("INACTIVE")))
}

// groupRuleJSON adds what Okta works out: whether the groups are still there.
func (c *call) groupRuleJSON(r store.GroupRule) any {
	return struct {
		store.GroupRule
		Valid bool `json:"allGroupsValid"`
	}{r, r.Status != "INVALID"}
}

// invalidateGroupRules switches off the rules that put people into a group that is gone.
func (c *call) invalidateGroupRules(group string) {
	for _, r := range c.GroupRules.List() {
		if slices.Contains(r.Actions.AssignUserToGroups.GroupIDs, group) {
			r.Status, r.LastUpdated = "INVALID", c.Stamp()
			c.GroupRules.Put(r.ID, r)
		}
	}
}

func (c *call) findGroupRule(id string) (store.GroupRule, *wire.APIError) {
	if r, there := c.GroupRules.Get(id); there {
		return r, nil
	}
	return store.GroupRule{}, wire.ErrNotFound("GroupRule", id)
}

func (c *call) listGroupRules() (answer, *wire.APIError) {
	search := strings.ToLower(c.r.URL.Query().Get("search"))
	list := slices.DeleteFunc(c.GroupRules.List(), func(r store.GroupRule) bool { return !strings.Contains(strings.ToLower(r.Name), search) })
	return listPage(c, list, func(r store.GroupRule) string { return r.ID }, c.groupRuleJSON, 50, 200)
}

func (c *call) readGroupRule(id string) (answer, *wire.APIError) {
	r, fault := c.findGroupRule(id)
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.groupRuleJSON(r)), nil
}

// createGroupRule makes a rule that waits to be activated.
func (c *call) createGroupRule() (answer, *wire.APIError) {
	return c.storeGroupRule(store.GroupRule{ID: wire.NewID(wire.IDRule), Status: "INACTIVE", Created: c.Stamp()})
}

// replaceGroupRule is PUT: only the name and the exclusions of an active rule change.
func (c *call) replaceGroupRule() (answer, *wire.APIError) {
	r, fault := c.findGroupRule(c.r.PathValue("rule"))
	if fault != nil {
		return answer{}, fault
	}
	return c.storeGroupRule(r)
}

// storeGroupRule reads the body and stores it in the place of old.
func (c *call) storeGroupRule(old store.GroupRule) (answer, *wire.APIError) {
	var r store.GroupRule
	if fault := c.readBody(&r); fault != nil {
		return answer{}, fault
	}
	r.ID, r.Status, r.Created, r.LastUpdated = old.ID, old.Status, old.Created, c.Stamp()
	if r.Status == "INVALID" { // the check below finds whether its groups are there again
		r.Status = "INACTIVE"
	}
	people := &r.Conditions.People
	for _, list := range []*[]string{&people.Users.Exclude, &people.Groups.Exclude, &r.Actions.AssignUserToGroups.GroupIDs} {
		if *list == nil {
			*list = []string{}
		}
	}
	if fault := c.checkGroupRule(r); fault != nil {
		return answer{}, fault
	}
	if !c.GroupRules.Put(r.ID, r) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.groupRuleJSON(r)), nil
}

func (c *call) checkGroupRule(r store.GroupRule) *wire.APIError {
	_, taken := c.GroupRules.Find(func(other store.GroupRule) bool { return other.Name == r.Name && other.ID != r.ID })
	switch {
	case r.Type != "group_rule":
		return wire.ErrInvalid("type", "type: must be group_rule")
	case badLength(r.Name, 50):
		return wire.ErrInvalid("name", "name: The field must have 1 to 50 characters")
	case taken:
		return wire.ErrInvalid("name", "name: An object with this field already exists in the current organization")
	case r.Conditions.Expression.Value == "":
		return wire.ErrInvalid("conditions.expression", "conditions.expression: The field cannot be left blank")
	case len(r.Actions.AssignUserToGroups.GroupIDs) == 0:
		return wire.ErrInvalid("actions.assignUserToGroups", "actions.assignUserToGroups.groupIds: The field cannot be left blank")
	}
	for _, id := range r.Actions.AssignUserToGroups.GroupIDs {
		if g, there := c.Groups.Get(id); !there || g.Type != "OKTA_GROUP" {
			return wire.ErrInvalid("actions.assignUserToGroups", "actions.assignUserToGroups.groupIds: not a group to which users are added: "+id)
		}
	}
	return nil
}

// setGroupRuleStatus activates a rule, which puts those whom it fits into its groups, or deactivates it.
func setGroupRuleStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		r, fault := c.findGroupRule(c.r.PathValue("rule"))
		if fault != nil {
			return answer{}, fault
		}
		r.Status, r.LastUpdated = status, c.Stamp()
		c.GroupRules.Put(r.ID, r)
		reply := noContent()
		if status == "ACTIVE" && !r.Evaluates() {
			reply.note = "the emulator evaluates user.ATTRIBUTE == \"text\", isMemberOfAnyGroup, String.startsWith and String.stringContains: this rule adds nobody"
		}
		for _, u := range c.Users.List() {
			c.applyGroupRules(&u)
			c.Users.Put(u.ID, u)
		}
		return reply, nil
	}
}

// applyGroupRules adds u to the groups of the active rules that fit.
func (c *call) applyGroupRules(u *store.User) {
	for _, r := range c.GroupRules.List() {
		if r.Status != "ACTIVE" || !r.Fits(*u) || slices.Contains(r.Conditions.People.Users.Exclude, u.ID) {
			continue
		}
		for _, id := range r.Actions.AssignUserToGroups.GroupIDs {
			u.Groups = append(without(u.Groups, id), id)
		}
	}
}

// deleteGroupRule answers 202: Okta takes the users out of the groups later, if removeUsers asks for it.
func (c *call) deleteGroupRule() (answer, *wire.APIError) {
	r, fault := c.findGroupRule(c.r.PathValue("rule"))
	if fault != nil {
		return answer{}, fault
	}
	if r.Status == "ACTIVE" {
		return answer{}, wire.ErrInvalid("rule", "rule: deactivate a group rule before you delete it")
	}
	c.GroupRules.Delete(r.ID)
	if c.r.URL.Query().Get("removeUsers") == "true" {
		for _, u := range c.Users.List() {
			if !r.Fits(u) {
				continue
			}
			for _, id := range r.Actions.AssignUserToGroups.GroupIDs {
				u.Groups = without(u.Groups, id)
			}
			c.Users.Put(u.ID, u)
		}
	}
	return answer{status: http.StatusAccepted}, nil
}
