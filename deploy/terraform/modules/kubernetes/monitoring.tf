# A custom resource of the Prometheus operator, so there is no typed resource for it.
resource "kubernetes_manifest" "service_monitor" {
  count = var.service_monitor == null ? 0 : 1

  manifest = {
    apiVersion = "monitoring.coreos.com/v1"
    kind       = "ServiceMonitor"
    metadata   = merge({ name = var.name, namespace = local.namespace, labels = merge(local.server_labels, var.service_monitor.labels) }, local.manifest_annotations)
    spec = {
      selector = { matchLabels = local.server_selector }
      endpoints = [{
        port     = "admin"
        path     = "/metrics"
        interval = var.service_monitor.interval
      }]
    }
  }

  field_manager {
    force_conflicts = true # what was edited by hand is set right again, and does not stop the apply
  }
}

resource "kubernetes_manifest" "prometheus_rule" {
  count = var.prometheus_rule == null ? 0 : 1

  manifest = {
    apiVersion = "monitoring.coreos.com/v1"
    kind       = "PrometheusRule"
    metadata   = merge({ name = var.name, namespace = local.namespace, labels = merge(local.server_labels, var.prometheus_rule.labels) }, local.manifest_annotations)
    spec       = { groups = yamldecode(var.prometheus_rule.rules).groups }
  }

  field_manager {
    force_conflicts = true
  }
}

resource "kubernetes_config_map_v1" "grafana_dashboard" {
  count = var.grafana_dashboard == null ? 0 : 1

  metadata {
    name        = "${var.name}-dashboard"
    namespace   = local.namespace
    labels      = merge(local.labels, var.grafana_dashboard_labels)
    annotations = local.annotations
  }

  data = { "pschook.json" = var.grafana_dashboard }
}
