output "issuer" {
  description = "Issuer of the tokens, for the ANS and for the relying party."
  value       = local.server.issuer
}

output "authorization_server_id" {
  description = "Id of the authorization server."
  value       = local.server.id
}

output "app_id" {
  description = "Id of the app."
  value       = okta_app_oauth.psc.id
}

output "client_id" {
  description = "Client id of the app, for the ANS and for PSCHOOK_CLIENT_IDS."
  value       = okta_app_oauth.psc.client_id
}

output "client_secret" {
  description = "Client secret of a web app, for the ANS and for the service's PSCHOOK_RP_CLIENT_SECRET; null for a public client."
  value       = var.app_type == "web" ? okta_app_oauth.psc.client_secret : null
  sensitive   = true
}

output "inline_hook_id" {
  description = "Id of the inline hook."
  value       = local.hook_id
}

output "policy_id" {
  description = "Id of the access policy."
  value       = okta_auth_server_policy.psc.id
}

output "policy_rule_id" {
  description = "Id of the policy rule that calls the hook."
  value       = okta_auth_server_policy_rule.psc.id
}

output "hook_secret" {
  description = "Secret that Okta sends now; null for an existing hook without hook_secrets."
  value       = try(local.secrets[0], null)
  sensitive   = true
}

output "hook_secrets" {
  description = "All secrets that the service is to accept, for PSCHOOK_HOOK_SECRETS or the file."
  value       = local.secrets
  sensitive   = true
}

output "service_settings" {
  description = "Environment of the service, secrets apart."
  value = {
    PSCHOOK_OKTA_ORG_URL     = local.org_url
    PSCHOOK_OKTA_ISSUERS     = local.server.issuer
    PSCHOOK_CLIENT_IDS       = okta_app_oauth.psc.client_id
    PSCHOOK_HOOK_AUTH_HEADER = var.hook_auth_header
  }
}

output "rp_settings" {
  description = "Environment of the service's relying party; empty unless rp_enabled."
  value = var.rp_enabled ? {
    PSCHOOK_RP_ENABLED      = "true"
    PSCHOOK_RP_ISSUER       = local.server.issuer
    PSCHOOK_RP_CLIENT_ID    = okta_app_oauth.psc.client_id
    PSCHOOK_RP_REDIRECT_URL = local.rp_redirect_url
    PSCHOOK_RP_SCOPES       = join(" ", sort(local.scopes))
    PSCHOOK_RP_PROFILE      = "psc"
  } : {}
}
