-- What the records have and the schema reads, compared; null until the run has been transformed.
ALTER TABLE run ADD COLUMN drift TEXT;

-- The columns of which it was last told that no record has them, so that it is told again only when they are others.
ALTER TABLE endpoint_status ADD COLUMN drift_told TEXT;
