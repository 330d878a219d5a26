-- A dry run extracts and transforms, and its loader only says what it would do.
ALTER TABLE run ADD COLUMN dry_run BOOLEAN DEFAULT FALSE NOT NULL;

-- What that is, a line for each step; null unless a dry run has succeeded.
ALTER TABLE run ADD COLUMN plan TEXT;
