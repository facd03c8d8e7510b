resource "kubernetes_deployment_v1" "this" {
  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.server_labels
  }

  wait_for_rollout = var.wait_for_rollout

  spec {
    replicas                  = var.autoscaling == null ? var.replicas : null # else the autoscaler's
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
        annotations = { "pschook/read-at-start" = nonsensitive(local.read_at_start) }
      }

      spec {
        service_account_name            = kubernetes_service_account_v1.this.metadata[0].name
        automount_service_account_token = false
        enable_service_links            = false
        priority_class_name             = var.priority_class_name

        # The image has no shell to sleep in before it stops, and this provider cannot say the sleep of Kubernetes 1.30.
        # So the service drains by itself when it gets SIGTERM; this is only when Kubernetes loses patience.
        termination_grace_period_seconds = local.grace_seconds

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

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "kubernetes.io/hostname"
          when_unsatisfiable = var.spread_strictly ? "DoNotSchedule" : "ScheduleAnyway"
          match_label_keys   = ["pod-template-hash"]

          label_selector {
            match_labels = local.server_selector
          }
        }

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "topology.kubernetes.io/zone"
          when_unsatisfiable = "ScheduleAnyway"
          match_label_keys   = ["pod-template-hash"]

          label_selector {
            match_labels = local.server_selector
          }
        }

        container {
          name  = "pschook"
          image = var.image
          args  = ["serve"]

          env_from {
            config_map_ref {
              name = kubernetes_config_map_v1.environment.metadata[0].name
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

          volume_mount {
            name       = "secrets"
            mount_path = local.secret_dir
            read_only  = true
          }

          volume_mount {
            name       = "cache"
            mount_path = local.cache_dir
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

        # Keeps the org id when the container restarts in the same pod while Okta's API is out of reach. It need not
        # outlive the pod: a new one looks the id up, and is not sent calls before it has it.
        volume {
          name = "cache"

          empty_dir {
            size_limit = "1Mi"
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
