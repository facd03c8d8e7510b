# Objects that all others need: names, labels, the namespace and the account.

locals {
  selector = {
    "app.kubernetes.io/name"     = "pschook"
    "app.kubernetes.io/instance" = var.name
  }
  server_selector = merge(local.selector, { "app.kubernetes.io/component" = "server" })
  probe_selector  = merge(local.selector, { "app.kubernetes.io/component" = "probe" })

  labels        = merge(var.labels, local.selector, { "app.kubernetes.io/managed-by" = "terraform" })
  server_labels = merge(local.labels, local.server_selector)
  probe_labels  = merge(local.labels, local.probe_selector)

  namespace = var.create_namespace ? kubernetes_namespace_v1.this[0].metadata[0].name : var.namespace

  # None rather than empty ones, which some kinds of object would show.
  annotations          = length(var.annotations) == 0 ? null : var.annotations
  manifest_annotations = length(var.annotations) == 0 ? {} : { annotations = var.annotations }

  hook_path = "/hooks/okta/token"
}

resource "kubernetes_namespace_v1" "this" {
  count = var.create_namespace ? 1 : 0

  metadata {
    name        = var.namespace
    annotations = local.annotations
    labels = merge(local.labels, {
      "pod-security.kubernetes.io/enforce" = "restricted"
      "pod-security.kubernetes.io/audit"   = "restricted"
      "pod-security.kubernetes.io/warn"    = "restricted"
    })
  }
}

# An account that may do nothing: the service never speaks to Kubernetes.
resource "kubernetes_service_account_v1" "this" {
  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  automount_service_account_token = false
}
