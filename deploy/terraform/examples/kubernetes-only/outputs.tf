output "hook_url" {
  description = "URL of the hook, for Okta."
  value       = module.kubernetes.hook_url
}
