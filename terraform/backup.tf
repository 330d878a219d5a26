# Backups of tables, which the loader makes, reads and deletes when they are too many; BigQuery writes and reads the files with
# its rights. Soft delete gives back for a week what somebody removed.
resource "google_storage_bucket" "backup" {
  name                        = coalesce(var.backup.bucket, "${var.project}-${var.name}-backup")
  location                    = var.backup.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false # a bucket with anything in it is not destroyed

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.backup.retention_days
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

resource "google_storage_bucket_iam_member" "backup_loader" {
  bucket = google_storage_bucket.backup.name
  role   = "roles/storage.objectUser"
  member = local.members["loader-service"]
}
