{{- /* What is particular to the pods of the four services: dict "root" $ "component" name "settings" map */}}

{{- /* true of the one whose data is a file on a volume, of which only one process at a time can have it open. */}}
{{- define "millrace.fileOf" -}}
{{- $values := .root.Values -}}
{{ or
    (and (eq .component "api-gateway") (eq $values.database.type "h2"))
    (and (eq .component "loader-service") (eq $values.warehouse.type "duckdb")) }}
{{- end }}

{{- /* Names of all ConfigMaps that pipelines can be in. */}}
{{- define "millrace.pipelineMaps" -}}
{{- $maps := dict }}
{{- range splitList "" "0123456789abcdef" }}
{{- $_ := set $maps (printf "%s-pipelines-%s" $.Release.Name .) true }}
{{- end }}
{{- range $pipeline, $file := .Values.pipelines }}
{{- $_ := set $maps (include "millrace.pipelineName" (dict "root" $ "pipeline" $pipeline "file" $file)) true }}
{{- end }}
{{- keys $maps | sortAlpha | toYaml }}
{{- end }}

{{- /* What the pods of a service have mounted, as YAML: volumes and mounts. */}}
{{- define "millrace.serviceVolumes" -}}
{{- $root := .root }}
{{- $mounts := list }}
{{- $volumes := list }}
{{- if eq $root.Values.staging.type "folder" }}
{{- $claim := $root.Values.staging.volume.existingClaim | default (printf "%s-staging" $root.Release.Name) }}
{{- $volumes = append $volumes (dict "name" "staging" "persistentVolumeClaim" (dict "claimName" $claim)) }}
{{- $mounts = append $mounts (dict "name" "staging" "mountPath" "/staging") }}
{{- end }}
{{- if eq .component "api-gateway" }}
{{- $sources := list }}
{{- range $map := include "millrace.pipelineMaps" $root | fromYamlArray }}
{{- $sources = append $sources (dict "configMap" (dict "name" $map "optional" true)) }}
{{- end }}
{{- $volumes = append $volumes (dict "name" "pipelines" "projected" (dict "sources" $sources)) }}
{{- $mounts = append $mounts (dict "name" "pipelines" "mountPath" "/pipelines" "readOnly" true) }}
{{- if $root.Values.jobs.enabled }}
{{- $volumes = append $volumes (dict "name" "jobs" "configMap" (dict "name" (printf "%s-jobs" $root.Release.Name))) }}
{{- $mounts = append $mounts (dict "name" "jobs" "mountPath" "/jobs" "readOnly" true) }}
{{- end }}
{{- $volumes = append $volumes (dict "name" "insights" "configMap" (dict "name" (printf "%s-insights" $root.Release.Name) "optional" true)) }}
{{- $mounts = append $mounts (dict "name" "insights" "mountPath" "/named/insights" "readOnly" true) }}
{{- end }}
{{- if eq (include "millrace.fileOf" .) "true" }}
{{- $own := eq .component "api-gateway" | ternary $root.Values.database.volume $root.Values.warehouse.volume }}
{{- $claim := $own.existingClaim | default (printf "%s-%s" $root.Release.Name (eq .component "api-gateway" | ternary "runs" "warehouse")) }}
{{- $volumes = append $volumes (dict "name" "data" "persistentVolumeClaim" (dict "claimName" $claim)) }}
{{- $mounts = append $mounts (dict "name" "data" "mountPath" "/data") }}
{{- end }}
{{- if and (eq .component "extractor-service") $root.Values.secrets.existingSecret }}
{{- $volumes = append $volumes (dict "name" "secrets" "secret" (dict "secretName" $root.Values.secrets.existingSecret "defaultMode" 288)) }}
{{- $mounts = append $mounts (dict "name" "secrets" "mountPath" "/secrets" "readOnly" true) }}
{{- end }}
{{- dict "volumes" $volumes "mounts" $mounts | toYaml }}
{{- end }}

