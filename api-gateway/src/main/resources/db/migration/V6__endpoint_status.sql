-- How an endpoint or model does, over all of its runs.
CREATE TABLE endpoint_status (
  -- {pipeline}/{endpoint}
  name         VARCHAR(127) PRIMARY KEY,
  pipeline     VARCHAR(63) NOT NULL,
  endpoint     VARCHAR(63) NOT NULL,
  -- end of its last run that succeeded; null: none has
  succeeded_at TIMESTAMP WITH TIME ZONE
);

INSERT INTO endpoint_status (name, pipeline, endpoint, succeeded_at)
SELECT pipeline || '/' || endpoint, pipeline, endpoint, MAX(finished_at) FROM run
WHERE state = 'SUCCEEDED' GROUP BY pipeline, endpoint;
