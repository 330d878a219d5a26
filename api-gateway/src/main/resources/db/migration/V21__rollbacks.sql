-- When the run was rolled back; null for one that wasn't.
ALTER TABLE run ADD COLUMN rolled_back_at TIMESTAMP(6) WITH TIME ZONE;
