# What one gets without saying more than where. The provider is a mock: nothing is created, nothing is asked.
mock_provider "google" {
  override_during = plan

  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/my-project/serviceAccounts/someone@my-project.iam.gserviceaccount.com"
      email  = "someone@my-project.iam.gserviceaccount.com"
      member = "serviceAccount:someone@my-project.iam.gserviceaccount.com"
    }
  }
}

variables {
  project = "my-project"
  region  = "europe-west3"
}

run "buckets_are_private" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.staging, google_storage_bucket.published, google_storage_bucket.backup] :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access
    ])
    error_message = "a bucket could be made public"
  }
}

run "staged_objects_are_written_once" {
  command = plan

  assert {
    condition     = alltrue([for member in google_storage_bucket_iam_member.staging_creator : member.role == "roles/storage.objectCreator"])
    error_message = "a service that creates staged objects may do more with them"
  }
  assert {
    condition     = alltrue([for member in google_storage_bucket_iam_member.staging_viewer : member.role == "roles/storage.objectViewer"])
    error_message = "a service that reads staged objects may do more with them"
  }
}

run "no_bucket_of_others_is_read" {
  command = plan

  assert {
    condition     = length(google_storage_bucket_iam_member.source_extractor) == 0
    error_message = "the extractor may read a bucket that nobody named"
  }
}

run "the_archive_outlives_what_runs_left" {
  command = plan

  assert {
    condition = [
      for rule in google_storage_bucket.staging.lifecycle_rule : one(rule.condition).age
    ] == [14, 400, 7]
    error_message = "the ages of the staging bucket's rules have changed"
  }
}

run "nodes_are_private_and_the_control_plane_has_no_open_address" {
  command = plan

  assert {
    condition     = one(google_container_cluster.this.private_cluster_config).enable_private_nodes
    error_message = "nodes have public addresses"
  }
  assert {
    condition     = !one(one(google_container_cluster.this.control_plane_endpoints_config).ip_endpoints_config).enabled
    error_message = "the control plane has an address although no network is authorized"
  }
  assert {
    condition     = google_container_cluster.this.enable_autopilot && google_container_cluster.this.deletion_protection
    error_message = "the cluster isn't Autopilot, or isn't protected from deletion"
  }
}

run "one_identity_for_each_service" {
  command = plan

  assert {
    condition     = length(google_service_account.service) == 4
    error_message = "expected four identities"
  }
  assert {
    condition     = google_service_account_iam_member.workload_identity["loader-service"].member == "serviceAccount:my-project.svc.id.goog[millrace/millrace-loader-service]"
    error_message = "the loader's identity isn't bound to the chart's service account"
  }
}

run "what_is_optional_is_absent" {
  command = plan

  assert {
    condition = alltrue([for count in [
      length(google_sql_database_instance.runs),
      length(google_iam_workload_identity_pool.ci),
      length(google_kms_crypto_key_iam_member.user),
    ] : count == 0])
    error_message = "something optional is made without being asked for"
  }
}

run "no_dataset_but_the_ledger" {
  command = plan

  assert {
    condition     = keys(google_bigquery_dataset.this) == ["millrace"]
    error_message = "expected the dataset of the ledger alone"
  }
}

run "without_a_database_one_gateway_at_a_time_has_its_file" {
  command = plan

  assert {
    condition     = output.helm_values.database.type == "h2" && output.helm_values.services["api-gateway"].strategy == "Recreate"
    error_message = "the chart isn't told to keep the runs in H2, or to end the old gateway first"
  }
}

run "what_has_data_in_it_is_not_destroyed" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.staging, google_storage_bucket.published, google_storage_bucket.backup] :
      bucket.force_destroy == false
    ])
    error_message = "a bucket would be destroyed with its objects"
  }
  assert {
    condition     = alltrue([for dataset in google_bigquery_dataset.this : dataset.delete_contents_on_destroy == false])
    error_message = "a dataset would be destroyed with its tables"
  }
  assert {
    condition     = google_container_cluster.this.deletion_protection
    error_message = "the cluster would be destroyed"
  }
}

run "nobody_watches_a_budget_that_nobody_set" {
  command = plan

  assert {
    condition     = length(google_billing_budget.this) == 0
    error_message = "expected no budget"
  }
}
