-- A run's state is in no index: PostgreSQL then changes it, and counts beside it, without writing the run's other indexes anew (HOT).
-- The load that has waited longest for a table is found among the tasks that wait.
DROP INDEX run_of_table;
CREATE INDEX run_of_table ON run (target_table, created_at);
