-- Since when its runs have failed; null: the last one that ended by itself succeeded, or there is none.
ALTER TABLE endpoint_status ADD COLUMN failing_since TIMESTAMP WITH TIME ZONE;
-- Since when a gateway knows of it.
ALTER TABLE endpoint_status ADD COLUMN watched_since TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL;
-- When it was told that the endpoint is stale; null: not since it last succeeded.
ALTER TABLE endpoint_status ADD COLUMN stale_told TIMESTAMP WITH TIME ZONE;

-- What webhooks are still to be told; a row goes when it has been told, or given up.
CREATE TABLE notification (
  id         VARCHAR(36) PRIMARY KEY,
  -- name of the webhook in the configuration
  webhook    VARCHAR(63) NOT NULL,
  body       TEXT NOT NULL,
  tries      INTEGER NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  -- not to be tried before
  due        TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE INDEX notification_due ON notification (webhook, due);
