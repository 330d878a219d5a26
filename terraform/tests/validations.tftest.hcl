# Each rule of variables.tf refuses what it is there to refuse.
mock_provider "google" {}

variables {
  project = "my-project"
  region  = "europe-west3"
}

run "project_that_is_no_id" {
  command = plan

  variables {
    project = "My Project"
  }

  expect_failures = [var.project]
}

run "region_that_is_a_zone" {
  command = plan

  variables {
    region = "europe-west3-a"
  }

  expect_failures = [var.region]
}

run "name_that_is_too_long" {
  command = plan

  variables {
    name = "millrace-of-the-school"
  }

  expect_failures = [var.name]
}

run "encryption_key_that_is_no_key" {
  command = plan

  variables {
    encryption_key = "my-key"
  }

  expect_failures = [var.encryption_key]
}

run "staging_that_forgets_too_soon" {
  command = plan

  variables {
    staging = { retention_days = 1 }
  }

  expect_failures = [var.staging]
}

run "archive_shorter_than_staging" {
  command = plan

  variables {
    staging = { retention_days = 30, archive_days = 10 }
  }

  expect_failures = [var.staging]
}

run "published_to_everybody" {
  command = plan

  variables {
    published = { readers = ["allUsers"] }
  }

  expect_failures = [var.published]
}

run "backup_of_no_days" {
  command = plan

  variables {
    backup = { retention_days = 0 }
  }

  expect_failures = [var.backup]
}

run "dataset_with_a_hyphen" {
  command = plan

  variables {
    warehouse = { datasets = { "my-school" = {} } }
  }

  expect_failures = [var.warehouse]
}

run "dataset_that_is_the_ledgers" {
  command = plan

  variables {
    warehouse = { datasets = { millrace = {} } }
  }

  expect_failures = [var.warehouse]
}

run "secret_with_a_slash" {
  command = plan

  variables {
    secrets = ["a/b"]
  }

  expect_failures = [var.secrets]
}

run "unknown_release_channel" {
  command = plan

  variables {
    cluster = { release_channel = "FAST" }
  }

  expect_failures = [var.cluster]
}

run "network_that_is_no_cidr" {
  command = plan

  variables {
    cluster = { authorized_networks = { office = "203.0.113.7.1" } }
  }

  expect_failures = [var.cluster]
}

run "control_plane_open_to_everybody" {
  command = plan

  variables {
    cluster = { authorized_networks = { all = "0.0.0.0/0" } }
  }

  expect_failures = [var.cluster]
}

run "address_range_that_is_no_cidr" {
  command = plan

  variables {
    network = { pods = "ten" }
  }

  expect_failures = [var.network]
}

run "namespace_in_upper_case" {
  command = plan

  variables {
    kubernetes = { namespace = "Millrace" }
  }

  expect_failures = [var.kubernetes]
}

run "database_that_is_half_available" {
  command = plan

  variables {
    database = { availability = "HALF" }
  }

  expect_failures = [var.database]
}

run "database_that_is_mysql" {
  command = plan

  variables {
    database = { version = "MYSQL_8_0" }
  }

  expect_failures = [var.database]
}

run "registry_that_keeps_one" {
  command = plan

  variables {
    registry = { keep_newest = 1 }
  }

  expect_failures = [var.registry]
}

run "registry_for_everybody" {
  command = plan

  variables {
    registry = { readers = ["allUsers"] }
  }

  expect_failures = [var.registry]
}

run "deployer_without_an_owner" {
  command = plan

  variables {
    deployer = { repository = "data" }
  }

  expect_failures = [var.deployer]
}

run "deployer_from_nowhere" {
  command = plan

  variables {
    deployer = { repository = "acme/data", references = [] }
  }

  expect_failures = [var.deployer]
}

run "source_buckets_that_are_urls" {
  command = plan

  variables {
    source_buckets = ["gs://archive/historic"]
  }

  expect_failures = [var.source_buckets]
}

run "arrivals_in_no_bucket" {
  command = plan

  variables {
    arrivals = { buckets = [], url = "https://millrace.example.com/api/v1/events/storage" }
  }

  expect_failures = [var.arrivals]
}

run "arrivals_pushed_without_tls" {
  command = plan

  variables {
    arrivals = { buckets = ["uploads"], url = "http://millrace.example.com/api/v1/events/storage" }
  }

  expect_failures = [var.arrivals]
}

run "alerts_to_an_address" {
  command = plan

  variables {
    alerts = { notification_channels = ["oncall@example.com"] }
  }

  expect_failures = [var.alerts]
}

run "alerts_that_tolerate_less_than_nothing" {
  command = plan

  variables {
    alerts = { tolerated_failures = -1 }
  }

  expect_failures = [var.alerts]
}

run "alerts_over_no_time" {
  command = plan

  variables {
    alerts = { window_minutes = 0 }
  }

  expect_failures = [var.alerts]
}

run "budget_of_no_account" {
  command = plan

  variables {
    budget = { billing_account = "my account", amount = 300 }
  }

  expect_failures = [var.budget]
}

run "budget_of_nothing" {
  command = plan

  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", amount = 0 }
  }

  expect_failures = [var.budget]
}

run "budget_with_a_share_of_nothing" {
  command = plan

  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", amount = 300, thresholds = [0] }
  }

  expect_failures = [var.budget]
}
