# Backups of tables. Nothing overwrites one; soft delete gives back for a week what somebody removed.
resource "google_storage_bucket" "backup" {
  name                        = coalesce(var.backup.bucket, "${var.project}-${var.name}-backup")
  location                    = var.backup.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

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

resource "google_storage_bucket_iam_member" "backup" {
  for_each = toset(["roles/storage.objectCreator", "roles/storage.objectViewer"])

  bucket = google_storage_bucket.backup.name
  role   = each.key
  member = local.members["loader-service"]
}
