{{- define "millrace.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: millrace
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
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
{{- with get .digests $.component }}@{{ . }}{{ end }}
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
       what it stood for, so that no two become one: dict "root" $ "pipeline" name "endpoint" name, or table */}}
{{- define "millrace.cronJobName" -}}
{{- $wanted := printf "%s-%s-%s" .root.Release.Name .pipeline .endpoint -}}
{{- $possible := printf "%s-%s-%s" .root.Release.Name .pipeline (.endpoint | replace "." "-") | replace "_" "-" | lower -}}
{{- if and (eq $possible $wanted) (le (len $possible) 52) (not (hasSuffix "-" $possible)) -}}
{{ $possible }}
{{- else -}}
{{ $possible | trunc 43 | trimSuffix "-" }}-{{ printf "%s/%s/%s" .root.Release.Name .pipeline .endpoint | sha256sum | trunc 8 }}
{{- end -}}
{{- end }}

{{- /* A schedule as Kubernetes takes it, to which Sunday is 0 and never 7: the five fields */}}
{{- define "millrace.cronSchedule" -}}
{{- $fields := regexSplit "\\s+" (trim .) -1 -}}
{{- $days := list -}}
{{- range splitList "," (last $fields) -}}
{{- if eq . "7" -}}
{{- $days = append $days "0" -}}
{{- else if eq . "0-7" -}}
{{- $days = append $days "0-6" -}}
{{- else if regexMatch "^[1-6]-7$" . -}}
{{- $days = append (append $days (. | replace "-7" "-6")) "0" -}}
{{- else if regexMatch "(^|-)7(/|$)" . -}}
{{- fail (printf "the schedule %s has %s as days of the week, which Kubernetes doesn't take (expected: 0 for Sunday)" (join " " $fields) .) -}}
{{- else -}}
{{- $days = append $days . -}}
{{- end -}}
{{- end -}}
{{- append (initial $fields) (join "," $days) | join " " -}}
{{- end }}

{{- /* What CronJobs start, as YAML: jobs, each with its pipeline and endpoint, or table that is backed up, its schedule and the
       arguments of the command line */}}
{{- define "millrace.cronJobs" -}}
{{- $jobs := list -}}
{{- range $pipeline, $file := .Values.pipelines -}}
{{- $declared := fromYaml $file -}}
{{- range $endpoint, $settings := $declared.endpoints -}}
{{- with $settings.schedule -}}
{{- $jobs = append $jobs (dict "pipeline" $pipeline "endpoint" $endpoint "schedule" . "timezone" $settings.timezone "catchUp" $settings.catchUp
      "args" (list "run" $pipeline $endpoint)) -}}
{{- end -}}
{{- end -}}
{{- range $declared.backups -}}
{{- $jobs = append $jobs (dict "pipeline" $pipeline "endpoint" .table "schedule" .schedule "timezone" .timezone
      "args" (list "backup" .table (printf "--format=%s" (.format | default "avro")))) -}}
{{- end -}}
{{- end -}}
{{- dict "jobs" $jobs | toYaml -}}
{{- end }}

{{- /* The ConfigMap of a pipeline's file: one of sixteen that are all mounted from the beginning, so that another pipeline
       restarts no gateway; a large file has one of its own: dict "root" $ "pipeline" name "file" text */}}
{{- define "millrace.pipelineName" -}}
{{- if le (len .file) 200000 -}}
{{ .root.Release.Name }}-pipelines-{{ .pipeline | sha256sum | trunc 1 }}
{{- else -}}
{{- $wanted := printf "%s-pipeline-%s" .root.Release.Name .pipeline -}}
{{- $possible := $wanted | replace "_" "-" | lower -}}
{{- if and (eq $possible $wanted) (le (len $possible) 63) -}}
{{ $possible }}
{{- else -}}
{{ $possible | trunc 54 | trimSuffix "-" }}-{{ .pipeline | sha256sum | trunc 8 }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "millrace.serviceAccount" -}}
{{ .settings.serviceAccount.name | default (include "millrace.name" .) }}
{{- end }}

