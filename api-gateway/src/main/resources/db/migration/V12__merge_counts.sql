-- Of a merge with an order, with deletions or a history: see LoadResult.
ALTER TABLE run ADD COLUMN rows_outdated BIGINT;
ALTER TABLE run ADD COLUMN rows_tied BIGINT;
ALTER TABLE run ADD COLUMN rows_deleted BIGINT;
