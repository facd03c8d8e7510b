# The service's Secret, with values that come from elsewhere (a vault, the environment) and that Terraform hands on without
# keeping them: neither plan nor state has them.

resource "kubernetes_secret_v1" "this" {
  metadata {
    name      = var.name
    namespace = var.namespace
    labels    = var.labels
  }

  type = "Opaque"

  data_wo = merge(
    { "hook-secrets" = "${join("\n", var.hook_secrets)}\n" },
    { for key in setunion(var.keys, var.environment) : key => var.other_values[key] },
  )
  data_wo_revision = var.revision
}

output "existing_secret" {
  description = "The input of that name of the kubernetes module."
  value = {
    name        = kubernetes_secret_v1.this.metadata[0].name
    keys        = var.keys
    environment = var.environment
    revision    = var.start_revision
  }
}
