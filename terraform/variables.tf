variable "project" {
  description = "Id of the Google Cloud project that holds everything. It exists already and has billing."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is '${var.project}'; expected a project id: 6 to 30 lower case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of the cluster, the images and the run database, such as europe-west3."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is '${var.region}'; expected a region such as europe-west3, neither a zone nor a multi-region."
  }
}

variable "name" {
  description = "Prefix of whatever is created, so that two installations fit into one project."
  type        = string
  default     = "millrace"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,13}[a-z0-9]$", var.name))
    error_message = "name is '${var.name}'; expected 3 to 15 lower case letters, digits and hyphens: ids of service accounts have 30 characters at most."
  }
}

variable "labels" {
  description = "Labels on everything that can have them, beside app=<name>."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "encryption_key" {
  description = "Key of Cloud KMS that encrypts buckets and datasets: projects/P/locations/L/keyRings/R/cryptoKeys/K. Null: keys that Google manages. Its location has to be that of the buckets and of the datasets."
  type        = string
  default     = null

  validation {
    condition     = var.encryption_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.encryption_key))
    error_message = "encryption_key is '${var.encryption_key == null ? "" : var.encryption_key}'; expected projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "staging" {
  description = "Bucket through which the services hand files to each other, and the archive of logs and rejects in it."
  type = object({
    bucket         = optional(string) # default: <project>-<name>-staging
    location       = optional(string, "EU")
    retention_days = optional(number, 14)
    archive_days   = optional(number, 400)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.staging.retention_days >= 2
    error_message = "staging.retention_days is ${var.staging.retention_days}; a run that failed is retried from its files, so keep at least 2."
  }
  validation {
    condition     = var.staging.archive_days >= var.staging.retention_days
    error_message = "staging.archive_days is ${var.staging.archive_days}; expected at least the ${var.staging.retention_days} of retention_days: logs and rejects outlive what they tell of."
  }
}

variable "published" {
  description = "Bucket of what is published for others: destinations of type bucket."
  type = object({
    bucket   = optional(string) # default: <project>-<name>-published
    location = optional(string, "EU")
    readers  = optional(list(string), []) # group:…, user:…, serviceAccount:…
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for member in var.published.readers : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):", member))])
    error_message = "published.readers is ${jsonencode(var.published.readers)}; expected members such as group:data@example.com, and never allUsers."
  }
}

variable "backup" {
  description = "Bucket of the tables' backups."
  type = object({
    bucket         = optional(string) # default: <project>-<name>-backup
    location       = optional(string, "EU")
    retention_days = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.backup.retention_days >= 1
    error_message = "backup.retention_days is ${var.backup.retention_days}; expected at least 1."
  }
}

variable "warehouse" {
  description = "Datasets that pipelines fill. Millrace's own, with the ledger and the staged tables, is among them by default."
  type = object({
    location = optional(string, "EU")
    datasets = optional(map(object({
      description = optional(string, "")
      readers     = optional(list(string), [])
    })), {})
    ledger_dataset = optional(string, "millrace")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for id in concat(keys(var.warehouse.datasets), [var.warehouse.ledger_dataset]) : can(regex("^[A-Za-z0-9_]+$", id))])
    error_message = "warehouse.datasets has ${jsonencode(keys(var.warehouse.datasets))}; expected names of letters, digits and _."
  }
  validation {
    condition     = !contains(keys(var.warehouse.datasets), var.warehouse.ledger_dataset)
    error_message = "warehouse.datasets has '${var.warehouse.ledger_dataset}', which is made for the ledger."
  }
}

variable "secrets" {
  description = "Ids of the secrets that pipelines refer to. They are created empty; values are added by people, never by Terraform, whose state would hold them."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", id))])
    error_message = "secrets is ${jsonencode(var.secrets)}; expected ids of letters, digits, _ and -."
  }
}

variable "source_buckets" {
  description = "Names of buckets from which the extractor may read files, for sources of type files. They exist already, in this project or another; whoever applies has to be allowed to change who reads them."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.source_buckets : can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", name))])
    error_message = "source_buckets is ${jsonencode(var.source_buckets)}; expected names of buckets, without gs:// and prefix."
  }
}

