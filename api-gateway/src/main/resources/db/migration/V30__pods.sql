-- How many pods are started for the slices of a step, of the step as a whole and of each slice; null: the services do them.
ALTER TABLE task ADD COLUMN pods INTEGER;
