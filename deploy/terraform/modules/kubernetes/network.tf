resource "kubernetes_service_v1" "this" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.server_labels
  }

  spec {
    type     = "ClusterIP"
    selector = local.server_selector

    port {
      name        = "http"
      port        = 80
      target_port = "http"
    }

    port {
      name        = "admin"
      port        = 9090
      target_port = "admin"
    }
  }
}

# Only the hook is let in, and the relying party where it is on: health and metrics stay inside.
resource "kubernetes_ingress_v1" "this" {
  count = var.ingress == null ? 0 : 1

  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = var.ingress.annotations
  }

  spec {
    ingress_class_name = var.ingress.class_name

    tls {
      hosts       = [var.ingress.host]
      secret_name = var.ingress.tls_secret_name
    }

    rule {
      host = var.ingress.host

      http {
        dynamic "path" {
          for_each = concat(
            [{ path = local.hook_path, type = "Exact" }],
            lookup(var.settings, "PSCHOOK_RP_ENABLED", "false") == "true" ? [{ path = "/rp", type = "Prefix" }] : [],
          )

          content {
            path      = path.value.path
            path_type = path.value.type

            backend {
              service {
                name = kubernetes_service_v1.this.metadata[0].name

                port {
                  name = "http"
                }
              }
            }
          }
        }
      }
    }
  }
}

locals {
  # Addresses that are never Okta's: private networks (RFC 1918), shared (RFC 6598), link-local (RFC 3927) with the
  # metadata services of the clouds.
  not_public = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
}

resource "kubernetes_network_policy_v1" "server" {
  count = var.network_policy == null ? 0 : 1

  metadata {
    name      = "${var.name}-server"
    namespace = local.namespace
    labels    = local.server_labels
  }

  spec {
    policy_types = ["Ingress", "Egress"]

    pod_selector {
      match_labels = local.server_selector
    }

    dynamic "ingress" {
      for_each = length(var.network_policy.ingress_namespaces) > 0 ? [var.network_policy.ingress_namespaces] : []

      content {
        dynamic "from" {
          for_each = ingress.value

          content {
            namespace_selector {
              match_labels = { "kubernetes.io/metadata.name" = from.value }
            }
          }
        }

        ports {
          port     = "http"
          protocol = "TCP"
        }
      }
    }

    dynamic "ingress" {
      for_each = length(var.network_policy.monitoring_namespaces) > 0 ? [var.network_policy.monitoring_namespaces] : []

      content {
        dynamic "from" {
          for_each = ingress.value

          content {
            namespace_selector {
              match_labels = { "kubernetes.io/metadata.name" = from.value }
            }
          }
        }

        ports {
          port     = "admin"
          protocol = "TCP"
        }
      }
    }

    dynamic "egress" {
      for_each = local.egress

      content {
        dynamic "to" {
          for_each = egress.value.to

          content {
            dynamic "namespace_selector" {
              for_each = to.value.namespace == null ? [] : [to.value.namespace]

              content {
                match_labels = { "kubernetes.io/metadata.name" = namespace_selector.value }
              }
            }

            dynamic "ip_block" {
              for_each = to.value.cidr == null ? [] : [to.value.cidr]

              content {
                cidr   = ip_block.value
                except = ip_block.value == "0.0.0.0/0" ? local.not_public : null
              }
            }
          }
        }

        dynamic "ports" {
          for_each = egress.value.ports

          content {
            port     = ports.value.port
            protocol = ports.value.protocol
          }
        }
      }
    }
  }
}

locals {
  dns_egress = var.network_policy == null ? [] : [{
    to    = concat([{ namespace = "kube-system", cidr = null }], [for cidr in var.network_policy.dns_cidrs : { namespace = null, cidr = cidr }])
    ports = [{ port = "53", protocol = "UDP" }, { port = "53", protocol = "TCP" }]
  }]
  okta_egress = var.network_policy == null ? [] : [{
    to    = [for cidr in var.network_policy.okta_cidrs : { namespace = null, cidr = cidr }]
    ports = [{ port = "443", protocol = "TCP" }]
  }]
  extra_egress = var.network_policy == null ? [] : [for extra in var.network_policy.extra_egress : {
    to    = [{ namespace = null, cidr = extra.cidr }]
    ports = [{ port = tostring(extra.port), protocol = "TCP" }]
  }]
  egress = concat(local.dns_egress, local.okta_egress, local.extra_egress)
}
