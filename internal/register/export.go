package register

import (
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// WriteTerraform writes the objects as configuration of the provider okta/okta. Each has a block
// that imports it, so that a plan finds nothing to change. It omits secrets and objects that do not
// exist. The names are those of the module deploy/terraform/modules/okta.
func (p *Plan) WriteTerraform(w io.Writer) error {
	var out terraform
	parts := p.parts
	server := parts.serverID
	out.server(parts.server)
	for _, o := range parts.scopes {
		out.scope(server, o)
	}
	out.app(parts.app)
	for _, g := range parts.groups {
		app := text(parts.app, "id")
		out.block("okta_app_group_assignment", label(g.Profile.Name), app+"/"+g.ID, app != "", "app_id", app, "group_id", g.ID)
	}
	out.hook(parts.hook)
	out.policy(server, parts.policy)
	for _, o := range parts.rules {
		out.rule(server, o)
	}
	for _, o := range parts.claims {
		out.claim(server, o)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// terraform collects configuration text.
type terraform struct{ strings.Builder }

// block writes an import and a resource. pairs are names and values of arguments; nil values are left out.
func (t *terraform) block(kind, name, id string, there bool, pairs ...any) {
	if !there {
		return
	}
	t.WriteString("import {\n  to = " + kind + "." + name + "\n  id = " + literal(id) + "\n}\n\nresource " + literal(kind) + " " + literal(name) + " {\n")
	t.arguments("  ", pairs)
	t.WriteString("}\n\n")
}

func (t *terraform) arguments(indent string, pairs []any) {
	for pair := range slices.Chunk(pairs, 2) {
		name, _ := pair[0].(string)
		t.argument(indent, name, pair[1])
	}
}

func (t *terraform) argument(indent, name string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case nested:
		t.WriteString(indent + name + " {\n" + indent + "  " + string(v) + "\n" + indent + "}\n")
	case arguments:
		t.WriteString(indent + name + " = {\n")
		t.arguments(indent+"  ", v)
		t.WriteString(indent + "}\n")
	default:
		t.WriteString(indent + name + " = " + literal(v) + "\n")
	}
}

type (
	nested    string // a block with this HCL inside
	arguments []any  // arguments of an object
)

// literal writes a value in HCL, which accepts JSON's literals. A string must not contain a
// template.
func literal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null" // values come from decoded JSON
	}
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(text))
}

// label turns any text into a name for a block.
func label(name string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			out.WriteRune(r)
		} else {
			out.WriteByte('_')
		}
	}
	return "g_" + out.String()
}

// member is the value at a path; nil if there is none, or an empty list.
func member(o Object, path string) any {
	value, _ := at(o, path)
	if list, ok := value.([]any); ok && len(list) == 0 {
		return nil
	}
	return value
}

func (t *terraform) server(o Object) {
	t.block("okta_auth_server", "psc", text(o, "id"), o != nil,
		"name", member(o, "name"), "description", member(o, "description"), "audiences", member(o, "audiences"), "issuer_mode", member(o, "issuerMode"))
}

func (t *terraform) scope(server string, o Object) {
	t.block("okta_auth_server_scope", label(text(o, "name")), server+"/"+text(o, "id"), o != nil,
		"auth_server_id", server, "name", member(o, "name"), "consent", member(o, "consent"), "metadata_publish", member(o, "metadataPublish"))
}

