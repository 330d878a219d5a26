# Cloud Storage and BigQuery use the key in their own names, not in those of the services.
data "google_bigquery_default_service_account" "this" {
  count = var.encryption_key == null ? 0 : 1

  depends_on = [google_project_service.api]
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each = var.encryption_key == null ? {} : {
    storage  = "serviceAccount:${one(data.google_storage_project_service_account.this).email_address}"
    bigquery = "serviceAccount:${one(data.google_bigquery_default_service_account.this).email}"
  }

  crypto_key_id = var.encryption_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}
