{{- define "medevac.selectorLabels" -}}
app.kubernetes.io/name: medevac
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "medevac.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "medevac.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "medevac.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default (printf "%s%s" $.Chart.AppVersion (eq $.Values.driver "libvirt" | ternary "-libvirt" "")) .tag }}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* Not the Secret that the operator makes: it must not find its own data in it, nor lose them to cert-manager. */}}
{{- define "medevac.certManagerSecret" -}}
medevac-webhook-cert-manager
{{- end }}

{{- define "medevac.webhookAnnotations" -}}
{{- if .Values.certManager.enabled -}}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/medevac-webhook
{{- end -}}
{{- end }}

{{- /* Elsewhere nobody is asked: nothing there must wait for an operator that has no business with it. */}}
{{- define "medevac.withinNamespaces" -}}
{{- if .namespaces }}
{{- $isOne := dict "key" "kubernetes.io/metadata.name" "operator" "In" "values" .namespaces }}
{{- $_ := set .webhook "namespaceSelector" (dict "matchExpressions" (list $isOne)) }}
{{- end }}
{{- end }}
