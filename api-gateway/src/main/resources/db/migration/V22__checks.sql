-- What a load has found of its table's checks: JSON of CheckResults. NULL until it has, and for a table without checks.
ALTER TABLE run ADD COLUMN checks TEXT;
-- The checks that a warning was told of, by their names; NULL: none.
ALTER TABLE endpoint_status ADD COLUMN checks_told TEXT;
