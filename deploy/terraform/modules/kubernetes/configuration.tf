# The service's configuration. All of it belongs to one revision of the Deployment, so that a replica which is replaced in
# an old revision, and a roll-back, get the settings of that revision and not those that broke the newer one: settings stand
# in the pod template itself, the AMR policy in an annotation of it, and secrets that are read at start only in a Secret
# whose name changes with its content. The hook's secrets alone are in one that changes in place: the service reads them
# again by itself.

locals {
  secret_dir = "/etc/pschook/secrets"
  config_dir = "/etc/pschook/config"
  cache_dir  = "/var/cache/pschook"

  file_variables = {
    "hook-secrets"     = "PSCHOOK_HOOK_SECRETS_FILE"
    "okta-api-token"   = "PSCHOOK_OKTA_API_TOKEN_FILE"
    "okta-private-key" = "PSCHOOK_OKTA_PRIVATE_KEY_FILE"
    "rp-htpasswd"      = "PSCHOOK_RP_BASIC_AUTH_FILE"
  }

  # What is given here, by key of its Secret.
  hook_secret = nonsensitive(length(var.hook_secrets)) == 0 ? null : "${join("\n", var.hook_secrets)}\n"
  start_files = {
    "okta-api-token"   = var.okta_api_token
    "okta-private-key" = var.okta_private_key
    "rp-htpasswd"      = var.rp_htpasswd
  }
  start_keys        = [for key, value in local.start_files : key if nonsensitive(value != null)]
  start_environment = nonsensitive(keys(var.secret_environment))
  start_secrets     = merge({ for key in local.start_keys : key => local.start_files[key] }, var.secret_environment)

  start_digest = nonsensitive(sha256(jsonencode(local.start_secrets)))

  # Where it is kept: which keys of which Secrets are files, and which are environment.
  makes_hook  = var.existing_secret == null && nonsensitive(local.hook_secret != null)
  makes_start = var.existing_secret == null && length(concat(local.start_keys, local.start_environment)) > 0
  secret_files = var.existing_secret == null ? concat(
    [for secret in kubernetes_secret_v1.hook : { name = secret.metadata[0].name, keys = ["hook-secrets"] }],
    [for secret in kubernetes_secret_v1.start : { name = secret.metadata[0].name, keys = local.start_keys } if length(local.start_keys) > 0],
  ) : [{ name = var.existing_secret.name, keys = concat(["hook-secrets"], sort(var.existing_secret.keys)) }]
  secret_keys = flatten(local.secret_files[*].keys)
  secret_variables = var.existing_secret == null ? [
    for name in sort(local.start_environment) : { name = name, secret = kubernetes_secret_v1.start[0].metadata[0].name }
  ] : [for name in sort(var.existing_secret.environment) : { name = name, secret = var.existing_secret.name }]

  policy_annotation = "pschook/amr-policy"

  environment = merge(
    var.extra_environment,
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

  pod_annotations = tomap(merge(
    var.pod_annotations,
    var.amr_policy == null ? {} : { (local.policy_annotation) = var.amr_policy },
    try(var.existing_secret.revision, null) == null ? {} : { "pschook/secret-revision" = var.existing_secret.revision },
  ))
}

resource "kubernetes_secret_v1" "hook" {
  count = local.makes_hook ? 1 : 0

  metadata {
    name        = "${var.name}-hook"
    namespace   = local.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  type = "Opaque"
  data = { "hook-secrets" = local.hook_secret }
}

# Another one for each content, and a new name each time: going back to a former content must not meet the Secret that an
# apply which failed has left.
resource "terraform_data" "start" {
  count = local.makes_start ? 1 : 0

  triggers_replace = [local.start_digest]
}

resource "kubernetes_secret_v1" "start" {
  count = local.makes_start ? 1 : 0

  metadata {
    name        = "${var.name}-start-${substr(sha256("${terraform_data.start[0].id} ${local.start_digest}"), 0, 10)}"
    namespace   = local.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  type      = "Opaque"
  immutable = true
  data      = local.start_secrets

  # The replicas that run need the old one until the new ones are ready.
  lifecycle {
    create_before_destroy = true
  }
}
