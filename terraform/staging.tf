# What the services hand each other. Objects are created once and never replaced, so versions would keep only what was
# deleted on purpose.
resource "google_storage_bucket" "staging" {
  name                        = coalesce(var.staging.bucket, "${var.project}-${var.name}-staging")
  location                    = var.staging.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

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

# objectCreator can't replace or delete an object: staged names are written once by permission, not by habit. The
# gateway alone removes what a finished run has left.
resource "google_storage_bucket_iam_member" "staging" {
  for_each = merge([
    for role, services in {
      "roles/storage.objectCreator" = ["extractor-service", "transformer-service", "loader-service"]
      "roles/storage.objectViewer"  = ["extractor-service", "transformer-service", "loader-service"]
      "roles/storage.objectUser"    = ["api-gateway"]
    } : { for service in services : "${service} ${role}" => { service = service, role = role } }
  ]...)

  bucket = google_storage_bucket.staging.name
  role   = each.value.role
  member = local.members[each.value.service]
}
