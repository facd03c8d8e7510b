variable "okta_org_name" {
  description = "First part of the org's host name: example in example.okta.com."
  type        = string
}

variable "okta_base_url" {
  description = "Rest of the org's host name."
  type        = string
  default     = "okta.com"
}

variable "redirect_uris" {
  description = "Broker endpoints of Pro Santé Connect, as the ANS gives them."
  type        = list(string)
}

variable "group_names" {
  description = "Okta groups whose members may sign in at Pro Santé Connect."
  type        = set(string)
}

variable "hook_url" {
  description = "Where Okta reaches the service: https, ending in /hooks/okta/token."
  type        = string
}

variable "hook_attached" {
  description = "Whether the policy rule calls the hook: false until the service is seen to answer, and to take it out again."
  type        = bool
  default     = true
}

variable "hook_secret_generations" {
  description = "Names of the generated secrets, the one that Okta sends first."
  type        = list(string)
  default     = ["1"]
}
