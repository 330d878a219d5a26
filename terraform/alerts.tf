# One line with runState=FAILED is written for each run that failed.
resource "google_monitoring_notification_channel" "email" {
  count = var.alerts == null ? 0 : 1

  display_name = "Millrace, failed runs"
  type         = "email"
  labels       = { email_address = var.alerts.email }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "failed_runs" {
  count = var.alerts == null ? 0 : 1

  display_name          = "Millrace: a run failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = [google_monitoring_notification_channel.email[0].name]

  conditions {
    display_name = "a run failed"

    condition_matched_log {
      filter = join(" AND ", [
        "resource.type=\"k8s_container\"",
        "resource.labels.cluster_name=\"${var.name}\"",
        "resource.labels.namespace_name=\"${var.kubernetes.namespace}\"",
        "jsonPayload.runState=\"FAILED\"",
      ])
      label_extractors = {
        pipeline = "EXTRACT(jsonPayload.pipeline)"
        endpoint = "EXTRACT(jsonPayload.endpoint)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "$${log.extracted_label.pipeline}/$${log.extracted_label.endpoint} failed. Its log and its reason: `millrace runs --state=FAILED`, then `millrace log RUN`."
  }
}
