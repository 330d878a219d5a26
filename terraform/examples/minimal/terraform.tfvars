# Everything small: no Cloud SQL (the gateway keeps its runs in H2 on a volume of its own), no CI.
project = "my-project"
region  = "europe-west3"

warehouse = {
  datasets = {
    school = { description = "Students, terms and year groups" }
  }
}

secrets = ["isams_api_credentials"]