{{- /* The Job whose pods do slices, as YAML, without what is particular about a run; each pod is one of a service, with all that
       this has, but claims its work and ends: dict "root" $ "step" name "service" name */}}
{{- define "millrace.sliceJob" -}}
{{- $root := .root }}
{{- $jobs := $root.Values.jobs }}
{{- $component := printf "%s-slices" .step }}
{{- $settings := mergeOverwrite (deepCopy $root.Values.defaults) (deepCopy (get $root.Values.services .service)) }}
{{- $_ := unset $settings "sidecars" }} {{- /* which would keep a pod from ending */}}
{{- $_ := set $settings "nodeSelector" (merge (deepCopy $jobs.nodeSelector) $settings.nodeSelector) }}
{{- $_ := set $settings "env" (merge (deepCopy $jobs.env) $settings.env) }}
{{- with get $jobs.resources .service }}
{{- $_ := set $settings "resources" . }}
{{- end }}
{{- with $jobs.tolerations }}
{{- $_ := set $settings "tolerations" . }}
{{- end }}
{{- with $jobs.priorityClassName }}
{{- $_ := set $settings "priorityClassName" . }}
{{- end }}
{{- $of := dict "root" $root "component" .service "settings" $settings }}
{{- $storage := include "millrace.serviceVolumes" $of | fromYaml }}
{{- $environment := merge (dict "MILLRACE_WORKER_GATEWAY" (include "millrace.gatewayUrl" $root)) (include "millrace.environment" $of | fromYaml) }}
apiVersion: batch/v1
kind: Job
metadata:
  labels:
    {{- include "millrace.selector" (dict "root" $root "component" $component) | nindent 4 }}
    {{- include "millrace.labels" $root | nindent 4 }}
    {{- with $jobs.queue }}
    kueue.x-k8s.io/queue-name: {{ . }}
    {{- end }}
spec:
  {{- if $jobs.queue }}
  suspend: true # until Kueue lets it begin
  {{- end }}
  completionMode: Indexed
  activeDeadlineSeconds: {{ $jobs.activeDeadlineSeconds }}
  ttlSecondsAfterFinished: {{ $jobs.ttlSecondsAfterFinished }}
  backoffLimitPerIndex: {{ $jobs.backoffLimitPerIndex }}
  podReplacementPolicy: Failed
  successPolicy: # one that ends well knows that all slices are done
    rules:
      - succeededCount: 1
  podFailurePolicy:
    rules:
      - action: Ignore # evicted or preempted: another one goes on with its slices
        onPodConditions:
          - {type: DisruptionTarget, status: "True"}
      - action: FailIndex # the run has failed or was cancelled: another pod would find the same
        onExitCodes:
          containerName: {{ $component }}
          operator: In
          values: [65]
  template:
    {{- include "millrace.podTemplate" (dict
          "root" $root
          "component" $component
          "image" .service
          "of" "jobs"
          "settings" $settings
          "serviceAccount" (include "millrace.serviceAccount" $of)
          "token" false
          "jvm" (printf "-XX:MaxRAMPercentage=%v -Djava.io.tmpdir=/scratch" $settings.heapPercentage)
          "environment" $environment
          "own" (include "millrace.ownVariables" $root | fromYaml)
          "pod" (printf "restartPolicy: Never\nterminationGracePeriodSeconds: %v" $settings.terminationGracePeriodSeconds)
          "scratch" (index $settings.resources.limits "ephemeral-storage")
          "volumes" $storage.volumes
          "mounts" $storage.mounts) | trim | nindent 4 }}
{{- end }}

