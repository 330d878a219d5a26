-- A step may be cut into slices, each with a task of its own. 0 is the step as a whole, and its first task.
ALTER TABLE task ADD COLUMN slice INTEGER DEFAULT 0 NOT NULL;
-- of a slice: the attempt of the plan that it is of
ALTER TABLE task ADD COLUMN planned INTEGER;
-- how many slices the step is cut into; null: it is done as a whole
ALTER TABLE task ADD COLUMN slices INTEGER;
-- of the step as a whole: how many of them are done
ALTER TABLE task ADD COLUMN slices_done INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE task ADD COLUMN exploded BIGINT DEFAULT 0 NOT NULL;

-- what PostgreSQL and H2 have called the first UNIQUE of the table
ALTER TABLE task DROP CONSTRAINT IF EXISTS task_run_step_key;
ALTER TABLE task DROP CONSTRAINT IF EXISTS "CONSTRAINT_363";
CREATE UNIQUE INDEX task_of_run ON task (run, step, slice);
