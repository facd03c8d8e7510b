# --- What runs where --------------------------------------------------------------------------------------------------

variable "name" {
  description = "Name of all objects."
  type        = string
  default     = "pschook"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name: up to 40 lower-case letters, digits and hyphens, a letter first (RFC 1035 label)."
  }
}

variable "namespace" {
  description = "Namespace of all objects."
  type        = string
  default     = "pschook"
}

variable "create_namespace" {
  description = "Whether to make the namespace, with Kubernetes' restricted pod security standard enforced."
  type        = bool
  default     = true
}

variable "labels" {
  description = "Labels for all objects, beside Kubernetes' recommended ones."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "Image of the service, with a version tag or, better, a digest."
  type        = string

  validation {
    condition     = can(regex("(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "image: with a version tag other than latest, or a digest (name@sha256:…), so that every replica runs the same program."
  }
}

variable "image_pull_secrets" {
  description = "Names of secrets with the credentials of the registry."
  type        = list(string)
  default     = []
}

variable "annotations" {
  description = "Annotations for all objects."
  type        = map(string)
  default     = {}
}

variable "pod_annotations" {
  description = "Annotations for the pods."
  type        = map(string)
  default     = {}
}

# --- Configuration of the service -------------------------------------------------------------------------------------

variable "settings" {
  description = "Environment of the service (PSCHOOK_ and OTEL_ variables), secrets and what this module sets apart: the okta module's service_settings and rp_settings merged."
  type        = map(string)

  validation {
    condition     = contains(keys(var.settings), "PSCHOOK_OKTA_ORG_URL")
    error_message = "settings: PSCHOOK_OKTA_ORG_URL is required."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^(PSCHOOK|OTEL)_[A-Z0-9_]+$", name))])
    error_message = "settings: only names that begin with PSCHOOK_ or OTEL_."
  }

  validation {
    condition = alltrue([
      for name in keys(var.settings) : !can(regex("^PSCHOOK_.*(SECRETS?|TOKEN|PASSWORD|KEY)$|^OTEL_EXPORTER_OTLP_([A-Z]+_)?HEADERS$", name))
    ])
    error_message = "settings: secrets have variables of their own (hook_secrets, okta_api_token, okta_private_key, rp_htpasswd, and secret_environment for the others), because the Deployment is no place for them."
  }

  validation {
    condition     = alltrue([for value in values(var.settings) : !can(regex("://[^/@]*@", value))])
    error_message = "settings: a URL with a password belongs into secret_environment."
  }

  validation {
    condition = length(setintersection(keys(var.settings), [
      "PSCHOOK_LISTEN_ADDR", "PSCHOOK_ADMIN_ADDR", "PSCHOOK_SHUTDOWN_TIMEOUT", "PSCHOOK_DRAIN_DELAY", "PSCHOOK_HOOK_SECRETS_FILE", "PSCHOOK_OKTA_API_TOKEN_FILE",
      "PSCHOOK_OKTA_PRIVATE_KEY_FILE", "PSCHOOK_RP_CLIENT_SECRET_FILE", "PSCHOOK_RP_BASIC_AUTH_FILE", "PSCHOOK_AMR_POLICY_FILE", "PSCHOOK_ORG_CACHE_FILE",
    ])) == 0
    error_message = "settings: addresses, files and the times to stop are set by this module's other variables."
  }
}

variable "hook_secrets" {
  description = "Secrets that Okta may send: the okta module's hook_secrets. The service sees a change within about a minute, without a restart."
  type        = list(string)
  default     = []
  sensitive   = true
  nullable    = false

  validation {
    condition     = alltrue([for secret in var.hook_secrets : can(regex("^[!\"$-~][ -~]{14,}[!-~]$", secret))])
    error_message = "hook_secrets: each at least 16 visible ASCII characters, without space at either end, and the first of them no #: the service would take the line for a comment."
  }
}

variable "okta_api_token" {
  description = "API token to look up the org id with. Null: PSCHOOK_TID_SOURCE or the private key decides."
  type        = string
  default     = null
  sensitive   = true
}

variable "okta_private_key" {
  description = "Private key, PEM or JWK, of the API service app to look up the org id with (settings PSCHOOK_OKTA_CLIENT_ID and PSCHOOK_OKTA_PRIVATE_KEY_ID)."
  type        = string
  default     = null
  sensitive   = true
}

variable "rp_htpasswd" {
  description = "Who may open the relying party: lines of an htpasswd file with bcrypt. Null: everybody who reaches it."
  type        = string
  default     = null
  sensitive   = true
}

variable "secret_environment" {
  description = "Environment of the service that is secret and has no variable of its own, such as PSCHOOK_RP_CLIENT_SECRET, OTEL_EXPORTER_OTLP_HEADERS with a collector's token, or HTTPS_PROXY with a password. Kept in a Secret."
  type        = map(string)
  default     = {}
  sensitive   = true
  nullable    = false

  validation {
    condition     = alltrue([for name in nonsensitive(keys(var.secret_environment)) : can(regex("^((PSCHOOK|OTEL)_[A-Z0-9_]+|HTTPS?_PROXY)$", name))])
    error_message = "secret_environment: only names that begin with PSCHOOK_ or OTEL_, and HTTP_PROXY and HTTPS_PROXY."
  }

  validation {
    condition     = length(setintersection(nonsensitive(keys(var.secret_environment)), ["PSCHOOK_HOOK_SECRETS", "PSCHOOK_OKTA_API_TOKEN"])) == 0
    error_message = "secret_environment: hook_secrets and okta_api_token are variables of their own."
  }
}

variable "existing_secret" {
  description = "A Secret that is made by other means (External Secrets, Vault), so that none of it is in Terraform's state: its name; which of the keys okta-api-token, okta-private-key and rp-htpasswd it has beside hook-secrets; which of its keys are environment (as secret_environment); and revision, any text. The service reads hook-secrets again by itself; change revision, or better the Secret's name, when another key changes, and the replicas are replaced. Null makes Secrets of the variables above."
  type = object({
    name        = string
    keys        = optional(set(string), [])
    environment = optional(set(string), [])
    revision    = optional(string)
  })
  default = null

  validation {
    condition     = var.existing_secret == null || try(length(setsubtract(var.existing_secret.keys, ["okta-api-token", "okta-private-key", "rp-htpasswd"])) == 0, false)
    error_message = "existing_secret: keys may be okta-api-token, okta-private-key and rp-htpasswd; hook-secrets is always there, and what is environment stands in environment."
  }
}

variable "amr_policy" {
  description = "AMR policy, YAML. Null: the one that is built in (pschook config --amr-policy)."
  type        = string
  default     = null
}

variable "extra_environment" {
  description = "Further environment that is neither secret nor the service's own, such as HTTPS_PROXY, NO_PROXY or SSL_CERT_DIR."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.extra_environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name)) && !can(regex("^(PSCHOOK|OTEL)_|^GOMEMLIMIT$", name))])
    error_message = "extra_environment: names of variables, those that begin with PSCHOOK_ or OTEL_ belong into settings, and GOMEMLIMIT follows resources."
  }

  validation {
    condition     = alltrue([for value in values(var.extra_environment) : !can(regex("://[^/@]*@", value))])
    error_message = "extra_environment: a URL with a password belongs into secret_environment."
  }
}

