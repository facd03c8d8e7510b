package management

import (
	"net/http"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// groupPushRoutes keep which groups of the org are copied into an app. Nothing is copied: there is no app.
func (api *API) groupPushRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listPushes)
	api.handle(mux, "POST "+base, manage, (*call).createPush)
	api.handle(mux, "GET "+base+"/{push}", read, (*call).readPush)
	api.handle(mux, "PATCH "+base+"/{push}", manage, (*call).updatePush)
	api.handle(mux, "DELETE "+base+"/{push}", manage, (*call).deletePush)
}

// pushJSON shows a mapping; its times have no fractions (recorded).
func (c *call) pushJSON(p store.GroupPush) any {
	second := func(s wire.Stamp) string { return time.Time(s).UTC().Format(time.RFC3339) }
	return map[string]any{
		"id": p.ID, "created": second(p.Created), "lastUpdated": second(p.LastUpdated), "status": p.Status, "sourceGroupId": p.Source, "targetGroupId": p.Target,
		"_links": wire.Links{
			"app": {Href: c.URL + "/api/v1/apps/" + p.App}, "sourceGroup": {Href: c.URL + "/api/v1/groups/" + p.Source},
			"targetGroup": {Href: c.URL + "/api/v1/groups/" + p.Target},
		},
	}
}

func (c *call) findPush() (store.GroupPush, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return store.GroupPush{}, fault
	}
	id := c.r.PathValue("push")
	if p, there := c.GroupPushes.Get(id); there && p.App == a.ID() {
		return p, nil
	}
	return store.GroupPush{}, wire.ErrNotFound("GroupPushMapping", id)
}

func (c *call) listPushes() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	query := c.r.URL.Query()
	var list []store.GroupPush
	for _, p := range c.GroupPushes.List() {
		source := query.Get("sourceGroupId")
		status := query.Get("status")
		if p.App == a.ID() && (source == "" || source == p.Source) && (status == "" || status == p.Status) {
			list = append(list, p)
		}
	}
	return listPage(c, list, func(p store.GroupPush) string { return p.ID }, c.pushJSON, 100, 1000)
}

func (c *call) readPush() (answer, *wire.APIError) {
	p, fault := c.findPush()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.pushJSON(p)), nil
}

// createPush maps a group to one of the app's that is there, or to a new one.
func (c *call) createPush() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	var in struct{ SourceGroupID, TargetGroupID, TargetGroupName, Status string }
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if _, there := c.Groups.Get(in.SourceGroupID); !there {
		return answer{}, wire.ErrNotFound("UserGroup", in.SourceGroupID)
	}
	if _, mapped := c.GroupPushes.Find(func(p store.GroupPush) bool { return p.App == a.ID() && p.Source == in.SourceGroupID }); mapped {
		return answer{}, wire.ErrInvalid("sourceGroupId", "sourceGroupId: The group is pushed to this app already")
	}
	now := c.Stamp()
	p := store.GroupPush{ID: wire.NewID("gPm"), App: a.ID(), Source: in.SourceGroupID, Target: in.TargetGroupID, Status: "ACTIVE", Created: now, LastUpdated: now}
	if in.Status == "INACTIVE" {
		p.Status = in.Status
	}
	if fault := c.pushTarget(&p, in.TargetGroupName); fault != nil {
		return answer{}, fault
	}
	if !c.GroupPushes.Put(p.ID, p) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.pushJSON(p)), nil
}

// pushTarget makes the group of the app that p leads to, by that name, unless p names one.
func (c *call) pushTarget(p *store.GroupPush, name string) *wire.APIError {
	switch _, there := c.Groups.Get(p.Target); {
	case p.Target != "" && !there:
		return wire.ErrNotFound("UserGroup", p.Target)
	case p.Target != "":
		return nil
	case badLength(name, 255):
		return wire.ErrInvalid("targetGroupName", "targetGroupName: give the name or the id of a group of the app")
	}
	p.Target = wire.NewID(wire.IDGroup)
	if !c.Groups.Put(p.Target, store.Group{
		ID: p.Target, Type: store.AppGroup, Created: p.Created, LastUpdated: p.Created, LastMembershipUpdated: p.Created,
		ObjectClass: []string{"okta:user_group"}, Profile: map[string]any{"name": name, "description": nil},
	}) {
		return wire.ErrFull(store.MaxObjects)
	}
	return nil
}

func (c *call) updatePush() (answer, *wire.APIError) {
	p, fault := c.findPush()
	if fault != nil {
		return answer{}, fault
	}
	var in struct{ Status string }
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if in.Status != "ACTIVE" && in.Status != "INACTIVE" {
		return answer{}, wire.ErrInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	p.Status, p.LastUpdated = in.Status, c.Stamp()
	c.GroupPushes.Put(p.ID, p)
	return ok(c.pushJSON(p)), nil
}

// deletePush answers 200 (recorded). The app's group goes with it, if the query says so.
func (c *call) deletePush() (answer, *wire.APIError) {
	p, fault := c.findPush()
	if fault != nil {
		return answer{}, fault
	}
	if p.Status == "ACTIVE" {
		return answer{}, wire.ErrInvalid("status", "status: deactivate a group push mapping before you delete it")
	}
	c.GroupPushes.Delete(p.ID)
	if g, there := c.Groups.Get(p.Target); there && g.Type == store.AppGroup && c.r.URL.Query().Get("deleteTargetGroup") == "true" {
		c.Groups.Delete(p.Target)
	}
	return answer{status: http.StatusOK}, nil
}