{{- /* What the pods of the command line, of CronJobs and of helm test, take of the defaults, and what is their own. */}}
{{- define "millrace.cliSettings" -}}
{{- $settings := pick .Values.defaults "podLabels" "podAnnotations" "nodeSelector" "tolerations" "affinity" "priorityClassName" | deepCopy }}
{{- range $name, $value := deepCopy .Values.cronJobs }}
{{- if and (kindIs "map" $value) (hasKey $settings $name) }}
{{- $value = mergeOverwrite (get $settings $name) $value }}
{{- end }}
{{- if or $value (not (hasKey $settings $name)) }}
{{- $_ := set $settings $name $value }}
{{- end }}
{{- end }}
{{- toYaml $settings }}
{{- end }}

{{- /* The pods of Deployments, CronJobs and of helm test: metadata and spec.
       root: $
       component: of the chart, which is also the name of its container
       image: name of its image; empty: the component's
       of: the values that settings come from, to name them in an error
       settings: where they run, what they may have, what is added to them
       serviceAccount: its name
       token: whether they have one for Kubernetes
       jvm: options of the JVM, which the image reads from a file, since the JVM would write those of a variable to the log
       environment: what the chart sets, a map of texts and of valueFrom
       own: names that env may not set, with what says them instead
       pod: further fields of the spec, as YAML
       container: further fields of the container, as YAML
       scratch: size of the only folder that can be written to beside volumes
       volumes, mounts: lists */}}
{{- define "millrace.podTemplate" -}}
{{- $root := .root }}
{{- $settings := .settings }}
{{- $environment := deepCopy .environment }}
{{- range $name, $value := $settings.env }}
{{- with get $.own $name }}
{{- fail (printf "%s.env has %s, which the chart sets by itself (expected: %s)" $.of $name .) }}
{{- end }}
{{- $_ := set $environment $name $value }}
{{- end }}
metadata:
  labels:
    {{- include "millrace.selector" . | nindent 4 }}
    {{- include "millrace.labels" $root | nindent 4 }}
    {{- with $settings.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    millrace.dev/jvm-options: {{ .jvm | quote }}
    {{- with $settings.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with .pod }}
  {{- . | nindent 2 }}
  {{- end }}
  serviceAccountName: {{ .serviceAccount }}
  automountServiceAccountToken: {{ .token }}
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- include "millrace.podSecurity" $root | nindent 4 }}
  {{- range $field := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
  {{- with get $settings $field }}
  {{ $field }}: {{ toJson . }}
  {{- end }}
  {{- end }}
  {{- with $settings.initContainers }}
  initContainers:
    {{- include "millrace.furtherContainers" . | trim | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "millrace.image" (dict "root" $root "component" (.image | default .component)) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      terminationMessagePolicy: FallbackToLogsOnError # kubectl describe shows why it ended
      {{- . | dig "container" "" | nindent 6 }}
      env:
        {{- range $name, $value := $environment }}
        - name: {{ $name }}
          {{- if kindIs "map" $value }}
          {{- toYaml $value | nindent 10 }}
          {{- else }}
          value: {{ $value | quote }}
          {{- end }}
        {{- end }}
      {{- with $settings.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      resources:
        {{- toYaml $settings.resources | nindent 8 }}
      securityContext:
        {{- include "millrace.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: jvm, mountPath: /app/options, readOnly: true}
        - {name: scratch, mountPath: /scratch}
        {{- range concat .mounts $settings.volumeMounts }}
        - {{ toJson . }}
        {{- end }}
    {{- with $settings.sidecars }}
    {{- include "millrace.furtherContainers" . | trim | nindent 4 }}
    {{- end }}
  volumes:
    - name: jvm
      downwardAPI:
        items:
          - path: jvm
            fieldRef: {fieldPath: "metadata.annotations['millrace.dev/jvm-options']"}
    - name: scratch # native libraries are unpacked here and run, beside a root that can't be written to
      emptyDir: {sizeLimit: {{ .scratch }}}
    {{- range concat .volumes $settings.volumes }}
    - {{ toJson . }}
    {{- end }}
{{- end }}

{{- /* Containers of values, as safe as ours unless they say something else themselves. */}}
{{- define "millrace.furtherContainers" -}}
{{- range . }}
- {{ hasKey . "securityContext" | ternary . (set (deepCopy .) "securityContext" (fromYaml (include "millrace.containerSecurity" .))) | toJson }}
{{- end }}
{{- end }}

{{- /* The one pod of the command line, which calls the gateway: dict "root" $ "args" list "environment" map "pod" YAML */}}
{{- define "millrace.cliPod" -}}
{{- $root := .root }}
{{- $settings := include "millrace.cliSettings" $root | fromYaml }}
{{- $component := dict "root" $root "component" "cli" }}
{{- $environment := dict
      "MILLRACE_GATEWAY" (include "millrace.gatewayUrl" $root)
      "MILLRACE_HOME" "/scratch"
      "MILLRACE_TOKEN" (dict "valueFrom" (dict "secretKeyRef" (dict "name" (include "millrace.secret" $root) "key" "api-token"))) }}
{{- include "millrace.podTemplate" (dict
      "root" $root
      "component" "cli"
      "of" "cronJobs"
      "settings" $settings
      "serviceAccount" ($settings.serviceAccount.name | default (printf "%s-caller" $root.Release.Name))
      "token" false
      "jvm" "-Djava.io.tmpdir=/scratch"
      "environment" (merge $environment .environment)
      "own" (dict
          "MILLRACE_GATEWAY" "the gateway of this release" "MILLRACE_HOME" "/scratch"
          "MILLRACE_TOKEN" "auth.existingSecret" "MILLRACE_IDEMPOTENCY_KEY" "the uid of the Job"
          "MILLRACE_CRON_JOB" "the name of the Job" "MILLRACE_CRON_TIMEZONE" "timezone in the pipeline's file")
      "pod" "restartPolicy: Never"
      "container" (printf "args: %s" (toJson .args))
      "scratch" "128Mi"
      "volumes" list
      "mounts" list) | trim }}
{{- end }}

{{- define "millrace.egressToDns" -}}
- ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  to:
    {{- toYaml .Values.networkPolicy.dns.to | nindent 4 }}
{{- end }}

{{- define "millrace.egressOfServices" -}}
- to: # sources, Google's APIs, the run database
    {{- toYaml .Values.networkPolicy.egress | nindent 4 }}
{{- if and .Values.tracing.endpoint .Values.tracing.to }}
- to: # the collector of traces
    {{- toYaml .Values.tracing.to | nindent 4 }}
{{- end }}
{{- if or (eq .Values.staging.type "gcs") (eq .Values.warehouse.type "bigquery") }}
- ports: [{port: 80}, {port: 988}] # where workload identity gives its tokens
  to:
    - ipBlock: {cidr: 169.254.169.252/30}
{{- end }}
{{- end }}

{{- /* Claims of the release, by what stands behind its name, each with its values. */}}
{{- define "millrace.claims" -}}
{{- $claims := dict }}
{{- if and (eq .Values.staging.type "folder") (not .Values.staging.volume.existingClaim) }}
{{- $_ := set $claims "staging" .Values.staging.volume }}
{{- end }}
{{- if and (eq .Values.warehouse.type "duckdb") (not .Values.warehouse.volume.existingClaim) }}
{{- $_ := set $claims "warehouse" .Values.warehouse.volume }}
{{- end }}
{{- if and (eq .Values.database.type "h2") (not .Values.database.volume.existingClaim) }}
{{- $_ := set $claims "runs" .Values.database.volume }}
{{- end }}
{{- toYaml $claims }}
{{- end }}
