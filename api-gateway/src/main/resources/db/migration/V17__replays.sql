-- The run whose rejected records it loads; null for a run that reads its source.
ALTER TABLE run ADD COLUMN replay_of VARCHAR(36);

CREATE INDEX run_replay_of ON run (replay_of);
