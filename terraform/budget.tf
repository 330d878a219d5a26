# Tells when a month costs more than was thought; nothing is switched off. A budget belongs to the billing account, so who
# applies this needs roles/billing.costsManager there, who plans it roles/billing.viewer.
resource "google_billing_budget" "this" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "${var.project} ${var.name}"

  budget_filter {
    projects        = ["projects/${data.google_project.this.number}"]
    calendar_period = "MONTH"
  }

  amount {
    specified_amount {
      units = tostring(var.budget.amount) # in the currency of the billing account
    }
  }

  dynamic "threshold_rules" {
    for_each = var.budget.thresholds

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = var.budget.notification_channels
    disable_default_iam_recipients   = length(var.budget.notification_channels) > 0
  }

  depends_on = [google_project_service.api]
}
