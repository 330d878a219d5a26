# Objects that arrive in a bucket start runs: the bucket tells a topic, which pushes to the gateway with a token that
# Google signs for an identity of its own (docs/operations.md, "Runs when objects arrive").
resource "google_pubsub_topic" "arrivals" {
  count = length(var.arrivals[*])

  name   = "${var.name}-arrivals"
  labels = local.labels

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic_iam_member" "arrivals" {
  count = length(var.arrivals[*])

  topic  = google_pubsub_topic.arrivals[0].name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${one(data.google_storage_project_service_account.this).email_address}"
}

resource "google_storage_notification" "arrivals" {
  for_each = toset(try(var.arrivals.buckets, []))

  bucket         = each.key
  topic          = google_pubsub_topic.arrivals[0].id
  event_types    = ["OBJECT_FINALIZE"]
  payload_format = "NONE" # all that the gateway reads is in the attributes

  depends_on = [google_pubsub_topic_iam_member.arrivals]
}

# What the gateway knows the pushes by; it may do nothing in the project.
resource "google_service_account" "push" {
  count = length(var.arrivals[*])

  account_id   = "${var.name}-push"
  display_name = "Millrace, pushes of arrivals"

  depends_on = [google_project_service.api]
}

resource "google_service_account_iam_member" "push" {
  count = length(var.arrivals[*])

  service_account_id = google_service_account.push[0].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  # the agent exists from the project's first topic on
  depends_on = [google_pubsub_topic.arrivals]
}

resource "google_pubsub_subscription" "arrivals" {
  count = length(var.arrivals[*])

  name   = "${var.name}-arrivals"
  topic  = google_pubsub_topic.arrivals[0].id
  labels = local.labels

  ack_deadline_seconds       = 60
  message_retention_duration = "604800s" # a week, for a gateway that is away

  expiration_policy {
    ttl = "" # never, however long nothing arrives
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  push_config {
    push_endpoint = var.arrivals.url

    oidc_token {
      service_account_email = google_service_account.push[0].email
      audience              = var.arrivals.url
    }
  }

  depends_on = [google_service_account_iam_member.push]
}
