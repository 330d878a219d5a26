# What pipelines with a bucket as their destination write, for others to read.
resource "google_storage_bucket" "published" {
  name                        = coalesce(var.published.bucket, "${var.project}-${var.name}-published")
  location                    = var.published.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false # a bucket with anything in it is not destroyed

  versioning {
    enabled = true # the loader replaces what a day had before
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
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

resource "google_storage_bucket_iam_member" "published_loader" {
  bucket = google_storage_bucket.published.name
  role   = "roles/storage.objectUser"
  member = local.members["loader-service"]
}

resource "google_storage_bucket_iam_member" "published_readers" {
  for_each = toset(var.published.readers)

  bucket = google_storage_bucket.published.name
  role   = "roles/storage.objectViewer"
  member = each.key
}
