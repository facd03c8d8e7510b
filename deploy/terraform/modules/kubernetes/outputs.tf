output "namespace" {
  description = "Namespace of the objects."
  value       = local.namespace
}

output "deployment" {
  description = "Name of the Deployment."
  value       = kubernetes_deployment_v1.this.metadata[0].name
}

output "service_url" {
  description = "URL of the hook inside the cluster."
  value       = "http://${kubernetes_service_v1.this.metadata[0].name}.${local.namespace}.svc${local.hook_path}"
}

output "hook_url" {
  description = "URL of the hook as Okta reaches it, for the okta module's hook_url; null without an Ingress."
  value       = local.hook_url
}
