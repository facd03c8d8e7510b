variable "name" {
  description = "Name of the Secret."
  type        = string
  default     = "pschook"
}

variable "namespace" {
  description = "Namespace of the Secret, which must be there."
  type        = string
  default     = "pschook"
}

variable "labels" {
  description = "Labels of the Secret."
  type        = map(string)
  default     = {}
}

variable "hook_secrets" {
  description = "Secrets that Okta may send, the first of which it sends now."
  type        = list(string)
  ephemeral   = true
  sensitive   = true

  # Replicas that start anew have nothing else to go by: what they would refuse must not get into the Secret.
  validation {
    condition     = length(compact(var.hook_secrets)) > 0 && alltrue([for secret in compact(var.hook_secrets) : can(regex("^[!\"$-~][ -~]{14,}[!-~]$", secret))])
    error_message = "hook_secrets: at least one, and each at least 16 visible ASCII characters, without space at either end, and the first of them no #."
  }
}

variable "other_values" {
  description = "Values of the other keys, by key."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
}

variable "keys" {
  description = "Which of the keys okta-api-token, okta-private-key and rp-htpasswd other_values has."
  type        = set(string)
  default     = []
}

variable "environment" {
  description = "Which keys of other_values are environment of the service, such as OTEL_EXPORTER_OTLP_HEADERS."
  type        = set(string)
  default     = []
}

variable "revision" {
  description = "A whole number. Terraform cannot see that a value has changed, since it keeps none: it writes all of them again when this number changes."
  type        = number
  default     = 1
}

variable "start_revision" {
  description = "Any text. Change it, too, when another value than hook_secrets has changed: then the replicas are replaced."
  type        = string
  default     = "1"
}
