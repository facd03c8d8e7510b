package oktaemu

import (
	"math/big"
	"net/http"
	"strings"
	"time"
)

// keyPeriod is how often Okta rotates keys by itself (Okta developer docs,
// guides/key-rotation: four times a year). The emulator shows the date, and
// rotates only when it is told to.
const keyPeriod = 90 * 24 * time.Hour

func (o *Org) authServerRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/authorizationServers", "okta.authorizationServers.read", "okta.authorizationServers.manage"
	mux.HandleFunc("GET "+base, o.managed(read, o.listAuthServers))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createAuthServer))
	mux.HandleFunc("GET "+base+"/{as}", o.managed(read, o.readAuthServer))
	mux.HandleFunc("PUT "+base+"/{as}", o.managed(manage, o.replaceAuthServer))
	mux.HandleFunc("DELETE "+base+"/{as}", o.managed(manage, o.deleteAuthServer))
	mux.HandleFunc("POST "+base+"/{as}/lifecycle/activate", o.managed(manage, o.setAuthServerStatus("ACTIVE")))
	mux.HandleFunc("POST "+base+"/{as}/lifecycle/deactivate", o.managed(manage, o.setAuthServerStatus("INACTIVE")))
	mux.HandleFunc("GET "+base+"/{as}/credentials/keys", o.managed(read, o.listSigningKeys))
	mux.HandleFunc("POST "+base+"/{as}/credentials/lifecycle/keyRotate", o.managed(manage, o.rotateSigningKeys))
	o.scopeRoutes(mux, base+"/{as}/scopes", read, manage)
	o.claimRoutes(mux, base+"/{as}/claims", read, manage)
	o.policyRoutes(mux, base+"/{as}/policies", read, manage)
	o.ruleRoutes(mux, base+"/{as}/policies/{policy}/rules", read, manage)
}

// authServerInput is an authorization server as a client sends it.
type authServerInput struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Audiences   []string `json:"audiences"`
	IssuerMode  string   `json:"issuerMode"`
	Credentials struct {
		Signing struct {
			RotationMode string `json:"rotationMode"`
		} `json:"signing"`
	} `json:"credentials"`
}

func (o *Org) authServerPath(as *authServer) string {
	return o.url + "/api/v1/authorizationServers/" + as.ID
}

func (o *Org) authServerJSON(as *authServer) any {
	self := o.authServerPath(as)
	signing := map[string]any{
		"kid": as.keys.active().id, "use": "sig", "rotationMode": as.Rotation, "lastRotated": as.LastRotated,
	}
	if as.Rotation == "AUTO" {
		signing["nextRotation"] = stamp(time.Time(as.LastRotated).Add(keyPeriod))
	}
	links := map[string]any{
		"self":      link{Href: self, Hints: allow("GET", "DELETE", "PUT")},
		"scopes":    link{Href: self + "/scopes", Hints: allow("GET")},
		"claims":    link{Href: self + "/claims", Hints: allow("GET")},
		"policies":  link{Href: self + "/policies", Hints: allow("GET")},
		"rotateKey": link{Href: self + "/credentials/lifecycle/keyRotate", Hints: allow("POST")},
		"metadata": []link{
			{Name: "oauth-authorization-server", Href: o.issuer(as.ID) + "/.well-known/oauth-authorization-server", Hints: allow("GET")},
			{Name: "openid-configuration", Href: o.issuer(as.ID) + "/.well-known/openid-configuration", Hints: allow("GET")},
		},
	}
	if as.Status == "ACTIVE" {
		links["deactivate"] = link{Href: self + "/lifecycle/deactivate", Hints: allow("POST")}
	} else {
		links["activate"] = link{Href: self + "/lifecycle/activate", Hints: allow("POST")}
	}
	return map[string]any{
		"id": as.ID, "name": as.Name, "description": as.Description, "audiences": as.Audiences, "issuer": o.issuer(as.ID),
		"issuerMode": as.IssuerMode, "status": as.Status, "created": as.Created, "lastUpdated": as.LastUpdated,
		"credentials": map[string]any{"signing": signing}, "_links": links,
	}
}

func (o *Org) findAuthServer(r *http.Request) (*authServer, *apiError) {
	id := r.PathValue("as")
	if as, there := o.state.as.get(id); there {
		return as, nil
	}
	return nil, errNotFound("AuthorizationServer", id)
}

