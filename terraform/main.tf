locals {
  labels = merge(var.labels, { app = var.name })

  # One identity each; the names are the chart's.
  services = toset(["api-gateway", "extractor-service", "transformer-service", "loader-service"])

  members = { for service in local.services : service => google_service_account.service[service].member }
}

data "google_project" "this" {
  project_id = var.project
}
