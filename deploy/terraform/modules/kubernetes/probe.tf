# Calls the hook through the front door, as Okta does: a sample that must be answered well, others that must be refused,
# and a certificate that must last. A failed Job is what to alert on. It calls with the header's secret, so there is none
# where Okta shows access tokens only.

locals {
  hook_url  = var.ingress == null ? null : "https://${var.ingress.host}${local.hook_path}"
  probe_url = var.probe == null || !contains(local.secret_keys, "hook-secrets") ? null : try(coalesce(var.probe.url, local.hook_url), null)
}

resource "kubernetes_cron_job_v1" "probe" {
  count = local.probe_url == null ? 0 : 1

  metadata {
    name      = "${var.name}-probe"
    namespace = local.namespace
    labels    = local.probe_labels
  }

  spec {
    schedule                      = var.probe.schedule
    concurrency_policy            = "Forbid"
    starting_deadline_seconds     = 60
    successful_jobs_history_limit = 1
    failed_jobs_history_limit     = 3

    job_template {
      metadata {
        labels = local.probe_labels
      }

      spec {
        backoff_limit           = 0
        active_deadline_seconds = 60

        template {
          metadata {
            labels = local.probe_labels
          }

          spec {
            restart_policy                  = "Never"
            service_account_name            = kubernetes_service_account_v1.this.metadata[0].name
            automount_service_account_token = false
            enable_service_links            = false

            security_context {
              run_as_non_root = true
              run_as_user     = local.user_id
              run_as_group    = local.user_id
              fs_group        = local.user_id

              seccomp_profile {
                type = "RuntimeDefault"
              }
            }

            dynamic "image_pull_secrets" {
              for_each = var.image_pull_secrets

              content {
                name = image_pull_secrets.value
              }
            }

            container {
              name  = "probe"
              image = var.image
              args  = ["probe", local.probe_url]

              env_from {
                config_map_ref {
                  name = kubernetes_config_map_v1.environment.metadata[0].name
                }
              }

              resources {
                requests = {
                  cpu    = "10m"
                  memory = "64Mi"
                }
                limits = {
                  cpu    = "500m"
                  memory = "64Mi"
                }
              }

              security_context {
                allow_privilege_escalation = false
                privileged                 = false
                read_only_root_filesystem  = true
                run_as_non_root            = true

                capabilities {
                  drop = ["ALL"]
                }
              }

              volume_mount {
                name       = "secrets"
                mount_path = local.secret_dir
                read_only  = true
              }

              dynamic "volume_mount" {
                for_each = kubernetes_config_map_v1.files

                content {
                  name       = "files"
                  mount_path = local.config_dir
                  read_only  = true
                }
              }
            }

            volume {
              name = "secrets"

              secret {
                secret_name  = local.secret_name
                default_mode = "0440"

                dynamic "items" {
                  for_each = local.secret_keys

                  content {
                    key  = items.value
                    path = items.value
                  }
                }
              }
            }

            dynamic "volume" {
              for_each = kubernetes_config_map_v1.files

              content {
                name = "files"

                config_map {
                  name = volume.value.metadata[0].name
                }
              }
            }
          }
        }
      }
    }
  }
}

resource "kubernetes_network_policy_v1" "probe" {
  count = local.probe_url == null || var.network_policy == null ? 0 : 1

  metadata {
    name      = "${var.name}-probe"
    namespace = local.namespace
    labels    = local.probe_labels
  }

  spec {
    policy_types = ["Ingress", "Egress"]

    pod_selector {
      match_labels = local.probe_selector
    }

    egress {
      dynamic "to" {
        for_each = var.probe.cidrs

        content {
          ip_block {
            cidr = to.value
          }
        }
      }

      ports {
        port     = "443"
        protocol = "TCP"
      }
    }

    # A cluster may take the short way to the ingress controller's pods, whose ports are these in the usual ones.
    dynamic "egress" {
      for_each = length(var.network_policy.ingress_namespaces) > 0 ? [var.network_policy.ingress_namespaces] : []

      content {
        dynamic "to" {
          for_each = egress.value

          content {
            namespace_selector {
              match_labels = { "kubernetes.io/metadata.name" = to.value }
            }
          }
        }

        ports {
          port     = "443"
          protocol = "TCP"
        }

        ports {
          port     = "8443"
          protocol = "TCP"
        }
      }
    }

    # DNS, Okta, and what else the service may reach.
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
