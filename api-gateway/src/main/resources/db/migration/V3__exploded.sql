-- Rows that exploding made beside the first one of each record.
ALTER TABLE run ADD COLUMN rows_exploded BIGINT;
