-- Refresh tokens that an API has handed out in the place of one in a secret. The extractor encrypts them; the key is not here.
CREATE TABLE refresh_token (
  -- keyed hash of the secret's value, by which the first token of those that replaced one another was known
  family  VARCHAR(64) PRIMARY KEY,
  -- the newest; null: the one in the secret
  sealed  TEXT,
  -- grows by one with each that is kept
  version BIGINT NOT NULL,
  -- the attempt that spends it, as long as it has its task; null: nobody does
  task    VARCHAR(36),
  attempt INTEGER,
  used_at TIMESTAMP WITH TIME ZONE NOT NULL
);
