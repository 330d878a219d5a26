locals {
  # two gateways can't have one H2 file open, not even for the time of an upgrade
  alone = var.database == null ? ["api-gateway"] : []

  # whose events start runs, where objects that arrive do
  gateway_env = var.arrivals == null ? {} : {
    MILLRACE_GATEWAY_EVENTS_AUDIENCE = try(var.arrivals.url, "")
    MILLRACE_GATEWAY_EVENTS_SENDERS  = one(google_service_account.push[*].email)
  }
}

output "helm_values" {
  description = "What the chart has to know of this: terraform output -json helm_values > values-gcp.json."
  value = {
    database = merge({ type = var.database == null ? "h2" : "postgresql" }, var.database == null ? {} : {
      host           = google_sql_database_instance.runs[0].private_ip_address
      name           = google_sql_database.runs[0].name
      existingSecret = "${var.kubernetes.release}-database" # scripts/database-password makes it
    })
    gcp = {
      project          = var.project
      bigqueryLocation = var.warehouse.location
      ledgerDataset    = var.warehouse.ledger_dataset
      stagingBucket    = google_storage_bucket.staging.name
      publishedBucket  = google_storage_bucket.published.name
      backupBucket     = google_storage_bucket.backup.name
    }
    image = {
      registry = local.registry
    }
    services = { for service in local.services : service => {
      serviceAccount = { annotations = { "iam.gke.io/gcp-service-account" = google_service_account.service[service].email } }
      strategy       = contains(local.alone, service) ? "Recreate" : "RollingUpdate"
      env            = contains(["api-gateway"], service) ? local.gateway_env : {}
    } }
  }
}

output "backup_bucket" {
  description = "Where backups of tables go."
  value       = google_storage_bucket.backup.name
}

output "environment" {
  description = "What scripts/ and CI have to know of this: terraform output -json environment > environments/NAME/google.json. Nothing in it is secret; what there is none of is null."
  value = {
    project                    = var.project
    location                   = google_container_cluster.this.location
    cluster                    = google_container_cluster.this.name
    registry                   = local.registry
    database_instance          = one(google_sql_database_instance.runs[*].name)
    state_bucket               = try(var.deployer.state_bucket, null)
    workload_identity_provider = one(google_iam_workload_identity_pool_provider.github[*].name)
    deployer                   = one(google_service_account.deployer[*].email)
    planner                    = one(google_service_account.planner[*].email)
    infrastructure             = one(google_service_account.infrastructure[*].email)
  }
}
