terraform {
  required_version = ">= 1.9"

  required_providers {
    # Pinned to one minor version: okta_inline_hook is written anew in later ones (other arguments, other reads of
    # the secret), and a hook that is changed by accident is a sign-in that breaks. Raise it on purpose, with a plan
    # against a test org, and see README.md for what this version cannot do.
    okta = {
      source  = "okta/okta"
      version = "~> 4.12.0"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}
