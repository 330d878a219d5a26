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

  mock_resource "google_iam_workload_identity_pool" {
    defaults = {
      name = "projects/1/locations/global/workloadIdentityPools/millrace-ci"
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
    condition     = one(one(google_sql_database_instance.runs[0].settings).ip_configuration).ssl_mode == "ENCRYPTED_ONLY"
    error_message = "the database takes connections that aren't encrypted"
  }
  assert {
    condition     = output.helm_values.database.type == "postgresql" && output.helm_values.database.existingSecret == "millrace-database"
    error_message = "the chart isn't told of the database"
  }
}

run "ci_signs_in_from_its_repository_and_deploys_from_its_branches_only" {
  command = plan

  variables {
    deployer = { repository = "acme/data", references = ["refs/heads/main", "refs/heads/release"] }
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_condition == "assertion.repository == 'acme/data'"
    error_message = "the condition of the provider is another"
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_mapping["attribute.access"] == "assertion.ref in ['refs/heads/main', 'refs/heads/release'] ? 'deploy' : 'plan'"
    error_message = "other references may deploy"
  }
  assert {
    condition     = endswith(google_service_account_iam_member.deployer[0].member, "/attribute.access/deploy")
    error_message = "a reference that may not deploy is the deployer"
  }
  assert {
    condition     = length(google_service_account.planner) + length(google_service_account.infrastructure) == 0
    error_message = "CI may change the infrastructure without being asked to"
  }
}

run "ci_plans_for_everybody_and_applies_from_its_branches_only" {
  command = plan

  variables {
    deployer = { repository = "acme/data", state_bucket = "acme-terraform" }
  }

  assert {
    condition     = endswith(google_service_account_iam_member.planner[0].member, "/attribute.repository/acme/data")
    error_message = "pull requests can't be planned"
  }
  assert {
    condition     = google_storage_bucket_iam_member.planner[0].role == "roles/storage.objectViewer"
    error_message = "who plans may change the state"
  }
  assert {
    condition     = length(setintersection(keys(google_project_iam_member.planner), ["roles/viewer", "roles/editor", "roles/owner", "roles/secretmanager.secretAccessor", "roles/bigquery.dataViewer", "roles/storage.objectViewer"])) == 0
    error_message = "who plans may read data"
  }
  assert {
    condition     = endswith(google_service_account_iam_member.infrastructure[0].member, "/attribute.access/deploy")
    error_message = "a reference that may not deploy may apply"
  }
}

run "nodes_of_another_project_may_pull" {
  command = plan

  variables {
    registry = { readers = ["serviceAccount:millrace-nodes@acme-production.iam.gserviceaccount.com"] }
  }

  assert {
    condition     = alltrue([for member in google_artifact_registry_repository_iam_member.readers : member.role == "roles/artifactregistry.reader"])
    error_message = "who pulls may do more"
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

run "objects_that_arrive_are_pushed_with_a_token_for_the_gateway" {
  command = plan

  variables {
    arrivals = { buckets = ["uploads"], url = "https://millrace.example.com/api/v1/events/storage" }
  }

  assert {
    condition     = one(google_storage_notification.arrivals["uploads"].event_types) == "OBJECT_FINALIZE"
    error_message = "the bucket tells of something else than new objects"
  }
  assert {
    condition     = one(one(google_pubsub_subscription.arrivals[0].push_config).oidc_token).audience == "https://millrace.example.com/api/v1/events/storage"
    error_message = "the token is for somebody else"
  }
  assert {
    condition     = output.helm_values.services["api-gateway"].env.MILLRACE_GATEWAY_EVENTS_AUDIENCE == "https://millrace.example.com/api/v1/events/storage"
    error_message = "the gateway isn't told whose tokens to take"
  }
}

run "failed_runs_alert_whom_one_names" {
  command = plan

  variables {
    alerts = {
      notification_channels = ["projects/my-project/notificationChannels/42"]
      tolerated_failures    = 2
    }
  }

  assert {
    condition     = google_monitoring_alert_policy.failed_runs[0].notification_channels == tolist(["projects/my-project/notificationChannels/42"])
    error_message = "the alert goes nowhere"
  }
  assert {
    condition     = one(one(google_monitoring_alert_policy.failed_runs[0].conditions).condition_threshold).threshold_value == 2
    error_message = "another number of failures is tolerated"
  }
}

run "no_alerts_where_none_are_wanted" {
  command = plan

  variables {
    alerts = null
  }

  assert {
    condition     = length(google_logging_metric.failed_runs) == 0 && length(google_monitoring_alert_policy.failed_runs) == 0
    error_message = "there is an alert"
  }
}

run "buckets_of_sources_are_read_by_the_extractor_and_no_more" {
  command = plan

  variables {
    source_buckets = ["archive", "uploads"]
  }

  assert {
    condition = {
      for bucket, member in google_storage_bucket_iam_member.source_extractor : bucket => "${member.bucket} ${member.role}"
    } == { archive = "archive roles/storage.objectViewer", uploads = "uploads roles/storage.objectViewer" }
    error_message = "the extractor may do something else with buckets of sources than read them"
  }
  assert {
    condition     = alltrue([for member in google_storage_bucket_iam_member.source_extractor : member.member == google_service_account.service["extractor-service"].member])
    error_message = "somebody else than the extractor reads buckets of sources"
  }
}

run "a_budget_tells_of_shares_and_of_a_forecast" {
  command = plan

  variables {
    budget = {
      billing_account       = "012345-6789AB-CDEF01"
      amount                = 300
      notification_channels = ["projects/my-project/notificationChannels/1"]
    }
  }

  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "300"
    error_message = "expected a budget of 300"
  }
  assert {
    condition     = [for rule in google_billing_budget.this[0].threshold_rules : rule.threshold_percent] == [0.5, 0.9, 1, 1]
    error_message = "expected three shares and the forecast"
  }
  assert {
    condition     = google_billing_budget.this[0].all_updates_rule[0].disable_default_iam_recipients
    error_message = "others than the channel are told"
  }
}
