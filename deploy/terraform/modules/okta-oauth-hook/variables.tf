variable "hook_url" {
  description = "URL of the hook as Okta reaches it: https, ending in /hooks/okta/token."
  type        = string

  validation {
    condition     = can(regex("^https://[A-Za-z0-9.-]+(:[0-9]+)?/([^?#@\\s]*/)?hooks/okta/token$", var.hook_url))
    error_message = "hook_url: https, the host of the service (without user name) and a path that ends in /hooks/okta/token, without query or fragment."
  }
}

variable "hook_name" {
  description = "Name of the inline hook in Okta."
  type        = string
  default     = "pschook"
}

variable "token_url" {
  description = "Token endpoint of the authorization server that gives Okta the access token which it shows to the hook; never the one whose rule calls the hook."
  type        = string

  validation {
    condition     = can(regex("^https://[^/?#\\s]+/[^?#\\s]*$", var.token_url))
    error_message = "token_url: a whole https URL."
  }
}

variable "client_id" {
  description = "Client id with which Okta asks for that token (PSCHOOK_HOOK_OAUTH_CLIENT_IDS)."
  type        = string
}

variable "client_secret" {
  description = "Its client secret."
  type        = string
  sensitive   = true
}

variable "scope" {
  description = "Scope that Okta asks for (PSCHOOK_HOOK_OAUTH_SCOPE)."
  type        = string
}
