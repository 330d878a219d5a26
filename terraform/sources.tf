# Buckets whose objects are the files of sources. They exist already, and belong to those who write them.
resource "google_storage_bucket_iam_member" "source_extractor" {
  for_each = var.source_buckets

  bucket = each.key
  role   = "roles/storage.objectViewer"
  member = local.members["extractor-service"]
}
