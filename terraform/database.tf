# The run database. It has an address in the cluster's network and none on the internet. The gateway's user isn't made
# here: its password would be in the state. scripts/database-password makes both, and the Secret that the chart reads.
resource "google_compute_global_address" "database" {
  count = var.database == null ? 0 : 1

  name          = "${var.name}-database"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.this.id
}

resource "google_service_networking_connection" "database" {
  count = var.database == null ? 0 : 1

  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.database[0].name]

  depends_on = [google_project_service.api]
}

resource "google_sql_database_instance" "runs" {
  count = var.database == null ? 0 : 1

  name                = "${var.name}-runs"
  region              = var.region
  database_version    = var.database.version
  deletion_protection = var.database.deletion_protection

  settings {
    tier                        = var.database.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database.availability
    disk_type                   = "PD_SSD"
    disk_size                   = var.database.disk_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.database.deletion_protection

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      start_time                     = "03:00"
      location                       = lower(split("-", var.region)[0]) == "europe" ? "eu" : null

      backup_retention_settings {
        retained_backups = 14
      }
    }

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.this.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    maintenance_window {
      day          = 7
      hour         = 9
      update_track = "stable"
    }

    insights_config {
      query_insights_enabled = true
    }
  }

  depends_on = [google_service_networking_connection.database]
}

resource "google_sql_database" "runs" {
  count = var.database == null ? 0 : 1

  name     = "millrace"
  instance = google_sql_database_instance.runs[0].name
}
