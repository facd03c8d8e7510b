# Calls the hook through the front door, as Okta does: a sample that must be answered well, others that must be refused,
# and a certificate that must last. A failed Job is what to alert on. It calls with the header's secret, so there is none
# where Okta shows access tokens only.

locals {
  host      = try(var.ingress.host, var.gateway_route.host, null)
  hook_url  = local.host == null ? null : "https://${local.host}${local.hook_path}"
  probe_url = var.probe == null || !contains(local.secret_keys, "hook-secrets") ? null : try(coalesce(var.probe.url, local.hook_url), null)
}

resource "kubernetes_cron_job_v1" "probe" {
  count = local.probe_url == null ? 0 : 1

  metadata {
    name        = "${var.name}-probe"
    namespace   = local.namespace
    labels      = local.probe_labels
    annotations = local.annotations
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
            labels      = local.probe_labels
            annotations = length(local.pod_annotations) == 0 ? null : local.pod_annotations
          }

          spec {
            restart_policy                  = "Never"
            service_account_name            = kubernetes_service_account_v1.this.metadata[0].name
            automount_service_account_token = false
            enable_service_links            = false
            node_selector                   = length(var.node_selector) == 0 ? null : var.node_selector

            security_context {
              run_as_non_root = true
              run_as_user     = var.user_id
              run_as_group    = var.user_id
              fs_group        = var.user_id

              seccomp_profile {
                type = "RuntimeDefault"
              }
            }

            dynamic "toleration" {
              for_each = var.tolerations

              content {
                key      = toleration.value.key
                operator = toleration.value.operator
                value    = toleration.value.value
                effect   = toleration.value.effect
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

              dynamic "env" {
                for_each = local.environment

                content {
                  name  = env.key
                  value = env.value
                }
              }

              dynamic "env" {
                for_each = local.secret_variables

                content {
                  name = env.value.name

                  value_from {
                    secret_key_ref {
                      name = env.value.secret
                      key  = env.value.name
                    }
                  }
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

              dynamic "volume_mount" {
                for_each = length(local.secret_keys) > 0 ? [local.secret_dir] : []

                content {
                  name       = "secrets"
                  mount_path = volume_mount.value
                  read_only  = true
                }
              }

              dynamic "volume_mount" {
                for_each = var.amr_policy == null ? [] : [local.config_dir]

                content {
                  name       = "config"
                  mount_path = volume_mount.value
                  read_only  = true
                }
              }

              dynamic "volume_mount" {
                for_each = var.extra_volumes

                content {
                  name       = volume_mount.value.name
                  mount_path = volume_mount.value.mount_path
                  read_only  = true
                }
              }
            }

            dynamic "volume" {
              for_each = length(local.secret_keys) > 0 ? [local.secret_files] : []

              content {
                name = "secrets"

                projected {
                  default_mode = "0440"

                  dynamic "sources" {
                    for_each = volume.value

                    content {
                      secret {
                        name = sources.value.name

                        dynamic "items" {
                          for_each = sources.value.keys

                          content {
                            key  = items.value
                            path = items.value
                          }
                        }
                      }
                    }
                  }
                }
              }
            }

            dynamic "volume" {
              for_each = var.amr_policy == null ? [] : ["amr-policy.yaml"]

              content {
                name = "config"

                downward_api {
                  items {
                    path = volume.value

                    field_ref {
                      field_path = "metadata.annotations['${local.policy_annotation}']"
                    }
                  }
                }
              }
            }

            dynamic "volume" {
              for_each = var.extra_volumes

              content {
                name = volume.value.name

                dynamic "secret" {
                  for_each = volume.value.secret == null ? [] : [volume.value.secret]

                  content {
                    secret_name  = secret.value
                    default_mode = "0440"
                  }
                }

                dynamic "config_map" {
                  for_each = volume.value.config_map == null ? [] : [volume.value.config_map]

                  content {
                    name = config_map.value
                  }
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
    name        = "${var.name}-probe"
    namespace   = local.namespace
    labels      = local.probe_labels
    annotations = local.annotations
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
      for_each = length(local.ingress_peers) > 0 ? [local.ingress_peers] : []

      content {
        dynamic "to" {
          for_each = egress.value

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
                cidr = ip_block.value
              }
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
