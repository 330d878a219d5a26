# Each option makes what it says.
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

run "secrets_are_containers_that_only_the_extractor_reads" {
  command = plan

  variables {
    secrets = ["isams_api_credentials", "events_api_key"]
  }

  assert {
    condition     = keys(google_secret_manager_secret.source) == ["events_api_key", "isams_api_credentials"]
    error_message = "expected the two secrets"
  }
  assert {
    condition     = alltrue([for member in google_secret_manager_secret_iam_member.extractor : member.role == "roles/secretmanager.secretAccessor"])
    error_message = "a secret has another role than to read it"
  }
}

run "datasets_have_their_readers" {
  command = plan

  variables {
    warehouse = { datasets = { school = { readers = ["group:analysts@example.com"] } } }
  }

  assert {
    condition     = keys(google_bigquery_dataset.this) == ["millrace", "school"]
    error_message = "expected the ledger's dataset and school"
  }
  assert {
    condition     = google_bigquery_dataset_iam_member.readers["school group:analysts@example.com"].role == "roles/bigquery.dataViewer"
    error_message = "readers may do more than read"
  }
}

run "the_run_database_is_private" {
  command = plan

  variables {
    database = { availability = "REGIONAL" }
  }

  assert {
    condition     = !one(one(google_sql_database_instance.runs[0].settings).ip_configuration).ipv4_enabled
    error_message = "the database has an address on the internet"
  }
  assert {
    condition     = google_sql_user.gateway[0].type == "CLOUD_IAM_SERVICE_ACCOUNT"
    error_message = "the gateway signs in with a password"
  }
}

run "ci_signs_in_from_its_repository_and_branch_only" {
  command = plan

  variables {
    deployer = { repository = "acme/data", references = ["refs/heads/main", "refs/heads/release"] }
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_condition == "assertion.repository == 'acme/data' && assertion.ref in ['refs/heads/main', 'refs/heads/release']"
    error_message = "the condition of the provider is another"
  }
}

run "the_key_encrypts_buckets_and_datasets" {
  command = plan

  variables {
    encryption_key = "projects/p/locations/europe/keyRings/r/cryptoKeys/k"
  }

  assert {
    condition     = one(google_storage_bucket.staging.encryption).default_kms_key_name == "projects/p/locations/europe/keyRings/r/cryptoKeys/k"
    error_message = "staging isn't encrypted with the key"
  }
  assert {
    condition     = one(google_bigquery_dataset.this["millrace"].default_encryption_configuration).kms_key_name == "projects/p/locations/europe/keyRings/r/cryptoKeys/k"
    error_message = "the ledger isn't encrypted with the key"
  }
}

run "authorized_networks_open_the_control_plane_to_them_alone" {
  command = plan

  variables {
    cluster = { authorized_networks = { office = "203.0.113.0/24" } }
  }

  assert {
    condition     = one(one(google_container_cluster.this.master_authorized_networks_config).cidr_blocks).cidr_block == "203.0.113.0/24"
    error_message = "another network than the office's is authorized"
  }
}
