output "issuer" {
  description = "Issuer, for the ANS."
  value       = module.okta.issuer
}

output "client_id" {
  description = "Client id, for the ANS."
  value       = module.okta.client_id
}

output "environment" {
  description = "Lines for /etc/pschook/pschook.env: terraform output -raw environment."
  value       = join("", [for name, value in module.okta.service_settings : "${name}=${value}\n"])
}

output "hook_secrets" {
  description = "Content of /etc/pschook/hook-secrets: terraform output -raw hook_secrets."
  value       = join("", [for secret in module.okta.hook_secrets : "${secret}\n"])
  sensitive   = true
}
