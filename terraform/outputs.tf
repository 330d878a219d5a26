output "helm_values" {
  description = "What the chart has to know of this: terraform output -json helm_values > values-gcp.json."
  value = {
    gcp = {
      project          = var.project
      bigqueryLocation = var.warehouse.location
      ledgerDataset    = var.warehouse.ledger_dataset
      stagingBucket    = google_storage_bucket.staging.name
      publishedBucket  = google_storage_bucket.published.name
    }
    image = {
      registry = "${google_artifact_registry_repository.images.location}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
    }
    services = { for service in local.services : service => {
      serviceAccount = { annotations = { "iam.gke.io/gcp-service-account" = google_service_account.service[service].email } }
    } }
  }
}

output "database" {
  description = "The run database; null without one."
  value = var.database == null ? null : {
    host     = google_sql_database_instance.runs[0].private_ip_address
    instance = google_sql_database_instance.runs[0].connection_name
    name     = google_sql_database.runs[0].name
    user     = google_sql_user.gateway[0].name
  }
}

output "backup_bucket" {
  description = "Where backups of tables go; the chart has no use for it yet."
  value       = google_storage_bucket.backup.name
}

output "cluster" {
  description = "gcloud container clusters get-credentials CLUSTER --dns-endpoint --location LOCATION"
  value = {
    name     = google_container_cluster.this.name
    location = google_container_cluster.this.location
  }
}

output "deployer" {
  description = "What CI signs in with; null without a deployer."
  value = var.deployer == null ? null : {
    workload_identity_provider = google_iam_workload_identity_pool_provider.github[0].name
    service_account            = google_service_account.deployer[0].email
  }
}
