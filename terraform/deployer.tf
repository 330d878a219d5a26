# CI proves by its token which repository and branch it runs for; there is no key that could be lost.
resource "google_iam_workload_identity_pool" "ci" {
  count = var.deployer == null ? 0 : 1

  workload_identity_pool_id = "${var.name}-ci"
  display_name              = "Millrace CI"

  depends_on = [google_project_service.api]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  count = var.deployer == null ? 0 : 1

  workload_identity_pool_id          = google_iam_workload_identity_pool.ci[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }

  # a fork or another branch gets no token at all
  attribute_condition = format(
    "assertion.repository == '%s' && assertion.ref in [%s]",
    var.deployer.repository,
    join(", ", [for reference in var.deployer.references : "'${reference}'"]),
  )

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "deployer" {
  count = var.deployer == null ? 0 : 1

  account_id   = "${var.name}-deployer"
  display_name = "Millrace deployer"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "deployer" {
  count = var.deployer == null ? 0 : 1

  service_account_id = google_service_account.deployer[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci[0].name}/attribute.repository/${var.deployer.repository}"
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  count = var.deployer == null ? 0 : 1

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer[0].member
}

# helm upgrade: what it may do within the namespace is Kubernetes' to say, but a Role can't be granted before there is
# a cluster, so this is the one role that is wider than its use.
resource "google_project_iam_member" "deployer" {
  count = var.deployer == null ? 0 : 1

  project = var.project
  role    = "roles/container.developer"
  member  = google_service_account.deployer[0].member
}
