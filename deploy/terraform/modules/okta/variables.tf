variable "org_url" {
  description = "Address of the org, such as https://example.okta.com. Null asks the org itself."
  type        = string
  default     = null

  validation {
    condition     = var.org_url == null || can(regex("^https://[A-Za-z0-9.-]+$", var.org_url))
    error_message = "org_url: https and the host, nothing else."
  }
}

# --- The app that Pro Santé Connect signs in with ---------------------------------------------------------------------

variable "app_label" {
  description = "Name of the app, as users and administrators see it in Okta."
  type        = string
  default     = "Pro Santé Connect"
}

variable "app_type" {
  description = "browser: a public client, which has no secret; web: one with a client secret, where Pro Santé Connect asks for it. It cannot be changed once the app is there: Terraform makes another one."
  type        = string
  default     = "browser"

  validation {
    condition     = contains(["browser", "web"], var.app_type)
    error_message = "app_type: browser or web."
  }
}

variable "app_authentication" {
  description = "How a web app shows its secret: client_secret_basic or client_secret_post."
  type        = string
  default     = "client_secret_basic"

  validation {
    condition     = contains(["client_secret_basic", "client_secret_post"], var.app_authentication)
    error_message = "app_authentication: client_secret_basic or client_secret_post."
  }
}

variable "redirect_uris" {
  description = "Where Okta may send the browser back after a sign-in: the broker endpoint that the ANS gives you, one for each environment."
  type        = list(string)

  validation {
    condition     = length(var.redirect_uris) > 0 && alltrue([for uri in var.redirect_uris : can(regex("^https://[^/?#*\\s]+/[^#*\\s]*$", uri))])
    error_message = "redirect_uris: at least one, each a whole https URL with a path and without wildcard or fragment."
  }
}

variable "post_logout_redirect_uris" {
  description = "Where Okta may send the browser back after a sign-out."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for uri in var.post_logout_redirect_uris : can(regex("^https://[^/?#*\\s]+[^#*\\s]*$", uri))])
    error_message = "post_logout_redirect_uris: each a whole https URL without wildcard or fragment."
  }
}

variable "group_names" {
  description = "Names of the Okta groups whose members may sign in at Pro Santé Connect. \"Everyone\" lets everybody in."
  type        = set(string)

  validation {
    condition     = length(var.group_names) > 0
    error_message = "group_names: at least one group, or nobody can sign in."
  }
}

variable "authentication_policy_id" {
  description = "Id of the app's authentication policy (app sign-on policy), which decides what factors a sign-in takes. Null keeps the org's default for new apps, which may ask for a password alone."
  type        = string
  default     = null
}

variable "refresh_tokens" {
  description = "Whether the app may get refresh tokens (scope offline_access), rotated at each use. Each renewal calls the hook again."
  type        = bool
  default     = false
}

# --- The authorization server, its policy and its claims --------------------------------------------------------------

variable "existing_authorization_server" {
  description = "Name of a custom authorization server to use, such as \"default\". Null makes one for Pro Santé Connect alone."
  type        = string
  default     = null
}

variable "authorization_server_name" {
  description = "Name of the authorization server that is made."
  type        = string
  default     = "Pro Santé Connect"
}

variable "authorization_server_audience" {
  description = "Audience (aud) of the access tokens of the authorization server that is made."
  type        = string
  default     = "api://pro-sante-connect"
}

variable "issuer_mode" {
  description = "Host in the issuer of the authorization server that is made: ORG_URL (the okta.com host), CUSTOM_URL (the org's custom domain) or DYNAMIC (whichever the client calls)."
  type        = string
  default     = "ORG_URL"

  validation {
    condition     = contains(["ORG_URL", "CUSTOM_URL", "DYNAMIC"], var.issuer_mode)
    error_message = "issuer_mode: ORG_URL, CUSTOM_URL or DYNAMIC."
  }
}

variable "scopes" {
  description = "Scopes that the app may ask for."
  type        = set(string)
  default     = ["openid", "profile", "email"]

  validation {
    condition     = contains(var.scopes, "openid") && !contains(var.scopes, "*")
    error_message = "scopes: openid must be among them, and they must be named (no \"*\")."
  }
}

variable "policy_priority" {
  description = "Place of the access policy among those of the authorization server, 1 first. The first policy that names the app decides, so it must come before any that is for all clients."
  type        = number
  default     = 1

  validation {
    condition     = var.policy_priority >= 1 && floor(var.policy_priority) == var.policy_priority
    error_message = "policy_priority: a whole number from 1."
  }
}

variable "access_token_minutes" {
  description = "Lifetime of access tokens in minutes."
  type        = number
  default     = 60

  validation {
    condition     = var.access_token_minutes >= 5 && var.access_token_minutes <= 1440
    error_message = "access_token_minutes: from 5 to 1440, Okta's limits."
  }
}