func (t *terraform) app(o Object) {
	oauth, _ := at(o, "settings.oauthClient")
	settings, _ := oauth.(Object)
	rotation := member(settings, "refresh_token.rotation_type")
	if rotation == nil {
		rotation = "" // else the provider fills in STATIC, which an import does not read
	}
	t.block("okta_app_oauth", "psc", text(o, "id"), o != nil,
		"label", member(o, "label"), "type", member(settings, "application_type"),
		"token_endpoint_auth_method", member(o, "credentials.oauthClient.token_endpoint_auth_method"), "omit_secret", true,
		"pkce_required", member(o, "credentials.oauthClient.pkce_required"),
		"grant_types", member(settings, "grant_types"), "response_types", member(settings, "response_types"),
		"refresh_token_rotation", rotation, "refresh_token_leeway", member(settings, "refresh_token.leeway"),
		"redirect_uris", member(settings, "redirect_uris"), "post_logout_redirect_uris", member(settings, "post_logout_redirect_uris"),
		"wildcard_redirect", member(settings, "wildcard_redirect"), "consent_method", member(settings, "consent_method"),
		"login_mode", member(settings, "idp_initiated_login.mode"), "hide_ios", member(o, "visibility.hide.iOS"), "hide_web", member(o, "visibility.hide.web"),
		"lifecycle", nested("ignore_changes = [omit_secret, refresh_token_leeway]")) // what an import does not read
}

func (t *terraform) hook(o Object) {
	if o == nil {
		return
	}
	if text(o, "channel.type") == "OAUTH" {
		t.WriteString("# The inline hook " + text(o, "name") + " authenticates by OAuth 2.0, which the pinned provider cannot express: it stays outside of Terraform.\n\n")
		return
	}
	t.WriteString("# The secret of the hook stays as it is and out of Terraform: nobody can read it back from Okta. To have Terraform set it,\n" +
		"# give auth = { type = \"HEADER\", key = " + literal(member(o, "channel.config.authScheme.key")) + ", value = var.… } in place of lifecycle.\n")
	t.block("okta_inline_hook", "psc", text(o, "id"), true,
		"name", member(o, "name"), "status", member(o, "status"), "type", member(o, "type"), "version", member(o, "version"),
		"channel", arguments{"type", "HTTP", "version", "1.0.0", "method", "POST", "uri", member(o, "channel.config.uri")},
		"lifecycle", nested("ignore_changes = [auth]"))
}

func (t *terraform) policy(server string, o Object) {
	t.block("okta_auth_server_policy", "psc", server+"/"+text(o, "id"), o != nil,
		"auth_server_id", server, "name", member(o, "name"), "description", member(o, "description"), "priority", member(o, "priority"),
		"client_whitelist", member(o, "conditions.clients.include"))
}

func (t *terraform) rule(server string, o Object) {
	policy := policyOf(o)
	t.block("okta_auth_server_policy_rule", label(text(o, "id")), strings.Join([]string{server, policy, text(o, "id")}, "/"), o != nil,
		"auth_server_id", server, "policy_id", policy, "name", member(o, "name"), "priority", member(o, "priority"),
		"grant_type_whitelist", member(o, "conditions.grantTypes.include"), "scope_whitelist", member(o, "conditions.scopes.include"),
		"group_whitelist", member(o, "conditions.people.groups.include"), "group_blacklist", member(o, "conditions.people.groups.exclude"),
		"user_whitelist", member(o, "conditions.people.users.include"), "user_blacklist", member(o, "conditions.people.users.exclude"),
		"inline_hook_id", member(o, hookMember),
		"access_token_lifetime_minutes", member(o, "actions.token.accessTokenLifetimeMinutes"),
		"refresh_token_lifetime_minutes", member(o, "actions.token.refreshTokenLifetimeMinutes"),
		"refresh_token_window_minutes", member(o, "actions.token.refreshTokenWindowMinutes"))
}

// policyOf is the id of the policy that a rule is in, by its own link.
func policyOf(rule Object) string {
	parts := strings.Split(text(rule, "_links.self.href"), "/")
	if i := slices.Index(parts, "policies"); i >= 0 && i+1 < len(parts) {
		return parts[i+1]
	}
	return ""
}

func (t *terraform) claim(server string, o Object) {
	t.block("okta_auth_server_claim", label(text(o, "name")+"_"+text(o, "claimType")), server+"/"+text(o, "id"), o != nil,
		"auth_server_id", server, "name", member(o, "name"), "value", member(o, "value"), "value_type", member(o, "valueType"),
		"claim_type", member(o, "claimType"), "always_include_in_token", member(o, "alwaysIncludeInToken"))
}
