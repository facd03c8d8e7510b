# An org in which everything was made by clicks, taken over: its authorization server "default" is used as it is, and its
# inline hook is imported with the secret that it has. Nothing of the hook's changes; the app and the rule are this module's.

provider "okta" {
  org_name = var.okta_org_name
  # Credentials come from the environment: OKTA_API_TOKEN, or OKTA_API_CLIENT_ID with OKTA_API_PRIVATE_KEY and
  # OKTA_API_SCOPES.
}

import {
  to = module.okta.okta_inline_hook.psc[0]
  id = var.inline_hook_id
}

module "okta" {
  source = "../../modules/okta"

  redirect_uris                 = var.redirect_uris
  group_names                   = var.group_names
  existing_authorization_server = "default"
  hook_url                      = var.hook_url
  hook_name                     = "pschook"         # as it is called in Okta
  hook_secrets                  = [var.hook_secret] # without it, Terraform would give the hook another one
}

output "service_settings" {
  description = "Environment of the service, secrets apart."
  value       = module.okta.service_settings
}