func (o *Org) listAuthServers(r *http.Request) (apiAnswer, *apiError) {
	q := strings.ToLower(r.URL.Query().Get("q"))
	var list []*authServer
	for _, as := range o.state.as.list() {
		matches := strings.Contains(strings.ToLower(as.Name), q)
		for _, audience := range as.Audiences {
			matches = matches || strings.Contains(strings.ToLower(audience), q)
		}
		if matches {
			list = append(list, as)
		}
	}
	return listPage(r, list, func(as *authServer) string { return as.ID }, o.authServerJSON, 200, 200)
}

func (o *Org) readAuthServer(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.authServerJSON(as)), nil
}

func (o *Org) createAuthServer(r *http.Request) (apiAnswer, *apiError) {
	in, fault := o.readAuthServerInput(r, "")
	if fault != nil {
		return apiAnswer{}, fault
	}
	as := newAuthServer(newID(idAuthServer), in.Name, in.Audiences, o.opts.Now)
	as.apply(in)
	if !o.state.as.put(as.ID, as) {
		return apiAnswer{}, errFull()
	}
	return apiAnswer{status: http.StatusCreated, body: o.authServerJSON(as)}, nil
}

func (o *Org) replaceAuthServer(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	in, fault := o.readAuthServerInput(r, as.ID)
	if fault != nil {
		return apiAnswer{}, fault
	}
	as.apply(in)
	as.LastUpdated = stamp(o.now())
	return ok(o.authServerJSON(as)), nil
}

// readAuthServerInput reads and checks the body, for the server with that id or a new one.
func (o *Org) readAuthServerInput(r *http.Request, id string) (authServerInput, *apiError) {
	var in authServerInput
	if fault := readBody(r, &in); fault != nil {
		return in, fault
	}
	_, taken := o.state.as.find(func(as *authServer) bool { return as.Name == in.Name && as.ID != id })
	switch {
	case in.Name == "" || len(in.Name) > 100:
		return in, errInvalid("name", "name: The field must have 1 to 100 characters")
	case taken:
		return in, errInvalid("name", "name: An object with this field already exists in the current organization")
	case len(in.Audiences) != 1 || in.Audiences[0] == "":
		return in, errInvalid("audiences", "audiences: exactly one audience is supported")
	case in.IssuerMode != "" && in.IssuerMode != "ORG_URL" && in.IssuerMode != "CUSTOM_URL" && in.IssuerMode != "DYNAMIC":
		return in, errInvalid("issuerMode", "issuerMode: must be ORG_URL, CUSTOM_URL or DYNAMIC")
	}
	if mode := in.Credentials.Signing.RotationMode; mode != "" && mode != "AUTO" && mode != "MANUAL" {
		return in, errInvalid("credentials.signing.rotationMode", "credentials.signing.rotationMode: must be AUTO or MANUAL")
	}
	return in, nil
}

// apply takes over what in says.
func (as *authServer) apply(in authServerInput) {
	as.Name, as.Description, as.Audiences = in.Name, in.Description, in.Audiences
	if in.IssuerMode != "" {
		as.IssuerMode = in.IssuerMode
	}
	if mode := in.Credentials.Signing.RotationMode; mode != "" {
		as.Rotation = mode
	}
}

func (o *Org) setAuthServerStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		as, fault := o.findAuthServer(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		as.Status, as.LastUpdated = status, stamp(o.now())
		return noContent(), nil
	}
}

func (o *Org) deleteAuthServer(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if as.Status == "ACTIVE" {
		return apiAnswer{}, errInvalid("authorizationServer", "authorizationServer: deactivate an authorization server before you delete it")
	}
	o.state.as.delete(as.ID)
	return noContent(), nil
}

// signingKeysJSON lists the active, the next and the expired keys.
func (o *Org) signingKeysJSON(as *authServer) []any {
	list := []any{}
	for _, key := range as.keys.all() {
		public := key.publicJWK()
		list = append(list, map[string]any{
			"kid": key.id, "status": key.status, "kty": "RSA", "alg": public.Algorithm, "use": public.Use,
			"e": base64Int(big.NewInt(int64(key.private.E))), "n": base64Int(key.private.N), "created": key.created, "lastUpdated": key.updated,
			"_links": apiLink{"self": {Href: o.authServerPath(as) + "/credentials/keys/" + key.id, Hints: allow("GET")}},
		})
	}
	return list
}

func (o *Org) listSigningKeys(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.signingKeysJSON(as)), nil
}

func (o *Org) rotateSigningKeys(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in struct {
		Use string `json:"use"`
	}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	if in.Use != "sig" {
		return apiAnswer{}, errInvalid("use", "use: must be sig")
	}
	as.keys.rotate()
	as.LastRotated = stamp(o.now())
	return ok(o.signingKeysJSON(as)), nil
}
