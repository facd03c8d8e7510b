package pscrealm

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// File returns the realm as a file that Keycloak 26 imports (kc.sh start --import-realm, or kc.sh
// import --file). The same options always give the same bytes. The error names every wrong option.
func File(o Options) ([]byte, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(build(o.withDefaults()), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

func build(o Options) realm {
	b := new(book)
	b.shared()
	r := realm{
		Realm: Realm, DisplayName: "Pro Santé Connect (test, pschook)", Enabled: true, SSLRequired: "external",
		EventsEnabled: true, EventsExpiration: 7 * 24 * 3600, EventsListeners: []string{"jboss-logging"},
		Internationalization: true, SupportedLocales: []string{"en", "fr"}, DefaultLocale: "fr", LocalizationTexts: texts(),
		Attributes:  attributes(),
		BrowserFlow: flowBrowser, DirectGrantFlow: flowNone, FirstBrokerLoginFlow: flowAppairage,
		RequiredActions: []requiredAction{{
			Alias: "VERIFY_PROFILE", Name: "Confirmation at each sign-in", ProviderID: "VERIFY_PROFILE", Enabled: true, Priority: 10, Config: map[string]string{},
		}},
		ClientScopes: clientScopes(), DefaultDefaultScopes: []string{"basic", "acr"}, DefaultOptionalScopes: []string{"scope_all"},
		Components: map[string][]component{"org.keycloak.userprofile.UserProfileProvider": {userProfile()}},
	}
	for _, e := range o.Establishments {
		r.IdentityProviders = append(r.IdentityProviders, provider(e, b.gate(e, o.Sets)))
		r.IdentityMappers = append(r.IdentityMappers, mappers(e)...)
	}
	r.Flows, r.FlowConfigs = b.flows, b.configs
	for _, s := range o.Services {
		r.Clients = append(r.Clients, service(s))
	}
	for _, a := range o.Accounts {
		r.Users = append(r.Users, account(a))
	}
	return r
}

// attributes holds the levels' names (acr) and the notes on what is assumed.
func attributes() map[string]string {
	out := map[string]string{"acr.loa.map": `{"eidas1":1,"eidas2":2,"eidas3":3}`}
	count := map[string]int{}
	for _, n := range Notes() {
		count[n.Kind]++
		out[fmt.Sprintf("rehearsal.%s.%d", n.Kind, count[n.Kind])] = n.Text
	}
	return out
}

// provider describes the org for Keycloak's broker. Both tokens are validated. The essential claim
// tid is read from the ID token and stops a sign-in before anything else happens.
func provider(e Establishment, gate string) identityProvider {
	config := map[string]string{
		"issuer": e.Issuer, "authorizationUrl": e.Issuer + "/v1/authorize", "tokenUrl": e.Issuer + "/v1/token",
		"userInfoUrl": e.Issuer + "/v1/userinfo", "jwksUrl": e.Issuer + "/v1/keys", "logoutUrl": e.Issuer + "/v1/logout",
		"useJwksUrl": "true", "validateSignature": "true", "isAccessTokenJWT": "true",
		"clientId": e.ClientID, "clientAuthMethod": "client_secret_post", "pkceEnabled": "true", "pkceMethod": "S256",
		"defaultScope": "openid profile email", "syncMode": "IMPORT", "sendIdTokenOnLogout": "true", "sendClientIdOnLogout": "true",
		"filteredByClaim": "true", "claimFilterName": "tid", "claimFilterValue": regexp.QuoteMeta(e.TID),
	}
	if e.ClientSecret != "" {
		maps.Copy(config, map[string]string{"clientAuthMethod": "client_secret_basic", "clientSecret": e.ClientSecret})
	}
	return identityProvider{
		Alias: e.KCIdPHint(), DisplayName: e.Name, ProviderID: "oidc", Enabled: true,
		FirstLoginFlow: flowAppairage, PostLoginFlow: gate, Config: config,
	}
}

// noSuchClaim is mapped to what must be empty at every sign-in.
const noSuchClaim = "psc-rehearsal-no-such-claim"

// mappers read claims in Keycloak's order: access token, ID token, userinfo. They read them at
// every sign-in.
func mappers(e Establishment) []identityMapper {
	importer := func(name, claim string) identityMapper {
		return identityMapper{name, e.KCIdPHint(), "oidc-user-attribute-idp-mapper", map[string]string{"claim": claim, "user.attribute": name, "syncMode": "FORCE"}}
	}
	template := func(name, text, target, mode string) identityMapper {
		return identityMapper{name, e.KCIdPHint(), "oidc-username-idp-mapper", map[string]string{"template": text, "target": target, "syncMode": mode}}
	}
	return []identityMapper{
		template("linked by tid and oid", "${CLAIM.tid}:${CLAIM.oid}", "BROKER_ID", "FORCE"),
		template("national id is typed", " ", "LOCAL", "IMPORT"), // FORCE would rename the account
		importer("oid", "oid"), importer("tid", "tid"), importer("amr", "amr"),
		importer("confirmation", noSuchClaim),
	}
}

func service(s Service) client {
	attrs := map[string]string{"post.logout.redirect.uris": "+", "id.token.signed.response.alg": "RS256"}
	if s.SignedUserinfo {
		attrs["user.info.response.signature.alg"] = "RS256"
	}
	return client{
		ClientID: s.ClientID, Description: "A service provider of Pro Santé Connect.", Enabled: true, Protocol: "openid-connect",
		Authenticator: "client-secret", Secret: s.Secret, RedirectURIs: slices.Clone(s.RedirectURIs), WebOrigins: []string{},
		StandardFlowEnabled: true, Attributes: attrs,
		DefaultClientScopes: []string{"basic", "acr"}, OptionalClientScopes: []string{"scope_all"},
	}
}

func account(a Account) user {
	return user{
		Username: a.NationalID, Enabled: true, FirstName: a.GivenName, LastName: a.FamilyName,
		Attributes:  map[string][]string{"SubjectNameID": {a.NationalID}},
		Credentials: []credential{{Type: "password", Value: a.Password}},
	}
}

// clientScopes returns the scopes of PSC, apart from openid, which Keycloak provides. Clients get
// basic and acr without asking; scope_all adds what PSC says about a person.
func clientScopes() []clientScope {
	mapper := func(name, kind string, config map[string]string) protocolMapper {
		all := map[string]string{"id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true", "introspection.token.claim": "true"}
		maps.Copy(all, config)
		return protocolMapper{name, "openid-connect", kind, all}
	}
	attribute := func(claim, attribute string) protocolMapper {
		return mapper(claim, "oidc-usermodel-attribute-mapper", map[string]string{"claim.name": claim, "user.attribute": attribute, "jsonType.label": "String"})
	}
	scope := func(name, description string, inToken bool, mappers ...protocolMapper) clientScope {
		return clientScope{name, description, "openid-connect", map[string]string{
			"include.in.token.scope": strconv.FormatBool(inToken), "display.on.consent.screen": "false",
		}, mappers}
	}
	return []clientScope{
		scope("basic", "sub and auth_time", false,
			mapper("sub", "oidc-sub-mapper", nil),
			mapper("auth_time", "oidc-usersessionmodel-note-mapper", map[string]string{"user.session.note": "AUTH_TIME", "claim.name": "auth_time", "jsonType.label": "long"})),
		scope("acr", "the level reached", false, mapper("acr", "oidc-acr-mapper", nil)),
		scope("scope_all", "what PSC says of a professional", true,
			attribute("preferred_username", "username"), attribute("given_name", "firstName"), attribute("family_name", "lastName"),
			attribute("SubjectNameID", "SubjectNameID")),
	}
}
