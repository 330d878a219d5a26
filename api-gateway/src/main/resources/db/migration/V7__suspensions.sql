-- Schedules of this gateway's own that are suspended: pipeline/endpoint. Those of Kubernetes say so in their CronJobs.
CREATE TABLE suspension (
  schedule VARCHAR(127) PRIMARY KEY
);

-- for the last run of an endpoint, however many others there have been since
CREATE INDEX run_of_endpoint ON run (pipeline, endpoint, created_at);