{{- define "millrace.servicePod" -}}
terminationGracePeriodSeconds: {{ .settings.terminationGracePeriodSeconds }}
topologySpreadConstraints:
  {{- $selector := include "millrace.selector" . | fromYaml }}
  {{- range .settings.topologySpreadConstraints }}
  - {{ merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" $selector)) | toJson }}
  {{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- toYaml $selector | nindent 8 }}
  {{- end }}
  {{- end }}
{{- end }}

{{- define "millrace.serviceContainer" -}}
ports:
  - {name: http, containerPort: 8080}
lifecycle:
  preStop: # goes on serving until no proxy of the cluster sends it anything more
    sleep: {seconds: {{ .settings.preStopSeconds }}}
startupProbe: # until it answers for the first time; migrations of the run database are in it
  httpGet: {path: /health/liveness, port: http}
  initialDelaySeconds: {{ .settings.startSeconds }} # before, it would only be an event that warns of nothing
  periodSeconds: 1
  failureThreshold: 120
readinessProbe: # whether it can work; without a run database a gateway can't
  httpGet: {path: /health/readiness, port: http}
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe: # whether it is stuck; what it needs from others is none of its business
  httpGet: {path: /health/liveness, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{- define "millrace.environment" -}}
{{- $values := .root.Values }}
{{- $release := .root.Release }}
{{- $keys := include "millrace.secret" .root }}
{{- $google := or (eq $values.staging.type "gcs") (eq $values.warehouse.type "bigquery") }}
MILLRACE_HOST: 0.0.0.0
MILLRACE_PORT: "8080"
MILLRACE_SERVICE_KEY: {valueFrom: {secretKeyRef: {name: {{ $keys }}, key: service-key}}}
MILLRACE_METRICS_TOKEN: {valueFrom: {secretKeyRef: {name: {{ $keys }}, key: metrics-token, optional: true}}}
MILLRACE_LOG_FORMAT: json
{{- with $values.tracing.endpoint }}
OTEL_TRACES_EXPORTER: otlp
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- if $google }}
MICRONAUT_ENVIRONMENTS: gcp
MILLRACE_GCP_PROJECT: {{ $values.gcp.project | quote }}
{{- end }}
MILLRACE_STAGING_TYPE: {{ $values.staging.type }}
MILLRACE_WAREHOUSE_TYPE: {{ $values.warehouse.type }}
{{- if eq $values.staging.type "gcs" }}
MILLRACE_STAGING_BUCKET: {{ $values.gcp.stagingBucket | quote }}
{{- else }}
MILLRACE_STAGING_FOLDER: /staging
{{- end }}
{{- if eq .component "api-gateway" }}
MILLRACE_GATEWAY_URL: {{ include "millrace.gatewayUrl" .root | quote }}
MILLRACE_GATEWAY_SCHEDULES_TYPE: {{ ternary "kubernetes" "none" $values.kubernetesApi.enabled }}
MILLRACE_GATEWAY_SCHEDULES_RELEASE: {{ $release.Name | quote }}
MILLRACE_GATEWAY_SCHEDULES_NAMESPACE: {{ $release.Namespace | quote }}
{{- if $values.jobs.enabled }}
MILLRACE_GATEWAY_PODS_TYPE: kubernetes
MILLRACE_GATEWAY_PODS_TEMPLATES: /jobs
MILLRACE_GATEWAY_PODS_RELEASE: {{ $release.Name | quote }}
MILLRACE_GATEWAY_PODS_NAMESPACE: {{ $release.Namespace | quote }}
MILLRACE_GATEWAY_PODS_PATIENCE: {{ $values.jobs.patience }}
{{- end }}
MILLRACE_GATEWAY_PIPELINES: /pipelines,/named
{{- range list "extractor" "transformer" "loader" }}
MILLRACE_GATEWAY_SERVICES_{{ upper . }}: http://{{ $release.Name }}-{{ . }}-service:8080
{{- end }}
MILLRACE_GATEWAY_API_TOKEN: {valueFrom: {secretKeyRef: {name: {{ $keys }}, key: api-token}}}
{{- with $values.database }}
{{- if eq .type "postgresql" }}
DATASOURCES_DEFAULT_URL: jdbc:postgresql://{{ .host }}:{{ .port }}/{{ .name }}
DATASOURCES_DEFAULT_USERNAME: {valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: username}}}
DATASOURCES_DEFAULT_PASSWORD: {valueFrom: {secretKeyRef: {name: {{ .existingSecret }}, key: password}}}
{{- else }}
DATASOURCES_DEFAULT_URL: "jdbc:h2:file:/data/runs"
{{- end }}
{{- end }}
{{- end }}
{{- if eq .component "loader-service" }}
{{- if eq $values.warehouse.type "duckdb" }}
MILLRACE_WAREHOUSE_FILE: /data/warehouse.duckdb
MILLRACE_PUBLISH_FOLDER: /data/published
MILLRACE_BACKUP_FOLDER: /data/backups
{{- else }}
MILLRACE_WAREHOUSE_BIGQUERY_LOCATION: {{ $values.gcp.bigqueryLocation | quote }}
MILLRACE_WAREHOUSE_BIGQUERY_DATASET: {{ $values.gcp.ledgerDataset | quote }}
{{- /* Terraform makes the datasets, and lets no service make more. */}}
MILLRACE_WAREHOUSE_BIGQUERY_CREATE_DATASETS: "false"
{{- with $values.gcp.publishedBucket }}
MILLRACE_PUBLISH_BUCKETS: {{ . | quote }}
{{- end }}
{{- with $values.gcp.backupBucket }}
MILLRACE_BACKUP_BUCKET: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .component "extractor-service" }}
{{- /* What is in the pod, its secrets among it, is no source. */}}
MILLRACE_EXTRACTOR_FOLDERS: /input
MILLRACE_EXTRACTOR_ADDRESSES_DENY: "127.0.0.0/8,::1,169.254.0.0/16,fe80::/10,fd00:ec2::254,100.100.100.200"
MILLRACE_SECRETS_TOKEN_KEY: {valueFrom: {secretKeyRef: {name: {{ $keys }}, key: token-key, optional: true}}}
{{- if $values.secrets.existingSecret }}
MILLRACE_SECRETS_FOLDER: /secrets
{{- end }}
{{- end }}
{{- end }}

