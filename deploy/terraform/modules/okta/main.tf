# What Pro Santé Connect needs of an Okta org: an app, an authorization server that mints its tokens, and the policy
# rule that calls the hook while they are minted. No static claim tid: the service adds the org's own id, and a claim
# typed in by hand would go stale in silence.

data "okta_org_metadata" "org" {
  count = var.org_url == null ? 1 : 0
}

locals {
  org_url       = var.org_url == null ? one(data.okta_org_metadata.org[*].domains.organization) : var.org_url
  custom_domain = one(data.okta_org_metadata.org[*].domains.alternate) # where there is one
}

data "okta_group" "members" {
  for_each = var.group_names

  name = each.value

  lifecycle {
    # The provider takes the only group whose name begins so for the group of that name.
    postcondition {
      condition     = self.name == each.value
      error_message = "group_names: no group is named exactly \"${each.value}\"; the nearest is \"${self.name}\"."
    }
  }
}

resource "okta_app_oauth" "psc" {
  label                      = var.app_label
  type                       = var.app_type # browser is a single-page application, Okta's word for a public client
  token_endpoint_auth_method = var.app_type == "browser" ? "none" : var.app_authentication
  omit_secret                = var.app_type == "browser"
  pkce_required              = true

  grant_types               = var.refresh_tokens ? ["authorization_code", "refresh_token"] : ["authorization_code"]
  response_types            = ["code"]
  refresh_token_rotation    = var.refresh_tokens ? "ROTATE" : null
  redirect_uris             = local.redirect_uris
  post_logout_redirect_uris = var.post_logout_redirect_uris
  wildcard_redirect         = "DISABLED"
  consent_method            = "TRUSTED"
  authentication_policy     = var.authentication_policy_id

  # Pro Santé Connect begins every sign-in: a tile on Okta's own pages would lead nowhere.
  login_mode = "DISABLED"
  hide_ios   = true
  hide_web   = true
}

resource "okta_app_group_assignment" "members" {
  for_each = data.okta_group.members

  app_id   = okta_app_oauth.psc.id
  group_id = each.value.id
}

resource "okta_auth_server" "psc" {
  count = var.existing_authorization_server == null ? 1 : 0

  name        = var.authorization_server_name
  description = "Mints the tokens that Pro Santé Connect delegates to this org."
  audiences   = [var.authorization_server_audience]
  issuer_mode = var.issuer_mode
}

data "okta_auth_server" "existing" {
  count = var.existing_authorization_server == null ? 0 : 1

  name = var.existing_authorization_server
}

locals {
  server = one(concat(
    [for s in okta_auth_server.psc : { id = s.id, name = s.name, issuer = s.issuer }],
    [for s in data.okta_auth_server.existing : { id = s.id, name = s.name, issuer = s.issuer }],
  ))

  rp_redirect_url = replace(var.hook_url, "//hooks/okta/token$/", "/rp/callback")
  redirect_uris   = distinct(concat(var.redirect_uris, var.rp_enabled ? [local.rp_redirect_url] : []))
  scopes          = setunion(var.scopes, var.refresh_tokens ? ["offline_access"] : [])
}

# The provider would update a policy, rule or claim of one authorization server in another, where there is none.
resource "terraform_data" "server" {
  input = local.server.id
}

resource "okta_auth_server_policy" "psc" {
  auth_server_id   = local.server.id
  name             = var.app_label
  description      = "For the app of Pro Santé Connect, and no other."
  priority         = var.policy_priority
  client_whitelist = [okta_app_oauth.psc.client_id]

  lifecycle {
    replace_triggered_by = [terraform_data.server]
  }
}

resource "okta_auth_server_policy_rule" "psc" {
  auth_server_id       = local.server.id
  policy_id            = okta_auth_server_policy.psc.id
  name                 = "Code and PKCE, with the hook"
  priority             = 1
  grant_type_whitelist = ["authorization_code"]
  scope_whitelist      = local.scopes
  group_whitelist      = [for group in data.okta_group.members : group.id]
  inline_hook_id       = var.hook_attached ? local.hook_id : null

  access_token_lifetime_minutes  = var.access_token_minutes
  refresh_token_lifetime_minutes = var.refresh_token_minutes
  refresh_token_window_minutes   = var.refresh_token_idle_minutes

  lifecycle {
    replace_triggered_by = [okta_auth_server_policy.psc.id]

    # Okta would call the hook to mint the token that it needs to call the hook.
    precondition {
      condition     = !local.hook_recurses
      error_message = "hook_oauth: token_url is of the very authorization server whose rule calls the hook, which would recurse for ever. Take the caller's token from another authorization server."
    }

    precondition {
      condition     = (var.hook_oauth == null) || (var.existing_inline_hook_id != null)
      error_message = "hook_oauth: this module makes hooks with a secret in a header. Make this one with the module okta-oauth-hook, or in the Admin Console (Workflow > Inline Hooks), and give its id as existing_inline_hook_id."
    }
  }
}

# Okta's expression language takes a string in double quotes.
resource "okta_auth_server_claim" "kc_idp_hint" {
  for_each = var.kc_idp_hint == null ? [] : var.kc_idp_hint_tokens

  auth_server_id          = local.server.id
  name                    = "kc_idp_hint"
  value                   = "\"${var.kc_idp_hint}\""
  value_type              = "EXPRESSION"
  claim_type              = each.value == "id_token" ? "IDENTITY" : "RESOURCE"
  always_include_in_token = true

  lifecycle {
    replace_triggered_by = [terraform_data.server]
  }
}
