# The service in a cluster, for an Okta org that was set up by clicks, by pschook register, or by another team's Terraform.

provider "kubernetes" {
  config_path    = var.kubeconfig
  config_context = var.kube_context
}

module "kubernetes" {
  source = "../../modules/kubernetes"

  image        = var.image
  settings     = merge({ PSCHOOK_OKTA_ORG_URL = var.okta_org_url, PSCHOOK_CLIENT_IDS = join(",", var.client_ids) }, var.settings)
  hook_secrets = var.hook_secrets

  ingress = {
    host            = var.host
    class_name      = var.ingress_class
    tls_secret_name = "pschook-tls"
    annotations     = var.ingress_annotations
  }
}
