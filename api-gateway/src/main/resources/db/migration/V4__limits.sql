-- What a source with limits bears: one row for each pipeline that has any, which whoever hands out permits locks.
CREATE TABLE source_limit (
  pipeline   VARCHAR(63) PRIMARY KEY,
  -- up to here the beginnings of requests have been handed out
  next_start TIMESTAMP WITH TIME ZONE NOT NULL
);

-- The attempts that ask for permits. What they hold comes back with the lease of their task.
CREATE TABLE permit (
  task     VARCHAR(36) PRIMARY KEY,
  attempt  INTEGER NOT NULL,
  pipeline VARCHAR(63) NOT NULL,
  -- requests that it would have under way at once, and those that it may have
  wanted   INTEGER NOT NULL,
  held     INTEGER NOT NULL,
  -- since when it holds or waits
  since    TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE INDEX permit_pipeline ON permit (pipeline);
