-- Each step has a queue of its own, so that one that is full of waiting tasks keeps none of another from being found.
CREATE INDEX task_queue ON task (state, step, due);

-- The loads that wait for a table.
CREATE INDEX run_of_table ON run (target_table, state);
