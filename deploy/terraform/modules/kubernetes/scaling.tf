# Replicas share nothing but their configuration: each keeps the org id for itself, so more of them is all it takes.

locals {
  # Time for the routers to hear that the replica goes, for the calls under way, and some to spare.
  grace_seconds = var.drain_delay_seconds + var.shutdown_timeout_seconds + 10
}

resource "kubernetes_horizontal_pod_autoscaler_v2" "this" {
  count = var.autoscaling == null ? 0 : 1

  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = local.annotations
  }

  spec {
    min_replicas = var.replicas
    max_replicas = var.autoscaling.max_replicas

    scale_target_ref {
      api_version = "apps/v1"
      kind        = "Deployment"
      name        = kubernetes_deployment_v1.this.metadata[0].name
    }

    metric {
      type = "Resource"

      resource {
        name = "cpu"

        target {
          type                = "Utilization"
          average_utilization = var.autoscaling.cpu_percent
        }
      }
    }
  }
}

resource "kubernetes_pod_disruption_budget_v1" "this" {
  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = local.annotations
  }

  spec {
    max_unavailable = "1"

    selector {
      match_labels = local.server_selector
    }
  }
}
