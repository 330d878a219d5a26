terraform {
  required_version = ">= 1.9" # validations that look at other variables

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The state holds no secret values, but says how everything is built. Keep it in a bucket of its own with versions,
  # made once by hand (see README.md), and name it at `terraform init -backend-config=…`.
  backend "gcs" {}
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = local.labels
}
