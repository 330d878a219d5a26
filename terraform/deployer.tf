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
    "attribute.access" = format(
      "assertion.ref in [%s] ? 'deploy' : 'plan'",
      join(", ", [for reference in var.deployer.references : "'${reference}'"]),
    )
  }

  # a fork gets no token at all
  attribute_condition = "assertion.repository == '${var.deployer.repository}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  ci            = one(google_iam_workload_identity_pool.ci[*].name)
  ci_repository = var.deployer == null ? null : "principalSet://iam.googleapis.com/${local.ci}/attribute.repository/${var.deployer.repository}"
  ci_references = var.deployer == null ? null : "principalSet://iam.googleapis.com/${local.ci}/attribute.access/deploy"
}

# Pushes images, and upgrades the release.
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
  member             = local.ci_references
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  count = var.deployer == null ? 0 : 1

  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer[0].member
}

# It reaches the cluster, and no more than that: what it may do there is said by a RoleBinding in the release's
# namespace, which is made once by hand (see docs/deploy.md).
resource "google_project_iam_custom_role" "deployer" {
  count = var.deployer == null ? 0 : 1

  role_id     = "${replace(var.name, "-", "_")}_deployer"
  title       = "Millrace deployer"
  description = "Reach the cluster"
  permissions = ["container.clusters.connect", "container.clusters.get"]
}

resource "google_project_iam_member" "deployer" {
  count = var.deployer == null ? 0 : 1

  project = var.project
  role    = google_project_iam_custom_role.deployer[0].name
  member  = google_service_account.deployer[0].member
}

# Plans pull requests. It sees how everything is set up, and none of what is in it: no rows, files, logs or values of
# secrets, since whoever may push a branch may run what he likes as this identity. Basic roles such as viewer would let it
# read tables and objects. It changes nothing, not even the state.
resource "google_service_account" "planner" {
  count = try(var.deployer.state_bucket, null) == null ? 0 : 1

  account_id   = "${var.name}-planner"
  display_name = "Millrace planner"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "planner" {
  count = length(google_service_account.planner)

  service_account_id = google_service_account.planner[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = local.ci_repository
}

resource "google_project_iam_member" "planner" {
  for_each = length(google_service_account.planner) == 0 ? [] : toset([
    "roles/artifactregistry.reader",
    "roles/bigquery.metadataViewer",
    "roles/browser",
    "roles/cloudsql.viewer",
    "roles/compute.networkViewer",
    "roles/container.clusterViewer",
    "roles/iam.roleViewer",
    "roles/iam.securityReviewer",
    "roles/iam.serviceAccountViewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageViewer",
    "roles/storage.bucketViewer",
  ])

  project = var.project
  role    = each.key
  member  = google_service_account.planner[0].member
}

# What no role of Google's has without more.
resource "google_project_iam_custom_role" "planner" {
  count = length(google_service_account.planner)

  role_id     = "${replace(var.name, "-", "_")}_planner"
  title       = "Millrace planner"
  description = "See the database's network connection and metrics of logs"
  permissions = ["logging.logMetrics.get", "logging.logMetrics.list", "servicenetworking.services.get"]
}

resource "google_project_iam_member" "planner_custom" {
  count = length(google_service_account.planner)

  project = var.project
  role    = google_project_iam_custom_role.planner[0].name
  member  = google_service_account.planner[0].member
}

resource "google_storage_bucket_iam_member" "planner" {
  count = length(google_service_account.planner)

  bucket = var.deployer.state_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.planner[0].member
}

# Applies saved plans. Who may give away roles of a project may give himself any: treat what runs as this identity, that
# is the branches of deployer.references, as an owner of the project.
resource "google_service_account" "infrastructure" {
  count = try(var.deployer.state_bucket, null) == null ? 0 : 1

  account_id   = "${var.name}-terraform"
  display_name = "Millrace infrastructure"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "infrastructure" {
  count = length(google_service_account.infrastructure)

  service_account_id = google_service_account.infrastructure[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = local.ci_references
}

resource "google_project_iam_member" "infrastructure" {
  for_each = length(google_service_account.infrastructure) == 0 ? [] : toset(concat([
    "roles/artifactregistry.admin",
    "roles/bigquery.dataOwner",
    "roles/cloudsql.admin",
    "roles/compute.networkAdmin",
    "roles/container.clusterAdmin",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.editor",
    "roles/resourcemanager.projectIamAdmin",
    "roles/secretmanager.admin",
    "roles/servicenetworking.networksAdmin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ], var.arrivals == null ? [] : ["roles/pubsub.admin"]))

  project = var.project
  role    = each.key
  member  = google_service_account.infrastructure[0].member
}
