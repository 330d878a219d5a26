-- A pipeline that is started after others, once for each of these: what that had done until then has been followed by a start.
CREATE TABLE pipeline_after (
  pipeline VARCHAR(63) NOT NULL,
  upstream VARCHAR(63) NOT NULL,
  seen_at  TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (pipeline, upstream)
);