variable "refresh_token_minutes" {
  description = "Lifetime of refresh tokens in minutes, from the sign-in."
  type        = number
  default     = 720

  validation {
    condition     = var.refresh_token_minutes >= var.access_token_minutes
    error_message = "refresh_token_minutes: not less than access_token_minutes."
  }
}

variable "refresh_token_idle_minutes" {
  description = "Minutes after which a refresh token that nobody used is void."
  type        = number
  default     = 120

  validation {
    condition     = var.refresh_token_idle_minutes >= var.access_token_minutes && var.refresh_token_idle_minutes <= var.refresh_token_minutes
    error_message = "refresh_token_idle_minutes: between access_token_minutes and refresh_token_minutes."
  }
}

variable "kc_idp_hint" {
  description = "Value of a static claim kc_idp_hint, OKTA_<alias> as agreed with the ANS. Null adds none. Every client of the authorization server gets it."
  type        = string
  default     = null

  validation {
    condition     = var.kc_idp_hint == null || can(regex("^OKTA_[A-Za-z0-9_-]+$", var.kc_idp_hint))
    error_message = "kc_idp_hint: OKTA_ and the alias (letters, digits, - and _)."
  }
}

variable "kc_idp_hint_tokens" {
  description = "Tokens that carry the claim kc_idp_hint: id_token, access_token or both."
  type        = set(string)
  default     = ["id_token", "access_token"]

  validation {
    condition     = length(setsubtract(var.kc_idp_hint_tokens, ["id_token", "access_token"])) == 0
    error_message = "kc_idp_hint_tokens: id_token, access_token."
  }
}

# --- The hook ---------------------------------------------------------------------------------------------------------

variable "hook_url" {
  description = "URL of the hook as Okta reaches it: https, ending in /hooks/okta/token."
  type        = string
}

variable "hook_name" {
  description = "Name of the inline hook in Okta."
  type        = string
  default     = "pschook"
}

variable "hook_attached" {
  description = "Whether the policy rule calls the hook. With false everything is there, but tokens are minted without it."
  type        = bool
  default     = true
}

variable "hook_auth_header" {
  description = "Header in which Okta sends the secret."
  type        = string
  default     = "Authorization"

  validation {
    condition = can(regex("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$", var.hook_auth_header)) && !contains(
      ["accept", "connection", "content-length", "content-type", "host", "transfer-encoding"], lower(var.hook_auth_header)
    )
    error_message = "hook_auth_header: the name of an HTTP header (RFC 9110, section 5.6.2: letters, digits and !#$%&'*+.^_`|~-), and none that the HTTP client sets itself."
  }
}

variable "hook_secrets" {
  description = "Secrets of your own, whole header values: the first is what Okta sends, the others are accepted too while one replaces another. None: secrets are generated."
  type        = list(string)
  default     = []
  sensitive   = true
  nullable    = false

  validation {
    condition     = alltrue([for secret in var.hook_secrets : can(regex("^[!\"$-~][ -~]{14,}[!-~]$", secret))])
    error_message = "hook_secrets: each at least 16 visible ASCII characters, without space at either end, and the first of them no #: the service would take the line for a comment."
  }

  validation {
    condition     = length(distinct(var.hook_secrets)) == length(var.hook_secrets)
    error_message = "hook_secrets: each once."
  }
}

variable "hook_secret_generations" {
  description = "Names of the generated secrets: the first is what Okta sends, the others are accepted too. README.md, \"Changing the secret\", says how to go from one to the next."
  type        = list(string)
  default     = ["1"]

  validation {
    condition     = length(var.hook_secret_generations) > 0 && length(distinct(var.hook_secret_generations)) == length(var.hook_secret_generations)
    error_message = "hook_secret_generations: at least one name, each once."
  }
}

variable "existing_inline_hook_id" {
  description = "Id of an inline hook that was made by other means; hook_secrets then holds its secret, if it has one. Null makes a hook, with header authentication."
  type        = string
  default     = null
}

variable "hook_oauth" {
  description = "How Okta gets the access token that it shows to an OAuth 2.0 hook, which existing_inline_hook_id names; it is here so that a recursion is found."
  type = object({
    method    = string
    token_url = string
  })
  default = null

  validation {
    condition     = var.hook_oauth == null || try(contains(["client_secret_post", "private_key_jwt"], var.hook_oauth.method), false)
    error_message = "hook_oauth: method is client_secret_post or private_key_jwt."
  }

  validation {
    condition     = var.hook_oauth == null || can(regex("^https://[^/?#\\s]+/[^?#\\s]*$", var.hook_oauth.token_url))
    error_message = "hook_oauth: token_url is a whole https URL."
  }
}

# --- The relying party that checks the tokens -------------------------------------------------------------------------

variable "rp_enabled" {
  description = "Whether the app may also be used by the service's own relying party (/rp/), which signs in as Pro Santé Connect would and checks the tokens."
  type        = bool
  default     = false
}
