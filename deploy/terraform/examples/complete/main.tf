# From nothing to a registered hook: the service in a cluster, and the Okta org that calls it.

provider "okta" {
  org_name = var.okta_org_name
  base_url = var.okta_base_url
  # Credentials come from the environment: OKTA_API_TOKEN, or OKTA_API_CLIENT_ID with OKTA_API_PRIVATE_KEY and
  # OKTA_API_SCOPES.
}

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.kube_context
}

locals {
  # Written out rather than taken from the other module, because each needs something of the other.
  hook_url = "https://${var.host}/hooks/okta/token"
}

module "okta" {
  source = "../../modules/okta"

  redirect_uris                 = var.redirect_uris
  group_names                   = var.group_names
  authentication_policy_id      = var.authentication_policy_id
  existing_authorization_server = var.existing_authorization_server
  hook_url                      = local.hook_url
  hook_attached                 = var.hook_attached
  hook_secret_generations       = var.hook_secret_generations
  rp_enabled                    = var.rp_htpasswd != null
}

module "kubernetes" {
  source = "../../modules/kubernetes"

  image          = var.image
  settings       = merge(module.okta.service_settings, module.okta.rp_settings, var.settings)
  hook_secrets   = module.okta.hook_secrets
  okta_api_token = var.okta_read_token
  rp_htpasswd    = var.rp_htpasswd

  ingress = {
    host            = var.host
    class_name      = var.ingress_class
    tls_secret_name = "pschook-tls"
    annotations     = var.ingress_annotations
  }
}
