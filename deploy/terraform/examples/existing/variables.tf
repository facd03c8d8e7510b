variable "okta_org_name" {
  description = "First part of the org's host name: example in example.okta.com."
  type        = string
}

variable "inline_hook_id" {
  description = "Id of the inline hook that is there: the last part of its page's address in the Admin Console."
  type        = string
}

variable "hook_secret" {
  description = "Secret that the hook has now, as the service knows it."
  type        = string
  sensitive   = true
}

variable "hook_url" {
  description = "URL that the hook has now: https, ending in /hooks/okta/token."
  type        = string
}

variable "redirect_uris" {
  description = "Broker endpoints of Pro Santé Connect, as the ANS gives them."
  type        = list(string)
}

variable "group_names" {
  description = "Okta groups whose members may sign in at Pro Santé Connect."
  type        = set(string)
}