variable "cluster" {
  description = "The Kubernetes cluster. Its nodes are private; kubectl reaches it from the authorized networks, or through its DNS endpoint with IAM."
  type = object({
    release_channel     = optional(string, "REGULAR")
    authorized_networks = optional(map(string), {}) # name = CIDR
    maintenance = optional(object({
      start      = string
      end        = string
      recurrence = string
      }), {
      start      = "2026-01-03T08:00:00Z"
      end        = "2026-01-03T14:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
    })
    deletion_protection = optional(bool, true)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.cluster.release_channel)
    error_message = "cluster.release_channel is '${var.cluster.release_channel}'; expected RAPID, REGULAR, STABLE or EXTENDED."
  }
  validation {
    condition     = alltrue([for cidr in values(var.cluster.authorized_networks) : can(cidrhost(cidr, 0))])
    error_message = "cluster.authorized_networks has ${jsonencode(var.cluster.authorized_networks)}; expected names with CIDR blocks such as 203.0.113.0/24."
  }
  validation {
    condition     = !contains(values(var.cluster.authorized_networks), "0.0.0.0/0")
    error_message = "cluster.authorized_networks has 0.0.0.0/0, which is everybody; the DNS endpoint needs no network at all."
  }
}

variable "network" {
  description = "Address ranges of the network that is made for the cluster."
  type = object({
    nodes    = optional(string, "10.20.0.0/20")
    pods     = optional(string, "10.24.0.0/14")
    services = optional(string, "10.20.32.0/20")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for cidr in [var.network.nodes, var.network.pods, var.network.services] : can(cidrhost(cidr, 0))])
    error_message = "network is ${jsonencode(var.network)}; expected CIDR blocks."
  }
}

variable "kubernetes" {
  description = "Where the chart is installed; the services' identities are bound to service accounts of this namespace and release."
  type = object({
    namespace = optional(string, "millrace")
    release   = optional(string, "millrace")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in [var.kubernetes.namespace, var.kubernetes.release] : can(regex("^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$", name))])
    error_message = "kubernetes is ${jsonencode(var.kubernetes)}; expected names of lower case letters, digits and hyphens."
  }
}

