{{- define "millrace.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: millrace
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
{{- end }}

{{- /* What tells the pods of a component from all others, and never changes: dict "root" $ "component" name */}}
{{- define "millrace.selector" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- /* Name of a component's resources: the same in Terraform's identities. */}}
{{- define "millrace.name" -}}
{{ .root.Release.Name }}-{{ .component }}
{{- end }}

{{- define "millrace.image" -}}
{{- with .root.Values.image -}}
{{ with .registry }}{{ trimSuffix "/" . }}/{{ end }}millrace-{{ $.component }}:{{ .tag | default $.root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "millrace.secret" -}}
{{ .Values.auth.existingSecret | default (printf "%s-keys" .Release.Name) }}
{{- end }}

{{- define "millrace.gatewayUrl" -}}
http://{{ .Release.Name }}-api-gateway:8080
{{- end }}

{{- /* For every pod: no root, nothing to write to but what is mounted for it. */}}
{{- define "millrace.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "millrace.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* At most 52 characters, of which Kubernetes makes names of Jobs; a name that had to be changed ends in a hash of
       what it stood for, so that no two become one: dict "root" $ "pipeline" name "endpoint" name */}}
{{- define "millrace.cronJobName" -}}
{{- $wanted := printf "%s-%s-%s" .root.Release.Name .pipeline .endpoint -}}
{{- $possible := $wanted | replace "_" "-" | lower -}}
{{- if and (eq $possible $wanted) (le (len $possible) 52) (not (hasSuffix "-" $possible)) -}}
{{ $possible }}
{{- else -}}
{{ $possible | trunc 43 | trimSuffix "-" }}-{{ printf "%s/%s/%s" .root.Release.Name .pipeline .endpoint | sha256sum | trunc 8 }}
{{- end -}}
{{- end }}

{{- define "millrace.pipelineName" -}}
{{- $wanted := printf "%s-pipeline-%s" .root.Release.Name .pipeline -}}
{{- $possible := $wanted | replace "_" "-" | lower -}}
{{- if and (eq $possible $wanted) (le (len $possible) 63) -}}
{{ $possible }}
{{- else -}}
{{ $possible | trunc 54 | trimSuffix "-" }}-{{ .pipeline | sha256sum | trunc 8 }}
{{- end -}}
{{- end }}

{{- define "millrace.egressToDns" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
  to:
    - namespaceSelector: {}
    - ipBlock: {cidr: 169.254.20.10/32} # NodeLocal DNSCache
{{- end }}
