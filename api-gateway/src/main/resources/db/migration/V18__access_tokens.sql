-- Tokens for machines. Of the token itself there is the hash alone.
CREATE TABLE access_token (
  name       VARCHAR(63) PRIMARY KEY,
  -- SHA-256, in hexadecimal digits
  hash       VARCHAR(64) NOT NULL UNIQUE,
  role       VARCHAR(16) NOT NULL,
  -- what it is good for, with commas between the names; both empty: for everything
  pipelines  TEXT NOT NULL,
  tables     TEXT NOT NULL,
  -- null: never
  expires_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  created_by VARCHAR(255) NOT NULL,
  used_at    TIMESTAMP WITH TIME ZONE
);

-- Who has asked for a run or a backfill; null: nobody, such as a schedule, or a version that didn't know.
ALTER TABLE run ADD COLUMN started_by VARCHAR(255);
ALTER TABLE backfill ADD COLUMN started_by VARCHAR(255);
