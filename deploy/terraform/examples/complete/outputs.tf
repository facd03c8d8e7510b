output "issuer" {
  description = "Issuer, for the ANS."
  value       = module.okta.issuer
}

output "client_id" {
  description = "Client id, for the ANS."
  value       = module.okta.client_id
}

output "hook_url" {
  description = "URL of the hook."
  value       = local.hook_url
}

output "inline_hook_id" {
  description = "Id of the inline hook."
  value       = module.okta.inline_hook_id
}
