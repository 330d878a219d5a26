# Several gateways on PostgreSQL with a standby in another zone, keys of our own, deployed by CI.
project = "acme-data-production"
region  = "europe-west3"
labels  = { team = "data", environment = "production" }

encryption_key = "projects/acme-keys/locations/europe/keyRings/data/cryptoKeys/millrace"

staging   = { location = "EU", retention_days = 30 }
published = { location = "EU", readers = ["group:analysts@example.com"] }
backup    = { location = "EU", retention_days = 365 }

warehouse = {
  location = "EU"
  datasets = {
    school = { description = "Students, terms and year groups", readers = ["group:analysts@example.com"] }
    hiring = { description = "Departments, jobs and hires", readers = ["group:analysts@example.com"] }
  }
}

secrets = ["isams_api_credentials", "events_api_key"]

cluster = {
  release_channel     = "STABLE"
  authorized_networks = { office = "203.0.113.0/24" }
  maintenance = {
    start      = "2026-01-03T22:00:00Z"
    end        = "2026-01-04T04:00:00Z"
    recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
  }
}

database = { tier = "db-custom-2-7680", availability = "REGIONAL", disk_gb = 20 }

deployer = { repository = "acme/data-platform" }

alerts = { notification_channels = ["projects/acme-data-production/notificationChannels/1234567890"] }