variable "extra_volumes" {
  description = "Secrets and config maps to mount as directories, read-only: own certificate authorities, a TLS key for the service (PSCHOOK_TLS_KEY_FILE), a client key for a collector."
  type = list(object({
    name       = string
    mount_path = string
    secret     = optional(string)
    config_map = optional(string)
  }))
  default = []

  validation {
    condition     = alltrue([for v in var.extra_volumes : (v.secret == null) != (v.config_map == null)])
    error_message = "extra_volumes: each has the name of either a secret or a config_map."
  }

  validation {
    condition     = alltrue([for v in var.extra_volumes : startswith(v.mount_path, "/") && !can(regex("^(/|/etc|/etc/pschook(/secrets|/config)?|/var|/var/cache(/pschook)?)/?$", v.mount_path)) && !contains(["secrets", "config", "cache"], v.name)])
    error_message = "extra_volumes: mount_path begins with / and hides none of the service's own directories, and name is none of secrets, config and cache."
  }
}

# --- Size -------------------------------------------------------------------------------------------------------------

variable "replicas" {
  description = "Number of replicas; the least number where autoscaling is on. One is for trials: Okta does not retry, so when the only replica is lost with its node, sign-ins lack their claims until another one runs."
  type        = number
  default     = 2

  validation {
    condition     = var.replicas >= 1 && floor(var.replicas) == var.replicas
    error_message = "replicas: a whole number from 1."
  }
}

