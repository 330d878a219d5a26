locals {
  ledger = {
    description = "The ledger of Millrace's loads and their staged tables. Without it a repeated load can't be told from a new one."
    readers     = []
  }

  datasets = merge(var.warehouse.datasets, zipmap([var.warehouse.ledger_dataset], [local.ledger]))

  dataset_readers = flatten([
    for id, dataset in var.warehouse.datasets : [for member in dataset.readers : { dataset = id, member = member }]
  ])
}

resource "google_bigquery_dataset" "this" {
  for_each = local.datasets

  dataset_id                 = each.key
  location                   = var.warehouse.location
  description                = each.value.description
  delete_contents_on_destroy = false

  dynamic "default_encryption_configuration" {
    for_each = var.encryption_key[*]

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.user]
}

# The loader alone writes tables.
resource "google_bigquery_dataset_iam_member" "loader" {
  for_each = local.datasets

  dataset_id = google_bigquery_dataset.this[each.key].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = local.members["loader-service"]
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = { for reader in local.dataset_readers : join(" ", [reader.dataset, reader.member]) => reader }

  dataset_id = google_bigquery_dataset.this[each.value.dataset].dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value.member
}

# Jobs belong to a project, not to a dataset.
resource "google_project_iam_member" "loader_jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = local.members["loader-service"]
}