variable "database" {
  description = "Cloud SQL for PostgreSQL as the run database, private. Null: none, the gateway then keeps its runs in H2 or in a database that you have."
  type = object({
    version             = optional(string, "POSTGRES_17")
    tier                = optional(string, "db-custom-1-3840")
    availability        = optional(string, "ZONAL")
    disk_gb             = optional(number, 10)
    deletion_protection = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.database == null || contains(["ZONAL", "REGIONAL"], try(var.database.availability, "ZONAL"))
    error_message = "database.availability is '${try(var.database.availability, "")}'; expected ZONAL or REGIONAL."
  }
  validation {
    condition     = var.database == null || can(regex("^POSTGRES_(1[4-9]|[2-9][0-9])$", try(var.database.version, "")))
    error_message = "database.version is '${try(var.database.version, "")}'; expected POSTGRES_14 or later."
  }
}

variable "registry" {
  description = "Artifact Registry for images and chart. The newest of each are kept, whatever their age."
  type = object({
    keep_newest         = optional(number, 20)
    delete_untagged_age = optional(string, "7d")
    delete_tagged_age   = optional(string, "180d")
    readers             = optional(list(string), []) # nodes of another project that run the same images
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.registry.keep_newest >= 2
    error_message = "registry.keep_newest is ${var.registry.keep_newest}; a rollback needs the one before, so keep at least 2."
  }
  validation {
    condition     = alltrue([for member in var.registry.readers : can(regex("^(user|group|serviceAccount|domain|principal|principalSet):", member))])
    error_message = "registry.readers is ${jsonencode(var.registry.readers)}; expected members such as serviceAccount:millrace-nodes@other.iam.gserviceaccount.com, and never allUsers."
  }
}

variable "arrivals" {
  description = "Buckets whose new objects start runs, and the gateway's route for them, which has to be reachable from the Internet. Null: none."
  type = object({
    buckets = list(string)
    url     = string # https://HOST/api/v1/events/storage
  })
  default = null

  validation {
    condition     = var.arrivals == null || try(length(var.arrivals.buckets) > 0, false)
    error_message = "arrivals.buckets is empty; expected at least one bucket, or arrivals = null."
  }
  validation {
    condition     = var.arrivals == null || can(regex("^https://[^/]+/api/v1/events/storage$", try(var.arrivals.url, "")))
    error_message = "arrivals.url is '${try(var.arrivals.url, "")}'; expected https://HOST/api/v1/events/storage, since Pub/Sub pushes by HTTPS alone."
  }
}

variable "deployer" {
  description = "Who may deploy without a key: a repository of GitHub, by workload identity federation. With state_bucket CI also plans and applies this module, whose state is in that bucket. Null: nobody."
  type = object({
    repository   = string                                      # owner/name
    references   = optional(list(string), ["refs/heads/main"]) # whose workflows may push, deploy and apply
    state_bucket = optional(string)
  })
  default = null

  validation {
    condition     = var.deployer == null || can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", try(var.deployer.repository, "")))
    error_message = "deployer.repository is '${try(var.deployer.repository, "")}'; expected owner/name."
  }
  validation {
    condition     = var.deployer == null || try(length(var.deployer.references) > 0, false)
    error_message = "deployer.references is empty; expected at least one, such as refs/heads/main."
  }
}

variable "alerts" {
  description = "An alert when runs of an endpoint fail, from the gateway's log. Null: none."
  type = object({
    notification_channels = optional(list(string), []) # projects/P/notificationChannels/N; none: incidents are shown only
    tolerated_failures    = optional(number, 0)        # of one endpoint within the window
    window_minutes        = optional(number, 10)
  })
  default = {}

  validation {
    condition = var.alerts == null || alltrue([
      for channel in try(var.alerts.notification_channels, []) : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))
    ])
    error_message = "alerts.notification_channels holds '${join("', '", try(var.alerts.notification_channels, []))}'; expected projects/P/notificationChannels/N."
  }
  validation {
    condition     = var.alerts == null || try(var.alerts.tolerated_failures >= 0, false)
    error_message = "alerts.tolerated_failures is ${try(var.alerts.tolerated_failures, 0)}; expected 0 or more."
  }
  validation {
    condition     = var.alerts == null || try(var.alerts.window_minutes >= 1 && var.alerts.window_minutes <= 1440 && floor(var.alerts.window_minutes) == var.alerts.window_minutes, false)
    error_message = "alerts.window_minutes is ${try(var.alerts.window_minutes, 0)}; expected whole minutes, 1 to 1440."
  }
}

variable "budget" {
  description = "What a month of the project should cost at most, and who is told when it costs more. Null: nobody watches."
  type = object({
    billing_account       = string # such as 012345-6789AB-CDEF01
    amount                = number # a whole number in the currency of the billing account
    thresholds            = optional(list(number), [0.5, 0.9, 1])
    notification_channels = optional(list(string), []) # projects/P/notificationChannels/N; none: those who manage the billing account
  })
  default = null

  validation {
    condition     = var.budget == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account))
    error_message = "budget.billing_account is '${try(var.budget.billing_account, "")}'; expected an id such as 012345-6789AB-CDEF01."
  }
  validation {
    condition     = var.budget == null || try(var.budget.amount >= 1 && floor(var.budget.amount) == var.budget.amount, false)
    error_message = "budget.amount is ${try(var.budget.amount, 0)}; expected a whole number from 1 on."
  }
  validation {
    condition     = var.budget == null || try(alltrue([for share in var.budget.thresholds : share > 0]), false)
    error_message = "budget.thresholds holds ${jsonencode(try(var.budget.thresholds, []))}; expected shares of the amount, such as 0.5."
  }
}
