# The service's configuration: what is secret in files of a Secret, the rest in the environment.

locals {
  secret_dir = "/etc/pschook/secrets"
  config_dir = "/etc/pschook/config"
  cache_dir  = "/var/cache/pschook"

  given_secrets = {
    "hook-secrets"     = nonsensitive(length(var.hook_secrets)) == 0 ? null : "${join("\n", var.hook_secrets)}\n"
    "okta-api-token"   = var.okta_api_token
    "okta-private-key" = var.okta_private_key
    "rp-htpasswd"      = var.rp_htpasswd
  }
  given_keys  = [for key, value in local.given_secrets : key if nonsensitive(value != null)]
  secret_keys = var.existing_secret == null ? local.given_keys : concat(["hook-secrets"], sort(var.existing_secret.keys))
  secret_name = var.existing_secret == null ? one(kubernetes_secret_v1.this[*].metadata[0].name) : var.existing_secret.name

  file_variables = {
    "hook-secrets"     = "PSCHOOK_HOOK_SECRETS_FILE"
    "okta-api-token"   = "PSCHOOK_OKTA_API_TOKEN_FILE"
    "okta-private-key" = "PSCHOOK_OKTA_PRIVATE_KEY_FILE"
    "rp-htpasswd"      = "PSCHOOK_RP_BASIC_AUTH_FILE"
  }

  environment = merge(
    var.settings,
    { for key in local.secret_keys : local.file_variables[key] => "${local.secret_dir}/${key}" },
    var.amr_policy == null ? {} : { PSCHOOK_AMR_POLICY_FILE = "${local.config_dir}/amr-policy.yaml" },
    {
      PSCHOOK_LISTEN_ADDR      = ":8080"
      PSCHOOK_ADMIN_ADDR       = ":9090" # on all of the pod's addresses, for Prometheus; the NetworkPolicy says who reaches it
      PSCHOOK_DRAIN_DELAY      = "${var.drain_delay_seconds}s"
      PSCHOOK_SHUTDOWN_TIMEOUT = "${var.shutdown_timeout_seconds}s"
      PSCHOOK_ORG_CACHE_FILE   = "${local.cache_dir}/org.json"
      GOMEMLIMIT               = "${floor(var.resources.memory_mib * 0.9)}MiB" # the rest is for the stacks and the kernel
    },
  )

  # The service reads the hook's secrets again by itself; the others and the environment only when it starts. A digest of
  # them among the pods' annotations has the replicas replaced, one by one, when they change.
  read_at_start = sha256(jsonencode([
    local.environment, var.amr_policy, var.okta_api_token, var.okta_private_key, var.rp_htpasswd,
  ]))
}

resource "kubernetes_secret_v1" "this" {
  count = var.existing_secret == null ? 1 : 0

  metadata {
    name      = var.name
    namespace = local.namespace
    labels    = local.labels
  }

  type = "Opaque"
  data = { for key in local.given_keys : key => local.given_secrets[key] }

  lifecycle {
    precondition {
      condition     = contains(local.given_keys, "hook-secrets") || contains(keys(var.settings), "PSCHOOK_HOOK_OAUTH_ISSUER")
      error_message = "hook_secrets: at least one, or existing_secret, or settings PSCHOOK_HOOK_OAUTH_ISSUER: the service does not start without a way to know Okta."
    }
  }
}

resource "kubernetes_config_map_v1" "environment" {
  metadata {
    name      = "${var.name}-environment"
    namespace = local.namespace
    labels    = local.labels
  }

  data = local.environment
}

resource "kubernetes_config_map_v1" "files" {
  count = var.amr_policy == null ? 0 : 1

  metadata {
    name      = "${var.name}-files"
    namespace = local.namespace
    labels    = local.labels
  }

  data = { "amr-policy.yaml" = var.amr_policy }
}