{{- /* Which the services have to agree on, or which lead to what the chart mounts and opens: with what says them instead. */}}
{{- define "millrace.ownVariables" -}}
MILLRACE_HOST: all addresses of the pod
MILLRACE_PORT: "8080"
MILLRACE_SERVICE_KEY: auth.existingSecret
MILLRACE_METRICS_TOKEN: auth.existingSecret
MILLRACE_SECRETS_TOKEN_KEY: auth.existingSecret
MILLRACE_GATEWAY_API_TOKEN: auth.existingSecret
MILLRACE_STAGING_TYPE: staging.type
MILLRACE_STAGING_BUCKET: gcp.stagingBucket
MILLRACE_STAGING_FOLDER: staging.volume
MILLRACE_WAREHOUSE_TYPE: warehouse.type
MILLRACE_WAREHOUSE_FILE: warehouse.volume
MILLRACE_GATEWAY_URL: the gateway of this release
MILLRACE_GATEWAY_PIPELINES: pipelines and insights
MILLRACE_GATEWAY_SCHEDULES_TYPE: kubernetesApi.enabled
MILLRACE_GATEWAY_SCHEDULES_RELEASE: the name of the release
MILLRACE_GATEWAY_SCHEDULES_NAMESPACE: the namespace of the release
MILLRACE_GATEWAY_PODS_TYPE: jobs.enabled
MILLRACE_GATEWAY_PODS_TEMPLATES: jobs
MILLRACE_GATEWAY_PODS_RELEASE: the name of the release
MILLRACE_GATEWAY_PODS_NAMESPACE: the namespace of the release
MILLRACE_GATEWAY_PODS_PATIENCE: jobs.patience
MILLRACE_WORKER_RUN: the gateway, for pods of jobs
MILLRACE_WORKER_GATEWAY: the gateway of this release
MILLRACE_GATEWAY_SERVICES_EXTRACTOR: the extractor of this release
MILLRACE_GATEWAY_SERVICES_TRANSFORMER: the transformer of this release
MILLRACE_GATEWAY_SERVICES_LOADER: the loader of this release
MILLRACE_SECRETS_FOLDER: secrets.existingSecret
{{- end }}
