# The inline hook, and the secret by which the service knows that Okta is calling.

resource "random_password" "hook" {
  for_each = local.generated ? toset(var.hook_secret_generations) : []

  length  = 48
  special = false # goes into an HTTP header as it is
}

locals {
  # A hook that was made by other means has its own secret, or none: one that Okta never sends is but one more to lose.
  generated = nonsensitive(length(var.hook_secrets)) == 0 && local.makes_hook
  secrets   = local.generated ? [for name in var.hook_secret_generations : random_password.hook[name].result] : var.hook_secrets

  # A hook with OAuth 2.0 is made by other means. Its id may not be known before the apply that makes it, so it is not asked.
  makes_hook = var.hook_oauth != null ? false : var.existing_inline_hook_id == null
  hook_id    = local.makes_hook ? one(okta_inline_hook.psc[*].id) : var.existing_inline_hook_id

  # Does the caller's token come from the authorization server that calls the hook? It goes by several names: the
  # org's hosts, and its id or "default".
  org_hosts = [
    for url in compact([local.server.issuer, local.org_url, local.custom_domain]) :
    lower(regex("^https?://([^/]+)", url)[0])
  ]
  token_url     = try(regex("^https://([^/]+)/oauth2/([^/]+)/v1/token$", var.hook_oauth.token_url), ["", ""])
  hook_recurses = contains(local.org_hosts, lower(local.token_url[0])) && contains([local.server.id, local.server.name, reverse(split("/", local.server.issuer))[0]], local.token_url[1])
}

resource "okta_inline_hook" "psc" {
  count = local.makes_hook ? 1 : 0

  name    = var.hook_name
  status  = "ACTIVE"
  type    = "com.okta.oauth2.tokens.transform"
  version = "1.0.0"

  channel = {
    type    = "HTTP"
    version = "1.0.0"
    method  = "POST"
    uri     = var.hook_url
  }

  auth = {
    type  = "HEADER"
    key   = var.hook_auth_header
    value = local.secrets[0]
  }

  lifecycle {
    precondition {
      condition     = startswith(var.hook_url, "https://")
      error_message = "hook_url: Okta calls https URLs only, and the secret must not travel in the clear."
    }

    precondition {
      condition     = can(regex("^[a-z]+://[A-Za-z0-9.-]+(:[0-9]+)?/([^?#@\\s]*/)?hooks/okta/token$", var.hook_url))
      error_message = "hook_url: the host of the service (without user name) and a path that ends in /hooks/okta/token, without query or fragment."
    }
  }
}
