{{/* The templates make the objects of the Terraform module (deploy/terraform/modules/kubernetes), whose comments say why
     each is as it is. A test holds the two to each other. */}}

{{- define "pschook.name" -}}
{{ .Values.name | default .Release.Name }}
{{- end }}

{{- define "pschook.selector" -}}
app.kubernetes.io/name: pschook
app.kubernetes.io/instance: {{ include "pschook.name" . }}
{{- end }}

{{- define "pschook.labels" -}}
{{- $own := fromYaml (include "pschook.selector" .) }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- toYaml (merge $own (.Values.labels | default dict)) }}
{{- end }}

{{/* metadata of an object: (list $ NAME COMPONENT LABELS ANNOTATIONS); the latter three may be empty. */}}
{{- define "pschook.metadata" -}}
{{- $ := index . 0 }}
{{- $labels := fromYaml (include "pschook.labels" $) }}
{{- with index . 2 }}{{ $_ := set $labels "app.kubernetes.io/component" . }}{{ end }}
{{- $labels = mergeOverwrite $labels (index . 3 | default dict) }}
{{- $annotations := mergeOverwrite (dict) ($.Values.annotations | default dict) (index . 4 | default dict) }}
name: {{ index . 1 }}
namespace: {{ $.Release.Namespace }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Secrets that are read at start only, by key of their Secret. */}}
{{- define "pschook.startFiles" -}}
{{- $files := dict }}
{{- with .Values.oktaApiToken }}{{ $_ := set $files "okta-api-token" . }}{{ end }}
{{- with .Values.oktaPrivateKey }}{{ $_ := set $files "okta-private-key" . }}{{ end }}
{{- with .Values.rpHtpasswd }}{{ $_ := set $files "rp-htpasswd" . }}{{ end }}
{{- toJson $files }}
{{- end }}

{{- define "pschook.startSecrets" -}}
{{- toJson (merge (fromJson (include "pschook.startFiles" .)) (.Values.secretEnvironment | default dict)) }}
{{- end }}

{{- define "pschook.startName" -}}
{{ include "pschook.name" . }}-start-{{ include "pschook.startSecrets" . | sha256sum | trunc 10 }}
{{- end }}

{{/* Which keys of which Secrets are files, as a JSON object with the list "secrets". */}}
{{- define "pschook.secretFiles" -}}
{{- $secrets := list }}
{{- with .Values.existingSecret }}
{{- $secrets = append $secrets (dict "name" .name "keys" (concat (list "hook-secrets") (sortAlpha (.keys | default list)))) }}
{{- else }}
{{- if .Values.hookSecrets }}
{{- $secrets = append $secrets (dict "name" (printf "%s-hook" (include "pschook.name" .)) "keys" (list "hook-secrets")) }}
{{- end }}
{{- with fromJson (include "pschook.startFiles" .) }}
{{- $secrets = append $secrets (dict "name" (include "pschook.startName" $) "keys" (sortAlpha (keys .))) }}
{{- end }}
{{- end }}
{{- toJson (dict "secrets" $secrets) }}
{{- end }}

{{/* The environment, as a list. */}}
{{- define "pschook.env" -}}
{{- $env := mergeOverwrite (dict) (.Values.extraEnvironment | default dict) .Values.settings }}
{{- $variables := dict "hook-secrets" "PSCHOOK_HOOK_SECRETS_FILE" "okta-api-token" "PSCHOOK_OKTA_API_TOKEN_FILE" "okta-private-key" "PSCHOOK_OKTA_PRIVATE_KEY_FILE" "rp-htpasswd" "PSCHOOK_RP_BASIC_AUTH_FILE" }}
{{- range (fromJson (include "pschook.secretFiles" .)).secrets }}
{{- range .keys }}
{{- $_ := set $env (get $variables .) (printf "/etc/pschook/secrets/%s" .) }}
{{- end }}
{{- end }}
{{- if .Values.amrPolicy }}{{ $_ := set $env "PSCHOOK_AMR_POLICY_FILE" "/etc/pschook/config/amr-policy.yaml" }}{{ end }}
{{- $_ := set $env "PSCHOOK_LISTEN_ADDR" ":8080" }}
{{- $_ := set $env "PSCHOOK_ADMIN_ADDR" ":9090" }}
{{- $_ := set $env "PSCHOOK_DRAIN_DELAY" (printf "%ds" (int .Values.drainDelaySeconds)) }}
{{- $_ := set $env "PSCHOOK_SHUTDOWN_TIMEOUT" (printf "%ds" (int .Values.shutdownTimeoutSeconds)) }}
{{- $_ := set $env "PSCHOOK_ORG_CACHE_FILE" "/var/cache/pschook/org.json" }}
{{- $_ := set $env "GOMEMLIMIT" (printf "%dMiB" (int (floor (mulf .Values.resources.memoryMib 0.9)))) }}
{{- range $name, $value := $env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- $secret := "" }}
{{- $names := list }}
{{- if .Values.existingSecret }}
{{- $secret = .Values.existingSecret.name }}
{{- $names = sortAlpha (.Values.existingSecret.environment | default list) }}
{{- else if .Values.secretEnvironment }}
{{- $secret = include "pschook.startName" . }}
{{- $names = sortAlpha (keys .Values.secretEnvironment) }}
{{- end }}
{{- range $names }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ . }}
{{- end }}
{{- end }}

