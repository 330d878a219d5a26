-- Whether what a run has staged was deleted because of its age; a retry then reads the source anew.
ALTER TABLE run ADD COLUMN swept BOOLEAN DEFAULT FALSE NOT NULL;

-- to count the newer runs of an endpoint
CREATE INDEX run_endpoint ON run (pipeline, endpoint, created_at);
