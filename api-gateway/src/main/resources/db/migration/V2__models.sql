-- A run of a model waits for those runs of its batch that it comes after.
CREATE TABLE run_after (
  run      VARCHAR(36) NOT NULL REFERENCES run (id),
  upstream VARCHAR(36) NOT NULL REFERENCES run (id),
  PRIMARY KEY (run, upstream)
);
