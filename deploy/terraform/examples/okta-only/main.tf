# The Okta side alone, for a service that runs on a Linux server, or wherever somebody else deploys it.

provider "okta" {
  org_name = var.okta_org_name
  base_url = var.okta_base_url
  # Credentials come from the environment: OKTA_API_TOKEN, or OKTA_API_CLIENT_ID with OKTA_API_PRIVATE_KEY and
  # OKTA_API_SCOPES.
}

module "okta" {
  source = "../../modules/okta"

  redirect_uris           = var.redirect_uris
  group_names             = var.group_names
  hook_url                = var.hook_url
  hook_attached           = var.hook_attached
  hook_secret_generations = var.hook_secret_generations
}
