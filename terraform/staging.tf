# What the services hand each other. Objects are created once and never replaced, so versions would keep only what was
# deleted on purpose.
resource "google_storage_bucket" "staging" {
  name                        = coalesce(var.staging.bucket, "${var.project}-${var.name}-staging")
  location                    = var.staging.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false # a bucket with anything in it is not destroyed

  soft_delete_policy {
    retention_duration_seconds = 0 # gigabytes that every run deletes at its end would be paid for another week
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.staging.retention_days
      matches_prefix = ["runs/"]
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.staging.archive_days
      matches_prefix = ["archive/"]
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  dynamic "encryption" {
    for_each = var.encryption_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.user]
}

# objectCreator can't replace or delete an object: staged names are written once by permission, not by habit.
resource "google_storage_bucket_iam_member" "staging_creator" {
  for_each = toset(["extractor-service", "transformer-service", "loader-service"])

  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectCreator"
  member = local.members[each.key]
}

resource "google_storage_bucket_iam_member" "staging_viewer" {
  for_each = toset(["extractor-service", "transformer-service", "loader-service"])

  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectViewer"
  member = local.members[each.key]
}

# The gateway writes the archive, and removes what a finished run has left.
resource "google_storage_bucket_iam_member" "staging_gateway" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser"
  member = local.members["api-gateway"]
}
