terraform {
  required_version = ">= 1.9"

  required_providers {
    # What this module needs is alike in all of these; docs/tested-with.md names those that were tried. README.md says what
    # none of them can do.
    okta = {
      source  = "okta/okta"
      version = ">= 4.12, < 7"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.6"
    }
  }
}
