locals {
  labels = merge(var.labels, { app = var.name })

  # One identity each; the names are the chart's.
  services = toset(["api-gateway", "extractor-service", "transformer-service", "loader-service"])

  members = { for service in local.services : service => google_service_account.service[service].member }
}

data "google_project" "this" {
  project_id = var.project
}

# What Cloud Storage itself is known by: it uses the key, and tells of arrivals.
data "google_storage_project_service_account" "this" {
  count = var.encryption_key == null && var.arrivals == null ? 0 : 1

  depends_on = [google_project_service.api]
}
