# terraform test, with a provider that is mocked: no cluster is needed.

mock_provider "kubernetes" {}

# A mock makes a list of nothing known of what is there.
override_data {
  target = data.kubernetes_resources.deployment
  values = { objects = [] }
}

variables {
  image        = "registry.example.org/pschook:1.0.0"
  settings     = { PSCHOOK_OKTA_ORG_URL = "https://example.okta.com" }
  hook_secrets = ["7f3k9d2m5x8c1v6b"]
}

run "least" {
  assert {
    condition     = kubernetes_deployment_v1.this.spec[0].replicas == "2"
    error_message = "Not two replicas at first."
  }

  assert {
    condition     = length(kubernetes_secret_v1.start) == 0 && length(kubernetes_secret_v1.hook) == 1
    error_message = "Other Secrets than the hook's."
  }

  assert {
    condition     = length(kubernetes_ingress_v1.this) == 0 && length(kubernetes_cron_job_v1.probe) == 0 && output.hook_url == null
    error_message = "Lets somebody in without being asked."
  }
}

run "settings_stand_in_the_template" {
  variables {
    settings   = { PSCHOOK_OKTA_ORG_URL = "https://example.okta.com", PSCHOOK_SHADOW = "true" }
    amr_policy = "unmatched: pass\n"
  }

  assert {
    condition     = contains([for e in kubernetes_deployment_v1.this.spec[0].template[0].spec[0].container[0].env : "${e.name}=${e.value}"], "PSCHOOK_SHADOW=true")
    error_message = "The setting is not in the template."
  }

  assert {
    condition     = kubernetes_deployment_v1.this.spec[0].template[0].metadata[0].annotations["pschook/amr-policy"] == "unmatched: pass\n"
    error_message = "The policy is not in the template."
  }
}

run "secret_read_at_start" {
  variables {
    okta_api_token = "00acme7f3k9d2m"
  }

  assert {
    condition     = startswith(kubernetes_secret_v1.start[0].metadata[0].name, "pschook-start-") && kubernetes_secret_v1.start[0].immutable
    error_message = "Not in a Secret of its own."
  }
}

run "with_an_ingress" {
  variables {
    ingress = { host = "pschook.example.org", class_name = "nginx", tls_secret_name = "pschook-tls" }
  }

  assert {
    condition     = output.hook_url == "https://pschook.example.org/hooks/okta/token"
    error_message = "Another URL."
  }
}

run "secret_among_the_settings" {
  command = plan

  variables {
    settings = { PSCHOOK_OKTA_ORG_URL = "https://example.okta.com", PSCHOOK_HOOK_SECRETS = "7f3k9d2m5x8c1v6b" }
  }

  expect_failures = [var.settings]
}

run "no_way_to_know_okta" {
  command = plan

  variables {
    hook_secrets = []
  }

  expect_failures = [kubernetes_deployment_v1.this]
}
