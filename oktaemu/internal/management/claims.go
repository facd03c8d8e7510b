package management

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) claimRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listClaims)
	api.handle(mux, "POST "+base, manage, logged("oauth2.claim.created", "id", (*call).createClaim))
	api.handle(mux, "GET "+base+"/{id}", read, (*call).readClaim)
	api.handle(mux, "PUT "+base+"/{id}", manage, logged("oauth2.claim.updated", "id", (*call).replaceClaim))
	api.handle(mux, "DELETE "+base+"/{id}", manage, logged("oauth2.claim.deleted", "id", (*call).deleteClaim))
}

func (c *call) claimJSON(as *store.AuthServer, claim store.CustomClaim) any {
	claim.Links = wire.Links{"self": {Href: c.authServerPath(as) + "/claims/" + claim.ID, Hints: wire.Allow("GET", "PUT", "DELETE")}}
	return claim
}

func (c *call) findClaim() (*store.AuthServer, store.CustomClaim, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return nil, store.CustomClaim{}, fault
	}
	claim, there := as.Claims.Get(c.r.PathValue("id"))
	if !there {
		return nil, store.CustomClaim{}, wire.ErrNotFound("OAuth2Claim", c.r.PathValue("id"))
	}
	return as, claim, nil
}

func (c *call) listClaims() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, claim := range as.Claims.List() {
		list = append(list, c.claimJSON(as, claim))
	}
	return ok(list), nil
}

func (c *call) readClaim() (answer, *wire.APIError) {
	as, claim, fault := c.findClaim()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.claimJSON(as, claim)), nil
}

func (c *call) createClaim() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeClaim(as, c.newID(wire.IDClaim), http.StatusCreated)
}

func (c *call) replaceClaim() (answer, *wire.APIError) {
	as, claim, fault := c.findClaim()
	if fault != nil {
		return answer{}, fault
	}
	if claim.System {
		return c.storeSystemClaim(as, claim)
	}
	return c.storeClaim(as, claim.ID, http.StatusOK)
}

// storeSystemClaim takes over what an administrator may change of a claim of Okta's
// own: whether it is in ID tokens beside an access token, too.
func (c *call) storeSystemClaim(as *store.AuthServer, claim store.CustomClaim) (answer, *wire.APIError) {
	var in store.CustomClaim
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if in.Name != claim.Name || in.ClaimType != claim.ClaimType {
		return answer{}, wire.ErrForbidden()
	}
	claim.AlwaysInclude = in.AlwaysInclude || claim.ClaimType == store.ResourceClaim
	as.Claims.Put(claim.ID, claim)
	return ok(c.claimJSON(as, claim)), nil
}

// storeClaim reads the body and stores it under id.
func (c *call) storeClaim(as *store.AuthServer, id string, status int) (answer, *wire.APIError) {
	var claim store.CustomClaim
	if fault := c.readBody(&claim); fault != nil {
		return answer{}, fault
	}
	claim.ID, claim.System, claim.APIResourceID, claim.Links = id, false, nil, nil
	claim.Status = cmp.Or(claim.Status, "ACTIVE")
	claim.ValueType = cmp.Or(claim.ValueType, "EXPRESSION")
	if claim.Conditions.Scopes == nil {
		claim.Conditions.Scopes = []string{}
	}
	if claim.ClaimType == store.ResourceClaim {
		claim.AlwaysInclude = true // an access token always holds its claims
	}
	if fault := c.checkClaim(as, claim); fault != nil {
		return answer{}, fault
	}
	if !as.Claims.Put(id, claim) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	reply := answer{status: status, body: c.claimJSON(as, claim)}
	if claim.ValueType == "EXPRESSION" && !store.KnownExpression(claim.Value) {
		reply.note = "the emulator evaluates quoted constants, user.ATTRIBUTE and app.clientId only: no token will hold this claim"
	}
	return reply, nil
}

// checkClaim refuses what Okta refuses.
func (c *call) checkClaim(as *store.AuthServer, claim store.CustomClaim) *wire.APIError {
	_, taken := as.Claims.Find(func(other store.CustomClaim) bool {
		return other.Name == claim.Name && other.ClaimType == claim.ClaimType && other.ID != claim.ID
	})
	switch {
	case claim.ClaimType != store.IdentityClaim && claim.ClaimType != store.ResourceClaim:
		return wire.ErrInvalid("claimType", "claimType: must be IDENTITY or RESOURCE")
	case badLength(claim.Name, 255):
		return wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	case c.claimReserved(claim):
		return wire.ErrInvalid("name", fmt.Sprintf("name: '%s' is a reserved claim name", claim.Name))
	case taken:
		return wire.ErrInvalid("name", "name: An object with this field already exists")
	case claim.Status != "ACTIVE" && claim.Status != "INACTIVE":
		return wire.ErrInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	for _, name := range claim.Conditions.Scopes {
		if _, there := as.Knows(name); !there {
			return wire.ErrInvalid("conditions.scopes", fmt.Sprintf("conditions.scopes: the scope '%s' does not exist", name))
		}
	}
	return checkValue(claim)
}

// checkValue checks the value by its type.
func checkValue(claim store.CustomClaim) *wire.APIError {
	switch claim.ValueType {
	case "EXPRESSION":
		if badLength(claim.Value, 4096) {
			return wire.ErrInvalid("value", "value: The field must have 1 to 4096 characters")
		}
	case "GROUPS":
		switch claim.GroupFilterType {
		case "STARTS_WITH", "EQUALS", "CONTAINS":
		case "REGEX":
			if _, err := regexp.Compile(claim.Value); err != nil {
				return wire.ErrInvalid("value", "value: not a regular expression")
			}
		default:
			return wire.ErrInvalid("group_filter_type", "group_filter_type: must be STARTS_WITH, EQUALS, CONTAINS or REGEX")
		}
	default:
		return wire.ErrInvalid("valueType", "valueType: must be EXPRESSION or GROUPS")
	}
	return nil
}

// claimReserved reports whether a custom claim may not have this name: the names
// that Okta sets itself. "groups" is reserved for hooks, yet it is the usual name of a
// custom claim (Okta developer docs, guides/customize-tokens-groups-claim).
func (c *call) claimReserved(claim store.CustomClaim) bool {
	if claim.Name == "groups" {
		return false
	}
	if claim.ClaimType == store.IdentityClaim {
		return c.api.reserved.IDToken(claim.Name)
	}
	return c.api.reserved.AccessToken(claim.Name)
}

func (c *call) deleteClaim() (answer, *wire.APIError) {
	as, claim, fault := c.findClaim()
	if fault != nil {
		return answer{}, fault
	}
	if claim.System {
		return answer{}, wire.ErrForbidden()
	}
	as.Claims.Delete(claim.ID)
	return noContent(), nil
}