variable "autoscaling" {
  description = "Scaling by processor use (HorizontalPodAutoscaler): most replicas, and percent of the CPU request to aim at. Null turns it off."
  type = object({
    max_replicas = optional(number, 6)
    cpu_percent  = optional(number, 70)
  })
  default = {}

  validation {
    condition     = var.autoscaling == null || try(var.autoscaling.max_replicas >= var.replicas && var.autoscaling.cpu_percent >= 10 && var.autoscaling.cpu_percent <= 100, false)
    error_message = "autoscaling: max_replicas at least replicas, cpu_percent from 10 to 100."
  }
}

variable "resources" {
  description = "What one replica asks for and may use: CPU in Kubernetes' notation, memory in MiB (request and limit alike; Go keeps within nine tenths of it)."
  type = object({
    cpu_request = optional(string, "100m")
    cpu_limit   = optional(string, "1")
    memory_mib  = optional(number, 128)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.resources.memory_mib >= 64
    error_message = "resources: memory_mib at least 64."
  }
}

variable "spread_strictly" {
  description = "Whether replicas may only run on different nodes (DoNotSchedule), rather than if possible (ScheduleAnyway). Zones are always if possible."
  type        = bool
  default     = false
}

variable "priority_class_name" {
  description = "PriorityClass of the service, so that others make room for it. Null: the cluster's default."
  type        = string
  default     = null
}

variable "node_selector" {
  description = "Labels of the nodes to run on."
  type        = map(string)
  default     = {}
}

variable "tolerations" {
  description = "Taints of nodes to run on all the same."
  type = list(object({
    key      = optional(string)
    operator = optional(string, "Equal")
    value    = optional(string)
    effect   = optional(string)
  }))
  default = []
}

variable "user_id" {
  description = "User and group id of the service. Null leaves it to the platform, as OpenShift wants."
  type        = number
  default     = 65532

  validation {
    condition     = var.user_id == null || try(var.user_id > 0 && floor(var.user_id) == var.user_id, false)
    error_message = "user_id: a whole number from 1, or null: the service never runs as root."
  }
}

variable "shutdown_timeout_seconds" {
  description = "How long calls under way may take to end when a replica stops (PSCHOOK_SHUTDOWN_TIMEOUT)."
  type        = number
  default     = 10

  validation {
    condition     = var.shutdown_timeout_seconds >= 3 && var.shutdown_timeout_seconds <= 600
    error_message = "shutdown_timeout_seconds: from 3 (the longest that Okta waits for a call) to 600."
  }
}

variable "drain_delay_seconds" {
  description = "How long a replica that is told to stop still answers everything, while routers take it off their lists; shutdown_timeout_seconds begins after that (PSCHOOK_DRAIN_DELAY)."
  type        = number
  default     = 5

  validation {
    condition     = var.drain_delay_seconds >= 3 && var.drain_delay_seconds <= 300
    error_message = "drain_delay_seconds: from 3, the time in which the cluster notices that a replica is no longer ready, to 300."
  }
}

variable "wait_for_rollout" {
  description = "Whether an apply waits until the replicas are ready, that is, know the org id."
  type        = bool
  default     = true
}

# --- Who reaches it, and whom it reaches ------------------------------------------------------------------------------

variable "ingress" {
  description = "How Okta comes in: host name, ingress class, name of the TLS secret (made by cert-manager or by hand), annotations for the controller. Null makes no Ingress."
  type = object({
    host            = string
    class_name      = string
    tls_secret_name = string
    annotations     = optional(map(string), {})
  })
  default = null
}

variable "gateway_route" {
  description = "The same by Gateway API: host name, name and namespace of the Gateway that ends TLS for it, and section_name of its listener. Makes an HTTPRoute; the Gateway API's CustomResourceDefinitions must be in the cluster before the plan. Null makes none."
  type = object({
    host              = string
    gateway_name      = string
    gateway_namespace = optional(string)
    section_name      = optional(string)
  })
  default = null
}

variable "network_policy" {
  description = "Who may reach the service: the ingress controller and Prometheus, by namespace (name or labels) or, where they are on the nodes' network or a load balancer calls the pods itself, by address. Whom it may reach: DNS, Okta's addresses on port 443, and what extra_egress lists (a proxy, a telemetry collector; by cidr or by namespace). okta_cidrs is every public IPv4 address unless narrowed to those that Okta publishes. OpenShift: dns_namespaces = [\"openshift-dns\"], dns_ports = [5353]. Null makes no NetworkPolicy."
  type = object({
    ingress_namespaces       = optional(list(string), ["ingress-nginx"])
    ingress_namespace_labels = optional(list(map(string)), [])
    ingress_cidrs            = optional(list(string), [])
    monitoring_namespaces    = optional(list(string), ["monitoring"])
    monitoring_cidrs         = optional(list(string), [])
    okta_cidrs               = optional(list(string), ["0.0.0.0/0"])
    dns_namespaces           = optional(list(string), ["kube-system"])
    dns_cidrs                = optional(list(string), [])
    dns_ports                = optional(list(number), [53])
    extra_egress             = optional(list(object({ cidr = optional(string), namespace = optional(string), port = number })), [])
  })
  default = {}

  validation {
    condition     = var.network_policy == null || try(alltrue([for extra in var.network_policy.extra_egress : (extra.cidr == null) != (extra.namespace == null)]), false)
    error_message = "network_policy: each extra_egress has either a cidr or a namespace."
  }

  validation {
    condition     = var.network_policy == null || try(length(concat(var.network_policy.dns_namespaces, var.network_policy.dns_cidrs)) > 0 && length(var.network_policy.dns_ports) > 0, false)
    error_message = "network_policy: dns_namespaces or dns_cidrs, and dns_ports: without DNS the service cannot find Okta."
  }
}

# --- Watching it ------------------------------------------------------------------------------------------------------

variable "probe" {
  description = "A CronJob that calls the hook as Okta does, with the right secret, a wrong one and none (pschook probe): its schedule, the URL (https; without it the Ingress's) and the addresses that the URL has inside the cluster. Null, or neither URL nor Ingress, makes none."
  type = object({
    schedule = optional(string, "*/5 * * * *")
    url      = optional(string)
    cidrs    = optional(list(string), ["0.0.0.0/0"])
  })
  default = {}

  validation {
    condition     = try(var.probe.url, null) == null || can(regex("^https://[^/?#@\\s]+(/|$)", var.probe.url))
    error_message = "probe: url is an https URL, or the secret would travel in the clear."
  }
}

variable "service_monitor" {
  description = "A ServiceMonitor for the Prometheus operator, with the labels that it selects by. Its CustomResourceDefinition must be in the cluster before the plan. Null makes none."
  type = object({
    labels   = optional(map(string), {})
    interval = optional(string, "30s")
  })
  default = null
}

variable "prometheus_rule" {
  description = "A PrometheusRule for the Prometheus operator: the alerts, YAML (deploy/prometheus/alerts.yaml), and the labels that the operator selects by. Its CustomResourceDefinition must be in the cluster before the plan. Null makes none."
  type = object({
    rules  = string
    labels = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.prometheus_rule == null || can(yamldecode(var.prometheus_rule.rules).groups)
    error_message = "prometheus_rule: rules is YAML with groups."
  }
}

variable "grafana_dashboard" {
  description = "Dashboard, JSON, for Grafana's sidecar to pick up from a config map. Null makes none."
  type        = string
  default     = null

  validation {
    condition     = var.grafana_dashboard == null || can(jsondecode(var.grafana_dashboard))
    error_message = "grafana_dashboard: not JSON."
  }
}

variable "grafana_dashboard_labels" {
  description = "Labels by which Grafana's sidecar finds dashboards."
  type        = map(string)
  default     = { grafana_dashboard = "1" }
}
