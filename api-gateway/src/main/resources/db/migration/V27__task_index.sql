-- Who looks for tasks by their due time names their state, and task_queue begins with it. One index less is written with each
-- step and heartbeat: on PostgreSQL no change of a task is one that leaves its indexes alone.
DROP INDEX task_due;
