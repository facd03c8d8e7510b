variable "okta_org_url" {
  description = "Address of the org: https://example.okta.com."
  type        = string
}

variable "client_ids" {
  description = "Client ids of the apps whose tokens get the claims."
  type        = list(string)
}

variable "hook_secrets" {
  description = "Secrets that the service accepts. Okta sends one of them."
  type        = list(string)
  sensitive   = true
}

variable "kubeconfig" {
  description = "Path of the kubeconfig."
  type        = string
  default     = "~/.kube/config"
}

variable "kube_context" {
  description = "Context in the kubeconfig. Null: the current one."
  type        = string
  default     = null
}

variable "image" {
  description = "Image of the service, with a version tag or a digest."
  type        = string
}

variable "host" {
  description = "Host name at which Okta reaches the hook."
  type        = string
}

variable "ingress_class" {
  description = "Class of the ingress controller."
  type        = string
  default     = "nginx"
}

variable "ingress_annotations" {
  description = "Annotations of the Ingress, such as cert-manager's issuer."
  type        = map(string)
  default     = {}
}

variable "settings" {
  description = "Further environment of the service."
  type        = map(string)
  default     = {}
}
