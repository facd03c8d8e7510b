variable "okta_org_name" {
  description = "First part of the org's host name: example in example.okta.com."
  type        = string
}

variable "okta_base_url" {
  description = "Rest of the org's host name."
  type        = string
  default     = "okta.com"
}

variable "okta_read_token" {
  description = "API token with which the service looks up the org id. Null: it reads the org's public document, which needs none."
  type        = string
  default     = null
  sensitive   = true
}

variable "redirect_uris" {
  description = "Broker endpoints of Pro Santé Connect, as the ANS gives them."
  type        = list(string)
}

variable "group_names" {
  description = "Okta groups whose members may sign in at Pro Santé Connect."
  type        = set(string)
}

variable "authentication_policy_id" {
  description = "Id of the app's authentication policy. Null keeps the org's default."
  type        = string
  default     = null
}

variable "existing_authorization_server" {
  description = "Name of the authorization server to use, such as \"default\". Null makes one."
  type        = string
  default     = null
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

variable "rp_htpasswd" {
  description = "Who may open the relying party at /rp/ (htpasswd lines, bcrypt). Null keeps it off."
  type        = string
  default     = null
  sensitive   = true
}
