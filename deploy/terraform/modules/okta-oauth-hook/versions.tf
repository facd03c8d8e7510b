terraform {
  required_version = ">= 1.9"

  required_providers {
    okta = {
      source  = "okta/okta"
      version = ">= 4.15, < 7" # the first that takes a channel as JSON
    }
  }
}
