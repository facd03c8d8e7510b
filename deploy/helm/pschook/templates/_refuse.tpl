{{/* What the schema cannot refuse with a sentence that says what to do instead. */}}
{{- define "pschook.refuse" -}}
{{- $own := list "PSCHOOK_LISTEN_ADDR" "PSCHOOK_ADMIN_ADDR" "PSCHOOK_SHUTDOWN_TIMEOUT" "PSCHOOK_DRAIN_DELAY" "PSCHOOK_HOOK_SECRETS_FILE" "PSCHOOK_OKTA_API_TOKEN_FILE" "PSCHOOK_OKTA_PRIVATE_KEY_FILE" "PSCHOOK_RP_CLIENT_SECRET_FILE" "PSCHOOK_RP_BASIC_AUTH_FILE" "PSCHOOK_AMR_POLICY_FILE" "PSCHOOK_ORG_CACHE_FILE" }}
{{- range $name, $value := .Values.settings }}
{{- if not (regexMatch "^(PSCHOOK|OTEL)_[A-Z0-9_]+$" $name) }}
{{- fail (printf "settings: %s: only names that begin with PSCHOOK_ or OTEL_; others belong into extraEnvironment." $name) }}
{{- else if regexMatch "^PSCHOOK_.*(SECRETS?|TOKEN|PASSWORD|KEY)$|^OTEL_EXPORTER_OTLP_([A-Z]+_)?HEADERS$" $name }}
{{- fail (printf "settings: %s: secrets have values of their own (existingSecret, or hookSecrets, oktaApiToken, oktaPrivateKey, rpHtpasswd, and secretEnvironment for the others)." $name) }}
{{- else if regexMatch "://[^/@]*@" $value }}
{{- fail (printf "settings: %s: a URL with a password belongs into secretEnvironment." $name) }}
{{- else if has $name $own }}
{{- fail (printf "settings: %s: addresses, files and the times to stop follow other values." $name) }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.extraEnvironment }}
{{- if or (not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" $name)) (regexMatch "^(PSCHOOK|OTEL)_|^GOMEMLIMIT$" $name) }}
{{- fail (printf "extraEnvironment: %s: names of variables; those that begin with PSCHOOK_ or OTEL_ belong into settings, and GOMEMLIMIT follows resources." $name) }}
{{- else if regexMatch "://[^/@]*@" $value }}
{{- fail (printf "extraEnvironment: %s: a URL with a password belongs into secretEnvironment." $name) }}
{{- end }}
{{- end }}
{{- range $name, $_ := .Values.secretEnvironment }}
{{- if has $name (list "PSCHOOK_HOOK_SECRETS" "PSCHOOK_OKTA_API_TOKEN") }}
{{- fail (printf "secretEnvironment: %s: hookSecrets and oktaApiToken are values of their own." $name) }}
{{- else if not (regexMatch "^((PSCHOOK|OTEL)_[A-Z0-9_]+|HTTPS?_PROXY)$" $name) }}
{{- fail (printf "secretEnvironment: %s: only names that begin with PSCHOOK_ or OTEL_, and HTTP_PROXY and HTTPS_PROXY." $name) }}
{{- end }}
{{- end }}
{{- if and (not .Values.existingSecret) (not .Values.hookSecrets) (not (hasKey .Values.settings "PSCHOOK_HOOK_OAUTH_ISSUER")) }}
{{- fail "hookSecrets: at least one, or existingSecret, or settings PSCHOOK_HOOK_OAUTH_ISSUER: the service does not start without a way to know Okta." }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if lt (int .maxReplicas) (int $.Values.replicas) }}
{{- fail "autoscaling: maxReplicas at least replicas." }}
{{- end }}
{{- end }}
{{- end }}