{{- define "pschook.podAnnotations" -}}
{{- $all := mergeOverwrite (dict) (.Values.podAnnotations | default dict) }}
{{- with .Values.amrPolicy }}{{ $_ := set $all "pschook/amr-policy" . }}{{ end }}
{{- with .Values.existingSecret }}
{{- if .revision }}
{{- $_ := set $all "pschook/secret-revision" (toString .revision) }}
{{- else }}
{{- /* An upgrade in a cluster sees the Secret, and so whether what is read at start has changed. */}}
{{- $data := dict }}
{{- $live := lookup "v1" "Secret" $.Release.Namespace .name }}
{{- range $key := concat (.keys | default list) (.environment | default list) }}
{{- with dig "data" $key "" $live }}{{ $_ := set $data $key . }}{{ end }}
{{- end }}
{{- with $data }}{{ $_ := set $all "pschook/secret-revision" (toJson . | sha256sum | trunc 10) }}{{ end }}
{{- end }}
{{- end }}
{{- with $all }}{{ toYaml . }}{{ end }}
{{- end }}

{{/* What the service's pods and the probe's have in common. */}}
{{- define "pschook.pod" -}}
serviceAccountName: {{ include "pschook.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- range . }}
  - {{ toYaml (merge (pick . "key" "value" "effect" "operator") (dict "operator" "Equal")) | nindent 4 | trim }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.userId }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  fsGroup: {{ int64 . }}
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "pschook.security" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* (list $ CACHE): CACHE says whether there is the directory for the org id. */}}
{{- define "pschook.mounts" -}}
{{- $ := index . 0 }}
{{- if (fromJson (include "pschook.secretFiles" $)).secrets }}
- name: secrets
  mountPath: /etc/pschook/secrets
  readOnly: true
{{- end }}
{{- if index . 1 }}
- name: cache
  mountPath: /var/cache/pschook
{{- end }}
{{- if $.Values.amrPolicy }}
- name: config
  mountPath: /etc/pschook/config
  readOnly: true
{{- end }}
{{- range $.Values.extraVolumes }}
- name: {{ .name }}
  mountPath: {{ .mountPath }}
  readOnly: true
{{- end }}
{{- end }}

{{- define "pschook.volumes" -}}
{{- $ := index . 0 }}
{{- with (fromJson (include "pschook.secretFiles" $)).secrets }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      - secret:
          name: {{ .name }}
          items:
            {{- range .keys }}
            - key: {{ . }}
              path: {{ . }}
            {{- end }}
      {{- end }}
{{- end }}
{{- if index . 1 }}
- name: cache
  emptyDir:
    sizeLimit: 1Mi
{{- end }}
{{- if $.Values.amrPolicy }}
- name: config
  downwardAPI:
    items:
      - path: amr-policy.yaml
        fieldRef:
          fieldPath: metadata.annotations['pschook/amr-policy']
{{- end }}
{{- range $.Values.extraVolumes }}
- name: {{ .name }}
  {{- with .secret }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
  {{- end }}
  {{- with .configMap }}
  configMap:
    name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "pschook.host" -}}
{{- with .Values.ingress }}{{ .host }}{{ else }}{{ with .Values.gatewayRoute }}{{ .host }}{{ end }}{{ end }}
{{- end }}

{{- define "pschook.probeUrl" -}}
{{- $keys := list }}
{{- range (fromJson (include "pschook.secretFiles" .)).secrets }}{{ $keys = concat $keys .keys }}{{ end }}
{{- if and .Values.probe (has "hook-secrets" $keys) }}
{{- if .Values.probe.url }}{{ .Values.probe.url }}
{{- else }}{{ with include "pschook.host" . }}https://{{ . }}/hooks/okta/token{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Who lets calls in, and where Prometheus is: as peers of a NetworkPolicy, a JSON object with the list "peers". */}}
{{- define "pschook.peers" -}}
{{- $peers := list }}
{{- range .namespaces }}{{ $peers = append $peers (dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .))) }}{{ end }}
{{- range .labels }}{{ $peers = append $peers (dict "namespaceSelector" (dict "matchLabels" .)) }}{{ end }}
{{- range .cidrs }}{{ $peers = append $peers (dict "ipBlock" (dict "cidr" .)) }}{{ end }}
{{- toJson (dict "peers" $peers) }}
{{- end }}

{{- define "pschook.ingressPeers" -}}
{{- with .Values.networkPolicy }}{{ include "pschook.peers" (dict "namespaces" .ingressNamespaces "labels" .ingressNamespaceLabels "cidrs" .ingressCidrs) }}{{ end }}
{{- end }}

{{/* Whom the pods may reach: DNS, Okta, and what else was listed. */}}
{{- define "pschook.egress" -}}
{{- with .Values.networkPolicy }}
- to:
    {{- toYaml (fromJson (include "pschook.peers" (dict "namespaces" .dnsNamespaces "labels" list "cidrs" .dnsCidrs))).peers | nindent 4 }}
  ports:
    {{- range .dnsPorts }}
    - {port: {{ int . }}, protocol: UDP}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
{{- with .oktaCidrs }}
- to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . | quote }}
        {{- if eq . "0.0.0.0/0" }}
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16]
        {{- else if eq . "::/0" }}
        except: ["fc00::/7", "fe80::/10"]
        {{- end }}
    {{- end }}
  ports:
    - {port: 443, protocol: TCP}
{{- end }}
{{- range .extraEgress }}
- to:
    {{- if .namespace }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .namespace }}
    {{- else }}
    - ipBlock:
        cidr: {{ .cidr | quote }}
        {{- if eq .cidr "0.0.0.0/0" }}
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16]
        {{- else if eq .cidr "::/0" }}
        except: ["fc00::/7", "fe80::/10"]
        {{- end }}
    {{- end }}
  ports:
    - {port: {{ int .port }}, protocol: TCP}
{{- end }}
{{- end }}
{{- end }}
