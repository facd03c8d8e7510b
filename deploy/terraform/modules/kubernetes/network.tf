resource "kubernetes_service_v1" "this" {
  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = local.annotations
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
locals {
  paths = concat(
    [{ path = local.hook_path, type = "Exact" }],
    lookup(var.settings, "PSCHOOK_RP_ENABLED", "false") == "true" ? [{ path = "/rp", type = "Prefix" }] : [],
  )
}

resource "kubernetes_ingress_v1" "this" {
  count = var.ingress == null ? 0 : 1

  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = merge(local.annotations, var.ingress.annotations)
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
          for_each = local.paths

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

# A custom resource of the Gateway API, so there is no typed resource for it.
resource "kubernetes_manifest" "route" {
  count = var.gateway_route == null ? 0 : 1

  manifest = {
    apiVersion = "gateway.networking.k8s.io/v1"
    kind       = "HTTPRoute"
    metadata   = merge({ name = var.name, namespace = local.namespace, labels = local.server_labels }, local.manifest_annotations)
    spec = {
      parentRefs = [merge(
        { name = var.gateway_route.gateway_name },
        var.gateway_route.gateway_namespace == null ? {} : { namespace = var.gateway_route.gateway_namespace },
        var.gateway_route.section_name == null ? {} : { sectionName = var.gateway_route.section_name },
      )]
      hostnames = [var.gateway_route.host]
      rules = [{
        matches     = [for path in local.paths : { path = { type = path.type == "Prefix" ? "PathPrefix" : path.type, value = path.path } }]
        backendRefs = [{ name = kubernetes_service_v1.this.metadata[0].name, port = 80 }]
      }]
    }
  }

  field_manager {
    force_conflicts = true # what was edited by hand is set right again, and does not stop the apply
  }
}

locals {
  # Addresses that are never Okta's: private networks (RFC 1918, RFC 4193), shared (RFC 6598), link-local (RFC 3927,
  # RFC 4291) with the metadata services of the clouds.
  not_public = {
    "0.0.0.0/0" = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
    "::/0"      = ["fc00::/7", "fe80::/10"]
  }

  # Peers are namespaces by their labels, or addresses. Where there is no policy, the lists are empty.
  ingress_peers = flatten([for policy in var.network_policy[*] : concat(
    [for name in policy.ingress_namespaces : { labels = { "kubernetes.io/metadata.name" = name }, cidr = null }],
    [for labels in policy.ingress_namespace_labels : { labels = labels, cidr = null }],
    [for cidr in policy.ingress_cidrs : { labels = null, cidr = cidr }],
  )])
  monitoring_peers = flatten([for policy in var.network_policy[*] : concat(
    [for name in policy.monitoring_namespaces : { labels = { "kubernetes.io/metadata.name" = name }, cidr = null }],
    [for cidr in policy.monitoring_cidrs : { labels = null, cidr = cidr }],
  )])
  lets_in = [{ from = local.ingress_peers, port = "http" }, { from = local.monitoring_peers, port = "admin" }]

  dns_egress = [for policy in var.network_policy[*] : {
    to = concat(
      [for name in policy.dns_namespaces : { labels = { "kubernetes.io/metadata.name" = name }, cidr = null }],
      [for cidr in policy.dns_cidrs : { labels = null, cidr = cidr }],
    )
    ports = flatten([for port in policy.dns_ports : [{ port = tostring(port), protocol = "UDP" }, { port = tostring(port), protocol = "TCP" }]])
  }]
  okta_egress = [for policy in var.network_policy[*] : {
    to    = [for cidr in policy.okta_cidrs : { labels = null, cidr = cidr }]
    ports = [{ port = "443", protocol = "TCP" }]
  }]
  extra_egress = flatten([for policy in var.network_policy[*] : [for extra in policy.extra_egress : {
    to    = [{ labels = extra.namespace == null ? null : { "kubernetes.io/metadata.name" = extra.namespace }, cidr = extra.cidr }]
    ports = [{ port = tostring(extra.port), protocol = "TCP" }]
  }]])
  egress = concat(local.dns_egress, local.okta_egress, local.extra_egress)
}

resource "kubernetes_network_policy_v1" "server" {
  count = var.network_policy == null ? 0 : 1

  metadata {
    name        = "${var.name}-server"
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = local.annotations
  }

  spec {
    policy_types = ["Ingress", "Egress"]

    pod_selector {
      match_labels = local.server_selector
    }

    dynamic "ingress" {
      for_each = [for rule in local.lets_in : rule if length(rule.from) > 0]

      content {
        dynamic "from" {
          for_each = ingress.value.from

          content {
            dynamic "namespace_selector" {
              for_each = from.value.labels == null ? [] : [from.value.labels]

              content {
                match_labels = namespace_selector.value
              }
            }

            dynamic "ip_block" {
              for_each = from.value.cidr == null ? [] : [from.value.cidr]

              content {
                cidr = ip_block.value
              }
            }
          }
        }

        ports {
          port     = ingress.value.port
          protocol = "TCP"
        }
      }
    }

    dynamic "egress" {
      for_each = [for rule in local.egress : rule if length(rule.to) > 0] # without peers a rule would be for all

      content {
        dynamic "to" {
          for_each = egress.value.to

          content {
            dynamic "namespace_selector" {
              for_each = to.value.labels == null ? [] : [to.value.labels]

              content {
                match_labels = namespace_selector.value
              }
            }

            dynamic "ip_block" {
              for_each = to.value.cidr == null ? [] : [to.value.cidr]

              content {
                cidr   = ip_block.value
                except = try(local.not_public[ip_block.value], null)
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
