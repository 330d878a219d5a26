resource "google_project_service" "api" {
  for_each = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "bigquery.googleapis.com",
      "compute.googleapis.com",
      "container.googleapis.com",
      "iam.googleapis.com",
      "iamcredentials.googleapis.com",
      "logging.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ],
    var.budget == null ? [] : ["billingbudgets.googleapis.com"],
    var.alerts == null ? [] : ["monitoring.googleapis.com"],
    var.deployer == null ? [] : ["sts.googleapis.com"],
    var.arrivals == null ? [] : ["pubsub.googleapis.com"],
    var.database == null ? [] : ["sqladmin.googleapis.com", "servicenetworking.googleapis.com"],
  ))

  project = var.project
  service = each.key

  # others in the project may use it too
  disable_on_destroy = false
}
