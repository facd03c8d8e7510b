# terraform test, with providers that are mocked: no org is needed.

mock_provider "okta" {
  mock_data "okta_group" {
    defaults = { id = "00g1professionnels" }
  }

  mock_data "okta_auth_server" {
    defaults = { id = "aus1default2server3", issuer = "https://login.example.org/oauth2/default" }
  }

  mock_resource "okta_auth_server" {
    defaults = { id = "aus1own2server3", issuer = "https://example.okta.com/oauth2/aus1own2server3" }
  }
}

mock_provider "random" {}

# Mocks make no nested blocks, so the org's own answer (okta_org_metadata.domains) cannot be played: org_url takes its place.
variables {
  org_url       = "https://example.okta.com"
  redirect_uris = ["https://auth.example.org/auth/realms/esante-wallet/broker/OKTA_hopital/endpoint"]
  group_names   = ["Professionnels de santé"]
  hook_url      = "https://pschook.example.org/hooks/okta/token"
}

override_data {
  target = data.okta_group.members["Professionnels de santé"]
  values = { id = "00g1professionnels", name = "Professionnels de santé" }
}

run "public_client" {
  assert {
    condition     = okta_app_oauth.psc.type == "browser" && okta_app_oauth.psc.token_endpoint_auth_method == "none" && output.client_secret == null
    error_message = "The app is not a public client."
  }

  assert {
    condition     = okta_auth_server_policy_rule.psc.inline_hook_id == okta_inline_hook.psc[0].id
    error_message = "The rule does not call the hook."
  }

  assert {
    condition     = okta_inline_hook.psc[0].auth.value == output.hook_secrets[0]
    error_message = "Okta sends another secret than the service is to accept."
  }

  assert {
    condition     = output.service_settings.PSCHOOK_OKTA_ORG_URL == "https://example.okta.com"
    error_message = "The service is given another org."
  }
}

run "web_app" {
  variables {
    app_type = "web"
  }

  assert {
    condition     = okta_app_oauth.psc.type == "web" && okta_app_oauth.psc.token_endpoint_auth_method == "client_secret_basic" && okta_app_oauth.psc.pkce_required
    error_message = "The app is not a web app with a secret and PKCE."
  }
}

run "detached" {
  variables {
    hook_attached = false
  }

  assert {
    condition     = okta_auth_server_policy_rule.psc.inline_hook_id == null
    error_message = "The rule calls the hook."
  }
}

run "recursion" {
  command = plan

  variables {
    existing_authorization_server = "default"
    existing_inline_hook_id       = "cal1existing2hook3"
    hook_oauth                    = { method = "client_secret_post", token_url = "https://login.example.org/oauth2/default/v1/token" }
  }

  expect_failures = [okta_auth_server_policy_rule.psc]
}

run "plain_http" {
  command = plan

  variables {
    hook_url = "http://pschook.example.org/hooks/okta/token"
  }

  expect_failures = [okta_inline_hook.psc]
}
