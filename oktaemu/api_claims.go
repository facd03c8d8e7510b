package oktaemu

import (
	"fmt"
	"net/http"
	"regexp"
)

func (o *Org) claimRoutes(mux *http.ServeMux, base, read, manage string) {
	mux.HandleFunc("GET "+base, o.managed(read, o.listClaims))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createClaim))
	mux.HandleFunc("GET "+base+"/{id}", o.managed(read, o.readClaim))
	mux.HandleFunc("PUT "+base+"/{id}", o.managed(manage, o.replaceClaim))
	mux.HandleFunc("DELETE "+base+"/{id}", o.managed(manage, o.deleteClaim))
}

func (o *Org) claimJSON(as *authServer, c customClaim) any {
	c.Links = apiLink{"self": {Href: o.authServerPath(as) + "/claims/" + c.ID, Hints: allow("GET", "PUT", "DELETE")}}
	return c
}

func (o *Org) findClaim(r *http.Request) (*authServer, customClaim, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return nil, customClaim{}, fault
	}
	c, there := as.claims.get(r.PathValue("id"))
	if !there {
		return nil, customClaim{}, errNotFound("OAuth2Claim", r.PathValue("id"))
	}
	return as, c, nil
}

func (o *Org) listClaims(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := []any{}
	for _, c := range as.claims.list() {
		list = append(list, o.claimJSON(as, c))
	}
	return ok(list), nil
}

func (o *Org) readClaim(r *http.Request) (apiAnswer, *apiError) {
	as, c, fault := o.findClaim(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.claimJSON(as, c)), nil
}

func (o *Org) createClaim(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeClaim(r, as, newID(idClaim), http.StatusCreated)
}

func (o *Org) replaceClaim(r *http.Request) (apiAnswer, *apiError) {
	as, c, fault := o.findClaim(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if c.System {
		return apiAnswer{}, errForbidden()
	}
	return o.storeClaim(r, as, c.ID, http.StatusOK)
}

// storeClaim reads the body and stores it under id.
func (o *Org) storeClaim(r *http.Request, as *authServer, id string, status int) (apiAnswer, *apiError) {
	var c customClaim
	if fault := readBody(r, &c); fault != nil {
		return apiAnswer{}, fault
	}
	c.ID, c.System, c.Links = id, false, nil
	setDefault(&c.Status, "ACTIVE")
	setDefault(&c.ValueType, "EXPRESSION")
	if c.Conditions.Scopes == nil {
		c.Conditions.Scopes = []string{}
	}
	if c.ClaimType == resourceClaim {
		c.AlwaysInclude = true // an access token always holds its claims
	}
	if fault := o.checkClaim(as, c); fault != nil {
		return apiAnswer{}, fault
	}
	if !as.claims.put(id, c) {
		return apiAnswer{}, errFull()
	}
	return apiAnswer{status: status, body: o.claimJSON(as, c)}, nil
}

// checkClaim refuses what Okta refuses, and values that the emulator cannot evaluate.
func (o *Org) checkClaim(as *authServer, c customClaim) *apiError {
	_, taken := as.claims.find(func(other customClaim) bool {
		return other.Name == c.Name && other.ClaimType == c.ClaimType && other.ID != c.ID
	})
	switch {
	case c.ClaimType != identityClaim && c.ClaimType != resourceClaim:
		return errInvalid("claimType", "claimType: must be IDENTITY or RESOURCE")
	case c.Name == "" || len(c.Name) > 255:
		return errInvalid("name", "name: The field must have 1 to 255 characters")
	case o.claimReserved(c):
		return errInvalid("name", fmt.Sprintf("name: '%s' is a reserved claim name", c.Name))
	case taken:
		return errInvalid("name", "name: An object with this field already exists")
	case c.Status != "ACTIVE" && c.Status != "INACTIVE":
		return errInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	for _, name := range c.Conditions.Scopes {
		if _, there := as.knows(name); !there {
			return errInvalid("conditions.scopes", fmt.Sprintf("conditions.scopes: the scope '%s' does not exist", name))
		}
	}
	return c.checkValue()
}

// checkValue checks the value by its type.
func (c customClaim) checkValue() *apiError {
	switch c.ValueType {
	case "EXPRESSION":
		if !knownExpression(c.Value) {
			return errInvalid("value", "value: the emulator evaluates quoted constants, user.ATTRIBUTE and app.clientId only")
		}
	case "GROUPS":
		switch c.GroupFilterType {
		case "STARTS_WITH", "EQUALS", "CONTAINS":
		case "REGEX":
			if _, err := regexp.Compile(c.Value); err != nil {
				return errInvalid("value", "value: not a regular expression")
			}
		default:
			return errInvalid("group_filter_type", "group_filter_type: must be STARTS_WITH, EQUALS, CONTAINS or REGEX")
		}
	default:
		return errInvalid("valueType", "valueType: must be EXPRESSION or GROUPS")
	}
	return nil
}

// claimReserved reports whether a custom claim may not have this name: the names
// that Okta sets itself. "groups" is reserved for hooks, yet it is the usual name of a
// custom claim (Okta developer docs, guides/customize-tokens-groups-claim).
func (o *Org) claimReserved(c customClaim) bool {
	if c.Name == "groups" {
		return false
	}
	if c.ClaimType == identityClaim {
		return o.reserved.IDToken(c.Name)
	}
	return o.reserved.AccessToken(c.Name)
}

func (o *Org) deleteClaim(r *http.Request) (apiAnswer, *apiError) {
	as, c, fault := o.findClaim(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if c.System {
		return apiAnswer{}, errForbidden()
	}
	as.claims.delete(c.ID)
	return noContent(), nil
}
