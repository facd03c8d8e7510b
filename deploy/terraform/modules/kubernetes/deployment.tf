# The autoscaler decides on the number of replicas, once there is something to scale: a Deployment that is made without a
# number begins with one replica, and the apply would be content with it.
data "kubernetes_resources" "deployment" {
  count = var.autoscaling == null ? 0 : 1

  api_version    = "apps/v1"
  kind           = "Deployment"
  namespace      = var.namespace
  field_selector = "metadata.name=${var.name}"
}

locals {
  scaled = try(length(data.kubernetes_resources.deployment[0].objects), 0) > 0
}

resource "kubernetes_deployment_v1" "this" {
  metadata {
    name        = var.name
    namespace   = local.namespace
    labels      = local.server_labels
    annotations = local.annotations
  }

  wait_for_rollout = var.wait_for_rollout

  spec {
    replicas                  = local.scaled ? null : var.replicas
    revision_history_limit    = 5
    min_ready_seconds         = 5
    progress_deadline_seconds = 300

    selector {
      match_labels = local.server_selector
    }

    # A new replica is ready before an old one goes: Okta does not call twice.
    strategy {
      type = "RollingUpdate"

      rolling_update {
        max_surge       = "1"
        max_unavailable = "0"
      }
    }

    template {
      metadata {
        labels      = local.server_labels
        annotations = length(local.pod_annotations) == 0 ? null : local.pod_annotations
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.this.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        node_selector                   = length(var.node_selector) == 0 ? null : var.node_selector
        priority_class_name             = var.priority_class_name

        # The image has no shell to sleep in before it stops, and this provider cannot say the sleep of Kubernetes 1.30.
        # So the service drains by itself when it gets SIGTERM; this is only when Kubernetes loses patience.
        termination_grace_period_seconds = local.grace_seconds

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

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "kubernetes.io/hostname"
          when_unsatisfiable = var.spread_strictly ? "DoNotSchedule" : "ScheduleAnyway"
          match_label_keys   = ["pod-template-hash"]

          label_selector {
            match_labels = local.server_selector
          }
        }

        # Zones by affinity and not by a second constraint: where nodes have no zone, the scheduler would heed none of
        # the constraints and put all replicas on one node.
        affinity {
          pod_anti_affinity {
            preferred_during_scheduling_ignored_during_execution {
              weight = 100

              pod_affinity_term {
                topology_key = "topology.kubernetes.io/zone"

                label_selector {
                  match_labels = local.server_selector
                }
              }
            }
          }
        }

        container {
          name  = "pschook"
          image = var.image
          args  = ["serve"]

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

          port {
            name           = "http"
            container_port = 8080
          }

          port {
            name           = "admin"
            container_port = 9090
          }

          resources {
            requests = {
              cpu    = var.resources.cpu_request
              memory = "${var.resources.memory_mib}Mi"
            }
            limits = {
              cpu    = var.resources.cpu_limit
              memory = "${var.resources.memory_mib}Mi"
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

          # Alive at once; ready when the org id is known. An outage of Okta's makes no replica restart.
          startup_probe {
            period_seconds    = 1
            failure_threshold = 30

            http_get {
              path = "/healthz"
              port = "admin"
            }
          }

          liveness_probe {
            period_seconds    = 10
            timeout_seconds   = 2
            failure_threshold = 3

            http_get {
              path = "/healthz"
              port = "admin"
            }
          }

          readiness_probe {
            period_seconds    = 2
            timeout_seconds   = 2
            failure_threshold = 1

            http_get {
              path = "/readyz"
              port = "admin"
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

          volume_mount {
            name       = "cache"
            mount_path = local.cache_dir
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

        # Keeps the org id when the container restarts in the same pod while Okta's API is out of reach. It need not
        # outlive the pod: a new one looks the id up, and is not sent calls before it has it.
        volume {
          name = "cache"

          empty_dir {
            size_limit = "1Mi"
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

  # kubectl rollout restart leaves its mark here; taking it away again would replace all replicas.
  lifecycle {
    ignore_changes = [spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]]

    precondition {
      condition     = contains(local.secret_keys, "hook-secrets") || contains(keys(var.settings), "PSCHOOK_HOOK_OAUTH_ISSUER")
      error_message = "hook_secrets: at least one, or existing_secret, or settings PSCHOOK_HOOK_OAUTH_ISSUER: the service does not start without a way to know Okta."
    }
  }
}
