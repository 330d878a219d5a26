-- When the loader is to be asked next to put the run's log beside what it published; null: nothing to ask for.
ALTER TABLE run ADD COLUMN log_due TIMESTAMP WITH TIME ZONE;

CREATE INDEX run_log_due ON run (log_due);
