# A failed run leaves one line in the gateway's log, with fields: see docs/observability.md.
resource "google_logging_metric" "failed_runs" {
  count = var.alerts == null ? 0 : 1

  name        = "${var.name}-failed-runs"
  description = "Runs that failed, by pipeline and endpoint."
  filter      = <<-EOT
    resource.type="k8s_container"
    resource.labels.cluster_name="${google_container_cluster.this.name}"
    resource.labels.container_name="api-gateway"
    severity>=ERROR
    jsonPayload.event="run-ended"
    jsonPayload.outcome="FAILED"
  EOT

  label_extractors = {
    pipeline = "EXTRACT(jsonPayload.pipeline)"
    endpoint = "EXTRACT(jsonPayload.endpoint)"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "pipeline"
      value_type  = "STRING"
      description = "Name of the pipeline."
    }
    labels {
      key         = "endpoint"
      value_type  = "STRING"
      description = "Name of the endpoint or model."
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "failed_runs" {
  count = var.alerts == null ? 0 : 1

  display_name          = "${var.name}: a run failed"
  combiner              = "OR"
  notification_channels = var.alerts.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "Failed runs of an endpoint"

    condition_threshold {
      filter          = "resource.type = \"k8s_container\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.failed_runs[0].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = var.alerts.tolerated_failures
      duration        = "0s"

      aggregations {
        alignment_period     = "${var.alerts.window_minutes * 60}s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.label.pipeline", "metric.label.endpoint"]
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "A run of $${metric.label.pipeline}/$${metric.label.endpoint} failed; nothing of it is in its table. `millrace runs` shows which, `millrace log RUN` why."
  }
}
