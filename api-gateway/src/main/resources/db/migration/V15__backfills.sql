-- Ranges of days that somebody wants loaded, one run for each.
CREATE TABLE backfill (
  id           VARCHAR(36) PRIMARY KEY,
  pipeline     VARCHAR(63) NOT NULL,
  first_day    DATE NOT NULL,
  last_day     DATE NOT NULL,
  -- windows under way at once
  parallelism  INTEGER NOT NULL,
  state        VARCHAR(16) NOT NULL,
  -- why no more windows can be started; null: nothing keeps them from it
  error_code   VARCHAR(63),
  error_detail TEXT,
  -- the runs of the models that come after; null: none, or not yet
  models_batch VARCHAR(36),
  created_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at  TIMESTAMP WITH TIME ZONE
);

CREATE INDEX backfill_newest ON backfill (created_at, id);
CREATE INDEX backfill_state ON backfill (state);

-- A day of an endpoint.
CREATE TABLE backfill_window (
  backfill  VARCHAR(36) NOT NULL REFERENCES backfill (id),
  run_day   DATE NOT NULL,
  endpoint  VARCHAR(63) NOT NULL,
  -- the run that had loaded it before; null: it is to be loaded
  loaded_by VARCHAR(36),
  -- the runs that load it; null: not yet
  batch     VARCHAR(36),
  PRIMARY KEY (backfill, run_day, endpoint)
);
