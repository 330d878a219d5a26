resource "google_service_account" "nodes" {
  account_id   = "${var.name}-nodes"
  display_name = "Millrace nodes"

  depends_on = [google_project_service.api]
}

# Logs and metrics of the nodes, and no more than that.
resource "google_project_iam_member" "nodes" {
  project = var.project
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.nodes.member
}

resource "google_container_cluster" "this" {
  name                = var.name
  location            = var.region
  enable_autopilot    = true
  network             = google_compute_network.this.id
  subnetwork          = google_compute_subnetwork.this.id
  deletion_protection = var.cluster.deletion_protection

  release_channel {
    channel = var.cluster.release_channel
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  private_cluster_config {
    enable_private_nodes = true
  }

  # who has the permission reaches the control plane from anywhere, by its DNS name
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }
    ip_endpoints_config {
      enabled = length(var.cluster.authorized_networks) > 0
    }
  }

  dynamic "master_authorized_networks_config" {
    for_each = length(var.cluster.authorized_networks) > 0 ? [var.cluster.authorized_networks] : []

    content {
      gcp_public_cidrs_access_enabled = false

      dynamic "cidr_blocks" {
        for_each = master_authorized_networks_config.value

        content {
          display_name = cidr_blocks.key
          cidr_block   = cidr_blocks.value
        }
      }
    }
  }

  cluster_autoscaling {
    auto_provisioning_defaults {
      service_account = google_service_account.nodes.email
      oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"] # what it may do is up to its roles
    }
  }

  maintenance_policy {
    recurring_window {
      start_time = var.cluster.maintenance.start
      end_time   = var.cluster.maintenance.end
      recurrence = var.cluster.maintenance.recurrence
    }
  }

  depends_on = [
    google_project_iam_member.nodes, # its first nodes have to be able to report
    google_project_service.api,
  ]
}
