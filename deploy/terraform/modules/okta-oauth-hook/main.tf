# An inline hook that shows the service an access token rather than a secret in a header.

resource "okta_inline_hook" "psc" {
  name    = var.hook_name
  status  = "ACTIVE"
  type    = "com.okta.oauth2.tokens.transform"
  version = "1.0.0"

  channel_json = jsonencode({
    type    = "OAUTH"
    version = "1.0.0"
    config = {
      uri          = var.hook_url
      method       = "POST"
      authType     = "client_secret_post"
      clientId     = var.client_id
      clientSecret = var.client_secret
      tokenUrl     = var.token_url
      scope        = var.scope
    }
  })
}

output "inline_hook_id" {
  description = "Id of the inline hook, for the okta module's existing_inline_hook_id."
  value       = okta_inline_hook.psc.id
}

output "hook_oauth" {
  description = "The okta module's input of that name, so that it finds a recursion."
  value       = { method = "client_secret_post", token_url = var.token_url }
}
