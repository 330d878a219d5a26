# Containers only: a value in Terraform is a value in its state.
#   gcloud secrets versions add isams_api_credentials --data-file=-
resource "google_secret_manager_secret" "source" {
  for_each = var.secrets

  secret_id           = each.key
  deletion_protection = true

  replication {
    auto {}
  }

  depends_on = [google_project_service.api]
}

# Nobody but the extractor reads the secrets of sources.
resource "google_secret_manager_secret_iam_member" "extractor" {
  for_each = var.secrets

  secret_id = google_secret_manager_secret.source[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members["extractor-service"]
}
