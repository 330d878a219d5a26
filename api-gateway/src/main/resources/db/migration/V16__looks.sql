-- Those who look at a source without a run: what its limits allow and its refresh tokens are theirs as they are an attempt's.
CREATE TABLE look (
  id         VARCHAR(36) PRIMARY KEY,
  pipeline   VARCHAR(63) NOT NULL,
  -- what the source bears, as its file said when the look began
  parallel   INTEGER,
  per_second DOUBLE PRECISION,
  -- it is over then, whether it was ended or not
  ends_at    TIMESTAMP WITH TIME ZONE NOT NULL
);
