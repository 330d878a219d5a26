# One for each service. None has a key: pods get theirs by workload identity. What an identity may do stands beside the
# resource that it may do it to.
resource "google_service_account" "service" {
  for_each = local.services

  account_id   = "${var.name}-${trimsuffix(each.key, "-service")}"
  display_name = "Millrace ${each.key}"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "workload_identity" {
  for_each = local.services

  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.kubernetes.namespace}/${var.kubernetes.release}-${each.key}]"

  # the pool of a project exists from its first cluster on
  depends_on = [google_container_cluster.this]
}
